import { Context, DateTime, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../audit/Audit.ts"
import * as Paging from "../platform/contract/Paging.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Secrets, type SecretsKeyMissing, type SecretUnreadable } from "../platform/Secrets.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { keyOf } from "../players/Email.ts"
import { filled, linkContext, masked } from "./Composed.ts"
import { patience } from "./Mail.ts"
import { MailNotFound, MailNotResendable, MailSuppressionNotFound } from "./MailErrors.ts"
import { MailWaking } from "./MailWaking.ts"
import type { MailId, MailStatus, Message } from "./Message.ts"
import * as OutboxRepo from "./OutboxRepo.ts"
import { Suppression, type SuppressionId } from "./Suppression.ts"
import * as SuppressionsRepo from "./SuppressionsRepo.ts"
import type * as Unsubscribing from "./Unsubscribing.ts"

export interface MailQuery extends Paging.PageQuery<MailId> {
  readonly status?: MailStatus
  /** A valid address. */
  readonly to?: string
  readonly about?: { readonly kind: string; readonly id?: string | undefined } | undefined
}

export interface SuppressionQuery extends Paging.PageQuery<SuppressionId> {
  /** A valid address. */
  readonly email?: string
}

/** What a mail says. */
export interface Said {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Looking after mails and suppressions: for the people who run the service, and for those who unsubscribe. */
export class Outbox extends Context.Service<
  Outbox,
  {
    readonly list: (query: MailQuery) => Effect.Effect<Paging.Page<Message, MailId>, DatabaseUnavailable>
    readonly find: (id: MailId) => Effect.Effect<Message, MailNotFound | DatabaseUnavailable>
    /** With secret links masked; empty once the person was forgotten. */
    readonly preview: (id: MailId) => Effect.Effect<Said, MailNotFound | DatabaseUnavailable>
    /** With the secret link, if it is still there. Only for whoever has the machine. */
    readonly read: (
      id: MailId
    ) => Effect.Effect<Said, MailNotFound | DatabaseUnavailable | SecretsKeyMissing | SecretUnreadable>
    /** Puts a mail that has ended into the outbox again; one that waits there is due at once. */
    readonly resend: (id: MailId) => Effect.Effect<Message, MailNotFound | MailNotResendable | DatabaseUnavailable>
    readonly suppressions: (
      query: SuppressionQuery
    ) => Effect.Effect<Paging.Page<Suppression, SuppressionId>, DatabaseUnavailable>
    readonly lift: (id: SuppressionId) => Effect.Effect<void, MailSuppressionNotFound | DatabaseUnavailable>
    /** No more mails that the reader can do without. Repeated calls change nothing; nor do those for readers who were forgotten. */
    readonly unsubscribe: (reader: Unsubscribing.Reader) => Effect.Effect<void, DatabaseUnavailable>
  }
>()("fairground/mail/Outbox") {
  static readonly layer = Layer.effect(
    Outbox,
    Effect.gen(function* () {
      const audit = yield* Audit
      const sql = yield* SqlClient.SqlClient
      const secrets = yield* Secrets
      const waking = yield* MailWaking
      const repo = yield* OutboxRepo.make
      const blocks = yield* SuppressionsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const find = Effect.fn("Outbox.find")(function* (id: MailId) {
        const [message] = yield* retry(repo.find(id))
        return message ?? (yield* new MailNotFound({}))
      })

      const putBack = Effect.fnUntraced(function* (id: MailId) {
        const [message] = yield* repo.lock(id)
        if (message === undefined) return yield* new MailNotFound({})
        if (message.recipient === null) return yield* new MailNotResendable({ reason: "forgotten" })
        const now = yield* DateTime.now
        if (message.hasLink && (message.link === null || DateTime.isLessThanOrEqualTo(message.expiresAt, now))) {
          return yield* new MailNotResendable({ reason: "link-gone" })
        }
        if (yield* repo.isSuppressed(id)) return yield* new MailNotResendable({ reason: "suppressed" })
        const until = DateTime.addDuration(now, patience)
        const [changed] = yield* repo.putBack(id, DateTime.toDateUtc(now), DateTime.toDateUtc(until))
        yield* sql.afterCommit(waking.wake)
        return changed ?? message
      })

      return Outbox.of({
        list: Effect.fn("Outbox.list")(function* ({ about, after, limit = Paging.defaultLimit, status, to }) {
          const filter = {
            status: status ?? null,
            emailKey: to === undefined ? null : keyOf(to),
            aboutKind: about?.kind ?? null,
            aboutId: about?.id ?? null,
            after: after ?? null
          }
          return Paging.page(yield* retry(repo.list(filter, limit + 1)), limit, ({ id }) => id)
        }),
        find,
        preview: Effect.fn("Outbox.preview")(function* (id) {
          const { bodyHtml, bodyText, language, subject } = yield* find(id)
          return {
            subject: subject ?? "",
            ...masked({ language, bodyText: bodyText ?? "", bodyHtml: bodyHtml ?? "" })
          }
        }),
        read: Effect.fn("Outbox.read")(function* (id) {
          const message = yield* find(id)
          const { bodyHtml, bodyText, language, link, subject } = message
          const body = { language, bodyText: bodyText ?? "", bodyHtml: bodyHtml ?? "" }
          if (link === null) return { subject: subject ?? "", ...masked(body) }
          const opened = Buffer.from(yield* secrets.open(linkContext(id), link)).toString()
          return { subject: subject ?? "", ...filled(body, { link: opened, unsubscribe: undefined }) }
        }),
        resend: Effect.fn("Outbox.resend")((id) =>
          retry(audit.within(putBack(id), () => ({ action: "mail.resend", target: { kind: "mail", id } })))
        ),
        suppressions: Effect.fn("Outbox.suppressions")(function* ({ after, email, limit = Paging.defaultLimit }) {
          const emailKey = email === undefined ? null : keyOf(email)
          return Paging.page(yield* retry(blocks.list(emailKey, after ?? null, limit + 1)), limit, ({ id }) => id)
        }),
        lift: Effect.fn("Outbox.lift")((id) =>
          audit
            .within(
              Effect.flatMap(blocks.remove(id), ([removed]) =>
                removed === undefined ? Effect.fail(new MailSuppressionNotFound({})) : Effect.succeed(removed)
              ),
              ({ reason }) => ({
                action: "mail-suppression.delete",
                target: { kind: "mail-suppression", id },
                details: { reason }
              })
            )
            .pipe(retry, Effect.asVoid)
        ),
        unsubscribe: Effect.fn("Outbox.unsubscribe")((reader) =>
          audit
            .within(
              Effect.gen(function* () {
                const [known] = yield* blocks.addressOf(reader.id)
                if (known === undefined) return []
                return yield* blocks.insert(
                  yield* Effect.orDie(
                    Suppression.insert.makeEffect({
                      emailKey: known.emailKey,
                      reason: "unsubscribed",
                      detail: null,
                      mailId: null
                    })
                  )
                )
              }),
              ([added]) =>
                added === undefined
                  ? undefined
                  : {
                      action: "mail-suppression.create",
                      target: { kind: "mail-suppression", id: added.id },
                      details: { reason: "unsubscribed" }
                    }
            )
            .pipe(retry, Effect.asVoid)
        )
      })
    })
  )
}
