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

/** As if this much time had passed. */
const pass = Effect.fnUntraced(function* (key: ThrottleKey, time: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    update sign_in_throttle set blocked_until = blocked_until - ${time}::interval,
      last_failed_at = last_failed_at - ${time}::interval
    where key = ${bytes(key)}`
})

layer(subject, { excludeTestServices: true })("Throttle", (it) => {
  it.effect("of any number of tries at once five are looked at", () =>
    Effect.gen(function* () {
      const waits = yield* Effect.all(
        Array.from({ length: 50 }, () => take("password:crowd@brand.example")),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        waits.filter((wait) => wait === 0),
        5
      )
      assert.isTrue(waits.every((wait) => wait <= 1))
    })
  )

  it.effect("the waits double up to a quarter of an hour, and after 100 failures there is no other try", () =>
    Effect.gen(function* () {
      const key = "password:slow@brand.example"
      const waits: Array<number> = []
      for (let failures = 1; failures <= 99; failures++) {
        assert.strictEqual(yield* take(key), 0, `try ${failures}`)
        const wait = yield* take(key)
        waits.push(wait)
        if (wait > 0) {
          // Until just before the end of the wait, it is closed.
          yield* pass(key, `${wait - 1} seconds`)
          assert.strictEqual(yield* take(key), 1)
          yield* pass(key, "1 second")
        }
        // The first four are free; what was counted by asking is taken back.
        else yield* Effect.flatMap(Throttle, (throttle) => throttle.giveBack(key))
      }
      assert.deepStrictEqual(waits.slice(0, 16), [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
      assert.isTrue(waits.slice(14).every((wait) => wait === 900))
      assert.strictEqual(yield* take(key), 0, "the hundredth")
      yield* pass(key, "29 days")
      assert.isAbove(yield* take(key), 80_000)
      yield* pass(key, "25 hours")
      assert.strictEqual(yield* take(key), 0, "forgotten after 30 days, whether or not the row was deleted")
      assert.strictEqual(yield* take(key), 0)
    })
  )

  it.effect("a success forgets the failures of its key, and of no other", () =>
    Effect.gen(function* () {
      const [mine, other] = ["device:mine", "device:other"] as const
      for (let n = 0; n < 5; n++) yield* Effect.all([take(mine), take(other)])
      assert.deepStrictEqual(yield* Effect.all([take(mine), take(other)]), [1, 1])
      yield* Effect.flatMap(Throttle, (throttle) => throttle.forgive(mine))
      assert.deepStrictEqual(yield* Effect.all([take(mine), take(other)]), [0, 1])
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
