import { Context, Effect } from "effect"
import { monotonicMillis } from "../platform/Monotonic.ts"
import { EspUnavailable } from "./EspClient.ts"

/** When the guard gives up the call that is under way, in monotonic milliseconds. Without a guard nobody does. */
export const CallEnd = Context.Reference<number>("fairground/esp/CallEnd", {
  defaultValue: () => Number.POSITIVE_INFINITY
})

/** What is left to the adapter after the end of a request that it has given up itself. */
const margin = 100

/**
 * How long a request may take that changes no verdict, in milliseconds: `most`, and less where the guard would give up before.
 *
 * The guard's end speaks for the whole registration and means that it may have been carried out. A contact that was there
 * before would then be answered `created` by the next attempt.
 */
export const roomFor = (most: number): Effect.Effect<number> =>
  Effect.zipWith(CallEnd, monotonicMillis, (end, now) => Math.min(most, end - margin - now))

/**
 * A request that changes no verdict, because it follows one or only asks, with a limit of its own: 3 s, or what is left of
 * the call. Where nothing is left it is not made.
 */
export const afterVerdict = <A, E, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E | EspUnavailable, R> =>
  Effect.flatMap(roomFor(3000), (room) =>
    room <= 0
      ? Effect.fail(EspUnavailable.notReached("timeout"))
      : Effect.timeoutOrElse(request, {
          duration: room,
          orElse: () =>
            Effect.fail(new EspUnavailable({ reason: "timeout", mayHaveActed: true, retryAfter: undefined }))
        })
  )
