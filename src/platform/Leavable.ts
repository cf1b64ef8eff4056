import { Effect, Fiber } from "effect"

/**
 * Runs an effect in a fiber of its own that an interruption lets go of instead of waiting for its end: a connection into the
 * void answers neither a statement nor its cancellation.
 */
export const leavable = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDetach(restore(effect), { startImmediately: true }), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => Effect.sync(() => fiber.interruptUnsafe()))
    )
  )
