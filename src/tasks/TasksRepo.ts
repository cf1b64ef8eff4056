import { Effect, Schema } from "effect"
import { SqlClient, type SqlError, type Statement } from "effect/sql"
import { leastUuidAt } from "../platform/Ids.ts"
import { array, column, OID } from "../platform/postgres/Arrays.ts"
import { firstRow, row, rows } from "../platform/postgres/Rows.ts"
import { BackgroundSql } from "../platform/postgres/Sql.ts"
import { isFinal, Task, TaskId, TaskNews, type TaskPriority, type TaskStatus } from "./Task.ts"
import { channel, notifyChanged } from "./queue/TaskQueueRepo.ts"

/** A new task to be stored. */
export interface Submission {
  readonly id: string
  readonly kind: string
  readonly priority: TaskPriority
  /** JSON text. */
  readonly input: string
  /** Null: at once. */
  readonly runAt: Date | null
  readonly key: string | null
  /** SHA-256 of the request, where there is a key. */
  readonly requestHash: Uint8Array | null
  readonly trace: string | null
}

/** Which tasks to list; null: any. */
export interface Filter {
  readonly kind: string | null
  readonly status: TaskStatus | null
  /** Created at this time or later. */
  readonly since: Date | null
  /** Only tasks older than this one: the last task of the previous page. */
  readonly before?: TaskId | null
  readonly limit: number
}

/** From when tasks are; null: any. The times are those of the ids, which begin with the moment of the submission. */
interface Range {
  readonly since: Date | null
  readonly until: Date | null
  /** Only tasks older than this one. */
  readonly before: TaskId | null
}

/** Which tasks to look for; null: any. */
export interface Sought extends Range {
  readonly kind: string | null
  readonly status: TaskStatus | null
}

/** A task with what tells a retry of its request from another request. */
const Keyed = Schema.Struct({
  ...Task.fields,
  key: Schema.NullOr(Schema.String),
  requestHash: Schema.NullOr(Schema.Uint8Array)
})
export type Keyed = typeof Keyed.Type

const asTasks = rows(Task)
const asNews = rows(TaskNews)
const asKeyed = rows(Keyed)
const asNew = rows(
  Schema.Struct({ id: Schema.String, createdAt: Schema.DateTimeUtcFromDate, runAt: Schema.DateTimeUtcFromDate })
)
const asDepths = rows(
  Schema.Struct({ kind: Schema.String, queued: Schema.Int, running: Schema.Int, oldestDueSeconds: Schema.Finite })
)
const asUnknownKinds = rows(Schema.Struct({ kind: Schema.String, next: Schema.String }))
const Scanned = Schema.Struct({ last: Schema.NullOr(Schema.String), restored: Schema.Int })
const asScanned = row(Scanned)
const asLooked = row(Schema.Struct({ ids: Schema.Array(TaskId), last: Schema.NullOr(TaskId), looked: Schema.Int }))
const asRequeued = row(Schema.Struct({ count: Schema.Int, last: Schema.NullOr(TaskId), looked: Schema.Int }))
const asCounts = row(
  Schema.Struct({
    queued: Schema.Int,
    running: Schema.Int,
    succeeded: Schema.Int,
    failed: Schema.Int,
    cancelled: Schema.Int,
    lookedOpen: Schema.Int,
    lookedAll: Schema.Int
  })
)
const asCount = row(Schema.Struct({ count: Schema.Int }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const queue = yield* BackgroundSql

  const columns = sql.literal(
    "id, kind, status, priority, input, content, error_code, error_detail, progress, attempts, version, run_at, created_at, started_at, finished_at"
  )

  /**
   * Stores tasks and puts them into their queues, in one statement. Returns the tasks that it stored: the others have an
   * id or a key that is in the table already.
   */
  const insertOn = (client: SqlClient.SqlClient, batch: ReadonlyArray<Submission>) =>
    client`
      with input as (
        select * from unnest(
          ${column(batch, "id", OID.uuid)}, ${column(batch, "kind", OID.text)}, ${column(batch, "priority", OID.text)},
          ${column(batch, "input", OID.text)}, ${column(batch, "runAt", OID.timestamptz)}, ${column(batch, "key", OID.text)},
          ${column(batch, "requestHash", OID.bytea)}, ${column(batch, "trace", OID.text)}
        ) as input (id, kind, priority, input, run_at, key, request_hash, trace)
      ),
      added as (
        insert into task (
          id, kind, status, priority, input, attempts, version, idempotency_key, request_hash, trace, run_at, created_at, updated_at
        )
        select id, kind, 'queued', priority, input::jsonb, 0, 1, key, request_hash, trace, coalesce(run_at, now()), now(), now()
        from input
        -- In one order everywhere, so that two replicas with the same keys wait for each other and never deadlock.
        order by key, id
        on conflict do nothing
        returning id, kind, priority, run_at, created_at
      ),
      queued as (
        insert into task_queue (task_id, kind, priority, visible_at, attempts)
        select id, kind, case priority when 'high' then 0 else 1 end, run_at, 0 from added
        returning kind, visible_at
      ),
      notified as (
        select pg_notify(${channel}, 'q ' || string_agg(distinct kind, ' ')) from queued where visible_at <= now() having count(*) > 0
      )
      select id, run_at, created_at from added where (select count(*) from notified) >= 0`.pipe(
      asNew("TasksRepo.insert")
    )

  /** Tasks by their ids. */
  const find = (ids: ReadonlyArray<string>) =>
    sql`select ${columns} from task where id = any(${array(ids, OID.uuid)})`.pipe(asTasks("TasksRepo.find"))

  /** Tasks by their ids or keys, with the hashes of their requests. */
  const findEarlier = (client: SqlClient.SqlClient, batch: ReadonlyArray<Submission>) =>
    client`
      select ${columns}, idempotency_key as key, request_hash from task where id = any(${column(batch, "id", OID.uuid)})
      union
      select ${columns}, idempotency_key, request_hash from task
      where idempotency_key = any(${array(
        batch.flatMap(({ key }) => (key === null ? [] : [key])),
        OID.text
      )})`.pipe(asKeyed("TasksRepo.findEarlier"))

  /** The watched tasks that are newer than the known version. */
  const findNewer = (watched: ReadonlyArray<{ readonly id: string; readonly version: number }>) =>
    sql`
      select ${columns} from task
      join unnest(${column(watched, "id", OID.uuid)}, ${column(watched, "version", OID.int4)}) as watched (watched_id, known)
        on id = watched_id and version > known
      where id = any(${column(watched, "id", OID.uuid)})`.pipe(asTasks("TasksRepo.findNewer"))

  /** What live events say of these tasks. */
  const states = (ids: ReadonlyArray<string>) =>
    sql`
      select id, kind, status, version from task where id = any(${array(ids, OID.uuid)}) order by updated_at, id`.pipe(
      asNews("TasksRepo.states")
    )

  /** The newest first. */
  const list = ({ before = null, kind, limit, since, status }: Filter) => {
    const where: Array<Statement.Fragment> = [sql`true`]
    if (kind !== null) where.push(sql`kind = ${kind}`)
    if (status !== null) where.push(sql`status = ${status}`)
    // No index has the status. Tasks that are not over are in the queue, and found there among millions that are over.
    if (status !== null && !isFinal(status)) where.push(sql`id in (select task_id from task_queue)`)
    if (since !== null) where.push(sql`id >= ${leastUuidAt(since.getTime())}::uuid and created_at >= ${since}`)
    if (before !== null) where.push(sql`id < ${before}::uuid`)
    return sql`select ${columns} from task where ${sql.and(where)} order by id desc limit ${limit}`.pipe(
      asTasks("TasksRepo.list")
    )
  }

  /** The ids of the `window` newest tasks of a range, among all or, with `task_queue`, among the few that are not over. */
  const newest = ({ before, since, until }: Range, table: "task" | "task_queue", window: number) => {
    const id = sql.literal(table === "task" ? "id" : "task_id")
    const upper: Array<Statement.Fragment> = [sql`true`]
    if (until !== null) upper.push(sql`${id} < ${leastUuidAt(until.getTime())}::uuid`)
    if (before !== null) upper.push(sql`${id} < ${before}::uuid`)
    // Not among the bounds above: with both, a planner without statistics sorts all that lies between them.
    const lower = since === null ? sql`true` : sql`id >= ${leastUuidAt(since.getTime())}::uuid`
    return sql`
      select id from (
        select ${id} as id from ${sql.literal(table)} where ${sql.and(upper)} order by ${id} desc limit ${window}
      ) newest
      where ${lower}`
  }

  const isOfKind = (kind: string | null) => (kind === null ? sql`true` : sql`kind = ${kind}`)

  /**
   * Looks through up to `window` tasks, the newest first, for up to `limit` that are sought. No index has the kind or the status, so
   * the window bounds what a statement reads when few tasks match. `last` is the oldest task that was looked at.
   */
  const look = ({ kind, status, ...range }: Sought, limit: number, window: number) => {
    const isOpen = status !== null && !isFinal(status)
    return sql`
      with place as materialized (${newest(range, isOpen ? "task_queue" : "task", window)}),
      looked as materialized (
        select id, kind, status from task where id = any(array(select id from place))
      ),
      found as (
        select id from looked
        where ${isOfKind(kind)} and ${status === null ? sql`true` : sql`status = ${status}`}
        order by id desc limit ${limit}
      )
      select array(select id::text from found order by id desc) as ids,
        (select id::text from place order by id limit 1) as last, (select count(*)::int from place) as looked`.pipe(
      asLooked("TasksRepo.look")
    )
  }

  /**
   * Counts tasks by status: those that are over among the `window` newest of all, the others among the `window` newest that are not
   * over. As many statements of this as there are watched screens run every few seconds, so none reads the whole table.
   */
  const count = ({ kind, since, until }: Omit<Sought, "status" | "before">, window: number) => {
    const range = { since, until, before: null }
    return sql`
      with recent as materialized (${newest(range, "task", window)}),
      unfinished as materialized (${newest(range, "task_queue", window)}),
      looked as materialized (
        select kind, status from task
        where id = any(array(select id from recent)) and status in ('succeeded', 'failed', 'cancelled')
        union all
        select kind, status from task where id = any(array(select id from unfinished)) and status in ('queued', 'running')
      )
      select count(*) filter (where status = 'queued')::int as queued,
        count(*) filter (where status = 'running')::int as running,
        count(*) filter (where status = 'succeeded')::int as succeeded,
        count(*) filter (where status = 'failed')::int as failed,
        count(*) filter (where status = 'cancelled')::int as cancelled,
        (select count(*)::int from unfinished) as looked_open, (select count(*)::int from recent) as looked_all
      from looked where ${isOfKind(kind)}`.pipe(asCounts("TasksRepo.count"))
  }

  /**
   * Cancels a task that is not over, and notifies the replica that runs it. Undefined: it is over, or there is none. The
   * queue's row is changed first, as in claims and ends: in the other order they would deadlock with this statement.
   */
  const cancelOn = (client: SqlClient.SqlClient, id: string) =>
    client`
      with removed as (delete from task_queue where task_id = ${id}::uuid returning task_id),
      ended as (
        update task set status = 'cancelled', finished_at = now(), updated_at = now(), version = version + 1
        where id = ${id}::uuid and status in ('queued', 'running') and (select count(*) from removed) >= 0
        returning ${columns}
      ),
      notified as (
        select pg_notify(${channel}, 'x ' || id), pg_notify(${channel}, 'c ' || id) from ended
      )
      select ended.* from ended where (select count(*) from notified) >= 0`.pipe(asTasks("TasksRepo.cancel"), firstRow)

  const asNewlyQueued = sql.literal(
    "status = 'queued', attempts = 0, error_code = null, error_detail = null, progress = null, started_at = null, finished_at = null, run_at = now(), updated_at = now(), version = version + 1"
  )
  /** Puts the tasks of the table expression `again` into their queues. */
  const intoQueue = sql.literal(
    `insert into task_queue (task_id, kind, priority, visible_at, attempts)
        select id, kind, case priority when 'high' then 0 else 1 end, run_at, 0 from again`
  )

  /**
   * Queues a failed or cancelled task again, with its attempts reset to 0, in the transaction of the caller. Undefined: it is neither
   * failed nor cancelled.
   */
  const requeue = (id: string) =>
    sql`
      with again as (
        update task set ${asNewlyQueued} where id = ${id}::uuid and status in ('failed', 'cancelled') returning ${columns}
      ),
      queued as (${intoQueue} returning kind, task_id),
      notified as (
        select pg_notify(${channel}, 'q ' || kind), pg_notify(${channel}, 'c ' || task_id) from queued
      )
      select again.* from again where (select count(*) from notified) >= 0`.pipe(asTasks("TasksRepo.requeue"), firstRow)

  /**
   * The same for all that are sought among the next `window` tasks, the newest first. `last` is the oldest task that was looked at. Whoever
   * does the same at the same time waits for this one, in one order everywhere, and then leaves out what is queued again already.
   */
  const requeueSome = (
    { kind, status, ...range }: Sought & { readonly status: "failed" | "cancelled" },
    window: number
  ) =>
    sql`
      with place as materialized (${newest(range, "task", window)}),
      chosen as materialized (
        select id from task
        where id = any(array(select id from place)) and status = ${status} and ${isOfKind(kind)}
        order by id for update
      ),
      again as (
        update task set ${asNewlyQueued} where id = any(array(select id from chosen)) returning id, kind, priority, run_at
      ),
      queued as (${intoQueue} returning kind),
      notified as (
        ${notifyChanged(sql, "again")}
        union all
        select pg_notify(${channel}, 'q ' || string_agg(distinct kind, ' ')) from queued having count(*) > 0
      )
      select (select count(*)::int from again) as count, (select id::text from place order by id limit 1) as last,
        (select count(*)::int from place) as looked
      where (select count(*) from notified) >= 0`.pipe(asRequeued("TasksRepo.requeueSome"))

  /**
   * Kinds that this replica does not know, that have had a task due for `graceSeconds` and of which no task runs; each
   * with its next task. If another replica works on the kind, the next look finds another next task.
   */
  const findUnknown = (known: ReadonlyArray<string>, graceSeconds: number) =>
    queue`
      with recursive kind (name) as (
        select min(kind) from task_queue
        union all
        -- From each kind straight to the next: a backlog is not read through.
        select (select min(kind) from task_queue where kind > kind.name) from kind where kind.name is not null
      )
      select kind.name as kind, due.task_id as next
      from kind
      cross join lateral (
        select task_id from task_queue
        where task_queue.kind = kind.name and visible_at < now() - make_interval(secs => ${graceSeconds})
        order by priority, visible_at limit 1
      ) due
      where kind.name <> all(${array(known, OID.text)})
        and not exists (
          select from task_queue where task_queue.kind = kind.name and lock is not null and visible_at > now() offset 0
        )`.pipe(asUnknownKinds("TasksRepo.findUnknown"))

  /** Fails tasks of these kinds that have been due for `graceSeconds`, up to 1000 of each kind; gives how many. */
  const failUnknown = (kinds: ReadonlyArray<string>, graceSeconds: number, detail: string) =>
    queue`
      with removed as (
        delete from task_queue
        where task_id = any(array(
          select task_id from unnest(${array(kinds, OID.text)}) as kind (name) cross join lateral (
            select task_id from task_queue
            where task_queue.kind = kind.name and visible_at < now() - make_interval(secs => ${graceSeconds})
            limit 1000 for update skip locked
          ) due
        ))
        returning task_id
      ),
      ended as (
        update task set
          status = 'failed', error_code = 'unknown-kind', error_detail = ${detail}, finished_at = now(), updated_at = now(),
          version = version + 1
        where id = any(array(select task_id from removed)) and status in ('queued', 'running')
        returning task.id
      ),
      notified as (${notifyChanged(queue, "ended")})
      select count(*)::int as count from ended where (select count(*) from notified) >= 0`.pipe(
      asCount("TasksRepo.failUnknown"),
      Effect.map(({ count }) => count)
    )

  /**
   * Looks through the next `limit` tasks after `after`. Tasks that are not over but have no row in the queue get one again.
   * `last` is the last task that it looked at; null: there was none.
   */
  const restoreLost = (after: string, limit: number) =>
    queue`
      with scanned as (
        select id, kind, priority, status, attempts, run_at from task where id > ${after}::uuid order by id limit ${limit}
      ),
      -- By itself, as its rows are locked below: without it, each task of the window that is not over would be.
      lost as materialized (
        select scanned.*
        from scanned
        left join lateral (select task_id from task_queue where task_id = scanned.id offset 0) place on true
        where status in ('queued', 'running') and place.task_id is null
      ),
      restored as (
        insert into task_queue (task_id, kind, priority, visible_at, attempts)
        select id, kind, case priority when 'high' then 0 else 1 end, greatest(run_at, now()), attempts
        from lost
        -- Ended since: the row as it is now, not as it was when the statement began.
        where exists (select from task where task.id = lost.id and task.status in ('queued', 'running') for update)
        on conflict on constraint task_queue_pkey do nothing
        returning kind
      )
      select max(id::text) as last, (select count(*)::int from restored) as restored from scanned`.pipe(
      asScanned("TasksRepo.restoreLost")
    )

  /**
   * Deletes up to `limit` tasks that ended before a time. Ids begin with the time, so no index of the times is needed.
   */
  const forget = (before: Date, limit: number) =>
    sql`
      with old as (
        select id from task where id < ${leastUuidAt(before.getTime())}::uuid and finished_at < ${before} order by id limit ${limit}
        for update skip locked
      ),
      forgotten as (delete from task where id = any(array(select id from old)) returning id)
      select count(*)::int as count from forgotten`.pipe(
      asCount("TasksRepo.forget"),
      Effect.map(({ count }) => count)
    )

  /** For each kind: how many tasks wait, how many run, and for how many seconds the oldest waiting task has been due. */
  const depths: Effect.Effect<
    ReadonlyArray<{ kind: string; queued: number; running: number; oldestDueSeconds: number }>,
    SqlError.SqlError
  > = sql`
    select kind, count(*) filter (where lock is null)::int as queued, count(lock)::int as running,
      extract(epoch from greatest(now() - min(visible_at), '0'))::float8 as oldest_due_seconds
    from task_queue group by kind`.pipe(asDepths("TasksRepo.depths"))

  return {
    insert: (batch: ReadonlyArray<Submission>) => insertOn(queue, batch),
    findEarlier: (batch: ReadonlyArray<Submission>) => findEarlier(queue, batch),
    /** In the transaction of the caller. */
    findEarlierWithin: (batch: ReadonlyArray<Submission>) => findEarlier(sql, batch),
    /** In the transaction of the caller. */
    enlist: (submission: Submission) => insertOn(sql, [submission]),
    find,
    findNewer,
    states,
    list,
    look,
    count,
    cancel: (id: string) => cancelOn(queue, id),
    /** In the transaction of the caller. */
    cancelWithin: (id: string) => cancelOn(sql, id),
    requeue,
    requeueSome,
    findUnknown,
    failUnknown,
    restoreLost,
    forget,
    depths
  }
})

export type TasksRepo = Effect.Success<typeof make>
