import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Shutdown } from "../../../src/platform/Shutdown.ts"
import { until } from "../../support/service/Service.ts"
import * as Engine from "../../support/tasks/Engine.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const plain = Engine.kindOf("plain")

describe("Tasks: several replicas", () => {
  it.live("a task handed in where nobody works begins at once where somebody does; a lost listener comes again", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      // Polls so seldom that every task that begins was announced by a notice.
      const env = { TASK_POLL: "10 minutes" }
      const api = yield* Layer.build(Engine.replica(url, [plain], () => Effect.succeed(null), { WORKERS: "0", ...env }))
      const worker = yield* Layer.build(Engine.replica(url, [plain], () => Effect.succeed(null), env))
      const round = Effect.gen(function* () {
        const { id } = yield* Engine.submit(plain)
        return yield* Engine.ended(id)
      }).pipe(Effect.provide(api))
      const times: Array<number> = []
      for (let count = 0; count < 5; count++) {
        const began = performance.now()
        assert.strictEqual((yield* round).status, "succeeded")
        times.push(performance.now() - began)
      }
      // Most of them: a machine may stand still for a moment. Without notices each would take until the next sweep, 5 s.
      assert.isBelow(times.toSorted((a, b) => a - b)[2]!, 1000)
      const sql = yield* Effect.provide(SqlClient.SqlClient, worker)
      yield* sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query ilike 'listen%'`
      yield* until(
        "both listen again",
        Effect.map(
          sql`select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
          (rows) => (rows.length >= 2 ? true : undefined)
        )
      )
      assert.strictEqual((yield* round).status, "succeeded")
    })
  )

  it.live("without a listener the polling finds work, and the sweep finds what changed", () =>
    Effect.gen(function* () {
      const { id } = yield* Engine.submit(plain, 1, { runAt: DateTime.makeUnsafe("2100-01-01") })
      const sql = yield* SqlClient.SqlClient
      const waiting = yield* Effect.forkChild(Engine.ended(id))
      yield* sql`update task_queue set visible_at = now()`
      assert.strictEqual((yield* Fiber.join(waiting)).status, "succeeded")
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null), { TASK_POLL: "50 millis" })))
  )

  it.live("a stopping replica gives what runs the grace, then gives it back uncounted", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const begun: Array<string> = []
      const stops = yield* Deferred.make<void>()
      const behaviour: Engine.Behaviour = (_, { input }) =>
        Effect.suspend(() => {
          begun.push(String(input))
          if (begun.length > 2) return Effect.succeed("again")
          return input === "short" ? Effect.as(Deferred.await(stops), "whole") : Effect.never
        })
      const ids = yield* Effect.gen(function* () {
        const submitted = [yield* Engine.submit(plain, "short"), yield* Engine.submit(plain, "long")]
        yield* until(
          "both run",
          Effect.sync(() => (begun.length === 2 ? true : undefined))
        )
        yield* Effect.flatMap(Shutdown, ({ begun }) =>
          Effect.forkDetach(Effect.andThen(begun, Deferred.succeed(stops, undefined)))
        )
        return submitted.map(({ id }) => id)
      }).pipe(Effect.provide(Engine.replica(url, [plain], behaviour, { SHUTDOWN_GRACE: "2 seconds" })))
      const tasks = yield* Effect.forEach(ids, Engine.ended).pipe(
        Effect.provide(Engine.replica(url, [plain], behaviour))
      )
      assert.deepStrictEqual(tasks.map(Engine.short), [
        ["succeeded", 1, null, "whole"],
        ["succeeded", 1, null, "again"]
      ])
    })
  )

  it.live("a task that runs for longer than its lease stays with the replica that prolongs it", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      // A machine that stands still for longer than the lease has not prolonged it: long enough for it to come back.
      const env = { TASK_LEASE: "8 seconds", TASK_POLL: "50 millis" }
      const slow: Engine.Behaviour = () => Effect.as(Effect.sleep("9 seconds"), "whole")
      const one = yield* Layer.build(Engine.replica(url, [plain], slow, env))
      yield* Layer.build(Engine.replica(url, [plain], slow, env))
      const submitted = yield* Effect.provide(Engine.submit(plain), one)
      assert.deepStrictEqual(Engine.short(yield* Effect.provide(Engine.ended(submitted.id), one)), [
        "succeeded",
        1,
        null,
        "whole"
      ])
    })
  )

  it.live("what died on its last attempt has crashed; what did not is taken over when the lease runs out", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [once, thrice] = [Engine.kindOf("once", { attempts: 1 }), plain]
      const runAt = DateTime.makeUnsafe("2100-01-01")
      const submitted = [yield* Engine.submit(once, 1, { runAt }), yield* Engine.submit(thrice, 1, { runAt })]
      // The state that a killed process leaves.
      yield* sql`update task set status = 'running', attempts = 1, started_at = now()`
      yield* sql`update task_queue set attempts = 1, lock = gen_random_uuid(), visible_at = now() + interval '300 milliseconds'`
      const tasks = yield* Effect.forEach(submitted, ({ id }) => Engine.ended(id))
      assert.deepStrictEqual(tasks.map(Engine.short), [
        ["failed", 1, "crashed", null],
        ["succeeded", 2, null, null]
      ])
    }).pipe(
      Effect.provide(
        Layer.unwrap(
          Effect.map(TestDatabase.makeUrl, (url) =>
            Engine.replica(url, [Engine.kindOf("once", { attempts: 1 }), plain], () => Effect.succeed(null), {
              TASK_POLL: "100 millis"
            })
          )
        )
      )
    )
  )
})
