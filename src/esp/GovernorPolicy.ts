import { Duration } from "effect"

/** So many calls in any window of that length, however it is laid. */
export interface Bucket {
  /** Names the bucket within its account, such as `second` or `subscribe`. */
  readonly name: string
  readonly limit: number
  readonly window: Duration.Duration
  /** What one registration takes of it: how many of the counted calls it makes at most. */
  readonly cost: number
}

/** How many calls a provider takes from an account. The buckets hold at once: a slot is one of each. */
export interface GovernorPolicy {
  /**
   * Whose limits they are. Connections of one account share them, so this is made of the credentials (`accountOf`) where the
   * provider counts by key, account or user.
   */
  readonly account: string
  readonly buckets: ReadonlyArray<Bucket>
  /**
   * How many calls may be under way at once, by all replicas. A call that nobody saw the end of is taken to be under way for
   * `hold`.
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
