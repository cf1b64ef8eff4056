import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * A task is kept for its result, in a table that only its id is looked up in: no column that changes has an index, so that every
 * change of a task is a heap-only update, for which the fill factor leaves room. What is still to be done has a row in a second,
 * narrow table as well, which is written at each claim and emptied as the tasks end. Both rows are written by one statement, always.
 *
 * `task_queue` is vacuumed after some thousand dead rows whatever its size: its index is read from the end where rows die.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table task (
      id uuid not null,
      kind text collate "C" not null,
      status text not null,
      priority text not null,
      input jsonb not null,
      content jsonb,
      error_code text,
      error_detail text,
      progress jsonb,
      attempts integer not null,
      version integer not null,
      idempotency_key text collate "C",
      request_hash bytea,
      trace text,
      run_at timestamptz not null,
      created_at timestamptz not null,
      started_at timestamptz,
      finished_at timestamptz,
      updated_at timestamptz not null,
      constraint task_pkey primary key (id),
      constraint task_idempotency_key_key unique (idempotency_key),
      constraint task_status_check check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
      constraint task_priority_check check (priority in ('high', 'normal')),
      constraint task_finished_check check ((status in ('queued', 'running')) = (finished_at is null)),
      constraint task_content_check check ((status = 'succeeded') = (content is not null)),
      constraint task_request_hash_check check ((idempotency_key is null) = (request_hash is null))
    ) with (fillfactor = 80)`
  yield* sql`comment on table task is 'A unit of background work with an input and, in the end, a content or an error.'`
  yield* sql`comment on column task.id is 'UUID v7 made by the service: begins with the time, which retention goes by.'`
  yield* sql`comment on column task.kind is 'Name of the kind, as the program declares it.'`
  yield* sql`comment on column task.status is 'queued (also between attempts), running, or the end: succeeded, failed, cancelled.'`
  yield* sql`comment on column task.priority is 'high: before all normal tasks of its kind.'`
  yield* sql`comment on column task.input is 'What the kind was asked to do, as JSON of the kind''s own shape.'`
  yield* sql`comment on column task.content is 'The result, as JSON of the kind''s own shape; json null is one too.'`
  yield* sql`comment on column task.error_code is 'Why it failed; of a task that is not over, why its last attempt did.'`
  yield* sql`comment on column task.error_detail is 'The same for people; holds no secret and no stack trace.'`
  yield* sql`comment on column task.progress is 'How far it is, as the runner said last: fraction (0 to 1, or null) and message.'`
  yield* sql`comment on column task.attempts is 'Attempts begun, without those that a stopping service gave back.'`
  yield* sql`comment on column task.version is 'Counts the changes of the row; the id of its events.'`
  yield* sql`comment on column task.idempotency_key is 'The Idempotency-Key that it was handed in with.'`
  yield* sql`comment on column task.request_hash is 'SHA-256 of the decoded request: tells a retry from another request.'`
  yield* sql`comment on column task.trace is 'Trace id and span id of the request that handed it in, in hexadecimal, with a hyphen between.'`
  yield* sql`comment on column task.run_at is 'When it may begin.'`
  yield* sql`comment on column task.started_at is 'When its first attempt began.'`
  yield* sql`comment on column task.finished_at is 'When it ended, however it did.'`
  yield* sql`
    create table task_queue (
      task_id uuid not null,
      kind text collate "C" not null,
      priority smallint not null,
      visible_at timestamptz not null,
      attempts integer not null,
      lock uuid,
      is_counted boolean not null default false,
      constraint task_queue_pkey primary key (task_id)
    ) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)`
  yield* sql`create index task_queue_visible_at_idx on task_queue (kind, priority, visible_at)`
  yield* sql`create index task_queue_is_counted_idx on task_queue (kind) where is_counted`
  yield* sql`comment on table task_queue is 'The tasks that are still to be done: one row from a task''s creation to its end.'`
  yield* sql`comment on column task_queue.task_id is 'The task.'`
  yield* sql`comment on column task_queue.kind is 'Name of the kind, which is that of the queue.'`
  yield* sql`comment on column task_queue.priority is '0: high, 1: normal.'`
  yield* sql`comment on column task_queue.visible_at is
    'When it may be claimed; ahead of now it is also the lease of the attempt that runs.'`
  yield* sql`comment on column task_queue.attempts is 'Attempts begun, the running one included.'`
  yield* sql`comment on column task_queue.lock is 'Made for each claim: whoever ends an attempt must know it. Null: nobody has claimed it.'`
  yield* sql`comment on column task_queue.is_counted is 'Claimed, and of a kind that only so many may run of at once.'`
})
