import { Context, DateTime, Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { uuidV7At } from "../platform/Ids.ts"
import { Secrets, SecretsKeyMissing } from "../platform/Secrets.ts"
import { keyOf } from "../players/Email.ts"
import { linkContext } from "./Composed.ts"
import type { Letter } from "./Letter.ts"
import { MailSettings } from "./MailSettings.ts"
import * as MailRepo from "./MailRepo.ts"
import { MailWaking } from "./MailWaking.ts"
import { MailId, Message } from "./Message.ts"

/** A mail to store. */
export interface NewMail {
  /**
   * What makes it unique, such as `invitation <id> <time>`: a second mail with the same key is not stored. It is kept when the
   * person is forgotten, so it holds no address, and no secret.
   */
  readonly key: string
  /** An address that the contract has checked, as typed. */
  readonly to: string
  /** Made by `letter(...)`, in the reader's language. */
  readonly letter: Letter
  /**
   * A secret link, in the place of `secretLink` in the letter: an http(s) address below PUBLIC_URL. It is encrypted at rest, and
   * emptied once the mail was sent or has expired.
   */
  readonly link?: string
  /** A secret code, in the place of `secretCode` in the letter, kept as a link is. A mail has a link, a code or neither. */
  readonly code?: string
  /** What it is about, for lists. */
  readonly about?: { readonly kind: string; readonly id: string }
  /**
   * Whether the reader can do without such mails: they offer to unsubscribe with one click (RFC 8058), and are not sent to those
   * who did. Left out: the reader asked for the mail or needs it.
   */
  readonly unsubscribe?: boolean
  /** When it is too late to send it, such as the end of its link. Left out: 5 days from now. */
  readonly expiresAt?: DateTime.Utc
}

/** How long a mail is tried (RFC 5321 section 4.5.4.1 asks for at least 4 to 5 days), and how old one may be when SMTP_URL is set at last. */
export const patience = "5 days"

/** Outgoing mail. Messages are stored first and sent by the background. */
export class Mail extends Context.Service<
  Mail,
  {
    /** Whether a mail server is set (SMTP_URL). Without it messages stay in the outbox. */
    readonly isSetUp: boolean
    /**
     * Stores a message, in the transaction around it. The same key is stored once; a second call with it changes nothing. A
     * message with a link or a code, or one that can be unsubscribed from needs SECRETS_KEY.
     */
    readonly store: (message: NewMail) => Effect.Effect<void, SqlError.SqlError | SecretsKeyMissing>
  }
>()("fairground/mail/Mail") {
  static readonly layer = Layer.effect(
    Mail,
    Effect.gen(function* () {
      const { smtpUrl } = yield* MailSettings
      const sql = yield* SqlClient.SqlClient
      const secrets = yield* Secrets
      const waking = yield* MailWaking
      const repo = yield* MailRepo.make

      const store = Effect.fn("Mail.store")(function* (mail: NewMail) {
        if (mail.unsubscribe === true && !secrets.isReady) return yield* new SecretsKeyMissing({})
        const now = yield* DateTime.now
        const recipient = mail.to.trim()
        const id = MailId.make(uuidV7At(DateTime.toEpochMillis(now)))
        const secret = mail.link ?? mail.code
        const message = yield* Effect.orDie(
          Message.insert.makeEffect({
            id,
            key: mail.key,
            recipient,
            emailKey: keyOf(recipient),
            language: mail.letter.language,
            subject: mail.letter.subject,
            bodyText: mail.letter.text,
            bodyHtml: mail.letter.html,
            link: secret === undefined ? null : yield* secrets.seal(linkContext(id), Buffer.from(secret)),
            hasLink: secret !== undefined,
            canUnsubscribe: mail.unsubscribe ?? false,
            aboutKind: mail.about?.kind ?? null,
            aboutId: mail.about?.id ?? null,
            status: "outbox",
            reason: null,
            attempts: 0,
            sendings: 1,
            dueAt: now,
            claimedBy: null,
            expiresAt: mail.expiresAt ?? DateTime.addDuration(now, patience),
            endedAt: null
          })
        )
        yield* repo.insert(message)
        yield* sql.afterCommit(waking.wake)
      })

      return Mail.of({ isSetUp: smtpUrl !== undefined, store })
    })
  ).pipe(Layer.provideMerge(MailWaking.layer))
}
