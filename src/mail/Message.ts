import { Schema } from "effect"
import { Model } from "effect/schema"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { EmailKey } from "../players/Email.ts"

export const exampleId = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

export const MailId = uuidV7("mail", exampleId).pipe(Schema.brand("MailId"))
export type MailId = typeof MailId.Type

/** The list is ordered by id, newest first. */
export const MailCursor = Paging.cursor("mails", MailId, MailId.make(exampleId))

export const MailStatus = Schema.Literals([
  "outbox",
  "sent",
  "refused",
  "failed",
  "suppressed",
  "expired",
  "forgotten"
]).annotate({
  description:
    "`outbox`: waits to be sent. `sent`: the mail server has taken it. `refused`: the mail server has refused it for good. `failed`: it was given up after attempts that failed. `suppressed`: the address gets no mail. `expired`: it was too late before a first attempt. `forgotten`: its person was forgotten.",
  examples: ["sent"]
})
export type MailStatus = typeof MailStatus.Type

export const Language = Schema.Literals(["en", "ru"]).annotate({
  description: "The language of the text.",
  examples: ["en"]
})

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

/** The answer. */
export const MailFacts = Schema.Struct({
  id: MailId,
  status: MailStatus.annotate({
    description:
      "`outbox` until it is sent or has ended otherwise: `refused` by the mail server for good, `failed` after all tries, `suppressed` because the address gets none, `expired` before it could be sent, `forgotten` with its person.",
    examples: ["sent"]
  }),
  to: Schema.NullOr(Schema.String).annotate({
    description: "The address; null once its person was forgotten.",
    examples: ["vera@brand.example"]
  }),
  subject: Schema.NullOr(Schema.String).annotate({
    description: "The subject; null once its person was forgotten.",
    examples: ["You are invited"]
  }),
  language: Language,
  about: Schema.NullOr(
    Schema.Struct({
      kind: Schema.String.annotate({ description: "What it is about.", examples: ["invitation"] }),
      id: Schema.String.annotate({ description: "The id of that.", examples: [exampleId] })
    })
  ).annotate({
    description: "What the mail is about; null: nothing that has an id.",
    examples: [{ kind: "invitation", id: exampleId }]
  }),
  hasLink: Schema.Boolean.annotate({
    description:
      "Whether it holds a secret link or code. Once that was sent or has expired, the mail cannot be sent again.",
    examples: [true]
  }),
  canUnsubscribe: Schema.Boolean.annotate({
    description: "Whether it offers to unsubscribe, and is not sent to those who did.",
    examples: [false]
  }),
  reason: Schema.NullOr(Schema.String).annotate({
    description: "Why the last attempt failed, without addresses; null: there was none, or it succeeded.",
    examples: ["Answer to RCPT TO: 451 4.7.1 Greylisted"]
  }),
  attempts: Schema.Int.annotate({
    description: "Attempts that the mail server answered or may have carried out.",
    examples: [1]
  }),
  nextAttemptAt: Moment.toClientOrNull(
    "When the next attempt may begin, in UTC; null: none will. Without a mail server (`SMTP_URL`) nobody makes it.",
    "2026-11-20T10:01:00.000Z"
  ),
  expiresAt: Moment.toClient("When it is too late to send it, in UTC.", "2026-11-25T10:00:00.000Z"),
  endedAt: Moment.toClientOrNull("When it left the outbox, in UTC; null before.", "2026-11-20T10:00:01.250Z"),
  createdAt: Moment.toClient("When it was stored, in UTC.", "2026-11-20T10:00:00.000Z")
}).annotate({ identifier: "Mail", description: "A mail: what becomes of it, without its text." })
export type MailFacts = typeof MailFacts.Type

/** What the API and the command line tell of a mail. */
export const factsOf = (message: Message): MailFacts => ({
  id: message.id,
  status: message.status,
  to: message.recipient,
  subject: message.subject,
  language: message.language,
  about:
    message.aboutKind === null || message.aboutId === null ? null : { kind: message.aboutKind, id: message.aboutId },
  hasLink: message.hasLink,
  canUnsubscribe: message.canUnsubscribe,
  reason: message.reason,
  attempts: message.attempts,
  nextAttemptAt: message.dueAt,
  expiresAt: message.expiresAt,
  endedAt: message.endedAt,
  createdAt: message.createdAt
})

export const MailPreview = Schema.Struct({
  subject: Schema.String.annotate({ description: "The subject.", examples: ["You are invited"] }),
  text: Schema.String.annotate({
    description: "The text. Secret links are masked.",
    examples: ["Vera invites you.\n\nAccept:\n•••\n"]
  }),
  html: Schema.String.annotate({
    description:
      "The same as an HTML document, with links that lead nowhere in place of secret ones. Show it in a sandboxed frame only.",
    examples: ["<!doctype html><p>Vera invites you.</p>"]
  })
}).annotate({ identifier: "MailPreview", description: "What a mail says, with secret links masked." })
