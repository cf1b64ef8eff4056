import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Latch, Layer, Logger, Metric, Schedule, Schema, Scope } from "effect"
import { PersistedQueue } from "effect/persistence"
import { TestClock } from "effect/testing"
import { layerWith } from "../../support/Settings.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { commonErrors, type TaskProgress } from "../../../src/tasks/Task.ts"
import * as TaskAttempts from "../../../src/tasks/queue/TaskAttempts.ts"
import { TaskClaim } from "../../../src/tasks/queue/TaskClaim.ts"
import * as TaskQueue from "../../../src/tasks/queue/TaskQueue.ts"
import { TaskFailure } from "../../../src/tasks/TaskErrors.ts"
import { type AnyTaskKind, TaskKinds } from "../../../src/tasks/TaskKinds.ts"
import { TaskRunner } from "../../../src/tasks/TaskRunner.ts"
import { TaskSignals } from "../../../src/tasks/watch/TaskSignals.ts"
import * as Engine from "../../support/tasks/Engine.ts"
import { queueTable } from "../../support/tasks/QueueTable.ts"
import { settle, spoken } from "../../support/tasks/Signals.ts"

const taskId = uuidV7At(0)

/** A worker of a kind on the queue's table in memory, with one task. `begun` are the seconds at which its attempts began. */
const work = Effect.fnUntraced(function* (
  kind: AnyTaskKind,
  run: Engine.Behaviour,
  input: unknown = null,
  { isThere = true } = {}
) {
  const begun: Array<number> = []
  const table = queueTable()
  table.add(kind.name, taskId, { task: isThere ? { input, trace: null, waitedSeconds: 0 } : undefined })
  const { say, signals } = spoken()
  const runner = TaskRunner.of({
    run: (name, attempt) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        begun.push(now / 1000)
        return run(name, attempt)
      })
  })
  yield* Effect.gen(function* () {
    const services = yield* TaskQueue.make(table.repo)
    const takeFrom = yield* TaskAttempts.make
    const take = yield* takeFrom(kind).pipe(Effect.provide(PersistedQueue.layer), Effect.provideContext(services))
    yield* Effect.forkScoped(Effect.forever(Effect.ignoreCause(take)))
  }).pipe(
    Effect.provideService(TaskRunner, runner),
    Effect.provideService(TaskSignals, signals),
    Effect.provide([
      TaskKinds.layerOf([kind]),
      layerWith({ WORKERS: "1", TASK_POLL: "1 hour", TASK_LEASE: "20 seconds" })
    ])
  )
  // The attempt begins before the clock moves.
  yield* settle
  return {
    begun,
    table,
    row: () => table.rows.get(taskId),
    ends: () =>
      table.endings.flatMap(({ content, delay, errorCode, errorDetail, status }) => {
        if (delay !== null) return []
        return [status === "failed" ? { status, code: errorCode, detail: errorDetail } : { status, content }]
      }),
    reports: (): ReadonlyArray<readonly [attempt: number, progress: TaskProgress]> =>
      table.reports.map(({ attempts, progress }) => [attempts, progress]),
    cancel: () => {
      table.rows.delete(taskId)
      say("cancelled", taskId)
    }
  }
})

const busy: Engine.Behaviour = () => Effect.fail(TaskFailure.passing("busy", "Not now."))

/** The metric's counts of ended attempts. */
const outcomes = Effect.map(Metric.snapshot, (all) =>
  all.flatMap(({ attributes, id }) => (id === "fairground_task_ends_total" ? [attributes?.["outcome"]] : []))
)

describe("attempts at a task", () => {
  it.effect("whose end is another's by now count as lost", () =>
    Effect.gen(function* () {
      const { begun, ends, row } = yield* work(Engine.kindOf("ours"), () => Effect.delay(Effect.succeed(null), 1000))
      yield* TestClock.adjust("500 millis")
      row()!.lock = "another's"
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual([begun, ends()], [[0], []])
      assert.deepStrictEqual(yield* outcomes, ["lost"])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("are not begun, and not counted, where there is nothing to do any more", () =>
    Effect.gen(function* () {
      const { begun, row } = yield* work(Engine.kindOf("gone"), busy, null, { isThere: false })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([begun, row(), yield* outcomes], [[], undefined, []])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("come after the kind's pauses, and end with the last one's failure", () =>
    Effect.gen(function* () {
      const retry = Schedule.min([Schedule.exponential("2 seconds"), Schedule.spaced("5 seconds")])
      const { begun, ends } = yield* work(Engine.kindOf("paused", { attempts: 5, retry }), busy)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(begun, [0, 2, 6, 11, 16])
      assert.deepStrictEqual(ends(), [{ status: "failed", code: "busy", detail: "Not now." }])
    })
  )

  it.effect("end with a permanent failure at once", () =>
    Effect.gen(function* () {
      const { begun, ends } = yield* work(Engine.kindOf("final"), () => Effect.fail(TaskFailure.final("no", "Never.")))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([begun, ends()], [[0], [{ status: "failed", code: "no", detail: "Never." }]])
    })
  )

  it.effect("take no longer than the kind allows, even where the runner lets nobody interrupt it", () =>
    Effect.gen(function* () {
      const kind = Engine.kindOf("slow", {
        timeout: Duration.seconds(30),
        attempts: 2,
        retry: Schedule.spaced("10 seconds")
      })
      const { begun, ends } = yield* work(kind, () => Effect.uninterruptible(Effect.never))
      yield* TestClock.adjust("69 seconds")
      assert.deepStrictEqual([begun, ends()], [[0, 40], []])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(ends(), [
        { status: "failed", code: "timeout", detail: "The attempt took longer than 30s." }
      ])
    })
  )

  for (const reason of ["cancelled", "lost"] as const) {
    it.effect(`that were stopped from outside store nothing, and count as ${reason}`, () =>
      Effect.gen(function* () {
        let interrupted = 0
        const { cancel, row, table } = yield* work(Engine.kindOf("stopped"), () =>
          Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted++))
        )
        yield* TestClock.adjust("1 second")
        if (reason === "cancelled") cancel()
        else Object.assign(row()!, { lock: "another's", visibleAt: 1e9 })
        yield* TestClock.adjust("19 seconds")
        assert.deepStrictEqual([interrupted, table.endings, yield* outcomes], [1, [], [reason]])
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
    )
  }

  it.effect("that end as their process does count as released, and are given back", () =>
    Effect.gen(function* () {
      const { begun, ends, row } = yield* Effect.gen(function* () {
        const made = yield* work(Engine.kindOf("released"), () => Effect.never)
        yield* TestClock.adjust("1 second")
        return made
      }).pipe(Effect.scoped)
      assert.deepStrictEqual([begun, ends(), yield* outcomes], [[0], [], ["released"]])
      assert.deepInclude(row(), { attempts: 0, lock: null })
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("whose end is being stored as their process ends are waited for, and count as they ended", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { ends, row, table } = yield* work(Engine.kindOf("ending"), () =>
        Effect.delay(Effect.succeed(null), 1000)
      ).pipe(Scope.provide(scope))
      const answered = yield* Latch.make(false)
      table.next("end", { commits: true, answer: answered.await })
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.forkScoped(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* settle
      assert.isUndefined(closing.pollUnsafe())
      yield* answered.open
      yield* settle
      assert.isDefined(closing.pollUnsafe())
      assert.deepStrictEqual(
        [ends(), row(), yield* outcomes],
        [[{ status: "succeeded", content: "null" }], undefined, ["succeeded"]]
      )
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("whose runner is broken are made again, and end as internal; the log alone says what was wrong", () => {
    const logged: Array<string> = []
    return Effect.gen(function* () {
      const kind = Engine.kindOf("broken", { attempts: 2, retry: Schedule.spaced("10 seconds") })
      const { begun, ends } = yield* work(kind, () => Effect.die(new TypeError("what was wrong")))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(begun, [0, 10])
      assert.deepStrictEqual(ends(), [{ status: "failed", code: "internal", detail: commonErrors.internal }])
      const defects = logged.filter((line) => line.includes("An attempt at a task ended with a defect"))
      assert.lengthOf(defects, 2)
      assert.isTrue(defects.every((line) => line.includes("what was wrong")))
    }).pipe(Effect.provide(Logger.layer([Logger.map(Logger.formatJson, (line) => void logged.push(line))])))
  })

  it.effect("tell how far they are, by their number: the latest twice a second", () =>
    Effect.gen(function* () {
      const { reports } = yield* work(Engine.kindOf("far"), (_, { number, report }) =>
        report({ fraction: 0, message: "first" }).pipe(
          Effect.andThen(report({ fraction: number / 4, message: "on it" })),
          Effect.andThen(Effect.sleep("2 seconds")),
          Effect.andThen(number === 1 ? Effect.fail(TaskFailure.passing("busy", "Not now.")) : Effect.succeed(null))
        )
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(reports(), [
        [1, { fraction: 0.25, message: "on it" }],
        [2, { fraction: 0.5, message: "on it" }]
      ])
    })
  )

  it.effect("are told what their kind promises, and are held to it", () =>
    Effect.gen(function* () {
      const content = Schema.Struct({ at: Schema.DateTimeUtcFromString })
      const fits = yield* work(
        Engine.kindOf("fits", { input: Schema.DateTimeUtcFromString, content }),
        (_, { input }) => Effect.succeed({ at: input }),
        "2026-11-20T10:00:00.000Z"
      )
      const lies = yield* work(Engine.kindOf("lies", { content }), () => Effect.succeed({ at: "soon" }))
      const asked = yield* work(Engine.kindOf("asked", { input: Schema.Finite }), () => Effect.succeed(null), "x")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(fits.ends(), [{ status: "succeeded", content: '{"at":"2026-11-20T10:00:00.000Z"}' }])
      assert.deepInclude(lies.ends()[0], { status: "failed", code: "content-refused" })
      assert.deepInclude(asked.ends()[0], { status: "failed", code: "input-refused" })
      assert.deepStrictEqual(asked.begun, [])
    })
  )

  it.effect("run on any store of PersistedQueue: what comes of them is how the taker ends", () =>
    Effect.gen(function* () {
      const kind = Engine.kindOf("elsewhere", { retry: Schedule.spaced("10 seconds") })
      const runner = TaskRunner.of({
        run: (_, { input, number }) =>
          number === 1 ? Effect.fail(TaskFailure.passing("busy", "Not now.")) : Effect.succeed({ input, number })
      })
      const takeFrom = yield* TaskAttempts.make.pipe(Effect.provideService(TaskRunner, runner))
      const task = { input: "its input", trace: null, waitedSeconds: 0 }
      const claim = new TaskClaim({ id: taskId, kind: kind.name, attempts: 1, task }, "a lock")
      const take = yield* takeFrom(kind)
      const queue = yield* PersistedQueue.make({ name: kind.name, schema: Schema.Struct({ claim: TaskClaim.schema }) })
      yield* queue.offer({ claim }, { id: taskId })
      assert.deepStrictEqual(yield* Effect.exit(take), Exit.fail(TaskFailure.passing("busy", "Not now.")))
      const second = yield* Effect.forkScoped(take, { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(
        second.pollUnsafe(),
        Exit.succeed({ status: "succeeded", content: '{"input":"its input","number":2}' })
      )
    }).pipe(Effect.provide(PersistedQueue.layer.pipe(Layer.provide(PersistedQueue.layerStoreMemory))))
  )
})
