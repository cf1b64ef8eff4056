import { entries } from "../Nav.ts"
import type { Change } from "../Navigation.tsx"
import type { Words } from "../words/Words.ts"
import type { AuditEntryFacts } from "../../../audit/AuditEntry.ts"

export type Entry = typeof AuditEntryFacts.Type

/** What a thing is called; the service's own word where a module has brought it. */
export const kindOf = (words: Words, kind: string): string => {
  const kinds: Readonly<Record<string, string>> = words.audit.kinds
  return kinds[kind] ?? kind
}

const screens: Readonly<Record<string, (id: string) => { readonly to: string; readonly search: Change }>> = {
  account: (id) => ({ to: "/accounts", search: { id } }),
  invitation: () => ({ to: "/accounts", search: { tab: "invitations" } }),
  "api-key": (id) => ({ to: "/keys", search: { id } }),
  mail: (id) => ({ to: "/mails", search: { id } }),
  "mail-suppression": (id) => ({ to: "/mails", search: { tab: "suppressions", id } }),
  player: (id) => ({ to: "/players", search: { id } }),
  task: (id) => ({ to: "/tasks", search: { id } })
}

const textOf = (entry: Entry, key: string): string | undefined => {
  const value = entry.details?.[key]
  return typeof value === "string" ? value : undefined
}

/** The screen that shows what an entry is about; undefined: there is none, or the person may not see it. */
export const linkOf = (
  entry: Entry,
  may: (permission: string) => boolean
): { readonly to: string; readonly search: Change } | undefined => {
  const { target } = entry
  if (target === null || entry.action.endsWith(".delete")) return undefined
  const account = textOf(entry, "account")
  const slug = textOf(entry, "slug")
  const link =
    target.kind === "api-key" && account !== undefined
      ? { to: "/keys", search: { id: target.id, account } }
      : target.kind === "game" && slug !== undefined
        ? { to: `/games/${slug}`, search: entry.action.startsWith("page.") ? { tab: "look" } : {} }
        : screens[target.kind]?.(target.id)
  const screen = link?.to.split("/", 2).join("/")
  return entries.some(({ needs, to }) => to === screen && may(needs)) ? link : undefined
}
