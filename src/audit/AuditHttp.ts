import { Effect } from "effect"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { ValidationFailed } from "../platform/contract/Problems.ts"
import { Audit } from "./Audit.ts"
import { AuditApi } from "./AuditApi.ts"
import type { AuditEntry } from "./AuditEntry.ts"

const facts = ({ targetId, targetKind, ...entry }: AuditEntry) => ({
  ...entry,
  target: targetKind === null || targetId === null ? null : { kind: targetKind, id: targetId }
})

const withoutKind = new ValidationFailed({
  errors: [{ path: ["query", "targetKind"], message: "Required with `targetId`" }]
})

export const layer = Handlers.group(
  contractOf(AuditApi),
  "audit",
  Effect.fnUntraced(function* (handlers) {
    const audit = yield* Audit
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { cursor, targetId, targetKind, ...rest } = query
        // Left alone it would choose nothing, and so show the whole log to whoever asked for one thing.
        if (targetId !== undefined && targetKind === undefined) return yield* withoutKind
        const page = yield* audit.list({
          ...rest,
          after: cursor,
          target: targetKind === undefined ? undefined : { kind: targetKind, id: targetId }
        })
        return { ...page, items: page.items.map(facts) }
      })
    })
  })
)
