import { Clock, Context, DateTime, type Duration, Effect, Exit, Layer, Schema } from "effect"
import type { SqlError } from "effect/sql"
import { Audit } from "../audit/Audit.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { CurrentDoer } from "../platform/Doer.ts"
import * as GroupCommit from "../platform/GroupCommit.ts"
import { uuidV7At } from "../platform/Ids.ts"
import { isSameRequest, requestHash } from "../platform/RequestHash.ts"
import { hasDataError, retryTransient } from "../platform/postgres/Transient.ts"
import { type DatabaseUnavailable, IdempotencyKeyReused, Overloaded } from "../platform/contract/Problems.ts"
import { Notifier } from "../platform/notify/Notifier.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { TasksSettings } from "./TasksSettings.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { spanOf, spans } from "../platform/observe/Spans.ts"
import { isFinal, type Task, TaskId, type TaskPriority, type TaskStatus } from "./Task.ts"
import type { TaskCounts } from "./TaskCounts.ts"
import { TaskFinished, TaskNotFound, TaskNotRepeatable, TaskNotRetryable } from "./TaskErrors.ts"
import type { TaskKind } from "./TaskKind.ts"
import { TaskKinds } from "./TaskKinds.ts"
import { TaskQueue } from "./queue/TaskQueue.ts"
import { TaskSignals } from "./watch/TaskSignals.ts"
import * as TasksRepo from "./TasksRepo.ts"
import * as TaskTelling from "./watch/TaskTelling.ts"
import { TaskWatch } from "./watch/TaskWatch.ts"

/** A task to be stored. `input` has the kind's type, decoded. */
export interface NewTask<Input = unknown> {
  readonly kind: Pick<TaskKind<string, Input, never, never, never>, "name" | "input">
  readonly input: Input
  /** Left out: normal. */
  readonly priority?: TaskPriority
  /** Not before this moment; left out: at once. */
  readonly runAt?: DateTime.Utc
  /** The idempotency key: a second submission with the same key returns the first task. */
  readonly key?: string
}

export type Filter = TasksRepo.Filter

/** Which tasks are meant, whatever their status; what is left out: any. */
export interface Range {
  readonly kind?: string
  /** Handed in from this moment on, and before that one. */
  readonly since?: DateTime.Utc
  readonly until?: DateTime.Utc
}

/** Which tasks a page holds. */
export interface PageQuery extends Range, Paging.PageQuery<TaskId> {
  readonly status?: TaskStatus
}

/** Which tasks are queued again. */
export interface Ended extends Range {
  readonly status: "failed" | "cancelled"
}

/** The most tasks that one page or count looks through for those that are sought: some tens of milliseconds. */
const mostLooked = 10_000

/** Tasks that one statement looks through to queue some again. It may lock and change as many. */
const tasksPerStep = 2000

/** How many of these statements one request waits for. */
const stepsPerRequest = 10

const dateOf = (moment: DateTime.Utc | undefined) => (moment === undefined ? null : DateTime.toDateUtc(moment))

const soughtOf = ({ kind, since, until }: Range) => ({ kind: kind ?? null, since: dateOf(since), until: dateOf(until) })

export class Tasks extends Context.Service<
  Tasks,
  {
    /** Stores a task and queues it in the same transaction. The task is on disk when this succeeds. */
    readonly submit: <Input>(
      task: NewTask<Input>
    ) => Effect.Effect<Task, IdempotencyKeyReused | Overloaded | DatabaseUnavailable>
    /**
     * The same inside the caller's transaction, on its `SqlClient`: the task exists if and only if the transaction
     * commits. Takes no idempotency key.
     */
    readonly enlist: <Input>(task: Omit<NewTask<Input>, "key">) => Effect.Effect<TaskId, SqlError.SqlError>
    readonly get: (id: TaskId) => Effect.Effect<Task, TaskNotFound | DatabaseUnavailable>
    /** Waits until the task is over, the time is up or the service stops; gives the task in its state then. */
    readonly wait: (task: Task, time: Duration.Duration) => Effect.Effect<Task, DatabaseUnavailable>
    /** Waits until the task is newer than `version`. Undefined: the service is stopping. */
    readonly next: (id: TaskId, version: number) => Effect.Effect<Task | undefined, DatabaseUnavailable>
    /**
     * Cancels a task, on whichever replica it runs. A task that is cancelled already is returned as it is. The audit log has it
     * unless a visitor does it, who is nobody.
     */
    readonly cancel: (id: TaskId) => Effect.Effect<Task, TaskNotFound | TaskFinished | DatabaseUnavailable>
    /** Queues a failed or cancelled task again. Its attempts count from 0. The audit log has it. */
    readonly retry: (id: TaskId) => Effect.Effect<Task, TaskNotFound | TaskNotRetryable | DatabaseUnavailable>
    /**
     * Queues failed or cancelled tasks again in bounded pieces, the newest first: begins after `after` (undefined: at the newest), and
     * says where to go on (null: done). However many do it at the same time, each task is queued once. The audit log has each piece.
     */
    readonly retrySome: (
      of: Ended,
      after: TaskId | undefined
    ) => Effect.Effect<{ readonly count: number; readonly next: TaskId | null }, DatabaseUnavailable>
    /**
     * Stores and queues a new task with the kind, the input and the priority of one that is over. With an idempotency key, the same
     * request gives the same new task. The audit log has it.
     */
    readonly repeat: (
      id: TaskId,
      key?: string
    ) => Effect.Effect<Task, TaskNotFound | TaskNotRepeatable | IdempotencyKeyReused | DatabaseUnavailable>
    /** How many tasks have each status, among as many as are looked through. */
    readonly counts: (of: Range) => Effect.Effect<TaskCounts, DatabaseUnavailable>
    /** The newest first. */
    readonly list: (filter: Filter) => Effect.Effect<ReadonlyArray<Task>, DatabaseUnavailable>
    /**
     * A page, the newest first. It may hold fewer tasks than its limit, even none, and still have a next one: a page ends when it has
     * looked through as many tasks as it may.
     */
    readonly page: (query: PageQuery) => Effect.Effect<Paging.Page<Task, TaskId>, DatabaseUnavailable>
  }
>()("fairground/tasks/Tasks") {
  static readonly layerNoDeps = Layer.effect(
    Tasks,
    Effect.gen(function* () {
      const { databaseDeadline } = yield* Settings
      const settings = yield* TasksSettings
      const shutdown = yield* Shutdown
      const kinds = yield* TaskKinds
      const queue = yield* TaskQueue
      const watch = yield* TaskWatch
      const repo = yield* TasksRepo.make
      const audit = yield* Audit
      const withSpan = yield* spans
      const notifier = yield* Notifier
      const transient = retryTransient(databaseDeadline)

      const writer = yield* GroupCommit.make<TasksRepo.Submission, Task, IdempotencyKeyReused | DatabaseUnavailable>({
        name: "tasks",
        capacity: settings.taskQueue,
        maxBatch: 256,
        writers: 1,
        run: (batch) =>
          Effect.tap(transient(store(batch)), (outcomes) =>
            Effect.sync(() => {
              queue.wake(batch.filter((_, at) => outcomes[at]?._tag === "Success").map(({ kind }) => kind))
              notifier.tell("tasks", () => newsOf(batch, outcomes))
            })
          ),
        isSpoilt: hasDataError
      })

      const store = Effect.fnUntraced(function* (batch: ReadonlyArray<TasksRepo.Submission>) {
        const added = new Map((yield* repo.insert(batch)).map((row) => [row.id, row]))
        const others = batch.filter(({ id }) => !added.has(id))
        const earlier = others.length === 0 ? [] : yield* repo.findEarlier(others)
        return batch.map((submission): Exit.Exit<Task, IdempotencyKeyReused> => {
          const row = added.get(submission.id)
          if (row !== undefined) return Exit.succeed(fresh(submission, row))
          return earlierOf(submission, earlier)
        })
      })

      const submissionOf = Effect.fnUntraced(function* <Input>(task: NewTask<Input>) {
        const now = yield* Clock.currentTimeMillis
        const encoded = yield* Effect.orDie(Schema.encodeEffect(Schema.toCodecJson(task.kind.input))(task.input))
        const input = JSON.stringify(encoded)
        const priority = task.priority ?? "normal"
        const asked = task.runAt === undefined ? null : DateTime.toDateUtc(task.runAt)
        // A time in the past means now: it must not put the task before tasks that already wait.
        const runAt = asked === null || asked.getTime() <= now ? null : asked
        const trace = yield* Effect.withFiber((fiber) => {
          const span = spanOf(fiber)
          return Effect.succeed(span === undefined || !span.sampled ? null : `${span.traceId}-${span.spanId}`)
        })
        const request = { kind: task.kind.name, input: encoded, priority, runAt: asked?.toISOString() ?? null }
        return {
          id: uuidV7At(now),
          kind: task.kind.name,
          priority,
          input,
          runAt,
          key: task.key ?? null,
          requestHash: task.key === undefined ? null : requestHash(request),
          trace
        }
      })

      const submit = Effect.fnUntraced(function* <Input>(task: NewTask<Input>) {
        return yield* writer
          .submit(yield* submissionOf(task))
          .pipe(Effect.catchTag("QueueFull", () => Effect.fail(new Overloaded({}))))
      }, withSpan("Tasks.submit"))

      const enlist = Effect.fnUntraced(function* <Input>(task: NewTask<Input>) {
        const submission = yield* submissionOf(task)
        yield* repo.enlist(submission)
        return TaskId.make(submission.id)
      })

      const find = (id: TaskId) =>
        Effect.flatMap(transient(repo.find([id])), ([task]) =>
          task === undefined ? Effect.fail(new TaskNotFound({})) : Effect.succeed(task)
        )

      const next = (id: TaskId, version: number) =>
        Effect.raceFirst(watch.next(id, version), Effect.as(shutdown.begun, undefined))

      const wait = Effect.fnUntraced(function* (known: Task, time: Duration.Duration) {
        let task = known
        const follow = Effect.gen(function* () {
          while (!isFinal(task.status)) {
            const newer = yield* next(task.id, task.version)
            if (newer === undefined) return
            task = newer
          }
        })
        yield* Effect.timeoutOption(follow, time)
        return task
      })

      const deed = (action: string) => (task: Task | undefined) =>
        task === undefined ? undefined : { action, target: { kind: "task", id: task.id }, details: { kind: task.kind } }

      const cancel = Effect.fn("Tasks.cancel")(function* (id: TaskId) {
        const { accountId, via } = yield* CurrentDoer
        const isVisitor = via === "http" && accountId === null
        const once = isVisitor ? repo.cancel(id) : audit.within(repo.cancelWithin(id), deed("task.cancel"))
        for (;;) {
          const cancelled = yield* transient(once)
          if (cancelled !== undefined) return cancelled
          const task = yield* find(id)
          if (task.status === "succeeded" || task.status === "failed") {
            return yield* new TaskFinished({ taskStatus: task.status })
          }
          if (task.status === "cancelled") return task
          // Between the two statements the task was queued again: try once more.
        }
      })

      const retry = Effect.fn("Tasks.retry")(function* (id: TaskId) {
        let tries = 0
        const once = Effect.suspend(() => {
          tries++
          return audit.within(repo.requeue(id), deed("task.retry"))
        })
        for (;;) {
          tries = 0
          const queued = yield* transient(once)
          if (queued !== undefined) return queued
          const task = yield* find(id)
          const { status } = task
          // Between the two statements the task ended: try once more.
          if (status === "failed" || status === "cancelled") continue
          // An earlier try was committed, and only its answer was lost.
          if (tries > 1 && status !== "succeeded") return task
          return yield* new TaskNotRetryable({
            taskStatus: status,
            detail: `The task is ${status}: only one that failed or was cancelled can be queued again.`
          })
        }
      })

      const retrySome = Effect.fn("Tasks.retrySome")(function* (of: Ended, after: TaskId | undefined) {
        const { status } = of
        const range = soughtOf(of)
        const told = {
          status,
          kind: range.kind,
          since: range.since?.toISOString() ?? null,
          until: range.until?.toISOString() ?? null
        }
        let before = after ?? null
        let sum = 0
        for (let step = 0; step < stepsPerRequest; step++) {
          // Each step is a transaction, with the audit entry of what it changed.
          const { count, last, looked } = yield* transient(
            audit.within(repo.requeueSome({ ...range, status, before }, tasksPerStep), ({ count }) =>
              count === 0 ? undefined : { action: "task.retry", details: { ...told, retried: count } }
            )
          )
          sum += count
          if (looked < tasksPerStep) return { count: sum, next: null }
          before = last
        }
        return { count: sum, next: before }
      })

      const repeat = Effect.fn("Tasks.repeat")(function* (id: TaskId, key?: string) {
        const { input, kind: name, priority, status } = yield* find(id)
        if (!isFinal(status)) {
          return yield* new TaskNotRepeatable({
            why: "not-over",
            detail: `The task is ${status}: wait until it is over.`
          })
        }
        const kind = kinds.get(name)
        if (kind === undefined) {
          return yield* new TaskNotRepeatable({ why: "unknown-kind", detail: "The service does not know the kind." })
        }
        const codec: Schema.Codec<unknown, unknown> = kind.input
        const decoded = yield* Schema.decodeUnknownEffect(Schema.toCodecJson(codec))(input).pipe(
          Effect.mapError(
            () =>
              new TaskNotRepeatable({
                why: "input-refused",
                detail: "The kind does not take the stored input any more."
              })
          )
        )
        const submission = {
          ...(yield* submissionOf({ kind: { name, input: codec }, input: decoded, priority })),
          ...(key === undefined ? {} : { key, requestHash: requestHash({ repeats: id }) })
        }
        const { task } = yield* transient(
          audit.within(
            Effect.gen(function* () {
              const [row] = yield* repo.enlist(submission)
              if (row !== undefined) return { task: fresh(submission, row), isNew: true }
              return { task: yield* earlierOf(submission, yield* repo.findEarlierWithin([submission])), isNew: false }
            }),
            ({ isNew, task }) =>
              isNew
                ? { action: "task.repeat", target: { kind: "task", id: task.id }, details: { kind: name, of: id } }
                : undefined
          )
        )
        queue.wake([name])
        notifier.tell("tasks", () => newsOf([submission], [Exit.succeed(task)]))
        return task
      })

      const counts = Effect.fn("Tasks.counts")(function* (of: Range) {
        const { lookedAll, lookedOpen, ...found } = yield* transient(repo.count(soughtOf(of), mostLooked))
        const open = (tasks: number) => ({ tasks, isExact: lookedOpen < mostLooked })
        const over = (tasks: number) => ({ tasks, isExact: lookedAll < mostLooked })
        return {
          queued: open(found.queued),
          running: open(found.running),
          succeeded: over(found.succeeded),
          failed: over(found.failed),
          cancelled: over(found.cancelled)
        }
      })

      const page = Effect.fn("Tasks.page")(function* (query: PageQuery) {
        const { limit = Paging.defaultLimit, status = null } = query
        const sought = { ...soughtOf(query), status, before: query.after ?? null }
        const window = sought.kind === null && status === null ? limit + 1 : mostLooked
        const { ids, last, looked } = yield* transient(repo.look(sought, limit + 1, window))
        const { items: found, nextCursor } = Paging.page(ids, limit, (id) => id)
        const stored = new Map((yield* transient(repo.find(found))).map((task) => [task.id, task]))
        return {
          items: found.flatMap((id) => stored.get(id) ?? []),
          nextCursor: nextCursor ?? (looked < window ? null : last)
        }
      })

      return Tasks.of({
        submit,
        enlist,
        get: find,
        wait,
        next,
        cancel,
        retry,
        retrySome,
        repeat,
        counts,
        list: (filter) => transient(repo.list(filter)),
        page
      })
    })
  )

  /** Also provides the queue, for the workers. `TaskKinds` stays a requirement: the module decides on the kinds. */
  static readonly layer = Layer.merge(this.layerNoDeps, TaskTelling.layer).pipe(
    Layer.provideMerge(TaskQueue.layer),
    Layer.provide(TaskWatch.layer),
    Layer.provide(TaskSignals.layer)
  )
}

/** What there is to tell of a batch: the tasks that it has stored. Their changes are told by `TaskTelling`. */
const newsOf = (
  batch: ReadonlyArray<TasksRepo.Submission>,
  outcomes: ReadonlyArray<Exit.Exit<Task, IdempotencyKeyReused>>
) =>
  batch.flatMap(({ id, kind }, at) => {
    const outcome = outcomes[at]
    if (outcome === undefined || Exit.isFailure(outcome) || outcome.value.id !== id) return []
    return [{ game: null, item: { id, kind, status: outcome.value.status, version: outcome.value.version } }]
  })

/** What became of a submission that was not stored, because its id or its key is in the table already. */
const earlierOf = (
  submission: TasksRepo.Submission,
  earlier: ReadonlyArray<TasksRepo.Keyed>
): Exit.Exit<Task, IdempotencyKeyReused> => {
  const found = earlier.find(({ id, key }) => id === submission.id || (key !== null && key === submission.key))
  if (found === undefined) return Exit.die(new Error("a task was neither stored nor found"))
  const { key: _key, requestHash, ...task } = found
  // The same id: our earlier try was committed, and only its answer was lost.
  const isSame = task.id === submission.id || isSameRequest(requestHash, submission.requestHash)
  return isSame ? Exit.succeed(task) : Exit.fail(new IdempotencyKeyReused({}))
}

const fresh = (
  { id, input, kind, priority }: TasksRepo.Submission,
  row: { readonly createdAt: DateTime.Utc; readonly runAt: DateTime.Utc }
): Task => ({
  id: TaskId.make(id),
  kind,
  status: "queued",
  priority,
  input: JSON.parse(input) as unknown,
  content: null,
  errorCode: null,
  errorDetail: null,
  progress: null,
  attempts: 0,
  version: 1,
  runAt: row.runAt,
  createdAt: row.createdAt,
  startedAt: null,
  finishedAt: null
})
