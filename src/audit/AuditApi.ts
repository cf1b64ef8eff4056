import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "../platform/contract/Access.ts"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { AuditCursor, AuditEntryFacts } from "./AuditEntry.ts"

const AuditPage = Paging.pageOf(AuditEntryFacts, AuditCursor, {
  identifier: "AuditPage",
  description: "A page of the audit log."
})

const word = (description: string, example: string) =>
  Schema.optionalKey(
    Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)).annotate({ description, examples: [example] })
  )

export class AuditApi extends HttpApiGroup.make("audit")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...Paging.query(AuditCursor),
        account: Schema.optionalKey(
          Schema.String.check(Schema.isUUID(7)).annotate({
            description: "Only what this account did.",
            examples: ["019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"]
          })
        ),
        action: word("Only this action.", "game.create"),
        targetKind: word("Only what was done to things of this kind.", "game"),
        targetId: word("With `targetKind`: only what was done to this one.", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"),
        since: Schema.optionalKey(Moment.fromClient("Only what was done from then on.", "2026-11-20T00:00:00.000Z"))
      },
      success: AuditPage,
      error: [TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "List the audit log")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        "Who did what, when, and to what, newest first: sign-ins (refused ones too), keys, roles, and every change that people, programs and commands made."
      )
      .pipe(needs("audit:read"))
  )
  .prefix("/api/v1/audit-entries")
  .annotate(OpenApi.Description, "Who did what, when, and to what.") {}
