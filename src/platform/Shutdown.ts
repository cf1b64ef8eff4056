import { Clock, Context, Deferred, Duration, Effect, Layer } from "effect"
import { Settings } from "./settings/Settings.ts"

/** How much of SHUTDOWN_GRACE is left to those who have something to finish. */
export class Shutdown extends Context.Service<
  Shutdown,
  {
    /**
     * The service was asked to stop: for SHUTDOWN_DRAIN it says so, and goes on, so that whoever sends it requests learns to
     * send them elsewhere. Then it begins to stop.
     */
    readonly drain: Effect.Effect<void>
    /** Whether it was asked to stop. */
    readonly isAsked: () => boolean
    /** From now on the time runs. */
    readonly begin: Effect.Effect<void>
    /** Ends when it has begun: for those who wait for something that may come, and need not. */
    readonly begun: Effect.Effect<void>
    /** What is left. Where nobody has said that it began, it begins now. */
    readonly left: Effect.Effect<Duration.Duration>
  }
>()("fairground/platform/Shutdown") {
  static readonly layer = Layer.effect(
    Shutdown,
    Effect.gen(function* () {
      const settings = yield* Settings
      const grace = Duration.toMillis(settings.shutdownGrace)
      let isAsked = false
      let began: number | undefined
      const begun = Deferred.makeUnsafe<void>()
      const begin = Effect.map(Clock.currentTimeMillis, (now) => {
        isAsked = true
        Deferred.doneUnsafe(begun, Effect.void)
        return (began ??= now)
      })
      return {
        drain: Effect.suspend(() => {
          isAsked = true
          const { shutdownDrain } = settings
          return shutdownDrain === "off" ? begin : Effect.andThen(Effect.sleep(shutdownDrain), begin)
        }),
        isAsked: () => isAsked,
        begin: Effect.asVoid(begin),
        begun: Deferred.await(begun),
        left: Effect.gen(function* () {
          const since = yield* begin
          return Duration.millis(Math.max(0, since + grace - (yield* Clock.currentTimeMillis)))
        })
      }
    })
  )
}
