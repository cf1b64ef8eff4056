import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The addresses at which integrations call back with the content of a task: a row is written when an address is given away, and
 * filled when it is called. What was brought is kept here, as the process that waits for it may be dead by then. Rows go some
 * time after their address has expired, which is what the index is for.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table task_callback (
      task_id uuid not null,
      nonce text collate "C" not null,
      attempt integer not null,
      expires_at timestamptz not null,
      outcome jsonb,
      received_at timestamptz,
      spent_at timestamptz,
      constraint task_callback_pkey primary key (task_id, nonce),
      constraint task_callback_received_check check ((outcome is null) = (received_at is null)),
      constraint task_callback_spent_check check (spent_at is null or received_at is not null)
    )`
  yield* sql`create index task_callback_expires_at_idx on task_callback (expires_at)`
  yield* sql`comment on table task_callback is 'Addresses at which integrations call back, and what they brought.'`
  yield* sql`comment on column task_callback.task_id is
    'The task whose content is awaited. No foreign key: an address may outlive its task, and is then of no use.'`
  yield* sql`comment on column task_callback.nonce is 'Tells the addresses of one task apart; random.'`
  yield* sql`comment on column task_callback.attempt is
    'The attempt that gave the address away. A failure that may pass speaks of this attempt only.'`
  yield* sql`comment on column task_callback.expires_at is 'The address is refused from this moment on.'`
  yield* sql`comment on column task_callback.outcome is
    'What was brought: {"content": …} or {"failure": {"detail": …, "retry": …}}. Null: not called yet. It is never overwritten.'`
  yield* sql`comment on column task_callback.received_at is 'When it was brought.'`
  yield* sql`comment on column task_callback.spent_at is
    'When the task was failed for it, so that a later retry of the task does not find it again.'`

  // One row, made by whichever replica asks first: every replica has to know the addresses that any of them gave away.
  yield* sql`
    create table task_callback_secret (
      is_only boolean not null default true,
      secret bytea not null,
      created_at timestamptz not null default now(),
      constraint task_callback_secret_pkey primary key (is_only),
      constraint task_callback_secret_only_check check (is_only)
    )`
  yield* sql`comment on table task_callback_secret is 'The key that the addresses of task_callback are signed with.'`
  yield* sql`comment on column task_callback_secret.is_only is 'Holds the table to one row.'`
  yield* sql`comment on column task_callback_secret.secret is '32 random bytes, for HMAC with SHA-256.'`
  yield* sql`comment on column task_callback_secret.created_at is 'When it was made.'`
})
