import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Message } from "./Message.ts"

const encode = Schema.encodeEffect(Message.insert)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /**
   * Stores a message, unless one has its key. To an address that gets no mail it is stored as suppressed, and never sent: the link
   * is left out then.
   */
  const insert = Effect.fn("MailRepo.insert")(function* (message: typeof Message.insert.Type) {
    const row = yield* Effect.orDie(encode(message))
    yield* sql`
      with message as (
        select exists (
          select from mail_suppression
          where email_key = ${row.emailKey} and (reason = 'refused' or ${row.canUnsubscribe}::boolean)
        ) as is_suppressed
      )
      insert into mail (
        id, key, recipient, email_key, language, subject, body_text, body_html, link, has_link, can_unsubscribe, about_kind,
        about_id, status, due_at, expires_at, ended_at, created_at
      )
      select
        ${row.id}, ${row.key}, ${row.recipient}, ${row.emailKey}, ${row.language}, ${row.subject}, ${row.bodyText},
        ${row.bodyHtml}, case when not is_suppressed then ${row.link}::bytea end, ${row.hasLink}, ${row.canUnsubscribe},
        ${row.aboutKind}, ${row.aboutId}, case when is_suppressed then 'suppressed' else 'outbox' end,
        case when not is_suppressed then ${row.dueAt}::timestamptz end, ${row.expiresAt},
        case when is_suppressed then ${row.createdAt}::timestamptz end, ${row.createdAt}
      from message
      on conflict (key) do nothing`
  })

  return { insert }
})
