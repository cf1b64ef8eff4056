import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { hash } from "node:crypto"
import { Throttle, type ThrottleKey } from "../../../src/accounts/password/Throttle.ts"
import { layerWith } from "../../support/Settings.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const subject = Throttle.layer.pipe(Layer.provideMerge(TestDatabase.layer), Layer.provide(layerWith({})))

const bytes = (key: ThrottleKey) => hash("sha256", key, "buffer")

/** 0: the try may be looked at; otherwise the wait in seconds. */
const take = (key: ThrottleKey) =>
  Effect.flatMap(Throttle, (throttle) => throttle.take(key)).pipe(
    Effect.as(0),
    Effect.catchTag("TooManyRequests", ({ retryAfterSeconds }) => Effect.succeed(retryAfterSeconds))
  )

const set = (key: ThrottleKey, columns: { readonly blocked?: string; readonly failed?: string }) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`
      update sign_in_throttle set blocked_until = coalesce(now() + ${columns.blocked ?? null}::interval, blocked_until),
        last_failed_at = coalesce(now() + ${columns.failed ?? null}::interval, last_failed_at)
      where key = ${bytes(key)}`
  )

/** What is stored: how long the next try waits after the last one, in seconds; infinity is null. */
const stored = (key: ThrottleKey) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(
      sql<{ failures: number; wait: number | null }>`
        select failures, case when isfinite(blocked_until) then extract(epoch from blocked_until - last_failed_at)::float8 end as wait
        from sign_in_throttle where key = ${bytes(key)}`,
      ([row]) => row
    )
  )

layer(subject, { excludeTestServices: true })("Throttle", (it) => {
  it.effect("of any number of tries at once five are looked at", () =>
    Effect.gen(function* () {
      const since = performance.now()
      const waits = yield* Effect.all(
        Array.from({ length: 50 }, () => take("password:crowd@brand.example")),
        { concurrency: "unbounded" }
      )
      const looked = waits.filter((wait) => wait === 0).length
      assert.isAtLeast(looked, 5)
      // After the first five, one more for each second of waiting.
      assert.isAtMost(looked, 5 + Math.floor((performance.now() - since) / 1000))
    })
  )

  it.effect("the waits double up to a quarter of an hour, and after 100 failures there is no other try", () =>
    Effect.gen(function* () {
      const key = "password:slow@brand.example"
      const waits: Array<number | null | undefined> = []
      for (let failures = 1; failures <= 99; failures++) {
        assert.strictEqual(yield* take(key), 0, `try ${failures}`)
        waits.push((yield* stored(key))?.wait)
        yield* set(key, { blocked: "0 seconds" })
      }
      assert.deepStrictEqual(waits.slice(0, 16), [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
      assert.isTrue(waits.slice(14).every((wait) => wait === 900))
      assert.strictEqual(yield* take(key), 0, "the hundredth")
      assert.deepStrictEqual({ ...(yield* stored(key)) }, { failures: 100, wait: null })
      const thirtyDays = 30 * 86_400
      assert.approximately(yield* take(key), thirtyDays, 60)
      yield* set(key, { failed: "-29 days -23 hours" })
      assert.approximately(yield* take(key), 3600, 60)
      yield* set(key, { failed: "-30 days -1 second" })
      assert.strictEqual(yield* take(key), 0, "forgotten after 30 days, whether or not the row was deleted")
      assert.deepStrictEqual({ ...(yield* stored(key)) }, { failures: 1, wait: 0 })
    })
  )

  it.effect("a try that must wait is told for how long, and counts for nothing", () =>
    Effect.gen(function* () {
      const key = "totp:019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"
      yield* take(key)
      yield* set(key, { blocked: "100 seconds" })
      for (let n = 0; n < 3; n++) assert.approximately(yield* take(key), 100, 30)
      assert.strictEqual((yield* stored(key))?.failures, 1)
      yield* set(key, { blocked: "0 seconds" })
      assert.strictEqual(yield* take(key), 0)
    })
  )

  it.effect("a success forgets the failures of its key, and of no other", () =>
    Effect.gen(function* () {
      const [mine, other] = ["device:mine", "device:other"] as const
      yield* Effect.all([take(mine), take(other)])
      yield* Effect.all([set(mine, { blocked: "1 hour" }), set(other, { blocked: "1 hour" })])
      assert.isTrue((yield* Effect.all([take(mine), take(other)])).every((wait) => wait > 0))
      yield* Effect.flatMap(Throttle, (throttle) => throttle.forgive(mine))
      assert.strictEqual(yield* take(mine), 0)
      assert.isAbove(yield* take(other), 0)
    })
  )

  it.effect("a try that was not looked at is given back", () =>
    Effect.gen(function* () {
      const key = "session:busy"
      const giveBack = Effect.flatMap(Throttle, (throttle) => throttle.giveBack(key))
      for (let n = 0; n < 40; n++) {
        assert.strictEqual(yield* take(key), 0)
        yield* giveBack
      }
      yield* giveBack
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(take(key))))
    })
  )

  it.effect("the table tells nobody whose address was tried", () =>
    Effect.gen(function* () {
      yield* take("password:nora@brand.example")
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql<{ text: string }>`select t::text as text from sign_in_throttle t`
      assert.isTrue(rows.every(({ text }) => !text.includes("nora") && !text.includes("@")))
    })
  )
})
