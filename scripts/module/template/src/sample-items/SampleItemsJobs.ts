import { DateTime, Effect, Layer, Schedule } from "effect"
import { forLog } from "../platform/observe/Redaction.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { SampleItems } from "./SampleItems.ts"
import { SampleItemsSettings } from "./SampleItemsSettings.ts"

/** Deletes what nobody has changed for SAMPLE_ITEM_RETENTION, once an hour. With WORKERS=0 other replicas do. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { workers } = yield* Settings
    const { sampleItemRetention: retention } = yield* SampleItemsSettings
    if (retention === "off" || workers === 0) return
    const service = yield* SampleItems
    yield* Effect.flatMap(DateTime.now, (now) => service.removeOld(DateTime.subtractDuration(now, retention))).pipe(
      // A bounded number a statement: a large one would hold its locks and its snapshot for long.
      Effect.repeat({ while: (removed) => removed > 0 }),
      Effect.catchCause((cause) => Effect.logWarning("Deleting old sample items failed", forLog(cause))),
      Effect.repeat(Schedule.spaced("1 hour").pipe(Schedule.jittered)),
      Effect.forkScoped
    )
  })
)
