import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import { Tasks } from "../../src/tasks/Tasks.ts"
import * as Engine from "../support/tasks/Engine.ts"

const plain = Engine.kindOf("plain")

describe("Tasks: submission", () => {
  it.live("is worked on and keeps its content; the queue is empty then", () =>
    Effect.gen(function* () {
      const handed = yield* Engine.submit(plain, { a: [1, null, "é"] })
      assert.deepStrictEqual(Engine.short(handed), ["queued", 0, null, null])
      const task = yield* Engine.ended(handed.id)
      assert.deepStrictEqual(Engine.short(task), ["succeeded", 1, null, { got: { a: [1, null, "é"] } }])
      assert.isTrue(task.createdAt.epochMilliseconds <= task.startedAt!.epochMilliseconds)
      assert.isTrue(task.startedAt!.epochMilliseconds <= task.finishedAt!.epochMilliseconds)
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(Engine.layer([plain], (_, { input }) => Effect.succeed({ got: input }))))
  )

  it.live("a key is one task: the same request gets it again, another one is refused, in one batch and later", () =>
    Effect.gen(function* () {
      const together = yield* Effect.all(
        [Engine.submit(plain, 1, { key: "k" }), Engine.submit(plain, 1, { key: "k" })],
        { concurrency: "unbounded" }
      )
      assert.strictEqual(together[0].id, together[1].id)
      assert.strictEqual((yield* Engine.submit(plain, 1, { key: "k" })).id, together[0].id)
      assert.strictEqual(yield* Engine.tagOf(Engine.submit(plain, 2, { key: "k" })), "IdempotencyKeyReused")
      assert.strictEqual(
        yield* Engine.tagOf(Engine.submit(plain, 1, { key: "k", priority: "high" })),
        "IdempotencyKeyReused"
      )
      const exits = yield* Effect.forEach([3, 4], (input) => Effect.exit(Engine.submit(plain, input, { key: "new" })), {
        concurrency: "unbounded"
      })
      assert.lengthOf(exits.filter(Exit.isSuccess), 1)
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null), { WORKERS: "0" })))
  )

  it.live("enlisted in a transaction it is there with it, or is not", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tasks = yield* Tasks
      const id = yield* sql.withTransaction(tasks.enlist({ kind: plain, input: 1 }))
      assert.strictEqual((yield* Engine.ended(id)).status, "succeeded")
      const undone = yield* Effect.exit(
        sql.withTransaction(Effect.andThen(tasks.enlist({ kind: plain, input: 2 }), Effect.fail("undone")))
      )
      assert.isTrue(Exit.isFailure(undone))
      assert.lengthOf(yield* tasks.list({ kind: null, status: null, since: null, limit: 10 }), 1)
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null))))
  )

  it.live("waits for its time", () =>
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const late = yield* Engine.submit(plain, 1, { runAt: DateTime.add(now, { hours: 1 }) })
      const runAt = DateTime.add(now, { milliseconds: 700 })
      const later = yield* Engine.submit(plain, 2, { runAt })
      assert.strictEqual((yield* Engine.ended((yield* Engine.submit(plain, 3)).id)).status, "succeeded")
      const task = yield* Engine.ended(later.id)
      assert.isTrue(task.startedAt!.epochMilliseconds >= runAt.epochMilliseconds)
      assert.strictEqual((yield* Effect.flatMap(Tasks, (tasks) => tasks.get(late.id))).status, "queued")
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null))))
  )
})
