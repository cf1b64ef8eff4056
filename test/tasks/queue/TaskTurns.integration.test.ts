import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { until } from "../../support/service/Service.ts"
import * as Engine from "../../support/tasks/Engine.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const [narrow, wide] = [Engine.kindOf("narrow", { concurrency: 3 }), Engine.kindOf("wide")]

describe("Tasks: who is next", () => {
  it.live("a backlog of one kind does not delay another; high goes before normal, then the oldest", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const [bulk, rare] = [Engine.kindOf("bulk"), Engine.kindOf("rare")]
      const order: Array<string> = []
      const kinds = [bulk, rare]
      // One statement fills the queue.
      const env = { WORKERS: "0", DATABASE_STATEMENT_TIMEOUT: "1 minute" }
      const idle = Layer.fresh(Engine.replica(url, kinds, () => Effect.succeed(null), env))
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        for (let place = 0; place < 3; place++) yield* Engine.submit(bulk, `bulk ${place}`)
        yield* Engine.submit(bulk, "bulk high", { priority: "high" })
        yield* sql`
          with added as (
            insert into task (id, kind, status, priority, input, attempts, version, run_at, created_at, updated_at)
            select ('01900000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid, 'bulk', 'queued', 'normal', '"more"', 0, 1, now(), now(), now()
            from generate_series(1, 20000) as number returning id
          )
          insert into task_queue (task_id, kind, priority, visible_at, attempts) select id, 'bulk', 1, now(), 0 from added`
        for (let place = 0; place < 3; place++) yield* Engine.submit(rare, `rare ${place}`)
      }).pipe(Effect.provide(idle))
      const enough = yield* Deferred.make<void>()
      const behaviour: Engine.Behaviour = (_, { input }) =>
        Effect.suspend(() => {
          order.push(String(input))
          return order.length < 12
            ? Effect.succeed(null)
            : Effect.andThen(Deferred.succeed(enough, undefined), Effect.never)
        })
      yield* Deferred.await(enough).pipe(Effect.provide(Engine.replica(url, kinds, behaviour, { WORKERS: "1" })))
      const places = (word: string) => order.flatMap((one, place) => (one.startsWith(word) ? [place] : []))
      assert.deepStrictEqual(
        order.filter((one) => one.startsWith("bulk")),
        ["bulk high", "bulk 0", "bulk 1", "bulk 2"]
      )
      assert.deepStrictEqual(
        order.filter((one) => one.startsWith("rare")),
        ["rare 0", "rare 1", "rare 2"]
      )
      assert.isBelow(places("rare").at(-1)!, 7, "turn by turn")
    })
  )

  it.live("workers that are free at once are shared among the kinds, whichever came first", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const [first, second] = [Engine.kindOf("first"), Engine.kindOf("second")]
      yield* Effect.forEach([first, first, first, first, second, second, second, second], (kind) =>
        Engine.submit(kind)
      ).pipe(Effect.provide(Engine.replica(url, [first, second], () => Effect.never, { WORKERS: "0" })))
      const begun: Array<string> = []
      const behaviour: Engine.Behaviour = (kind) => {
        begun.push(kind)
        return Effect.never
      }
      yield* until(
        "four are begun",
        Effect.sync(() => (begun.length >= 4 ? true : undefined))
      ).pipe(
        Effect.provide(Engine.replica(url, [first, second], behaviour, { WORKERS: "4", SHUTDOWN_GRACE: "1 millis" }))
      )
      assert.deepStrictEqual(begun.toSorted(), ["first", "first", "second", "second"])
    })
  )

  it.live("a kind's limit holds over two replicas, and those without one do not wait for it", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      let [now, most, done] = [0, 0, 0]
      const behaviour: Engine.Behaviour = (kind) =>
        kind === "wide"
          ? Effect.succeed(null)
          : Effect.gen(function* () {
              most = Math.max(most, ++now)
              yield* Effect.sleep("5 millis")
              now--
              done++
              return null
            })
      const env = { WORKERS: "8" }
      const [one, other] = yield* Effect.all([
        Layer.build(Engine.replica(url, [narrow, wide], behaviour, env)),
        Layer.build(Engine.replica(url, [narrow, wide], behaviour, env))
      ])
      const many = (kind: typeof narrow, count: number) =>
        Effect.forEach(Array.from({ length: count }), () => Engine.submit(kind), { concurrency: "unbounded" })
      const submitted = yield* Effect.all(
        [
          Effect.provide(many(narrow, 60), one),
          Effect.provide(many(wide, 60), other),
          Effect.provide(many(narrow, 60), other)
        ],
        { concurrency: "unbounded" }
      )
      yield* Effect.forEach(submitted.flat(), ({ id }) => Effect.provide(Engine.ended(id), one), {
        concurrency: "unbounded"
      })
      assert.strictEqual(done, 120)
      assert.strictEqual(most, 3)
    })
  )

  it.live("who stands still while it claims of a kind with a limit holds up that kind alone, and no longer", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const first = yield* Engine.submit(wide)
      assert.strictEqual((yield* Engine.ended(first.id)).status, "succeeded")
      const held = yield* Effect.gen(function* () {
        yield* sql`select pg_advisory_xact_lock(hashtextextended('fairground task kind narrow', 0))`
        const { id } = yield* Engine.submit(narrow)
        for (let count = 0; count < 5; count++) {
          const other = yield* Engine.submit(wide)
          assert.strictEqual((yield* Engine.ended(other.id)).status, "succeeded")
        }
        return id
      }).pipe(sql.withTransaction)
      assert.strictEqual((yield* Engine.ended(held)).status, "succeeded")
    }).pipe(
      Effect.provide(
        // Only the claims themselves cause further claims.
        Engine.layer([narrow, wide], () => Effect.succeed(null), {
          TASK_POLL: "1 minute",
          DATABASE_DEADLINE: "1 minute",
          DATABASE_STATEMENT_TIMEOUT: "1 minute"
        })
      )
    )
  )
})
