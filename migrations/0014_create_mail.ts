import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The outbox: mails are stored in the transaction of what they are about, and sent by the background. A row is claimed by moving
 * `due_at` on: whoever dies while it sends leaves a mail that is due again. What a mail says goes with the retention.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table mail (
      id uuid not null,
      key text collate "C" not null,
      recipient text,
      email_key text collate "C",
      language text not null,
      subject text,
      body_text text,
      body_html text,
      link bytea,
      has_link boolean not null,
      can_unsubscribe boolean not null,
      about_kind text collate "C",
      about_id text collate "C",
      status text not null,
      reason text,
      attempts integer not null default 0,
      sendings integer not null default 1,
      due_at timestamptz,
      claimed_by uuid,
      expires_at timestamptz not null,
      ended_at timestamptz,
      created_at timestamptz not null,
      constraint mail_pkey primary key (id),
      constraint mail_key_key unique (key),
      constraint mail_language_check check (language in ('en', 'ru')),
      constraint mail_status_check check (status in ('outbox', 'sent', 'refused', 'failed', 'suppressed', 'expired', 'forgotten')),
      constraint mail_due_check check ((status = 'outbox') = (due_at is not null)),
      constraint mail_ended_check check ((status = 'outbox') = (ended_at is null)),
      constraint mail_about_check check ((about_kind is null) = (about_id is null)),
      constraint mail_recipient_check check ((recipient is null) = (email_key is null) and (recipient is null) = (subject is null)
        and (subject is null) = (body_text is null) and (subject is null) = (body_html is null)),
      constraint mail_link_check check (link is null or has_link)
    )`
  // What the background looks for every second. It holds only mails that wait.
  yield* sql`create index mail_due_idx on mail (due_at, id) where status = 'outbox'`
  yield* sql`create index mail_status_idx on mail (status, id)`
  yield* sql`create index mail_email_idx on mail (email_key, id) where email_key is not null`
  yield* sql`create index mail_about_idx on mail (about_kind, about_id, id) where about_kind is not null`
  yield* sql`create index mail_link_idx on mail (expires_at) where link is not null`
  yield* sql`comment on table mail is 'Mails to send and mails that were sent, until the retention deletes them.'`
  yield* sql`comment on column mail.id is 'UUID v7 made by the service: begins with the time. Part of the Message-ID.'`
  yield* sql`comment on column mail.key is 'What makes the mail unique, such as invitation <id> <time>: it is stored once. Holds no address.'`
  yield* sql`comment on column mail.recipient is 'The address as typed; null once the person was forgotten, as is all that the mail says.'`
  yield* sql`comment on column mail.email_key is 'The address normalised as players'' are.'`
  yield* sql`comment on column mail.language is 'Of the mail''s text.'`
  yield* sql`comment on column mail.subject is 'One line, without control characters.'`
  yield* sql`comment on column mail.body_text is 'With marks where the secret link and the way to unsubscribe are put in when it is sent.'`
  yield* sql`comment on column mail.body_html is 'The same as HTML.'`
  yield* sql`comment on column mail.link is 'A link that lets its bearer do something; encrypted, and emptied once it was sent or has expired.'`
  yield* sql`comment on column mail.has_link is 'Whether the mail has a secret link: without it, it cannot be sent again.'`
  yield* sql`comment on column mail.can_unsubscribe is 'Whether it offers to unsubscribe, and is not sent to those who did.'`
  yield* sql`comment on column mail.about_kind is 'Kind of what it is about, such as invitation.'`
  yield* sql`comment on column mail.about_id is 'Id of what it is about.'`
  yield* sql`comment on column mail.status is 'outbox: waits; sent: a mail server took it; refused: a mail server refused it for good; failed: given up; suppressed, expired, forgotten: never sent.'`
  yield* sql`comment on column mail.reason is 'Why the last attempt failed, without addresses and secrets.'`
  yield* sql`comment on column mail.attempts is 'Attempts since it was last put into the outbox in which the mail server answered about this mail.'`
  yield* sql`comment on column mail.sendings is 'How often it was put into the outbox. Part of the Message-ID, which an attempt that is repeated keeps.'`
  yield* sql`comment on column mail.due_at is 'When the next attempt may begin; while one is under way, when its lease ends.'`
  yield* sql`comment on column mail.claimed_by is 'The attempt under way. Only a statement that names it may end it.'`
  yield* sql`comment on column mail.expires_at is 'It is not sent after this.'`
  yield* sql`comment on column mail.ended_at is 'When it left the outbox.'`
  yield* sql`
    create table mail_suppression (
      id uuid not null,
      email_key text collate "C" not null,
      reason text not null,
      detail text,
      mail_id uuid,
      created_at timestamptz not null,
      constraint mail_suppression_pkey primary key (id),
      constraint mail_suppression_email_key unique (email_key, reason),
      constraint mail_suppression_reason_check check (reason in ('refused', 'unsubscribed')),
      constraint mail_suppression_mail_fkey foreign key (mail_id) references mail (id) on delete set null
    )`
  yield* sql`create index mail_suppression_mail_idx on mail_suppression (mail_id) where mail_id is not null`
  yield* sql`comment on table mail_suppression is 'Addresses that get no mail, until somebody removes them here.'`
  yield* sql`comment on column mail_suppression.email_key is 'The address normalised as players'' are.'`
  yield* sql`comment on column mail_suppression.reason is 'refused: the mail server said that the address does not take mail; unsubscribed: its owner wants none that one can do without.'`
  yield* sql`comment on column mail_suppression.detail is 'What the mail server said, without addresses.'`
  yield* sql`comment on column mail_suppression.mail_id is 'The mail that was refused.'`
  yield* sql`
    create table mail_reader (
      id uuid not null,
      email_key text collate "C" not null,
      created_at timestamptz not null,
      constraint mail_reader_pkey primary key (id),
      constraint mail_reader_email_key unique (email_key)
    )`
  yield* sql`comment on table mail_reader is 'Addresses that got a mail which offers to unsubscribe. The link in it, which works for ever, is about a row here.'`
  yield* sql`comment on column mail_reader.email_key is 'The address normalised as players'' are.'`
})
