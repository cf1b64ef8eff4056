import { Clock, Context, Deferred, Duration, Effect, Layer } from "effect"
import { Settings } from "./settings/Settings.ts"

/** Tells whether the service is stopping, and how much of SHUTDOWN_GRACE is left for work that has to finish. */
export class Shutdown extends Context.Service<
  Shutdown,
  {
    /**
     * Marks the service as stopping, but keeps serving for SHUTDOWN_DRAIN, so that load balancers learn to send requests
     * elsewhere. Then calls `begin`.
     */
    readonly drain: Effect.Effect<void>
    /** Whether the service has been asked to stop. */
    readonly isAsked: () => boolean
    /** Completes when the service is asked to stop: with the drain, or with the grace period if there is none. */
    readonly asked: Effect.Effect<void>
    /** Starts the grace period. Later calls change nothing. */
    readonly begin: Effect.Effect<void>
    /** Completes when the grace period starts. For waits that a shutdown may cut short. */
    readonly begun: Effect.Effect<void>
    /** What is left of the grace period. Starts it if it has not begun. */
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
      const asked = Deferred.makeUnsafe<void>()
      const ask = () => {
        isAsked = true
        Deferred.doneUnsafe(asked, Effect.void)
      }
      const begin = Effect.map(Clock.currentTimeMillis, (now) => {
        ask()
        Deferred.doneUnsafe(begun, Effect.void)
        return (began ??= now)
      })
      return {
        drain: Effect.suspend(() => {
          ask()
          const { shutdownDrain } = settings
          return shutdownDrain === "off" ? begin : Effect.andThen(Effect.sleep(shutdownDrain), begin)
        }),
        isAsked: () => isAsked,
        asked: Deferred.await(asked),
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
