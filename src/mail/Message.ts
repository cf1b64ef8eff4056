import { Schema } from "effect"
import { Model } from "effect/schema"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { EmailKey } from "../players/Email.ts"

export const exampleId = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

export const MailId = uuidV7("mail", exampleId).pipe(Schema.brand("MailId"))
export type MailId = typeof MailId.Type

export const MailStatus = Schema.Literals(["outbox", "sent", "refused", "failed", "suppressed", "expired", "forgotten"])
export type MailStatus = typeof MailStatus.Type

export const Language = Schema.Literals(["en", "ru"])

/** A mail as it is stored. What it says is null once its person was forgotten. */
export class Message extends Model.Class<Message>("Message")({
  id: Model.UuidV7Insert(MailId),
  key: Schema.String,
  recipient: Schema.NullOr(Schema.String),
  emailKey: Schema.NullOr(EmailKey),
  language: Language,
  subject: Schema.NullOr(Schema.String),
  bodyText: Schema.NullOr(Schema.String),
  bodyHtml: Schema.NullOr(Schema.String),
  /** Encrypted. */
  link: Model.Sensitive(Schema.NullOr(Schema.Uint8Array)),
  hasLink: Schema.Boolean,
  canUnsubscribe: Schema.Boolean,
  aboutKind: Schema.NullOr(Schema.String),
  aboutId: Schema.NullOr(Schema.String),
  status: MailStatus,
  reason: Schema.NullOr(Schema.String),
  attempts: Schema.Int,
  sendings: Schema.Int,
  dueAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  claimedBy: Schema.NullOr(Schema.String),
  expiresAt: Schema.DateTimeUtcFromDate,
  endedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Model.DateTimeInsertFromDate
}) {}
