import { Clock, Effect } from "effect"

/** Milliseconds of a clock that never jumps. Deadlines use it, because the time of day may be set. */
export const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)
