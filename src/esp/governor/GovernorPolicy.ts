import { Duration, type Effect, Redacted } from "effect"
import { hash } from "node:crypto"

/** So many calls in any window of that length, wherever it is laid. */
export interface Bucket {
  /** Names the bucket within its account, such as `second` or `subscribe`. */
  readonly name: string
  readonly limit: number
  readonly window: Duration.Duration
  /** What one registration takes of it: how many of the counted calls it makes at most. */
  readonly cost: number
}

/** How many calls a provider takes from an account. All of it holds at once: a slot is one of each. */
export interface GovernorPolicy {
  /**
   * Whose limits they are. Connections of one account share them, so it is made of the credentials (`accountOf`) where the
   * provider counts by key, account or user.
   */
  readonly account: string
  readonly buckets: ReadonlyArray<Bucket>
  /**
   * How many calls may be under way at once, by all replicas. A call whose end nobody saw is taken to be under way for
   * `hold` from its beginning.
   */
  readonly concurrency: { readonly limit: number; readonly hold: Duration.Duration } | null
}

/** A play that somebody waits for comes first: the background leaves it a reserve. */
export type Priority = "live" | "background"

/** No limit: the governor is not asked. */
export const unlimited: GovernorPolicy = { account: "", buckets: [], concurrency: null }

export const isUnlimited = (policy: GovernorPolicy): boolean =>
  policy.buckets.length === 0 && policy.concurrency === null

/** `limit` calls in each `window`, of which a registration takes `cost` (1). */
export const bucket = (name: string, limit: number, window: Duration.Input, cost = 1): Bucket => ({
  name,
  limit,
  window: Duration.fromInputUnsafe(window),
  cost
})

/** The name of an account that is known by its credentials. They cannot be told from it. */
export const accountOf = (provider: string, secret: Redacted.Redacted<string>): string =>
  `${provider}:${hash("sha256", Redacted.value(secret), "hex").slice(0, 16)}`

/** A fifth of every limit is kept for plays that somebody waits for, so the background has four fifths of the rate. */
const backgroundShare = 0.8

/** How much of a limit a priority may use. At least one: a limit of one is nobody's reserve. */
export const shareOf = (limit: number, priority: Priority): number =>
  priority === "live" ? limit : Math.max(1, Math.ceil(limit * backgroundShare))

/**
 * A window is counted in so many slices, and a slice leaves the count as a whole, one slice late: so no window ever holds more
 * than the limit, at the price of a fiftieth of the rate.
 */
export const slicesPerWindow = 50

/** The length of a slice in whole milliseconds. */
export const sliceMillis = (window: Duration.Duration): number =>
  Math.max(1, Math.ceil(Duration.toMillis(window) / slicesPerWindow))

/** When calls at once are limited, nobody knows when one ends: a look after this long. */
export const busyMillis = 100

/** How a store of the counts answers, in milliseconds. `lease` is what to release, where calls at once are limited. */
export type Decision =
  | { readonly isGranted: true; readonly lease: string | null }
  | { readonly isGranted: false; readonly waitMillis: number }

/** Where the counts are kept. */
export interface GovernorStore<E = never> {
  readonly take: (policy: GovernorPolicy, priority: Priority) => Effect.Effect<Decision, E>
  readonly release: (account: string, lease: string) => Effect.Effect<void, E>
  /** Gives no slot to anybody for that long; a longer time that was set before stays. */
  readonly close: (account: string, millis: number) => Effect.Effect<void, E>
}
