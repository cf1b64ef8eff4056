import { Schema } from "effect"
import { Model } from "effect/schema"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { EmailKey } from "../players/Email.ts"

const example = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54"

export const SuppressionId = uuidV7("mail suppression", example).pipe(Schema.brand("MailSuppressionId"))
export type SuppressionId = typeof SuppressionId.Type

/** The list is ordered by id, newest first. */
export const SuppressionCursor = Paging.cursor("mail-suppressions", SuppressionId, SuppressionId.make(example))

export const SuppressionReason = Schema.Literals(["refused", "unsubscribed"])

/** An address that gets no mail. */
export class Suppression extends Model.Class<Suppression>("MailSuppression")({
  id: Model.UuidV7Insert(SuppressionId),
  emailKey: EmailKey,
  reason: SuppressionReason,
  detail: Schema.NullOr(Schema.String),
  mailId: Schema.NullOr(Schema.String),
  createdAt: Model.DateTimeInsertFromDate
}) {}

/** The answer. */
export const SuppressionFacts = Schema.Struct({
  id: SuppressionId,
  email: Schema.String.annotate({ description: "The address, normalised.", examples: ["vera@brand.example"] }),
  reason: SuppressionReason.annotate({
    description:
      "`refused`: the mail server said that the address takes no mail, so it gets none. `unsubscribed`: its owner wants no mail that one can do without, and gets the other kind only.",
    examples: ["refused"]
  }),
  detail: Schema.NullOr(Schema.String).annotate({
    description: "What the mail server said, without addresses; null: nothing.",
    examples: ["Answer to RCPT TO: 550 5.1.1 No such user"]
  }),
  mailId: Schema.NullOr(Schema.String).annotate({
    description: "The mail that was refused; null: there was none, or it is deleted.",
    examples: ["019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"]
  }),
  createdAt: Moment.toClient("Since when, in UTC.", "2026-11-20T10:00:00.000Z")
}).annotate({ identifier: "MailSuppression", description: "An address that gets no mail, or less." })
