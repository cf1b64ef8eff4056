import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { hasRows, rows } from "../platform/postgres/Rows.ts"
import type { EmailKey } from "../players/Email.ts"
import { Message } from "./Message.ts"
import { Suppression } from "./Suppression.ts"

const asMessages = rows(Message)
const asSuppressions = rows(Suppression)
const asReaders = rows(Schema.Struct({ emailKey: Schema.String, createdAt: Schema.Date }))
const asRemoved = rows(Schema.Struct({ id: Schema.String }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Up to `count` of the mails to an address above this id, oldest first. */
  const mails = (emailKey: EmailKey, above: string, count: number) =>
    sql`
      select * from mail where email_key = ${emailKey} and id > ${above} order by id limit ${count}`.pipe(
      asMessages("MailPersonRepo.mails")
    )

  const suppressions = (emailKey: EmailKey) =>
    sql`select * from mail_suppression where email_key = ${emailKey} order by id`.pipe(
      asSuppressions("MailPersonRepo.suppressions")
    )

  const reader = (emailKey: EmailKey) =>
    sql`select email_key, created_at from mail_reader where email_key = ${emailKey}`.pipe(
      asReaders("MailPersonRepo.reader")
    )

  /**
   * Empties one mail to an address: what identifies its reader, and what it says. One that waits is not sent any more. Returns
   * whether there was one. A transaction that locks only a single row cannot deadlock.
   */
  const emptyOne = (emailKey: EmailKey, now: Date) =>
    sql`
      with first as (select id from mail where email_key = ${emailKey} order by id limit 1 for update)
      update mail set
        recipient = null, email_key = null, subject = null, body_text = null, body_html = null, link = null, reason = null,
        ended_at = coalesce(ended_at, ${now}), due_at = null, claimed_by = null,
        status = case when status = 'outbox' then 'forgotten' else status end
      from first where mail.id = first.id
      returning mail.id`.pipe(asRemoved("MailPersonRepo.emptyOne"), hasRows)

  const removeSuppressions = (emailKey: EmailKey) =>
    sql`delete from mail_suppression where email_key = ${emailKey} returning id`.pipe(
      asRemoved("MailPersonRepo.removeSuppressions")
    )

  const removeReader = (emailKey: EmailKey) =>
    sql`delete from mail_reader where email_key = ${emailKey} returning id`.pipe(
      asRemoved("MailPersonRepo.removeReader")
    )

  return { mails, suppressions, reader, emptyOne, removeSuppressions, removeReader }
})
