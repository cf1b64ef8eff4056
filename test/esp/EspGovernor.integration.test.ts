import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { EspGovernor } from "../../src/esp/EspGovernor.ts"
import { bucket } from "../../src/esp/GovernorPolicy.ts"
import { espGovernorSuite } from "../support/esp/EspGovernorSuite.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** The database's clock cannot be set, so what it is compared with is moved into the past. */
const advance = (millis: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`
      update esp_governor set
        newest = case when bucket = '' then newest else newest - ${millis} / slice_millis end,
        closed_until = closed_until - make_interval(secs => ${millis / 1000}),
        leases = (select coalesce(jsonb_object_agg(key, value::bigint - ${millis}::bigint), '{}') from jsonb_each(leases))`
  }).pipe(Effect.orDie)

espGovernorSuite("PostgreSQL", {
  layer: EspGovernor.layer.pipe(Layer.provideMerge(TestDatabase.layer)),
  advance
})

const replica = Layer.fresh(EspGovernor.layer)
const policy = { account: "shared", buckets: [bucket("hour", 40, "1 hour")], concurrency: null }

const taken = (count: number, priority: "live" | "background" = "live") =>
  Effect.gen(function* () {
    const governor = yield* EspGovernor
    const slots = yield* Effect.all(
      Array.from({ length: count }, () => governor.take(policy, priority)),
      { concurrency: "unbounded" }
    )
    return slots.filter(({ _tag }) => _tag === "Slot").length
  })

describe("EspGovernor on PostgreSQL", () => {
  it.live("gives each slot once to replicas that ask at the same time", () =>
    Effect.gen(function* () {
      // Its budget is a play's: with the rows of the account there, a decision is a millisecond.
      yield* taken(1).pipe(Effect.provide(replica))
      const counts = yield* Effect.all(
        Array.from({ length: 4 }, () => taken(30, "background").pipe(Effect.provide(replica))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(
        counts.reduce((total, count) => total + count, 0),
        31
      )
    }).pipe(Effect.provide(TestDatabase.layer))
  )

  it.live(
    "lets a live attempt go on by itself when the database does not answer in time, and the background wait",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* taken(1).pipe(Effect.provide(replica))
        const started = performance.now()
        const [live, background] = yield* Effect.gen(function* () {
          yield* sql`lock table esp_governor in access exclusive mode`
          // Outside of the transaction that holds the lock.
          const others = yield* Effect.forkDetach(
            Effect.all([taken(50, "live"), taken(2, "background")], { concurrency: 2 }).pipe(
              Effect.provide(Layer.fresh(EspGovernor.layer).pipe(Layer.provide(Layer.fresh(TestDatabase.layer))))
            )
          )
          return yield* Fiber.join(others)
        }).pipe(sql.withTransaction)
        assert.isBelow(performance.now() - started, 30_000)
        assert.strictEqual(live, 40)
        assert.isAtMost(background, 2)
      }).pipe(Effect.provide(TestDatabase.layer))
  )
})
