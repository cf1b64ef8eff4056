import { DateTime } from "effect"
import type { AccountId } from "../../../accounts/Account.ts"
import type { ApiKeyFacts, ApiKeyId } from "../../../accounts/key/ApiKey.ts"
import { Client } from "../Client.ts"
import type { At } from "../ui/List.tsx"

interface One {
  readonly cursor: ApiKeyId
  readonly limit: 1
}

/** The keys of an account; undefined: one's own. */
export const keysOf = (owner: AccountId | undefined, at: At | One) =>
  Client.query("apiKeys", "list", {
    query: { ...(owner === undefined ? {} : { account: owner }), ...at },
    reactivityKeys: ["keys"]
  })

export type Key = typeof ApiKeyFacts.Type

export const isPast = (at: DateTime.Utc, now: number): boolean => DateTime.toEpochMillis(at) <= now
