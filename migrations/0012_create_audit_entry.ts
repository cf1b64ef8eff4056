import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The audit log: who did what, when, and to what. An entry is written in the transaction of what it tells of, so that neither
 * exists without the other. It has no foreign keys, because it outlives what it tells of, and triggers refuse to change it; only
 * the job that deletes what is older than the retention sets the setting that lets it.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table audit_entry (
      id uuid not null,
      at timestamptz not null,
      action text collate "C" not null,
      outcome text not null,
      via text not null,
      account_id uuid,
      api_key_id uuid,
      target_kind text collate "C",
      target_id text collate "C",
      address text,
      user_agent text,
      request_id text,
      details jsonb,
      constraint audit_entry_pkey primary key (id),
      constraint audit_entry_outcome_check check (outcome in ('done', 'refused')),
      constraint audit_entry_via_check check (via in ('http', 'command-line', 'service')),
      constraint audit_entry_target_check check ((target_kind is null) = (target_id is null))
    )`
  yield* sql`create index audit_entry_account_idx on audit_entry (account_id, id)`
  yield* sql`create index audit_entry_target_idx on audit_entry (target_kind, target_id, id)`
  yield* sql`create index audit_entry_action_idx on audit_entry (action, id)`
  yield* sql`comment on table audit_entry is 'Who did what, when, and to what. Never changed; deleted after the retention only.'`
  yield* sql`comment on column audit_entry.id is 'UUID v7 made by the service: begins with the time.'`
  yield* sql`comment on column audit_entry.action is 'What was done, as noun.verb: game.create.'`
  yield* sql`comment on column audit_entry.outcome is 'done, or refused: an attempt that was turned away, such as a wrong password.'`
  yield* sql`comment on column audit_entry.via is 'http, command-line (whoever has the machine), or service (a background job).'`
  yield* sql`comment on column audit_entry.account_id is 'The account that did it; null where none is known.'`
  yield* sql`comment on column audit_entry.target_id is 'Id of what it was done to: a UUID, or a name where the target has no id.'`
  yield* sql`comment on column audit_entry.details is 'What changed, without secrets and without players'' addresses.'`
  yield* sql`comment on column audit_entry.at is 'When it was done.'`
  yield* sql`comment on column audit_entry.api_key_id is 'The key that it was done with; null: with none.'`
  yield* sql`comment on column audit_entry.target_kind is 'What it was done to, such as game; null: nothing that has an id.'`
  yield* sql`comment on column audit_entry.address is 'The client''s network address; of a command, the user who ran it.'`
  yield* sql`comment on column audit_entry.user_agent is 'What the client called itself.'`
  yield* sql`comment on column audit_entry.request_id is 'X-Request-Id of the request''s answer.'`
  yield* sql`
    create function audit_entry_stays() returns trigger language plpgsql as $$
    begin
      if current_setting('fairground.purges_audit', true) = 'on' and tg_op = 'DELETE' then
        return old;
      end if;
      raise exception 'an audit entry is never changed' using errcode = 'insufficient_privilege';
    end $$`
  yield* sql`
    create trigger audit_entry_stays before update or delete on audit_entry
    for each row execute function audit_entry_stays()`
  yield* sql`
    create trigger audit_entry_stays_whole before truncate on audit_entry
    for each statement execute function audit_entry_stays()`
})
