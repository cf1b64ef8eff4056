import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Fiber, Layer, Random, Result } from "effect"
import { TestClock } from "effect/testing"
import { created, EspClient, type EspError, EspRejected, type Registration } from "../../src/esp/EspClient.ts"
import { EspGuard } from "../../src/esp/EspGuard.ts"
import { guardInMemory } from "../support/esp/GuardInMemory.ts"
import { type Behaviour, EspMemory } from "../support/esp/EspMemory.ts"
import { layerWith } from "../support/Settings.ts"
import * as Does from "../support/esp/EspBehaviours.ts"
import { contactOf } from "../support/esp/EspContacts.ts"
import { attempted, guardedEsp } from "../support/esp/GuardedEsp.ts"

const unavailable = (result: Result.Result<Registration, EspError>) => {
  assert.isTrue(Result.isFailure(result))
  const error = Result.getOrThrow(Result.flip(result))
  assert.strictEqual(error._tag, "EspUnavailable")
  return error as Extract<EspError, { _tag: "EspUnavailable" }>
}

/** Jitter at one end of its range: 0 is the lower end, 1 the upper. */
const withJitter = (random: number) =>
  Effect.provideService(Random.Random, { nextDoubleUnsafe: () => random, nextIntUnsafe: () => 0 })

const after =
  (delay: Duration.Input): Behaviour =>
  (register) =>
    Effect.delay(register, delay)

const thrown = (): never => {
  throw new Error("a mistake in the adapter")
}

describe("EspGuard: one call", () => {
  it.effect("an answer within the timeout counts", () =>
    Effect.gen(function* () {
      const { calls, end, result } = yield* attempted([after("9999 millis")])
      assert.deepStrictEqual(result, Result.succeed(created()))
      assert.deepStrictEqual(calls, [0])
      assert.strictEqual(end, 9_999)
    }).pipe(Effect.provide(guardedEsp()))
  )

  it.effect("an answer after the timeout does not", () =>
    Effect.gen(function* () {
      const { end, result } = yield* attempted([after("10001 millis")])
      const error = unavailable(result)
      assert.strictEqual(error.reason, "timeout")
      assert.isTrue(error.mayHaveActed)
      assert.strictEqual(end, 10_000)
    }).pipe(Effect.provide(guardedEsp({ ESP_RETRIES: "0" })))
  )

  it.effect("an adapter that cannot be interrupted holds nobody up", () =>
    Effect.gen(function* () {
      const { end, result } = yield* attempted([() => Effect.uninterruptible(Effect.never)])
      assert.strictEqual(unavailable(result).reason, "timeout")
      assert.strictEqual(end, 10_000)
    }).pipe(Effect.provide(guardedEsp({ ESP_RETRIES: "0" })))
  )

  const defects: ReadonlyArray<readonly [string, Behaviour]> = [
    ["dies", Does.dies],
    ["throws", thrown],
    ["interrupts itself", () => Effect.interrupt],
    [
      "fails and dies",
      () =>
        Effect.failCause(
          Cause.combine(
            Cause.fail(new EspRejected({ reason: "invalid-address" })),
            Cause.die("a mistake in the adapter")
          )
        )
    ]
  ]
  it.effect.each(defects)("an adapter that %s may have acted, and kills nothing", ([, behaviour]) =>
    Effect.gen(function* () {
      const error = unavailable((yield* attempted([behaviour])).result)
      assert.strictEqual(error.reason, "defect")
      assert.isTrue(error.mayHaveActed)
    }).pipe(Effect.provide(guardedEsp({ ESP_RETRIES: "0" })))
  )

  it.effect("an adapter that throws before there is an effect kills nothing either", () =>
    Effect.gen(function* () {
      const guard = yield* EspGuard
      const error = yield* Effect.flip(guard.attempt(contactOf("nora@shop.example"), { unresolved: false }))
      assert.strictEqual(error.reason, "defect")
    }).pipe(
      Effect.provide(
        guardInMemory.pipe(
          Layer.provide(Layer.succeed(EspClient, { connections: new Map(), register: thrown })),
          Layer.provide(layerWith({ ESP_RETRIES: "0" }))
        )
      )
    )
  )
})

describe("EspGuard: further calls", () => {
  const failing = Array.from({ length: 11 }, () => Does.notReached)

  it.effect("as many as the setting says, and no more", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* attempted(failing)).calls.length, 2)
    }).pipe(Effect.provide(guardedEsp()))
  )

  it.effect.each([
    { jitter: 0, expected: [0, 100, 300, 700] },
    { jitter: 0.5, expected: [0, 200, 600, 1400] },
    { jitter: 1, expected: [0, 300, 900, 2100] }
  ])("pauses double, with a jitter of half their length: $expected", ({ expected, jitter }) =>
    Effect.gen(function* () {
      const { calls, end } = yield* attempted(failing)
      assert.deepStrictEqual(calls, expected)
      assert.strictEqual(end, expected[3])
    }).pipe(withJitter(jitter), Effect.provide(guardedEsp({ ESP_RETRIES: "3" })))
  )

  it.effect("attempts that fail together come back apart", () =>
    Effect.gen(function* () {
      const pauses = new Set<number>()
      for (let count = 0; count < 8; count++) {
        const second = (yield* attempted([Does.limited("1 second")])).calls[1]!
        assert.isAtLeast(second, 1_100)
        assert.isAtMost(second, 1_300)
        pauses.add(second)
      }
      assert.isAbove(pauses.size, 4)
    }).pipe(Effect.provide(guardedEsp()))
  )

  it.effect.each([Does.notReached, Does.garbage, Does.hangs, Does.dies])(
    "follow a call that is unavailable",
    (behaviour) =>
      Effect.gen(function* () {
        const { calls, result } = yield* attempted([behaviour])
        assert.deepStrictEqual(result, Result.succeed(created()))
        assert.strictEqual(calls.length, 2)
      }).pipe(Effect.provide(guardedEsp()))
  )

  it.effect.each([Does.rejected, Does.misconfigured])("do not follow a call that no other can better", (behaviour) =>
    Effect.gen(function* () {
      const { calls, result } = yield* attempted([behaviour])
      assert.isTrue(Result.isFailure(result))
      assert.deepStrictEqual(calls, [0])
    }).pipe(Effect.provide(guardedEsp()))
  )

  it.effect("wait as long as the ESP asks", () =>
    Effect.gen(function* () {
      const { calls, result } = yield* attempted([Does.limited("14 seconds")])
      assert.deepStrictEqual(result, Result.succeed(created()))
      assert.deepStrictEqual(calls, [0, 14_200])
    }).pipe(withJitter(0.5), Effect.provide(guardedEsp()))
  )

  it.effect.each([Does.limited("14900 millis"), Does.limited("1 hour")])(
    "are not waited for beyond the deadline: the attempt ends at once",
    (behaviour) =>
      Effect.gen(function* () {
        const { calls, end, result } = yield* attempted([behaviour])
        const error = unavailable(result)
        assert.strictEqual(error.reason, "rate-limited")
        assert.isAtLeast(Duration.toMillis(error.retryAfter!), 14_900)
        assert.deepStrictEqual(calls, [0])
        assert.strictEqual(end, 0)
      }).pipe(withJitter(0.5), Effect.provide(guardedEsp()))
  )
})

describe("EspGuard: the deadline of an attempt", () => {
  it.effect("cuts the call that would outlast it", () =>
    Effect.gen(function* () {
      const { calls, end, result } = yield* attempted([Does.hangs, Does.hangs, Does.hangs])
      assert.strictEqual(unavailable(result).reason, "timeout")
      assert.deepStrictEqual(calls, [0, 10_200])
      assert.strictEqual(end, 15_000)
    }).pipe(withJitter(0.5), Effect.provide(guardedEsp({ ESP_RETRIES: "5" })))
  )

  it.effect("cuts the first call too", () =>
    Effect.gen(function* () {
      const { calls, end } = yield* attempted([Does.hangs])
      assert.deepStrictEqual(calls, [0])
      assert.strictEqual(end, 3_000)
    }).pipe(Effect.provide(guardedEsp({ ESP_ATTEMPT_DEADLINE: "3 seconds" })))
  )
})

describe("EspGuard: a process that was held up", () => {
  it.effect("makes no call that has no time left", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const late = Object.assign(Object.create(clock) as Clock.Clock, {
        sleep: (duration: Duration.Duration) => clock.sleep(Duration.sum(duration, Duration.seconds(20)))
      })
      const { calls, result } = yield* Effect.provideService(attempted([Does.notReached]), Clock.Clock, late)
      const error = unavailable(result)
      assert.strictEqual(error.reason, "unreachable")
      assert.isFalse(error.mayHaveActed)
      assert.deepStrictEqual(calls, [0])
    }).pipe(Effect.provide(guardedEsp()))
  )
})

describe("EspGuard: interruption", () => {
  it.effect("of a call ends it, and the attempt is interrupted", () =>
    Effect.gen(function* () {
      const guard = yield* EspGuard
      const memory = yield* EspMemory
      let call: Fiber.Fiber<unknown, unknown> | undefined
      yield* memory.next("nora@shop.example", () =>
        Effect.withFiber((fiber) => {
          call = fiber
          return Effect.never
        })
      )
      const attempt = yield* Effect.forkChild(guard.attempt(contactOf("nora@shop.example"), { unresolved: false }))
      yield* TestClock.adjust("1 second")
      assert.isTrue(call !== undefined && call.pollUnsafe() === undefined)
      yield* Fiber.interrupt(attempt)
      yield* Fiber.await(call!)
      assert.strictEqual((yield* Fiber.await(attempt))._tag, "Failure")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* memory.calls()).length, 1)
    }).pipe(Effect.provide(guardedEsp()))
  )

  it.effect("of a pause makes no further call", () =>
    Effect.gen(function* () {
      const guard = yield* EspGuard
      const memory = yield* EspMemory
      yield* memory.otherwise(Does.limited("5 seconds"))
      const attempt = yield* Effect.forkChild(guard.attempt(contactOf("nora@shop.example"), { unresolved: false }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(attempt)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* memory.calls()).length, 1)
    }).pipe(Effect.provide(guardedEsp()))
  )

  it.effect("does not wait for an adapter that is deaf to it", () =>
    Effect.gen(function* () {
      const guard = yield* EspGuard
      const memory = yield* EspMemory
      yield* memory.otherwise(() => Effect.uninterruptible(Effect.never))
      const attempt = yield* Effect.forkChild(guard.attempt(contactOf("nora@shop.example"), { unresolved: false }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(attempt)
    }).pipe(Effect.provide(guardedEsp()))
  )
})
