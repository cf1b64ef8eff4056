import { Effect, Layer, Schedule } from "effect"
import { forLog } from "../platform/Redaction.ts"
import { TaskCallbacks } from "./TaskCallbacks.ts"

/** Removes what is left of addresses that have expired, every hour, on every replica: it is one statement. */
export const layer = Layer.effectDiscard(
  Effect.flatMap(TaskCallbacks, ({ sweep }) =>
    Effect.catchCause(sweep, (cause) => Effect.logWarning("Expired callbacks were not removed", forLog(cause)))
  ).pipe(Effect.repeat(Schedule.spaced("1 hour")), Effect.forkScoped)
)
