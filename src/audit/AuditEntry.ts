import { Schema } from "effect"
import { Model } from "effect/schema"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"

const example = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

export const AuditEntryId = uuidV7("audit entry", example).pipe(Schema.brand("AuditEntryId"))
export type AuditEntryId = typeof AuditEntryId.Type

/** The list is ordered by id, newest first. */
export const AuditCursor = Paging.cursor("audit-entries", AuditEntryId, AuditEntryId.make(example))

export const Outcome = Schema.Literals(["done", "refused"])
export const Via = Schema.Literals(["http", "command-line", "service"])

const Details = Schema.Record(Schema.String, Schema.Json)

/** A row of the table. */
export class AuditEntry extends Model.Class<AuditEntry>("AuditEntry")({
  id: Model.UuidV7Insert(AuditEntryId),
  at: Model.DateTimeInsertFromDate,
  action: Schema.String,
  outcome: Outcome,
  via: Via,
  accountId: Schema.NullOr(Schema.String),
  apiKeyId: Schema.NullOr(Schema.String),
  targetKind: Schema.NullOr(Schema.String),
  targetId: Schema.NullOr(Schema.String),
  address: Schema.NullOr(Schema.String),
  userAgent: Schema.NullOr(Schema.String),
  requestId: Schema.NullOr(Schema.String),
  details: Schema.NullOr(Details)
}) {}

/** The answer. */
export const AuditEntryFacts = Schema.Struct({
  id: AuditEntryId,
  at: Moment.toClient("When it was done, in UTC.", "2026-11-20T10:00:00.000Z"),
  action: Schema.String.annotate({ description: "What was done, as noun.verb.", examples: ["game.create"] }),
  outcome: Outcome.annotate({
    description: "`done`, or `refused`: an attempt that was turned away, such as a wrong password.",
    examples: ["done"]
  }),
  via: Via.annotate({
    description: "`http`, `command-line` (whoever has the machine), or `service` (a background job).",
    examples: ["http"]
  }),
  accountId: Schema.NullOr(Schema.String).annotate({
    description: "The account that did it; null where none is known.",
    examples: [example]
  }),
  apiKeyId: Schema.NullOr(Schema.String).annotate({
    description: "The key that it was done with; null: with none.",
    examples: [null]
  }),
  target: Schema.NullOr(
    Schema.Struct({
      kind: Schema.String.annotate({ description: "What it is.", examples: ["game"] }),
      id: Schema.String.annotate({ description: "Its id, or its name where it has no id.", examples: [example] })
    })
  ).annotate({
    description: "What it was done to; null: to nothing that has an id.",
    examples: [{ kind: "game", id: example }]
  }),
  address: Schema.NullOr(Schema.String).annotate({
    description: "The client's network address; of a command, the user who ran it.",
    examples: ["192.0.2.7"]
  }),
  userAgent: Schema.NullOr(Schema.String).annotate({
    description: "What the client calls itself.",
    examples: ["curl/8.5.0"]
  }),
  requestId: Schema.NullOr(Schema.String).annotate({
    description: "The `X-Request-Id` of the request's answer.",
    examples: ["0198c7e2-7d1c-4f0e-9a55-0b6b3c0f7a11"]
  }),
  details: Schema.NullOr(Details).annotate({
    description: "What changed, without secrets and without players' addresses; null: nothing to add.",
    examples: [{ slug: "wheel" }]
  })
}).annotate({ identifier: "AuditEntry", description: "Who did what, when, and to what." })
