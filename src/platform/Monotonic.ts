import { Clock, Effect } from "effect"

/** Milliseconds of a clock that never jumps: for deadlines, whatever becomes of the time of day. */
export const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)
