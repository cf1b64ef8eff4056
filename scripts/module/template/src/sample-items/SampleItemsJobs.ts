import { DateTime, Effect, Layer } from "effect"
import { every, untilNone } from "../platform/Periodic.ts"
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
    const remove = Effect.flatMap(DateTime.now, (now) => service.removeOld(DateTime.subtractDuration(now, retention)))
    yield* every("1 hour", "Deleting old sample items", untilNone(remove))
  })
)
