import { Effect, Fiber } from "effect"

/**
 * Runs an effect in its own fiber, which an interruption abandons instead of waiting for its end. Needed for a dead
 * connection, where neither a statement nor its cancellation is ever answered.
 */
export const leavable = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDetach(restore(effect), { startImmediately: true }), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => Effect.sync(() => fiber.interruptUnsafe()))
    )
  )
