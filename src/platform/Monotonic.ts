import { Clock, Effect } from "effect"

/** Milliseconds of a clock that never jumps, read without waiting. */
export const monotonicMillisOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

/** Milliseconds of a clock that never jumps. Deadlines use it, because the time of day may be set. */
export const monotonicMillis = Effect.map(Clock.Clock, monotonicMillisOf)
