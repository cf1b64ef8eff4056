import { assert, it } from "@effect/vitest"
import { Duration, Effect, Exit, Layer, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { TaskFailure } from "../../src/tasks/TaskErrors.ts"
import { Tasks } from "../../src/tasks/Tasks.ts"
import { observed } from "../support/esp/Observed.ts"
import { until } from "../support/service/Service.ts"
import * as Engine from "../support/tasks/Engine.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const known = Engine.kindOf("known")
const gone = Engine.kindOf("gone")
const busy = Engine.kindOf("busy")

it.effect("a kind that no replica knows fails when its turn has not moved for a minute: nobody works it off", () => {
  const seen = observed()
  const looked = () =>
    seen.spans.filter(
      ({ name, status }) => name === "TasksRepo.findUnknown" && status._tag === "Ended" && Exit.isSuccess(status.exit)
    ).length
  /**
   * Waits until the housekeeping has run so often. The clock advances by a pause of it, and then stands for a while: the time
   * limit on opening a connection reads the same clock, so a busy machine would otherwise never open one.
   */
  const untilLooked = Effect.fnUntraced(function* (times: number) {
    while (looked() < times) {
      if (looked() > 0) yield* TestClock.adjust("75 seconds")
      yield* Effect.sync(() => looked() >= times).pipe(
        Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("20 millis") }),
        Effect.timeoutOption("3 seconds"),
        TestClock.withLive
      )
    }
  })
  return Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const [left, first, second] = yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tasks = yield* Effect.forEach([gone, busy, busy], (kind) => Engine.submit(kind))
      yield* sql`update task_queue set visible_at = now() - interval '11 minutes'`
      yield* sql`update task_queue set visible_at = now() - interval '12 minutes' where task_id = ${tasks[1]!.id}`
      return tasks.map(({ id }) => id)
    }).pipe(Effect.provide(Engine.replica(url, [known, gone, busy], () => Effect.never, { WORKERS: "0" })))
    yield* Effect.gen(function* () {
      const tasks = yield* Tasks
      const untilFailed = (id: typeof left) =>
        TestClock.withLive(
          until(
            "it fails",
            Effect.map(tasks.get(id!), ({ errorCode }) => (errorCode === "unknown-kind" ? true : undefined))
          )
        )
      yield* untilLooked(1)
      // As another replica ends it.
      yield* tasks.cancel(first!)
      yield* untilLooked(2)
      yield* untilFailed(left)
      assert.strictEqual((yield* tasks.get(second!)).status, "queued", "its kind is worked on")
      yield* untilLooked(3)
      yield* untilFailed(second)
    }).pipe(
      Effect.provide(
        Engine.replica(url, [known], () => Effect.never, { DATABASE_DEADLINE: "1 hour" }).pipe(
          Layer.provideMerge(seen.layer)
        )
      )
    )
  }).pipe(Effect.scoped)
})

it.live(
  "the pause before the next attempt is the kind's own, or the wait that was asked for where that is longer",
  () => {
    const hourly = Engine.kindOf("hourly", { retry: Schedule.spaced("1 hour") })
    return Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* Effect.forEach([1, 7200], (seconds) => Engine.submit(hourly, seconds))
      yield* Engine.untilTasks("both have failed once", (tasks) => tasks.every(({ errorCode }) => errorCode === "busy"))
      const pauses = yield* sql`
      select input as asked, round(extract(epoch from visible_at - now()) / 600)::int * 600 as pause
      from task join task_queue on task_id = id order by input`
      assert.deepStrictEqual(pauses, [
        { asked: 1, pause: 3600 },
        { asked: 7200, pause: 7200 }
      ])
    }).pipe(
      Effect.provide(
        Engine.layer([hourly], (_, { input }) =>
          Effect.fail(TaskFailure.passing("busy", "Not now.", Duration.seconds(Number(input))))
        )
      )
    )
  }
)
