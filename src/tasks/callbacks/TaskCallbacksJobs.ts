import { Effect, Layer, Schedule } from "effect"
import { forLog } from "../../platform/observe/Redaction.ts"
import { TaskCallbacks } from "./TaskCallbacks.ts"

/**
 * Removes what is left of addresses that have expired, every hour, on every replica: no statement of it is a large one.
 */
export const layer = Layer.effectDiscard(
  Effect.flatMap(TaskCallbacks, ({ sweep }) =>
    sweep.pipe(
      Effect.repeat({ while: (removed) => removed > 0 }),
      Effect.catchCause((cause) => Effect.logWarning("Expired callbacks were not removed", forLog(cause)))
    )
  ).pipe(Effect.repeat(Schedule.spaced("1 hour")), Effect.forkScoped)
)
