import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { Audit } from "../../src/audit/Audit.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { TaskId, type TaskStatus } from "../../src/tasks/Task.ts"
import { TaskKinds } from "../../src/tasks/TaskKinds.ts"
import { Tasks } from "../../src/tasks/Tasks.ts"
import { until } from "../support/service/Service.ts"
import * as Engine from "../support/tasks/Engine.ts"

const plain = Engine.kindOf("plain")

describe("Tasks: cancelling and retrying", () => {
  const interrupted: Array<number> = []

  it.live("stops what runs, takes what waits out of the queue, and says so again", () =>
    Effect.gen(function* () {
      const tasks = yield* Tasks
      const running = yield* Engine.submit(plain, "hang")
      yield* Engine.untilTasks("it runs", ([task]) => task?.status === "running")
      const waiting = yield* Engine.submit(plain, "wait", { runAt: DateTime.add(yield* DateTime.now, { hours: 1 }) })
      const listed = (status: TaskStatus) =>
        Effect.map(tasks.list({ kind: null, status, since: null, limit: 10 }), (found) => found.map(({ id }) => id))
      assert.deepStrictEqual([yield* listed("running"), yield* listed("queued")], [[running.id], [waiting.id]])
      for (const { id } of [running, waiting]) {
        assert.strictEqual((yield* tasks.cancel(id)).status, "cancelled")
        assert.strictEqual((yield* tasks.cancel(id)).status, "cancelled")
      }
      yield* until(
        "the attempt is interrupted",
        Effect.sync(() => (interrupted.length > 0 ? true : undefined))
      )
      assert.deepStrictEqual(yield* Engine.queued, [])
      assert.deepStrictEqual(yield* listed("cancelled"), [waiting.id, running.id])
      const done = yield* Engine.ended((yield* Engine.submit(plain, "done")).id)
      assert.strictEqual(yield* Engine.tagOf(tasks.cancel(done.id)), "TaskFinished")
      assert.strictEqual(yield* Engine.tagOf(tasks.cancel(TaskId.make(uuidV7At(0)))), "TaskNotFound")
      // And again, from the first attempt on.
      assert.deepStrictEqual(Engine.short(yield* tasks.retry(waiting.id)), ["queued", 0, null, null])
      assert.deepStrictEqual(Engine.short(yield* Engine.ended(waiting.id)), ["succeeded", 1, null, "wait"])
      assert.strictEqual(yield* Engine.tagOf(tasks.retry(waiting.id)), "TaskNotRetryable")
    }).pipe(
      Effect.provide(
        Engine.layer(
          [plain],
          (_, { input }) =>
            input === "hang"
              ? Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted.push(1)))
              : Effect.succeed(input),
          // Leases are prolonged so seldom that a notice must have stopped the attempt: its lease would show it only in minutes.
          { TASK_LEASE: "1 hour" }
        )
      )
    )
  )

  it.live("a task that is queued again just as it was found to be over is cancelled all the same", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { id } = yield* Engine.submit(plain)
      yield* sql`update task set status = 'failed', error_code = 'internal', finished_at = now()`
      yield* sql`delete from task_queue`
      // After it has looked for a place in the queue, as `task retry` elsewhere would, once.
      yield* sql`
        create function retry() returns trigger language plpgsql as $$ begin
          with again as (update task set status = 'queued', finished_at = null where status = 'failed' returning id, kind)
          insert into task_queue (task_id, kind, priority, visible_at, attempts) select id, kind, 1, now(), 0 from again;
          return null;
        end $$`
      yield* sql`create trigger retry after delete on task_queue for each statement execute function retry()`
      const tasks = yield* Tasks
      assert.strictEqual((yield* tasks.cancel(id)).status, "cancelled")
      assert.strictEqual((yield* tasks.get(id)).status, "cancelled")
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.never, { WORKERS: "0" })))
  )

  it.live("a task that fails just as it was found to be still open is queued again all the same", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { id } = yield* Engine.submit(plain)
      yield* sql`update task set attempts = 7`
      yield* sql`delete from task_queue`
      // After it has looked for one that failed, as its last attempt elsewhere would, once.
      yield* sql`
        create function fail() returns trigger language plpgsql as $$ begin
          if pg_trigger_depth() = 1 then
            update task set status = 'failed', error_code = 'internal', finished_at = now() where attempts = 7;
          end if;
          return null;
        end $$`
      yield* sql`create trigger fail after update on task for each statement execute function fail()`
      const tasks = yield* Tasks
      assert.strictEqual((yield* tasks.retry(id)).status, "queued")
      assert.strictEqual((yield* tasks.get(id)).status, "queued")
      assert.deepStrictEqual(
        (yield* Engine.queued).map(({ taskId }) => taskId),
        [id]
      )
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.never, { WORKERS: "0" })))
  )

  it.live("a retry whose answer is lost after the commit is not refused for what it has done itself", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const audit = yield* Audit
      const { id } = yield* Engine.submit(plain)
      yield* Effect.flatMap(Tasks, (tasks) => tasks.cancel(id))
      // The connection dies between the server's commit and its answer, once.
      let lost = 0
      const losing = Audit.of({
        ...audit,
        within: (write, deed) =>
          Effect.flatMap(audit.within(write, deed), (written) =>
            lost++ === 0
              ? Effect.fail(new SqlError({ reason: new ConnectionError({ cause: new Error("ECONNRESET") }) }))
              : Effect.succeed(written)
          )
      })
      const again = yield* Effect.flatMap(Tasks, (tasks) => tasks.retry(id)).pipe(
        Effect.provide(
          Layer.fresh(Tasks.layer).pipe(
            Layer.provide(TaskKinds.layerOf([plain])),
            Layer.provide(Layer.succeed(Audit, losing))
          )
        )
      )
      assert.deepStrictEqual(Engine.short(again), ["queued", 0, null, null])
      assert.strictEqual(lost, 2)
      assert.deepStrictEqual(yield* sql`select action, via from audit_entry order by id`, [
        { action: "task.cancel", via: "service" },
        { action: "task.retry", via: "service" }
      ])
      assert.strictEqual((yield* Engine.queued).length, 1)
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.never, { WORKERS: "0" })))
  )
})
