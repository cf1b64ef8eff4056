import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { hasRows, rows } from "../platform/postgres/Rows.ts"
import type { EmailKey } from "../players/Email.ts"
import { type MailId, type MailStatus, Message } from "./Message.ts"

const asMessages = rows(Message)

export interface Filter {
  readonly status: MailStatus | null
  readonly emailKey: EmailKey | null
  readonly aboutKind: string | null
  readonly aboutId: string | null
  readonly after: MailId | null
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Up to `count`, newest first. */
  const list = ({ aboutId, aboutKind, after, emailKey, status }: Filter, count: number) => {
    const where = [
      ...(status === null ? [] : [sql`status = ${status}`]),
      ...(emailKey === null ? [] : [sql`email_key = ${emailKey}`]),
      ...(aboutKind === null ? [] : [sql`about_kind = ${aboutKind}`]),
      ...(aboutId === null ? [] : [sql`about_id = ${aboutId}`]),
      ...(after === null ? [] : [sql`id < ${after}`])
    ]
    return sql`
      select * from mail
      where ${where.length === 0 ? sql`true` : sql.and(where)}
      order by id desc limit ${count}`.pipe(asMessages("OutboxRepo.list"))
  }

  const find = (id: MailId) => sql`select * from mail where id = ${id}`.pipe(asMessages("OutboxRepo.find"))

  /** The same, and nobody else changes it before the end of the transaction. */
  const lock = (id: MailId) => sql`select * from mail where id = ${id} for update`.pipe(asMessages("OutboxRepo.lock"))

  /** Whether the address of a mail is blocked for it. */
  const isSuppressed = (id: MailId) =>
    sql`
      select from mail join mail_suppression blocked using (email_key)
      where mail.id = ${id} and (blocked.reason = 'refused' or mail.can_unsubscribe)
      limit 1`.pipe(hasRows, Effect.withSpan("OutboxRepo.isSuppressed"))

  /**
   * Puts a mail into the outbox. A link keeps its end; other mails get more time. An attempt that is under way in the outbox goes
   * on, and what waits there is due at once.
   */
  const putBack = (id: MailId, now: Date, expiresAt: Date) =>
    sql`
      update mail set
        attempts = case when status = 'outbox' then attempts else 0 end,
        sendings = case when status = 'outbox' then sendings else sendings + 1 end,
        due_at = case when claimed_by is null then ${now} else due_at end,
        expires_at = case when has_link then expires_at else greatest(expires_at, ${expiresAt}) end,
        status = 'outbox', ended_at = null
      where id = ${id}
      returning *`.pipe(asMessages("OutboxRepo.putBack"))

  return { list, find, lock, isSuppressed, putBack }
})
