import { Context, Effect, Layer, Option } from "effect"
import type { Rate } from "../settings/Setting.ts"
import { Settings } from "../settings/Settings.ts"
import { makeMemory } from "./RateLimitsMemory.ts"
import { makeRedis } from "./RateLimitsRedis.ts"

/**
 * Counts events by key in fixed windows aligned to the clock: `30/1m` allows 30 from one full minute to the next. Every
 * replica knows when a window ends, so the wait that it reports is exact.
 */
export class RateLimits extends Context.Service<
  RateLimits,
  {
    /**
     * Counts one event of the key. Returns 0 if it is allowed, else the whole seconds (at least 1) until the next window
     * begins. Never fails: if the store does not answer, the event is allowed.
     */
    readonly take: (key: string, rate: Rate | "off") => Effect.Effect<number>
  }
>()("fairground/platform/edge/RateLimits") {
  /** Counts in this process only. */
  static readonly layerMemory = Layer.sync(RateLimits, () => RateLimits.of(makeMemory()))

  /** Counts in Redis, shared by all replicas. One `take` waits for Redis for at most `budgetMillis`. */
  static readonly layerRedis = (url: string, budgetMillis?: number) =>
    Layer.effect(RateLimits, Effect.map(makeRedis(url, budgetMillis), RateLimits.of))

  /** Uses Redis if `REDIS_URL` is set, else memory. */
  static readonly layer = Layer.unwrap(
    Effect.map(Settings, ({ redisUrl }) =>
      Option.match(Option.fromNullishOr(redisUrl), {
        onNone: () => RateLimits.layerMemory,
        onSome: (url) => RateLimits.layerRedis(url)
      })
    )
  )
}
