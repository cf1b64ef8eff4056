import { Context, Effect } from "effect"
import { monotonicMillis } from "../platform/Monotonic.ts"
import { EspUnavailable } from "./EspClient.ts"

/** When the guard times out the current call, in monotonic milliseconds. Infinite where no guard runs the call. */
export const CallEnd = Context.Reference<number>("fairground/esp/CallEnd", {
  defaultValue: () => Number.POSITIVE_INFINITY
})

/** Milliseconds that the adapter keeps for itself after one of its own requests timed out, before the guard's timeout. */
const margin = 100

/**
 * How long a request that cannot change the verdict may take, in milliseconds: at most `most`, and less where the guard's
 * timeout comes sooner.
 *
 * The guard's timeout would discard the whole registration as one that may have been carried out. The next attempt would then
 * answer `created` for a contact that existed before.
 */
export const timeLeft = (most: number): Effect.Effect<number> =>
  Effect.zipWith(CallEnd, monotonicMillis, (end, now) => Math.min(most, end - margin - now))

/**
 * Gives a request that cannot change the verdict (it follows the verdict, or only reads) its own timeout: 3 s, or what is left
 * of the call. With no time left the request is not sent.
 */
export const afterVerdict = <A, E, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E | EspUnavailable, R> =>
  Effect.flatMap(timeLeft(3000), (left) =>
    left <= 0
      ? Effect.fail(EspUnavailable.notReached("timeout"))
      : Effect.timeoutOrElse(request, {
          duration: left,
          orElse: () =>
            Effect.fail(new EspUnavailable({ reason: "timeout", mayHaveActed: true, retryAfter: undefined }))
        })
  )
