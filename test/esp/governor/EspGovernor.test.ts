import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Logger, Random } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { EspGovernor } from "../../../src/esp/governor/EspGovernor.ts"
import { bucket, unlimited } from "../../../src/esp/governor/GovernorPolicy.ts"
import { espGovernorSuite } from "../../support/esp/EspGovernorSuite.ts"

espGovernorSuite("memory", {
  layer: EspGovernor.layerMemory,
  advance: (millis) => TestClock.adjust(millis)
})

const policy = { account: "shop", buckets: [bucket("hour", 10, "1 hour")], concurrency: null }

describe("EspGovernor: who is turned away", () => {
  it.effect.each([
    [0, 3_672_000],
    [1, 3_672_000 * 1.1 + 10]
  ] as const)("comes back when there is a slot, or up to a tenth later: %s", ([random, expected]) =>
    Effect.gen(function* () {
      const { take } = yield* EspGovernor
      for (let taken = 0; taken < 10; taken++) yield* take(policy, "live")
      const slot = yield* take(policy, "live").pipe(
        Effect.provideService(Random.Random, { nextDoubleUnsafe: () => random, nextIntUnsafe: () => 0 })
      )
      assert.deepStrictEqual(slot, { _tag: "NoSlot", retryAfter: Duration.millis(Math.ceil(expected)) })
    }).pipe(Effect.provide(EspGovernor.layerMemory))
  )
})

/** A governor whose database accepts statements but never answers. */
const withoutAnswer = <E>(
  test: (governor: EspGovernor["Service"], logged: ReadonlyArray<unknown>) => Effect.Effect<void, E>
) =>
  Effect.suspend(() => {
    const logged: Array<unknown> = []
    const sql = (() => Effect.never) as unknown as SqlClient.SqlClient
    return Effect.flatMap(EspGovernor, (governor) => test(governor, logged)).pipe(
      // The governor's scope closes only when running statements have timed out.
      Effect.ensuring(TestClock.adjust("1 minute")),
      Effect.provide([
        Layer.provide(EspGovernor.layer, Layer.succeed(SqlClient.SqlClient, sql)),
        Logger.layer([Logger.make(({ message }) => void logged.push(message))])
      ])
    )
  })

/** The result of an effect that must end after exactly this time. */
const after = <A, E, R>(millis: number, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* TestClock.adjust(Math.max(0, millis - 1))
    assert.strictEqual(fiber.pollUnsafe() === undefined, millis > 0)
    yield* TestClock.adjust(1)
    assert.isDefined(fiber.pollUnsafe())
    return yield* Fiber.join(fiber)
  })

describe("EspGovernor: a database that does not answer", () => {
  it.effect("leaves a live attempt to this process after 50 ms, and has the background wait after 2 s", () =>
    withoutAnswer(({ take }, logged) =>
      Effect.gen(function* () {
        for (let taken = 0; taken < 10; taken++) {
          assert.strictEqual((yield* after(50, take(policy, "live")))._tag, "Slot")
        }
        assert.strictEqual((yield* after(50, take(policy, "live")))._tag, "NoSlot")
        assert.deepStrictEqual(yield* after(2000, take({ ...policy, account: "other" }, "background")), {
          _tag: "NoSlot",
          retryAfter: Duration.seconds(1)
        })
        assert.lengthOf(logged, 1, "said once, not with each call")
      })
    )
  )

  it.effect("is not asked where there are no limits", () =>
    withoutAnswer(({ close, take }, logged) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* after(0, take(unlimited, "live")))._tag, "Slot")
        assert.strictEqual((yield* after(0, take(unlimited, "background")))._tag, "Slot")
        yield* after(0, close(unlimited, Duration.seconds(1)))
        assert.isEmpty(logged)
      })
    )
  )
})
