import { Effect, Layer } from "effect"
import { every, untilNone } from "../platform/Periodic.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Plays } from "./Plays.ts"

/** Deletes old idempotency keys, at the start and every hour. With WORKERS=0 this is left to other replicas. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { workers } = yield* Settings
    if (workers === 0) return
    const plays = yield* Plays
    yield* every("1 hour", "Forgetting old idempotency keys", untilNone(plays.forgetOldKeys))
  })
)
