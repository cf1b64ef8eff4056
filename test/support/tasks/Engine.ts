import { Duration, Effect, Layer, Redacted, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../../src/audit/Audit.ts"
import * as Sql from "../../../src/platform/postgres/Sql.ts"
import { layerWith } from "../Settings.ts"
import { Shutdown } from "../../../src/platform/Shutdown.ts"
import type { Task, TaskId } from "../../../src/tasks/Task.ts"
import type { TaskFailure } from "../../../src/tasks/TaskErrors.ts"
import { type Attempt, taskKind } from "../../../src/tasks/TaskKind.ts"
import { type AnyTaskKind, TaskKinds } from "../../../src/tasks/TaskKinds.ts"
import { TaskRunner } from "../../../src/tasks/TaskRunner.ts"
import { Tasks } from "../../../src/tasks/Tasks.ts"
import * as TasksJobs from "../../../src/tasks/TasksJobs.ts"
import { until } from "../service/Service.ts"
import * as TestDatabase from "../TestDatabase.ts"

/** A kind whose input and content are any JSON. */
export const kindOf = <const Name extends string>(name: Name, change: Partial<AnyTaskKind> = {}) =>
  taskKind({
    name,
    title: "A kind",
    description: "A kind of tests.",
    input: Schema.Json,
    content: Schema.Json,
    errors: {},
    attempts: 3,
    retry: Schedule.spaced("50 millis"),
    timeout: "20 seconds",
    concurrency: null,
    runner: Effect.die(new Error("the test swaps the runner")),
    ...change
  })

/** What the tasks of a test do. */
export type Behaviour = (kind: string, attempt: Attempt<unknown>) => Effect.Effect<unknown, TaskFailure>

type Env = Record<string, string>

/** The engine of one process, without HTTP. The test decides what its workers do. */
export const replica = (
  url: Redacted.Redacted<string>,
  kinds: ReadonlyArray<AnyTaskKind>,
  run: Behaviour,
  env: Env = {}
) =>
  Layer.fresh(
    Layer.fresh(TasksJobs.layer).pipe(
      Layer.provideMerge(Tasks.layer),
      Layer.provide(Layer.succeed(TaskRunner, TaskRunner.of({ run }))),
      Layer.provideMerge(TaskKinds.layerOf(kinds)),
      Layer.provideMerge(Audit.layer),
      Layer.provideMerge(Sql.layer),
      Layer.provideMerge(Shutdown.layer),
      Layer.provideMerge(layerWith({ DATABASE_URL: Redacted.value(url), SHUTDOWN_GRACE: "1 second", ...env }))
    )
  )

/**
 * A replica that lives as long as the scope. With a short DATABASE_DEADLINE, its start may time out on a busy machine and is
 * then repeated.
 */
export const started = (...options: Parameters<typeof replica>) =>
  Effect.retry(
    Effect.suspend(() => Layer.build(replica(...options))),
    { times: 20 }
  )

/** An engine with its own database. */
export const layer = (kinds: ReadonlyArray<AnyTaskKind>, run: Behaviour, env: Env = {}) =>
  Layer.unwrap(Effect.map(TestDatabase.makeUrl, (url) => replica(url, kinds, run, env)))

/** Submits a task. */
export const submit = (
  kind: AnyTaskKind,
  input: unknown = null,
  more: Partial<Parameters<Tasks["Service"]["submit"]>[0]> = {}
) => Effect.flatMap(Tasks, (tasks) => tasks.submit({ kind, input, ...more }))

/** Waits until the task is over. */
export const ended = (id: TaskId) =>
  Effect.flatMap(Tasks, (tasks) => Effect.flatMap(tasks.get(id), (task) => tasks.wait(task, Duration.seconds(40))))

/** Waits until the tasks in the database satisfy the condition. */
export const untilTasks = (what: string, are: (tasks: ReadonlyArray<Task>) => boolean) =>
  until(
    what,
    Effect.gen(function* () {
      const tasks = yield* Effect.flatMap(Tasks, (service) =>
        service.list({ kind: null, status: null, since: null, limit: 100_000 })
      )
      return are(tasks) ? tasks : undefined
    })
  )

/** The rows of the queue. */
export const queued = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ taskId: string; kind: string; attempts: number; lock: string | null; isDue: boolean }>`
    select task_id, kind, attempts, lock, visible_at <= now() as is_due from task_queue order by task_id`
})

/** An input that does not accept every JSON value. */
export const number = Schema.Finite

/** A short form of a task's state. */
export const short = (task: Pick<Task, "status" | "attempts" | "errorCode" | "content">) => [
  task.status,
  task.attempts,
  task.errorCode,
  task.content
]

/** The tag of the error with which an effect fails. */
export const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)
