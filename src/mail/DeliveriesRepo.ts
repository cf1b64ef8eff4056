import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { hasRows, row, rows } from "../platform/postgres/Rows.ts"
import { EmailKey } from "../players/Email.ts"
import { Language, MailId, MailStatus } from "./Message.ts"

/** A mail that this process has claimed, with what is needed to send it. */
const Claimed = Schema.Struct({
  id: MailId,
  recipient: Schema.String,
  emailKey: EmailKey,
  language: Language,
  subject: Schema.String,
  bodyText: Schema.String,
  bodyHtml: Schema.String,
  link: Schema.NullOr(Schema.Uint8Array),
  canUnsubscribe: Schema.Boolean,
  attempts: Schema.Int,
  sendings: Schema.Int,
  expiresAt: Schema.Date,
  /** Its address has been blocked since it was stored. */
  isSuppressed: Schema.Boolean
})
export type Claimed = typeof Claimed.Type

/** How an attempt ended. */
export interface Ending {
  readonly status: "outbox" | "sent" | "refused" | "failed" | "suppressed"
  readonly at: Date
  /** Of a mail that stays in the outbox: when the next attempt may begin. */
  readonly dueAt: Date | null
  readonly reason: string | null
  /** Whether the attempt says something about the mail, rather than about the mail server. */
  readonly counts: boolean
}

const asClaimed = rows(Claimed)
const asIds = rows(Schema.Struct({ id: Schema.String }))
const asReader = row(Schema.Struct({ id: Schema.String }))
const asDepths = row(Schema.Struct({ waiting: Schema.Int, oldest: Schema.NullOr(Schema.Date) }))
const asEnded = rows(Schema.Struct({ status: MailStatus }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /**
   * Claims up to `limit` mails that are due, those that have been due for longest first. A claim is a lease: when it ends before the
   * attempt is over, because the process died, the mail is due again. Replicas pass over what another is claiming.
   */
  const claimDue = (now: Date, leaseUntil: Date, claimedBy: string, limit: number) =>
    sql`
      with due as (
        select id from mail
        where status = 'outbox' and due_at <= ${now} and expires_at > ${now}
        order by due_at, id
        limit ${limit}
        for update skip locked
      )
      update mail set due_at = ${leaseUntil}, claimed_by = ${claimedBy}
      from due where mail.id = due.id
      returning mail.id, recipient, email_key, language, subject, body_text, body_html, link, can_unsubscribe, attempts,
        sendings, expires_at, exists (
          select from mail_suppression blocked
          where blocked.email_key = mail.email_key and (blocked.reason = 'refused' or mail.can_unsubscribe)
        ) as is_suppressed`.pipe(asClaimed("DeliveriesRepo.claimDue"))

  /** Ends an attempt, unless another was claimed since, or the person was forgotten. Returns whether it did. */
  const end = (id: MailId, claimedBy: string, { at, counts, dueAt, reason, status }: Ending) =>
    sql`
      update mail set
        status = ${status}, reason = ${reason}, due_at = ${dueAt}, claimed_by = null,
        ended_at = case when ${status} <> 'outbox' then ${at}::timestamptz end,
        attempts = attempts + ${counts ? 1 : 0},
        -- What was refused can be sent again by hand, until its link has expired.
        link = case when ${status} not in ('sent', 'suppressed') then link end
      where id = ${id} and claimed_by = ${claimedBy} and status = 'outbox'
      returning status`.pipe(asEnded("DeliveriesRepo.end"), hasRows)

  /** The reader that an unsubscribe link is about. The same for all mails to an address. */
  const readerOf = (id: string, emailKey: EmailKey, now: Date) =>
    sql`
      insert into mail_reader (id, email_key, created_at) values (${id}, ${emailKey}, ${now})
      on conflict (email_key) do update set email_key = excluded.email_key
      returning id`.pipe(asReader("DeliveriesRepo.readerOf"))

  /** How many mails wait, and since when the oldest is due that nobody works on. */
  const depth = (now: Date) =>
    sql`
      select count(*)::int as waiting, min(due_at) filter (where due_at <= ${now} and expires_at > ${now}) as oldest
      from mail where status = 'outbox'`.pipe(asDepths("DeliveriesRepo.depth"))

  /** Takes up to `count` mails out of the outbox whose time is over. Returns what they are now. */
  const expire = (now: Date, count: number) =>
    sql`
      with late as (
        select id from mail
        where status = 'outbox' and expires_at <= ${now} and due_at <= ${now}
        order by due_at
        limit ${count}
        for update skip locked
      )
      update mail set
        status = case when reason is null then 'expired' else 'failed' end,
        due_at = null, claimed_by = null, ended_at = ${now}, link = null
      from late where mail.id = late.id
      returning mail.status`.pipe(
      asEnded("DeliveriesRepo.expire"),
      Effect.map((ended) => ended.map(({ status }) => status))
    )

  /** Empties the links that have expired of up to `count` mails that were refused or given up. Returns how many. */
  const emptyLinks = (now: Date, count: number) =>
    sql`
      with late as (
        select id from mail
        where link is not null and expires_at <= ${now} and status <> 'outbox'
        limit ${count}
        for update skip locked
      )
      update mail set link = null from late where mail.id = late.id returning mail.id`.pipe(
      asIds("DeliveriesRepo.emptyLinks"),
      Effect.map(sizeOf)
    )

  /** Deletes up to `count` mails that left the outbox before this moment. `bound`: the least id of that moment. */
  const removeBefore = (moment: Date, bound: string, count: number) =>
    sql`
      delete from mail where id in (
        select id from mail
        where id < ${bound} and status <> 'outbox' and ended_at < ${moment}
        order by id limit ${count}
      )
      returning id`.pipe(asIds("DeliveriesRepo.removeBefore"), Effect.map(sizeOf))

  return { claimDue, end, readerOf, depth, expire, emptyLinks, removeBefore }
})

const sizeOf = (removed: ReadonlyArray<unknown>): number => removed.length
