import { DateTime, Effect, Layer, Schedule } from "effect"
import { forLog } from "../platform/observe/Redaction.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { SampleItems } from "./SampleItems.ts"
import { SampleItemsSettings } from "./SampleItemsSettings.ts"

/** Deletes expired sample items every hour. A replica with WORKERS=0 leaves this to the others. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { workers } = yield* Settings
    const { sampleItemRetention: retention } = yield* SampleItemsSettings
    if (retention === "off" || workers === 0) return
    const service = yield* SampleItems
    yield* Effect.flatMap(DateTime.now, (now) => service.removeOld(DateTime.subtractDuration(now, retention))).pipe(
      // In batches: one large delete would hold its locks and its snapshot for long.
      Effect.repeat({ while: (removed) => removed > 0 }),
      Effect.catchCause((cause) => Effect.logWarning("Deleting old sample items failed", forLog(cause))),
      Effect.repeat(Schedule.spaced("1 hour").pipe(Schedule.jittered)),
      Effect.forkScoped
    )
  })
)
