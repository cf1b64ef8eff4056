import { Effect, Layer, Schedule } from "effect"
import { forLog } from "../platform/observe/Redaction.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Plays } from "./Plays.ts"

/** Forgets old idempotency keys, every hour and after the start. With WORKERS=0 other replicas do. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { workers } = yield* Settings
    if (workers === 0) return
    const plays = yield* Plays
    yield* plays.forgetOldKeys.pipe(
      Effect.repeat({ while: (forgotten) => forgotten > 0 }),
      Effect.catchTag("DatabaseUnavailable", () =>
        Effect.logWarning("Old idempotency keys cannot be forgotten: the database does not answer")
      ),
      Effect.catchCause((cause) => Effect.logError("Forgetting old idempotency keys failed", forLog(cause))),
      Effect.repeat(Schedule.spaced("1 hour").pipe(Schedule.jittered)),
      Effect.forkScoped
    )
  })
)
