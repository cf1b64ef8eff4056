import { Effect } from "effect"
import type { AccountId } from "../Account.ts"
import type { Security } from "./SecurityPages.ts"
import type { OwnPage } from "./Routes.ts"
import type { Offered } from "./SignInPages.ts"

/** What the pages show of single sign-on. */
export interface Sso {
  readonly offered: ReadonlyArray<Offered>
  readonly linked: (accountId: AccountId) => Effect.Effect<ReadonlyArray<Offered>>
  readonly identities: (page: OwnPage) => Effect.Effect<Pick<Security, "identities" | "connections">>
}

export const none: Sso = {
  offered: [],
  linked: () => Effect.succeed([]),
  identities: () => Effect.succeed({ identities: [], connections: [] })
}
