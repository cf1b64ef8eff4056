import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Layer, Logger, Metric, Schedule, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import { TestClock } from "effect/testing"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { commonErrors, type TaskProgress } from "../../../src/tasks/Task.ts"
import * as TaskAttempts from "../../../src/tasks/queue/TaskAttempts.ts"
import { TaskFailure } from "../../../src/tasks/TaskErrors.ts"
import type { AnyTaskKind } from "../../../src/tasks/TaskKinds.ts"
import { type Final, TaskLedger } from "../../../src/tasks/queue/TaskLedger.ts"
import { TaskRunner } from "../../../src/tasks/TaskRunner.ts"
import * as Engine from "../../support/tasks/Engine.ts"

/** A worker of a kind on Effect's store in memory; gives when its attempts began, in seconds, and how the task ended. */
const work = Effect.fnUntraced(function* (
  kind: AnyTaskKind,
  run: Engine.Behaviour,
  input: unknown = null,
  { isOurs = true, isThere = true } = {}
) {
  const begun: Array<number> = []
  const finals: Array<Final> = []
  const reports: Array<readonly [attempt: number, progress: TaskProgress]> = []
  const stopped = yield* Deferred.make<"cancelled" | "lost">()
  const ledger = TaskLedger.of({
    claimOf: () => (isThere ? { input, trace: null, waitedSeconds: 0, stopped: Deferred.await(stopped) } : undefined),
    finish: (_id, _attempts, final) => Effect.sync(() => finals.push(final) > 0 && isOurs),
    report: (_id, attempts, progress) => Effect.sync(() => void reports.push([attempts, progress]))
  })
  const runner = TaskRunner.of({
    run: (name, attempt) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        begun.push(now / 1000)
        return run(name, attempt)
      })
  })
  yield* Effect.gen(function* () {
    const take = yield* (yield* TaskAttempts.make)(kind)
    const queue = yield* PersistedQueue.make({ name: kind.name, schema: Schema.Struct({ taskId: Schema.String }) })
    const taskId = uuidV7At(0)
    yield* queue.offer({ taskId }, { id: taskId })
    yield* Effect.forkScoped(Effect.forever(Effect.ignoreCause(take)))
  }).pipe(
    Effect.provideService(TaskLedger, ledger),
    Effect.provideService(TaskRunner, runner),
    Effect.provide(yield* Layer.build(PersistedQueue.layer.pipe(Layer.provide(PersistedQueue.layerStoreMemory))))
  )
  return { begun, finals, reports, stopped }
})

const busy: Engine.Behaviour = () => Effect.fail(TaskFailure.passing("busy", "Not now."))

/** How attempts ended, as the metric counts them. */
const outcomes = Effect.map(Metric.snapshot, (all) =>
  all.flatMap(({ attributes, id }) => (id === "fairground_task_ends_total" ? [attributes?.["outcome"]] : []))
)

describe("attempts at a task", () => {
  it.effect("whose end is another's by now count as lost", () =>
    Effect.gen(function* () {
      const { finals } = yield* work(Engine.kindOf("ours"), () => Effect.succeed(null), null, { isOurs: false })
      yield* TestClock.adjust("1 second")
      assert.lengthOf(finals, 1)
      assert.deepStrictEqual(yield* outcomes, ["lost"])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("are not begun, and not counted, where there is nothing to do any more", () =>
    Effect.gen(function* () {
      const { begun, finals } = yield* work(Engine.kindOf("gone"), busy, null, { isThere: false })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([begun, finals, yield* outcomes], [[], [], []])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("come after the kind's pauses, and end with the last one's failure", () =>
    Effect.gen(function* () {
      const retry = Schedule.min([Schedule.exponential("2 seconds"), Schedule.spaced("5 seconds")])
      const { begun, finals } = yield* work(Engine.kindOf("paused", { attempts: 5, retry }), busy)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(begun, [0, 2, 6, 11, 16])
      assert.deepStrictEqual(finals, [{ status: "failed", code: "busy", detail: "Not now." }])
    })
  )

  it.effect("end with a permanent failure at once", () =>
    Effect.gen(function* () {
      const { begun, finals } = yield* work(Engine.kindOf("final"), () =>
        Effect.fail(TaskFailure.final("no", "Never."))
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([begun, finals], [[0], [{ status: "failed", code: "no", detail: "Never." }]])
    })
  )

  it.effect("take no longer than the kind allows, even where the runner lets nobody interrupt it", () =>
    Effect.gen(function* () {
      const kind = Engine.kindOf("slow", {
        timeout: Duration.seconds(30),
        attempts: 2,
        retry: Schedule.spaced("10 seconds")
      })
      const { begun, finals } = yield* work(kind, () => Effect.uninterruptible(Effect.never))
      yield* TestClock.adjust("69 seconds")
      assert.deepStrictEqual([begun, finals], [[0, 40], []])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(finals, [
        { status: "failed", code: "timeout", detail: "The attempt took longer than 30s." }
      ])
    })
  )

  for (const reason of ["cancelled", "lost"] as const) {
    it.effect(`that were stopped from outside store nothing, and count as ${reason}`, () =>
      Effect.gen(function* () {
        let interrupted = 0
        const { finals, stopped } = yield* work(Engine.kindOf("stopped"), () =>
          Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted++))
        )
        yield* TestClock.adjust("1 second")
        yield* Deferred.succeed(stopped, reason)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual([interrupted, finals, yield* outcomes], [1, [], [reason]])
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
    )
  }

  it.effect("that end as their process does count as released, and store nothing", () =>
    Effect.gen(function* () {
      const finals = yield* Effect.gen(function* () {
        const { begun, finals } = yield* work(Engine.kindOf("released"), () => Effect.never)
        yield* TestClock.adjust("1 second")
        assert.lengthOf(begun, 1)
        return finals
      }).pipe(Effect.scoped)
      assert.deepStrictEqual([finals, yield* outcomes], [[], ["released"]])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("whose runner is broken are made again, and end as internal; the log alone says what was wrong", () => {
    const logged: Array<string> = []
    return Effect.gen(function* () {
      const kind = Engine.kindOf("broken", { attempts: 2, retry: Schedule.spaced("10 seconds") })
      const { begun, finals } = yield* work(kind, () => Effect.die(new TypeError("what was wrong")))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(begun, [0, 10])
      assert.deepStrictEqual(finals, [{ status: "failed", code: "internal", detail: commonErrors.internal }])
      const defects = logged.filter((line) => line.includes("An attempt at a task ended with a defect"))
      assert.lengthOf(defects, 2)
      assert.isTrue(defects.every((line) => line.includes("what was wrong")))
    }).pipe(Effect.provide(Logger.layer([Logger.map(Logger.formatJson, (line) => void logged.push(line))])))
  })

  it.effect("tell how far they are, by their number", () =>
    Effect.gen(function* () {
      const { reports } = yield* work(Engine.kindOf("far"), (_, { number, report }) =>
        Effect.andThen(
          report({ fraction: number / 4, message: "on it" }),
          number === 1 ? Effect.fail(TaskFailure.passing("busy", "Not now.")) : Effect.succeed(null)
        )
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(reports, [
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
      assert.deepStrictEqual(fits.finals, [{ status: "succeeded", content: '{"at":"2026-11-20T10:00:00.000Z"}' }])
      assert.deepInclude(lies.finals[0], { status: "failed", code: "content-refused" })
      assert.deepInclude(asked.finals[0], { status: "failed", code: "input-refused" })
      assert.deepStrictEqual(asked.begun, [])
    })
  )
})
