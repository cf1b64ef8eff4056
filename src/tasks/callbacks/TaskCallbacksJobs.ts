import { Effect, Layer, Schedule } from "effect"
import { forLog } from "../../platform/observe/Redaction.ts"
import { TaskCallbacks } from "./TaskCallbacks.ts"

/** Removes expired callback addresses every hour. Every replica does it, because each statement is small. */
export const layer = Layer.effectDiscard(
  Effect.flatMap(TaskCallbacks, ({ sweep }) =>
    sweep.pipe(
      Effect.repeat({ while: (removed) => removed > 0 }),
      Effect.catchCause((cause) => Effect.logWarning("Expired callbacks were not removed", forLog(cause)))
    )
  ).pipe(Effect.repeat(Schedule.spaced("1 hour")), Effect.forkScoped)
)
