import { DateTime, Effect, Layer } from "effect"
import { every, untilNone } from "../platform/Periodic.ts"
import { Audit } from "./Audit.ts"
import { AuditSettings } from "./AuditSettings.ts"

/** Deletes entries that are older than the retention. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const audit = yield* Audit
    const { auditRetention } = yield* AuditSettings
    yield* every(
      "1 hour",
      "Deleting old audit entries",
      Effect.flatMap(DateTime.now, (now) =>
        untilNone(audit.removeBefore(DateTime.subtractDuration(now, auditRetention)))
      )
    )
  })
)
