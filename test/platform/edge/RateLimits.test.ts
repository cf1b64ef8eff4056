import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { RateLimits } from "../../../src/platform/edge/RateLimits.ts"
import { makeMemory } from "../../../src/platform/edge/RateLimitsMemory.ts"
import * as RedisServer from "../../support/redis/RedisServer.ts"

const rate = (limit: number, window: Duration.Input) => ({ limit, window: Duration.fromInputUnsafe(window) })

// These tests are about counting. On a busy machine Redis may exceed the production budget.
const patient = 20_000

const memory = RateLimits.layerMemory

const redis = Layer.effectContext(
  Effect.gen(function* () {
    const { url } = yield* RedisServer.start
    // Repeated if the machine paused for the second that connecting may take, because then nothing is counted.
    return yield* Effect.repeat(Layer.build(Layer.fresh(RateLimits.layerRedis(url, patient))), {
      until: (context) => {
        const { take } = Context.get(context, RateLimits)
        const once = take("is it connected?", rate(1, "1 hour"))
        return Effect.map(Effect.andThen(once, once), (wait) => wait > 0)
      }
    })
  })
)

if (!RedisServer.installed) console.log("The tests of rate limits in Redis are skipped: redis-server is not installed.")

/** The contract of every store. */
const conformance = (name: string, layer: Layer.Layer<RateLimits>, runs: boolean) => {
  describe.skipIf(!runs)(`rate limits in ${name}`, () => {
    it.effect("allow as many as the limit says, then answer how long to wait", () =>
      Effect.gen(function* () {
        const { take } = yield* RateLimits
        const each = Effect.replicateEffect(take("a", rate(3, "1 minute")), 5)
        assert.deepStrictEqual(yield* each, [0, 0, 0, 60, 60])
      }).pipe(Effect.provide(layer))
    )

    it.effect("begin anew with each window of the clock", () =>
      Effect.gen(function* () {
        const { take } = yield* RateLimits
        const takeOne = take("a", rate(1, "10 seconds"))
        assert.strictEqual(yield* takeOne, 0)
        yield* TestClock.adjust("4500 millis")
        assert.strictEqual(yield* takeOne, 6, "5.5 seconds are left")
        yield* TestClock.adjust("5499 millis")
        assert.strictEqual(yield* takeOne, 1, "never 0 while it is refused")
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* takeOne, 0)
        assert.strictEqual(yield* takeOne, 10)
      }).pipe(Effect.provide(layer))
    )

    it.effect("the wait that they answer is enough", () =>
      Effect.gen(function* () {
        const { take } = yield* RateLimits
        const takeOne = take("a", rate(1, "7 seconds"))
        for (const offset of [0, 1, 999, 1000, 1001, 3333]) {
          yield* TestClock.adjust(offset)
          yield* takeOne
          const wait = yield* takeOne
          assert.isAtLeast(wait, 1)
          yield* TestClock.adjust(Duration.seconds(wait))
          assert.strictEqual(yield* takeOne, 0)
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("count each key, and each length of window, for itself", () =>
      Effect.gen(function* () {
        const { take } = yield* RateLimits
        assert.deepStrictEqual(
          yield* Effect.all([
            take("a", rate(1, "1 minute")),
            take("b", rate(1, "1 minute")),
            take("a", rate(1, "1 hour")),
            take("a", rate(1, "1 minute")),
            take("a", rate(1, "1 hour")),
            take("A", rate(1, "1 minute")),
            take("", rate(1, "1 minute")),
            take("émoji 🎡\n", rate(1, "1 minute"))
          ]),
          [0, 0, 0, 60, 3600, 0, 0, 0]
        )
      }).pipe(Effect.provide(layer))
    )

    it.effect("lose no count when many take at once", () =>
      Effect.gen(function* () {
        const { take } = yield* RateLimits
        const waits = yield* Effect.all(
          Array.from({ length: 300 }, () => take("a", rate(100, "1 minute"))),
          {
            concurrency: "unbounded"
          }
        )
        assert.strictEqual(waits.filter((wait) => wait === 0).length, 100)
      }).pipe(Effect.provide(layer))
    )

    it.effect("allow everything where the limit is off", () =>
      Effect.gen(function* () {
        const { take } = yield* RateLimits
        assert.deepStrictEqual(yield* Effect.replicateEffect(take("a", "off"), 1000), Array(1000).fill(0))
      }).pipe(Effect.provide(layer))
    )
  })
}

conformance("memory", memory, true)
conformance("Redis", redis, RedisServer.installed)

describe("rate limits in memory", () => {
  it.effect("stay within bounds, however many keys there are", () =>
    Effect.gen(function* () {
      const store = makeMemory()
      const many = rate(2, "1 minute")
      for (let index = 0; index < 300_000; index++) yield* store.take(`address:${index}`, many)
      assert.isAtMost(store.size(), 100_000)
      assert.strictEqual(yield* store.take("address:299999", many), 0, "the second of two")
      assert.strictEqual(yield* store.take("address:299999", many), 60, "recent keys are still known")
      yield* TestClock.adjust("1 minute")
      yield* store.take("another", many)
      assert.strictEqual(store.size(), 1, "a new window begins empty")
    })
  )

  it.effect("do not forget a key that keeps coming", () =>
    Effect.gen(function* () {
      const store = makeMemory()
      const one = rate(1, "1 minute")
      yield* store.take("busy", one)
      let forgotten = 0
      for (let index = 0; index < 300_000; index++) {
        yield* store.take(`other:${index}`, one)
        if (index % 1000 === 0 && (yield* store.take("busy", one)) === 0) forgotten++
      }
      assert.strictEqual(forgotten, 0)
    })
  )
})
