import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The contact is its own job: while the verdict is unknown and a time is due, some replica owes the ESP a call. So the
 * hand-over to the background is one row, written by the statement that records the play.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table contact (
      player_id uuid not null,
      esp text not null,
      play_id uuid not null,
      verdict text not null,
      reason text,
      attempts integer not null,
      intended_at timestamptz,
      due_at timestamptz,
      settled_at timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint contact_pkey primary key (player_id, esp),
      constraint contact_verdict_check check (verdict in ('unknown', 'existed', 'created', 'rejected')),
      constraint contact_settled_check check ((verdict = 'unknown') = (settled_at is null))
    ) with (fillfactor = 80)`
  yield* sql`create index contact_due_at_idx on contact (due_at) where verdict = 'unknown' and due_at is not null`
  yield* sql`comment on table contact is 'A player''s record in an ESP, and the job of registering it there.'`
  yield* sql`comment on column contact.play_id is 'The play that asked for the contact; its name and consent are sent along.'`
  yield* sql`comment on column contact.verdict is 'What the ESP said first; unknown until then, and never changed after.'`
  yield* sql`comment on column contact.reason is 'Why the ESP rejected it, or the code of the last failed attempt.'`
  yield* sql`comment on column contact.attempts is 'Calls to the ESP that were begun.'`
  yield* sql`comment on column contact.intended_at is
    'Set before a call, cleared when the ESP certainly did not act. Still set: an "existed" may be our own doing and counts as created.'`
  yield* sql`comment on column contact.due_at is
    'When the next attempt may start; ahead of now it is also the lease of the attempt that is running. Null: nothing is owed.'`
})
