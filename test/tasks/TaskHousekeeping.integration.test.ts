import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { nilUuid, uuidV7At } from "../../src/platform/Ids.ts"
import { TaskId } from "../../src/tasks/Task.ts"
import { TaskQueue } from "../../src/tasks/queue/TaskQueue.ts"
import { Tasks } from "../../src/tasks/Tasks.ts"
import * as TasksRepo from "../../src/tasks/TasksRepo.ts"
import * as Engine from "../support/tasks/Engine.ts"

const plain = Engine.kindOf("plain")

/**
 * A task as it may be found, whoever wrote it; `at` is when its place in the queue is due, and without one it has none.
 * Both in one statement: between two, the service itself would find a task that lost its place.
 */
const insert = Effect.fnUntraced(function* (kindName: string, at: string | null) {
  const sql = yield* SqlClient.SqlClient
  const id = uuidV7At(Date.now())
  yield* sql`
    with added as (
      insert into task (id, kind, status, priority, input, attempts, version, run_at, created_at, updated_at)
      values (${id}, ${kindName}, 'queued', 'normal', '"x"', 0, 1, now(), now(), now())
      returning id, kind
    )
    insert into task_queue (task_id, kind, priority, visible_at, attempts)
    select id, kind, 1, now() + ${at}::interval, 0 from added where ${at}::interval is not null`
  return TaskId.make(id)
})

const strict = Engine.layer([Engine.kindOf("strict", { input: Engine.number })], () => Effect.succeed(null))

describe("Tasks: housekeeping", () => {
  it.live("an input that its kind takes no more fails the task in its first attempt", () =>
    Effect.gen(function* () {
      const id = yield* insert("strict", "0 s")
      ;(yield* TaskQueue).wake(["strict"])
      assert.deepStrictEqual(Engine.short(yield* Engine.ended(id)), ["failed", 1, "input-refused", null])
    }).pipe(Effect.provide(strict))
  )

  it.live("a kind that nobody knows and nobody works on: what has waited for long fails", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const [old, young] = [yield* insert("gone", "-20 min"), yield* insert("gone", "-1 min")]
      assert.deepStrictEqual(yield* repo.findUnknown(["strict"], 600), [{ kind: "gone", next: old }])
      assert.deepStrictEqual(yield* repo.findUnknown(["strict", "gone"], 600), [])
      // Another replica, of another version, works on them.
      yield* sql`update task_queue set lock = gen_random_uuid(), visible_at = now() + interval '1 minute' where task_id = ${young}`
      assert.deepStrictEqual(yield* repo.findUnknown(["strict"], 600), [])
      yield* sql`update task_queue set lock = null, visible_at = now() where task_id = ${young}`
      assert.strictEqual(yield* repo.failUnknown(["gone"], 600, "Nobody."), 1)
      assert.deepStrictEqual(Engine.short(yield* Engine.ended(old)), ["failed", 0, "unknown-kind", null])
      assert.strictEqual((yield* Effect.flatMap(Tasks, (tasks) => tasks.get(young))).status, "queued")
    }).pipe(Effect.provide(strict))
  )

  it.live("a task that lost its place in the queue gets it again, once", () =>
    Effect.gen(function* () {
      const repo = yield* TasksRepo.make
      const lost = yield* insert("strict", null)
      const { restored } = yield* repo.restoreLost(nilUuid, 5000)
      assert.isAtMost(restored, 1, "the service's own look may have come first")
      assert.strictEqual((yield* repo.restoreLost(nilUuid, 5000)).restored, 0)
      assert.strictEqual((yield* Engine.ended(lost)).errorCode, "input-refused")
    }).pipe(Effect.provide(strict))
  )

  it.live("forgets what has been over for long, with its key, and nothing else", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const age = Effect.fnUntraced(function* (key: string, isOver: boolean) {
        const { id } = yield* Engine.submit(plain, null, {
          key,
          ...(isOver ? {} : { runAt: DateTime.makeUnsafe("2100-01-01") })
        })
        if (isOver) yield* Engine.ended(id)
        const aged = uuidV7At(Date.now() - 40 * 86_400_000)
        yield* sql`update task set id = ${aged}::uuid, finished_at = finished_at - interval '35 days' where id = ${id}`
        return aged
      })
      yield* age("over", true)
      const open = yield* age("open", false)
      const young = yield* Engine.submit(plain, null, { key: "young" })
      yield* Engine.ended(young.id)
      assert.strictEqual(yield* repo.forget(new Date(Date.now() - 30 * 86_400_000), 100), 1)
      const left = yield* Effect.flatMap(Tasks, (tasks) =>
        tasks.list({ kind: null, status: null, since: null, limit: 10 })
      )
      assert.deepStrictEqual(
        left.map(({ id }) => String(id)),
        [young.id, open]
      )
      assert.notStrictEqual((yield* Engine.submit(plain, null, { key: "over" })).status, "succeeded")
      // The service's own look at its start must not forget the tasks that the test's look is to forget.
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null), { TASK_RETENTION: "3650 days" })))
  )
})
