import { Context, Effect, Layer, Option } from "effect"
import type { Rate } from "../settings/Setting.ts"
import { Settings } from "../settings/Settings.ts"
import { makeMemory } from "./RateLimitsMemory.ts"
import { makeRedis } from "./RateLimitsRedis.ts"

/**
 * Counts events by key in windows aligned to the clock: `30/1m` allows 30 from one full minute to the next. What every
 * replica knows without asking is when a window ends, so that the wait it answers is exact.
 */
export class RateLimits extends Context.Service<
  RateLimits,
  {
    /**
     * Takes one event from the key's share: 0 when it was allowed, else the whole seconds (at least 1) until the next
     * window begins. Never fails: a store that cannot answer allows.
     */
    readonly take: (key: string, rate: Rate | "off") => Effect.Effect<number>
  }
>()("fairground/platform/edge/RateLimits") {
  /** Counts in this process alone. */
  static readonly layerMemory = Layer.sync(RateLimits, () => RateLimits.of(makeMemory()))

  /** Counts in Redis, for all replicas together; `budgetMillis` is the longest that one `take` waits for it. */
  static readonly layerRedis = (url: string, budgetMillis?: number) =>
    Layer.effect(RateLimits, Effect.map(makeRedis(url, budgetMillis), RateLimits.of))

  /** In Redis where `REDIS_URL` is set, else in memory. */
  static readonly layer = Layer.unwrap(
    Effect.map(Settings, ({ redisUrl }) =>
      Option.match(Option.fromNullishOr(redisUrl), {
        onNone: () => RateLimits.layerMemory,
        onSome: (url) => RateLimits.layerRedis(url)
      })
    )
  )
}
