import { Effect, Layer } from "effect"
import { every, untilNone } from "../../platform/Periodic.ts"
import { TaskCallbacks } from "./TaskCallbacks.ts"

/** Removes expired callback addresses every hour. Every replica does it, because each statement is small. */
export const layer = Layer.effectDiscard(
  Effect.flatMap(TaskCallbacks, ({ sweep }) => every("1 hour", "Removing expired callbacks", untilNone(sweep)))
)
