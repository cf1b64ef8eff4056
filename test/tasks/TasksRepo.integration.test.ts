import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import { nilUuid } from "../../src/platform/Ids.ts"
import type { TaskId } from "../../src/tasks/Task.ts"
import * as TasksRepo from "../../src/tasks/TasksRepo.ts"
import { until } from "../support/service/Service.ts"
import * as Engine from "../support/tasks/Engine.ts"

const plain = Engine.kindOf("plain")
const rare = Engine.kindOf("rare")
const alone = Engine.layer([plain, rare], () => Effect.never, { WORKERS: "0" })

describe("TasksRepo", () => {
  it.live("of an unknown kind, tells whose turn it is: what comes in later does not change that", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const [, old, high] = yield* Effect.forEach(["normal", "normal", "high"] as const, (priority) =>
        Engine.submit(plain, null, { priority })
      )
      yield* sql`update task_queue set visible_at = now() - interval '11 minutes'`
      yield* sql`update task_queue set visible_at = now() - interval '12 minutes' where task_id = ${old!.id}`
      assert.deepStrictEqual(yield* repo.findUnknown([], 600), [{ kind: "plain", next: high!.id }])
      yield* sql`delete from task_queue where task_id = ${high!.id}`
      assert.deepStrictEqual(yield* repo.findUnknown([], 600), [{ kind: "plain", next: old!.id }])
    }).pipe(Effect.provide(alone))
  )

  it.live("looks back to before ids began: all are since then, none is forgotten", () =>
    Effect.gen(function* () {
      const repo = yield* TasksRepo.make
      const { id } = yield* Engine.submit(plain)
      yield* repo.cancel(id)
      const since = new Date("1753-02-06T00:00:00Z")
      const found = yield* repo.list({ kind: null, status: null, since, limit: 10 })
      assert.deepStrictEqual(
        found.map((task) => task.id),
        [id]
      )
      assert.strictEqual(yield* repo.forget(since, 10), 0)
    }).pipe(Effect.provide(alone))
  )

  it.live("looks through so many tasks at a time, whether they match or not, and says how far it came", () =>
    Effect.gen(function* () {
      const repo = yield* TasksRepo.make
      const ids: Array<TaskId> = []
      for (const kind of [rare, plain, plain, plain, rare, plain]) ids.push((yield* Engine.submit(kind)).id)
      const [first, , , , fifth] = ids as [TaskId, TaskId, TaskId, TaskId, TaskId]
      for (const status of [null, "queued", "cancelled"] as const) {
        if (status === "cancelled") for (const id of ids) yield* repo.cancel(id)
        const look = (before: TaskId | null) =>
          repo.look({ kind: "rare", status, since: null, until: null, before }, 5, 2)
        const seen: Array<ReadonlyArray<TaskId>> = []
        let before: TaskId | null = null
        for (;;) {
          const { ids, last, looked }: Effect.Success<ReturnType<typeof look>> = yield* look(before)
          seen.push(ids)
          if (looked < 2) break
          before = last
        }
        assert.deepStrictEqual(seen, [[fifth], [], [first], []], `status ${status}`)
      }
    }).pipe(Effect.provide(alone))
  )

  it.live("queues again as new: nothing of the earlier attempts is left, and it has the priority that it had", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const { id } = yield* Engine.submit(plain, null, { priority: "high" })
      yield* sql`delete from task_queue`
      yield* sql`
        update task set status = 'failed', attempts = 3, error_code = 'busy', error_detail = 'Not now.',
          progress = '{"fraction":0.5,"message":null}', run_at = '2000-01-01', started_at = now(), finished_at = now()
        where id = ${id}`
      const again = yield* repo.requeue(id)
      assert.deepInclude(again, {
        status: "queued",
        attempts: 0,
        errorCode: null,
        errorDetail: null,
        progress: null,
        startedAt: null,
        finishedAt: null
      })
      assert.deepStrictEqual(
        yield* sql`
          select task_queue.priority, task_queue.attempts, visible_at = run_at as is_due, run_at > '2000-01-02' as is_new
          from task_queue join task on task_id = id`,
        [{ priority: 0, attempts: 0, isDue: true, isNew: true }]
      )
    }).pipe(Effect.provide(alone))
  )

  it.live("gives a task that lost its place one again, at its own time, with the attempts that it had", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const later = yield* Engine.submit(plain, null, { runAt: DateTime.makeUnsafe("2100-01-01"), priority: "high" })
      const tried = yield* Engine.submit(plain)
      const over = yield* Engine.submit(plain)
      yield* sql`update task set attempts = 2 where id = ${tried.id}`
      yield* repo.cancel(over.id)
      yield* sql`delete from task_queue`
      const restored: Array<number> = []
      for (let after: string | null = nilUuid; after !== null;) {
        const window: { readonly last: string | null; readonly restored: number } = yield* repo.restoreLost(after, 2)
        restored.push(window.restored)
        after = window.last
      }
      assert.lengthOf(restored, 3)
      assert.strictEqual(
        restored.reduce((sum, count) => sum + count, 0),
        2
      )
      assert.deepStrictEqual(
        yield* sql`
          select task_id, attempts, priority, lock, visible_at = '2100-01-01Z' as is_later, visible_at <= now() as is_due
          from task_queue order by priority`,
        [
          { taskId: later.id, attempts: 0, priority: 0, lock: null, isLater: true, isDue: false },
          { taskId: tried.id, attempts: 2, priority: 1, lock: null, isLater: false, isDue: true }
        ]
      )
    }).pipe(Effect.provide(alone))
  )

  it.live("gives none to a task that ends while it looks", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const { id } = yield* Engine.submit(plain)
      yield* sql`delete from task_queue`
      const looking = yield* Effect.gen(function* () {
        yield* sql`update task set status = 'failed', error_code = 'internal', finished_at = now() where id = ${id}`
        const fiber = yield* Effect.forkDetach(repo.restoreLost(nilUuid, 10))
        yield* until(
          "it waits",
          Effect.map(
            sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            (rows) => (rows.length > 0 ? true : undefined)
          )
        )
        return fiber
      }).pipe(sql.withTransaction)
      assert.strictEqual((yield* Fiber.join(looking)).restored, 0)
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(alone))
  )

  it.live("waits for nobody who works on a task that has its place: looking for lost ones locks no others", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const { id } = yield* Engine.submit(plain)
      const { restored } = yield* Effect.andThen(
        sql`select from task where id = ${id} for update`,
        repo.restoreLost(nilUuid, 10)
      ).pipe(sql.withTransaction)
      assert.strictEqual(restored, 0)
    }).pipe(Effect.provide(alone))
  )
})
