import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Logger, Metric, References } from "effect"
import { SqlClient } from "effect/sql"
import { TaskFailure } from "../../src/tasks/TaskErrors.ts"
import * as Engine from "../support/tasks/Engine.ts"
import { observed } from "../support/esp/Observed.ts"
import { until } from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const plain = Engine.kindOf("plain")
const poison = Engine.kindOf("poison", { attempts: 1 })

/** The metrics of tasks: their values, or for histograms their counts. */
const metrics = Effect.map(Metric.snapshot, (all) =>
  Object.fromEntries(
    all
      .filter(({ id }) => /^fairground_tasks?(?:_(?:attempts_total|ends_total|oldest|seconds|wait))?/.test(id))
      .map(({ attributes, id, state }) => {
        const { kind, outcome, status } = (attributes ?? {}) as { kind?: string; outcome?: string; status?: string }
        const { count, value } = state as { readonly count?: number; readonly value?: number }
        return [
          [id.slice("fairground_".length), kind, outcome ?? status].filter(Boolean).join(" "),
          count ?? value ?? 0
        ]
      })
  )
)

const untilMetrics = (what: string, are: (found: Readonly<Record<string, number>>) => boolean) =>
  until(
    what,
    Effect.map(metrics, (found) => (are(found) ? found : undefined))
  )

/** The metrics of one test alone. */
const ownRegistry = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map()))

describe("what an operator sees of tasks", () => {
  it.live("how many wait and run, and how long the oldest has been due: also where no worker lives", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const kinds = [plain, poison]
      const idle = Engine.replica(url, kinds, () => Effect.never, { WORKERS: "0" })
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const due = yield* Engine.submit(plain)
        yield* Engine.submit(plain)
        const runs = yield* Engine.submit(plain)
        yield* Engine.submit(poison, null, { runAt: DateTime.makeUnsafe("2100-01-01") })
        yield* sql`update task_queue set visible_at = now() - interval '1 hour' where task_id = ${due.id}`
        yield* sql`
          update task_queue set lock = gen_random_uuid(), visible_at = now() + interval '1 minute' where task_id = ${runs.id}`
        // It counts too, and may do so when only some are there.
      }).pipe(Effect.provide(idle), ownRegistry)
      // It counts as it starts.
      const found = yield* untilMetrics("they are counted", (all) => (all["tasks plain queued"] ?? 0) !== 0).pipe(
        Effect.provide(idle)
      )
      const age = found["task_oldest_due_seconds plain"] ?? 0
      assert.isTrue(age >= 3600 && age < 3700, `${age} s`)
      assert.deepStrictEqual(
        { ...found, "task_oldest_due_seconds plain": 0, task_waiters: 0 },
        {
          "tasks plain queued": 2,
          "tasks plain running": 1,
          "task_oldest_due_seconds plain": 0,
          "tasks poison queued": 1,
          "tasks poison running": 0,
          "task_oldest_due_seconds poison": 0,
          task_waiters: 0
        }
      )
    }).pipe(Effect.scoped, ownRegistry)
  )

  it.live("what comes of attempts; a failure also in the log, by its task's id and without the runner's words", () => {
    const logged: Array<unknown> = []
    return Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const start = Engine.replica(url, [plain, poison], (_, { input, number }) => {
        if (input === "fine") return Effect.succeed(null)
        return Effect.fail(
          number === 1 ? TaskFailure.passing("busy", "Not now.") : TaskFailure.final("refused", "Nora's secret.")
        )
      })
      const died = yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const task = yield* Engine.submit(poison)
        // The state that a killed process leaves.
        yield* sql`update task set status = 'running', attempts = 1, started_at = now()`
        yield* sql`update task_queue set attempts = 1, lock = gen_random_uuid()`
        return task.id
      }).pipe(Effect.provide(Engine.replica(url, [plain, poison], () => Effect.never, { WORKERS: "0" })))
      const { found, id: failed } = yield* Effect.gen(function* () {
        yield* Engine.ended((yield* Engine.submit(plain, "fine")).id)
        yield* Engine.ended(died)
        const task = yield* Engine.submit(plain, "not fine")
        yield* Engine.ended(task.id)
        // The metric is updated only after the end is stored.
        const ends = ["plain succeeded", "plain failed", "poison crashed"]
        const found = yield* untilMetrics("all ends are counted", (all) =>
          ends.every((end) => all[`task_ends_total ${end}`] === 1)
        )
        return { id: task.id, found }
      }).pipe(Effect.provide(start))
      assert.deepInclude(found, {
        "task_attempts_total plain": 3,
        "task_ends_total plain succeeded": 1,
        "task_ends_total plain retried": 1,
        "task_ends_total plain failed": 1,
        "task_ends_total poison crashed": 1,
        "task_seconds plain": 3,
        // A second attempt has waited for its pause, not for a worker.
        "task_wait_seconds plain": 2
      })
      assert.sameDeepMembers(
        logged.filter((line) => JSON.stringify(line).includes("A task has failed")),
        [
          [["A task has failed", { code: "crashed" }], { taskId: died, kind: "poison", attempt: 2 }],
          [["A task has failed", { code: "refused" }], { taskId: failed, kind: "plain", attempt: 2 }]
        ]
      )
      assert.notInclude(JSON.stringify(logged), "secret")
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Logger.layer([
          Logger.make(({ fiber, message }) => {
            logged.push([message, fiber.getRef(References.CurrentLogAnnotations)])
          })
        ])
      ),
      ownRegistry
    )
  })

  it.live("the attempt in a trace: by its task's id, linked to the request that handed it in", () => {
    const seen = observed()
    return Effect.gen(function* () {
      const task = yield* Effect.withSpan(Engine.submit(plain), "the request")
      yield* Engine.ended(task.id)
      const spanOf = (name: string) => seen.spans.find((span) => span.name === name)
      const [attempt, submit] = [spanOf("tasks.attempt"), spanOf("Tasks.submit")]
      assert.deepStrictEqual(Object.fromEntries(attempt?.attributes ?? []), {
        "fairground.task.id": task.id,
        "fairground.task.kind": "plain",
        "fairground.task.attempt": 1
      })
      assert.deepStrictEqual(
        attempt?.links.map(({ span }) => [span.traceId, span.spanId]),
        [[submit?.traceId, submit?.spanId]]
      )
      assert.strictEqual(submit?.traceId, spanOf("the request")?.traceId)
      assert.notStrictEqual(
        attempt?.traceId,
        submit?.traceId,
        "a task may take days: its attempts are traces of their own"
      )
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null)).pipe(Layer.provideMerge(seen.layer))))
  })
})
