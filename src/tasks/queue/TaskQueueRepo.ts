import { rows } from "../../platform/postgres/Rows.ts"
import { Effect, Schema } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { array, column, OID } from "../../platform/postgres/Arrays.ts"
import { inOrder } from "../../platform/postgres/Transient.ts"
import type { TaskProgress, TaskStatus } from "../Task.ts"

/**
 * The notification channel of all tasks. A message is a letter and words: `q` and the kinds that have work, or the ids of tasks
 * that changed (`c`), were cancelled (`x`), or have an event from a callback (`b`).
 */
export const channel = "fairground_task"

/** What a claim wants of a kind. */
export interface Wanted {
  readonly kind: string
  /** How many tasks of the kind run in this process. Kinds with fewer come first. */
  readonly running: number
  /** The most to claim of the kind. */
  readonly room: number
  /** How many may run over all replicas; null: any number. Such kinds are claimed under their locks. */
  readonly limit: number | null
}

/** A row of the queue that this process has claimed, with what the attempt needs of its task. */
export interface ClaimedRow {
  readonly id: string
  readonly kind: string
  /** Attempts begun, this one included. */
  readonly attempts: number
  /** Undefined: the row's task is over or deleted. */
  readonly task: { readonly input: unknown; readonly trace: string | null; readonly waitedSeconds: number } | undefined
}

/** The end of an attempt, to be stored. */
export interface Ending {
  readonly id: string
  readonly lock: string
  readonly status: TaskStatus
  /** JSON text of the content. */
  readonly content: string | null
  readonly errorCode: string | null
  readonly errorDetail: string | null
  /** Seconds until the next attempt may begin; null: there is none. */
  readonly delay: number | null
  /** Whether the attempt counts towards the kind's `attempts`. */
  readonly isCounted: boolean
}

const Row = Schema.Struct({
  source: Schema.Literals(["claimed", "begun", "waiting"]),
  id: Schema.NullOr(Schema.String),
  kind: Schema.NullOr(Schema.String),
  attempts: Schema.NullOr(Schema.Int),
  input: Schema.Unknown,
  trace: Schema.NullOr(Schema.String),
  waitedSeconds: Schema.NullOr(Schema.Finite)
})
const asRows = rows(Row)
const asKinds = rows(Schema.Struct({ kind: Schema.String }))
const asIds = rows(Schema.Struct({ id: Schema.String }))

/** The statements of the queue. */
export const make = (sql: SqlClient.SqlClient) => {
  const ids = (statement: Effect.Effect<ReadonlyArray<unknown>, SqlError.SqlError>) =>
    Effect.map(asIds()(statement), (found) => found.map(({ id }) => id))

  /** Puts a task into its queue, in the transaction of the caller. A task that is in the queue stays as it is. */
  const offer = (id: string, kind: string, delaySeconds: number) =>
    sql`
      with queued as (
        insert into task_queue (task_id, kind, priority, visible_at, attempts)
        values (${id}::uuid, ${kind}, 1, now() + make_interval(secs => ${delaySeconds}), 0)
        on conflict on constraint task_queue_pkey do nothing
        returning kind
      )
      select pg_notify(${channel}, 'q ' || kind) from queued`

  /**
   * Claims up to `free` tasks that are due, with the lock `lock`, and begins them. Kinds take turns: the kind with the
   * fewest tasks running in this process comes first. Within a kind, high priority comes first, then the oldest. Rows
   * that another replica is claiming are skipped.
   *
   * Also names the `watched` kinds that have a task due.
   *
   * Stored rows are read by laterals with a limit, and rows to change are named by `= any(array(…))`: both stay index
   * look-ups whatever join the planner chooses (see BackgroundSql). On an empty queue it had planned a plain join as a
   * scan of the whole index.
   */
  const claim = (options: {
    readonly wanted: ReadonlyArray<Wanted>
    readonly watched: ReadonlyArray<string>
    readonly free: number
    readonly lock: string
    readonly leaseSeconds: number
  }) =>
    sql`
      with wanted as (
        select wanted.kind, wanted.running, wanted.place,
          least(wanted.room, ${options.free}::int, wanted.kind_limit - held.count) as room
        from unnest(
          ${column(options.wanted, "kind", OID.text)}, ${column(options.wanted, "running", OID.int4)},
          ${column(options.wanted, "room", OID.int4)}, ${column(options.wanted, "limit", OID.int4)}
        ) with ordinality as wanted (kind, running, room, kind_limit, place)
        cross join lateral (
          select count(*)::int as count from task_queue
          where wanted.kind_limit is not null and kind = wanted.kind and is_counted and visible_at > now()
        ) held
      ),
      due as (
        select wanted.place, task.task_id,
          wanted.running + row_number() over (partition by wanted.kind order by task.priority, task.visible_at) as share
        from wanted cross join lateral (
          select * from (
            select task_id, priority, visible_at from task_queue
            where kind = wanted.kind and priority = 0 and visible_at <= now()
            order by visible_at limit greatest(wanted.room, 0) for update skip locked
          ) high
          union all
          select * from (
            select task_id, priority, visible_at from task_queue
            where kind = wanted.kind and priority = 1 and visible_at <= now()
            order by visible_at limit greatest(wanted.room, 0) for update skip locked
          ) normal
          limit greatest(wanted.room, 0)
        ) task
      ),
      chosen as (select * from due order by share, place limit ${options.free}::int),
      claimed as (
        update task_queue set
          attempts = task_queue.attempts + 1,
          lock = ${options.lock}::uuid,
          visible_at = now() + make_interval(secs => ${options.leaseSeconds}),
          is_counted = ${options.wanted.some(({ limit }) => limit !== null)}
        where task_id = any(array(select task_id from chosen))
        returning task_queue.task_id as id, task_queue.kind, task_queue.attempts
      ),
      begun as (
        update task set
          status = 'running',
          attempts = claimed.attempts,
          started_at = coalesce(started_at, now()),
          updated_at = now(),
          version = version + 1
        from claimed
        where task.id = any(array(select id from claimed)) and task.id = claimed.id and task.status in ('queued', 'running')
        returning task.id, task.input, task.trace, extract(epoch from now() - task.run_at)::float8 as waited_seconds
      ),
      notified as (${notifyChanged(sql, "begun")})
      select 'claimed' as source, id, kind, attempts, null::jsonb as input, null as trace, null::float8 as waited_seconds from claimed
      union all
      select 'begun', id, null, null, input, trace, waited_seconds from begun where (select count(*) from notified) >= 0
      union all
      select 'waiting', null, watched.kind, null, null, null, null
      from unnest(${array(options.watched, OID.text)}) as watched (kind)
      cross join lateral (
        select from task_queue where task_queue.kind = watched.kind and visible_at <= now() limit 1
      ) due`.pipe(
      asRows(),
      Effect.map((rows) => {
        const begun = new Map(rows.flatMap((row) => (row.source === "begun" ? [[row.id, row] as const] : [])))
        return {
          waiting: rows.flatMap(({ kind, source }) => (source === "waiting" && kind !== null ? [kind] : [])),
          claimed: rows.flatMap(({ attempts, id, kind, source }): ReadonlyArray<ClaimedRow> => {
            if (source !== "claimed" || id === null || kind === null || attempts === null) return []
            const row = begun.get(id)
            const task =
              row === undefined
                ? undefined
                : { input: row.input, trace: row.trace, waitedSeconds: row.waitedSeconds ?? 0 }
            return [{ id, kind, attempts, task }]
          })
        }
      }),
      Effect.withSpan("TaskQueueRepo.claim")
    )

  /**
   * The same for kinds with limits. A first statement locks the kinds: a single statement would count running tasks by
   * its snapshot from before the lock. A kind whose lock another replica has is skipped and named as waiting: a replica
   * that hangs with the lock must not hold up the claims of all others.
   */
  const claimLimited = (options: Parameters<typeof claim>[0]) =>
    Effect.gen(function* () {
      const free = yield* sql`
        select kind from unnest(${column(options.wanted, "kind", OID.text)}) as wanted (kind)
        where pg_try_advisory_xact_lock(hashtextextended('fairground task kind ' || kind, 0))`.pipe(asKinds())
      const locked = new Set(free.map(({ kind }) => kind))
      const { claimed } = yield* claim({ ...options, wanted: options.wanted.filter(({ kind }) => locked.has(kind)) })
      return { claimed, waiting: options.wanted.flatMap(({ kind }) => (locked.has(kind) ? [] : [kind])) }
    }).pipe(sql.withTransaction, inOrder)

  /** Releases the tasks of claims whose answers were lost. The attempts do not count. */
  const abandon = (locks: ReadonlyArray<string>) =>
    sql`
      update task_queue set lock = null, is_counted = false, visible_at = now(), attempts = attempts - 1
      where lock = any(${array(locks, OID.uuid)})`

  /**
   * Stores the ends of attempts; gives the ids of the tasks that this process still had. The others were cancelled, or
   * another replica claimed them after the lease ran out: their rows stay untouched.
   */
  const end = (batch: ReadonlyArray<Ending>) =>
    ids(
      sql`
        with ending as (
          select * from unnest(
            ${column(batch, "id", OID.uuid)}, ${column(batch, "lock", OID.uuid)}, ${column(batch, "status", OID.text)},
            ${column(batch, "content", OID.text)}, ${column(batch, "errorCode", OID.text)},
            ${column(batch, "errorDetail", OID.text)}, ${column(batch, "delay", OID.float8)},
            ${column(batch, "isCounted", OID.bool)}
          ) as ending (id, lock, status, content, error_code, error_detail, delay, is_counted)
        ),
        removed as (
          delete from task_queue using ending
          where task_queue.task_id = any(${column(batch, "id", OID.uuid)})
            and task_queue.task_id = ending.id and task_queue.lock = ending.lock and ending.delay is null
          returning ending.*
        ),
        released as (
          update task_queue set
            lock = null,
            is_counted = false,
            visible_at = now() + make_interval(secs => ending.delay),
            attempts = task_queue.attempts - case when ending.is_counted then 0 else 1 end
          from ending
          where task_queue.task_id = any(${column(batch, "id", OID.uuid)})
            and task_queue.task_id = ending.id and task_queue.lock = ending.lock and ending.delay is not null
          returning ending.*, task_queue.kind
        ),
        ended as (
          update task set
            status = own.status,
            content = own.content::jsonb,
            error_code = coalesce(own.error_code, case when own.delay is not null then task.error_code end),
            error_detail = coalesce(own.error_detail, case when own.delay is not null then task.error_detail end),
            attempts = task.attempts - case when own.is_counted then 0 else 1 end,
            finished_at = case when own.delay is null then now() end,
            updated_at = now(),
            version = version + 1
          from (
            select id, status, content, error_code, error_detail, delay, is_counted from removed
            union all
            select id, status, content, error_code, error_detail, delay, is_counted from released
          ) own
          where task.id = any(${column(batch, "id", OID.uuid)}) and task.id = own.id and task.status in ('queued', 'running')
          returning task.id
        ),
        notified as (
          ${notifyChanged(sql, "ended")}
          union all
          select pg_notify(${channel}, 'q ' || string_agg(distinct kind, ' ')) from released where delay = 0 having count(*) > 0
        )
        select id from removed where (select count(*) from notified) >= 0
        union all
        select id from released`
    ).pipe(Effect.withSpan("TaskQueueRepo.end"))

  /** Prolongs the leases of claims; gives the ids of the tasks that this process still has. */
  const renew = (held: ReadonlyArray<{ readonly id: string; readonly lock: string }>, leaseSeconds: number) =>
    ids(
      sql`
        update task_queue set visible_at = now() + make_interval(secs => ${leaseSeconds})
        from unnest(${column(held, "id", OID.uuid)}, ${column(held, "lock", OID.uuid)}) as held (id, lock)
        where task_queue.task_id = any(${column(held, "id", OID.uuid)})
          and task_queue.task_id = held.id and task_queue.lock = held.lock
        returning task_queue.task_id as id`
    ).pipe(Effect.withSpan("TaskQueueRepo.renew"))

  /** Stores the progress of tasks, if the attempt that reported it is still the latest. */
  const report = (
    batch: ReadonlyArray<{ readonly id: string; readonly attempts: number; readonly progress: TaskProgress }>
  ) =>
    sql`
      with reported as (
        update task set progress = given.progress::jsonb, updated_at = now(), version = version + 1
        from unnest(
          ${column(batch, "id", OID.uuid)}, ${column(batch, "attempts", OID.int4)},
          ${array(
            batch.map(({ progress }) => JSON.stringify(progress)),
            OID.text
          )}
        ) as given (id, attempts, progress)
        where task.id = any(${column(batch, "id", OID.uuid)})
          and task.id = given.id and task.attempts = given.attempts and task.status = 'running'
        returning task.id
      )
      ${notifyChanged(sql, "reported")}`.pipe(Effect.withSpan("TaskQueueRepo.report"))

  return { offer, claim, claimLimited, abandon, end, renew, report }
}

export type TaskQueueRepo = ReturnType<typeof make>

/**
 * The text of a `select` that announces changed tasks: those with the `id`s of the table expression `from`. A message may
 * have 8000 bytes at most, so each names up to 200 tasks.
 */
export const notifyChanged = (sql: SqlClient.SqlClient, from: string) =>
  sql.literal(
    `select pg_notify('${channel}', 'c ' || string_agg(id::text, ' ')) as notified from (select id, (row_number() over () - 1) / 200 as part from ${from}) changed group by part`
  )
