import { Duration, type Effect, Redacted } from "effect"
import { hash } from "node:crypto"

/** A rate limit: at most `limit` calls in any period of the length `window`. */
export interface Bucket {
  /** Names the bucket within its account, such as `second` or `subscribe`. */
  readonly name: string
  readonly limit: number
  readonly window: Duration.Duration
  /** How many of the counted calls one registration makes at most. */
  readonly cost: number
}

/** The limits that a provider sets for an account. All apply at once: a slot counts against each of them. */
export interface GovernorPolicy {
  /**
   * Names the account that the limits belong to. Connections with the same name share them. `accountOf` derives it from the
   * credentials, for providers that count by key, account or user.
   */
  readonly account: string
  readonly buckets: ReadonlyArray<Bucket>
  /**
   * How many calls may run at once, over all replicas. A call whose end was not seen counts as running until `hold` after
   * its start.
   */
  readonly concurrency: { readonly limit: number; readonly hold: Duration.Duration } | null
}

/** `live`: a player waits for the call. `background`: nobody waits, so the calls leave a reserve of each limit for live ones. */
export type Priority = "live" | "background"

/** No limits: calls bypass the governor. */
export const unlimited: GovernorPolicy = { account: "", buckets: [], concurrency: null }

export const isUnlimited = (policy: GovernorPolicy): boolean =>
  policy.buckets.length === 0 && policy.concurrency === null

/** A bucket of `limit` calls per `window`; a registration takes `cost` of them, 1 unless given. */
export const bucket = (name: string, limit: number, window: Duration.Input, cost = 1): Bucket => ({
  name,
  limit,
  window: Duration.fromInputUnsafe(window),
  cost
})

/** Names an account by its credentials; the name does not reveal them. */
export const accountOf = (provider: string, secret: Redacted.Redacted<string>): string =>
  `${provider}:${hash("sha256", Redacted.value(secret), "hex").slice(0, 16)}`

/** The background gets four fifths of every limit; the last fifth is reserved for plays that somebody waits for. */
const backgroundShare = 0.8

/** How much of a limit a priority may use. At least one call: a limit of one leaves nothing to reserve. */
export const shareOf = (limit: number, priority: Priority): number =>
  priority === "live" ? limit : Math.max(1, Math.ceil(limit * backgroundShare))

/**
 * How many slices a window is counted in. A slice leaves the count as a whole and one slice late, so no window ever exceeds the
 * limit. This costs a fiftieth of the rate.
 */
export const slicesPerWindow = 50

/** The length of a slice in whole milliseconds. */
export const sliceMillis = (window: Duration.Duration): number =>
  Math.max(1, Math.ceil(Duration.toMillis(window) / slicesPerWindow))

/** When all concurrent calls are taken, nobody knows when one will end, so the next try comes after this many milliseconds. */
export const busyMillis = 100

/** A store's answer. `lease` identifies the slot to release; null where concurrency is not limited. */
export type Decision =
  | { readonly isGranted: true; readonly lease: string | null }
  | { readonly isGranted: false; readonly waitMillis: number }

/** Where the counts are kept. */
export interface GovernorStore<E = never> {
  readonly take: (policy: GovernorPolicy, priority: Priority) => Effect.Effect<Decision, E>
  readonly release: (account: string, lease: string) => Effect.Effect<void, E>
  /** Grants no slot for `millis`. A longer closing that was set before stays. */
  readonly close: (account: string, millis: number) => Effect.Effect<void, E>
}
