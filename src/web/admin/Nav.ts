import type { IconName } from "./ui/IconName.ts"
import type { Words } from "./words/Words.ts"

/** An entry of the navigation. It is there for those who have the permission. */
export interface Entry {
  readonly to: string
  readonly word: keyof Words["shell"]["nav"]
  readonly icon: IconName
  readonly needs: string
}

/** The screens in the order of the navigation, and of the search. */
export const entries: ReadonlyArray<Entry> = [
  { to: "/", word: "overview", icon: "overview", needs: "statistics:read" },
  { to: "/games", word: "games", icon: "games", needs: "games:read" },
  { to: "/players", word: "players", icon: "players", needs: "players:read" },
  { to: "/plays", word: "plays", icon: "plays", needs: "players:read" },
  { to: "/contacts", word: "contacts", icon: "contacts", needs: "contacts:read" },
  { to: "/esps", word: "esps", icon: "plug", needs: "esps:read" },
  { to: "/tasks", word: "tasks", icon: "tasks", needs: "tasks:read" },
  { to: "/mails", word: "mails", icon: "mails", needs: "mail:read" },
  { to: "/accounts", word: "accounts", icon: "accounts", needs: "accounts:read" },
  // One's own keys need no permission; every role sees games.
  { to: "/keys", word: "keys", icon: "keys", needs: "games:read" },
  { to: "/audit", word: "audit", icon: "audit", needs: "audit:read" },
  { to: "/settings", word: "settings", icon: "settings", needs: "settings:read" }
]
