import { Schema } from "effect"
import { Model } from "effect/schema"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { EmailKey } from "../players/Email.ts"

export const SuppressionId = uuidV7("mail suppression", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54").pipe(
  Schema.brand("MailSuppressionId")
)
export type SuppressionId = typeof SuppressionId.Type

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
