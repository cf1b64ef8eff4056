import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import { created, EspMisconfigured, EspUnavailable } from "../../src/esp/EspClient.ts"
import { EspGuard } from "../../src/esp/EspGuard.ts"
import { type Behaviour, EspMemory } from "../support/esp/EspMemory.ts"
import * as Does from "../support/esp/EspBehaviours.ts"
import { contactOf } from "../support/esp/EspContacts.ts"
import { guardedEsp } from "../support/esp/GuardedEsp.ts"

const esp = guardedEsp({ ESP_RETRIES: "0" })

const isOpen = Effect.flatMap(EspGuard, (guard) => guard.isOpen("sandbox"))

const attempt = (unresolved = false, name = "sandbox") =>
  Effect.flatMap(EspGuard, (guard) => guard.attempt(contactOf("nora@shop.example", { esp: name }), { unresolved }))

/** So many attempts, one after the other, whose calls behave like this. */
const attempts = Effect.fnUntraced(function* (count: number, behaviour: Behaviour, name = "sandbox") {
  const memory = yield* EspMemory
  yield* memory.otherwise(behaviour)
  for (let made = 0; made < count; made++) yield* Effect.exit(attempt(false, name))
})

const callCount = Effect.flatMap(EspMemory, (memory) => Effect.map(memory.calls(), (calls) => calls.length))

/** How long the circuit is still open, in milliseconds; none: it let the attempt through, or named no time. */
const remaining = Effect.map(Effect.result(attempt()), (result) =>
  Result.isFailure(result) && result.failure._tag === "EspUnavailable" && result.failure.reason === "circuit-open"
    ? Option.map(Option.fromUndefinedOr(result.failure.retryAfter), Duration.toMillis)
    : Option.none<number>()
)

describe("EspGuard: the circuit", () => {
  it.effect(
    "is told of each connection: closed, open, half-open until an attempt has found out, and closed again",
    () =>
      Effect.gen(function* () {
        const { circuits, lately } = yield* EspGuard
        const wait = Effect.zipWith(lately("sandbox"), DateTime.now, ({ openUntil }, now) =>
          openUntil === null ? null : openUntil.epochMilliseconds - now.epochMilliseconds
        )
        const circuit = Effect.map(circuits, (all) => all.map(({ circuit, name }) => `${name} ${circuit}`))
        assert.deepStrictEqual(yield* circuit, ["sandbox closed"])
        assert.isNull(yield* wait)
        yield* attempts(10, Does.notReached)
        assert.deepStrictEqual(yield* circuit, ["sandbox open"])
        assert.strictEqual(yield* wait, 1000)
        const { calls, lastFault } = yield* lately("sandbox")
        assert.deepStrictEqual([calls, lastFault?.reason], [10, "unreachable"])
        yield* TestClock.adjust("1 second")
        assert.isNull(yield* wait)
        assert.deepStrictEqual(yield* circuit, ["sandbox half-open"])
        yield* attempts(1, Does.notReached)
        assert.deepStrictEqual(yield* circuit, ["sandbox open"])
        yield* TestClock.adjust("1 minute")
        yield* (yield* EspMemory).otherwise((register) => Effect.delay(register, "3 seconds"))
        const probe = yield* Effect.forkChild(attempt(), { startImmediately: true })
        assert.deepStrictEqual(yield* circuit, ["sandbox half-open"])
        yield* TestClock.adjust("3 seconds")
        yield* Fiber.join(probe)
        assert.deepStrictEqual(yield* circuit, ["sandbox closed"])
      }).pipe(Effect.provide(esp))
  )

  it.effect("opens with the tenth failure of ten, and makes no call then", () =>
    Effect.gen(function* () {
      yield* attempts(9, Does.notReached)
      assert.isFalse(yield* isOpen)
      yield* attempts(1, Does.notReached)
      assert.isTrue(yield* isOpen)
      assert.strictEqual(yield* callCount, 10)
      const error = yield* Effect.flip(attempt())
      assert.strictEqual(error._tag, "EspUnavailable")
      assert.strictEqual(error.reason, "circuit-open")
      assert.isTrue(error._tag === "EspUnavailable" && !error.mayHaveActed)
      assert.deepStrictEqual(yield* remaining, Option.some(1_000))
      assert.strictEqual(yield* callCount, 10)
    }).pipe(Effect.provide(esp))
  )

  it.effect("opens when half of the last twenty failed, whatever was before", () =>
    Effect.gen(function* () {
      yield* attempts(50, Does.created)
      yield* attempts(9, Does.notReached)
      assert.isFalse(yield* isOpen)
      yield* attempts(1, Does.notReached)
      assert.isTrue(yield* isOpen)
    }).pipe(Effect.provide(esp))
  )

  it.effect("forgets nothing that an earlier attempt left unresolved", () =>
    Effect.gen(function* () {
      yield* attempts(10, Does.notReached)
      const error = yield* Effect.flip(attempt(true))
      assert.isTrue(error._tag === "EspUnavailable" && error.reason === "circuit-open" && error.mayHaveActed)
    }).pipe(Effect.provide(esp))
  )

  it.effect.each([
    ["garbage", Does.garbage],
    ["dies", Does.dies],
    ["misconfigured", Does.misconfigured]
  ] as const)("opens on failure: %s", ([, behaviour]) =>
    Effect.gen(function* () {
      yield* attempts(10, behaviour)
      assert.isTrue(yield* isOpen)
    }).pipe(Effect.provide(esp))
  )

  it.effect("opens on an ESP that hangs", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(attempts(10, Does.hangs))
      yield* TestClock.adjust("100 seconds")
      yield* Fiber.join(fiber)
      assert.isTrue(yield* isOpen)
    }).pipe(Effect.provide(esp))
  )

  it.effect("stays closed on rejections", () =>
    Effect.gen(function* () {
      yield* attempts(30, Does.rejected)
      assert.isFalse(yield* isOpen)
      assert.strictEqual(yield* callCount, 30)
    }).pipe(Effect.provide(esp))
  )

  it.effect.each([
    [
      "its address has to wait",
      new EspUnavailable({ reason: "too-many-signups", mayHaveActed: false, retryAfter: undefined, ofContact: true })
    ],
    ["the game's list is wrong", new EspMisconfigured({ reason: "no such list", ofContact: true })]
  ] as const)("stays closed on what concerns one contact or one game: %s", ([, error]) =>
    Effect.gen(function* () {
      yield* attempts(30, () => Effect.fail(error))
      assert.isFalse(yield* isOpen)
      assert.strictEqual(yield* callCount, 30)
      // Such a failure does not count as a success either.
      yield* attempts(9, Does.notReached)
      yield* attempts(30, () => Effect.fail(error))
      yield* attempts(1, Does.notReached)
      assert.isTrue(yield* isOpen)
    }).pipe(Effect.provide(esp))
  )

  it.effect("stays closed while further calls make the failed ones good", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      for (let made = 0; made < 30; made++) {
        yield* memory.next("nora@shop.example", Does.notReached)
        const fiber = yield* Effect.forkChild(attempt())
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(fiber)
      }
      assert.isFalse(yield* isOpen)
      assert.strictEqual(yield* callCount, 60)
    }).pipe(Effect.provide(guardedEsp()))
  )

  it.effect("learns nothing from interrupted attempts", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      yield* memory.otherwise(Does.hangs)
      for (let made = 0; made < 30; made++) {
        yield* Fiber.interrupt(yield* Effect.forkChild(attempt(), { startImmediately: true }))
      }
      assert.strictEqual(yield* callCount, 30)
      assert.isFalse(yield* isOpen)
    }).pipe(Effect.provide(esp))
  )

  it.effect("belongs to one connection", () =>
    Effect.gen(function* () {
      const guard = yield* EspGuard
      yield* attempts(10, Does.created, "elsewhere")
      assert.isTrue(yield* guard.isOpen("elsewhere"))
      assert.isFalse(yield* isOpen)
    }).pipe(Effect.provide(esp))
  )
})

describe("EspGuard: an open circuit", () => {
  it.effect("lets one attempt probe when its time is over, and a good one closes it", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      yield* attempts(10, Does.notReached)
      yield* TestClock.adjust("999 millis")
      assert.isTrue(yield* isOpen)
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* isOpen)

      yield* memory.otherwise((register) => Effect.delay(register, "3 seconds"))
      const probe = yield* Effect.forkChild(attempt(), { startImmediately: true })
      assert.isTrue(yield* isOpen)
      const others = yield* Effect.all(Array.from({ length: 5 }, () => Effect.flip(attempt())))
      assert.deepStrictEqual(
        others.map((error) => error.reason),
        Array.from({ length: 5 }, () => "circuit-open")
      )
      assert.deepStrictEqual(yield* remaining, Option.none())
      assert.strictEqual(yield* callCount, 11)

      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(yield* Fiber.join(probe), created())
      assert.isFalse(yield* isOpen)
      yield* attempts(9, Does.notReached)
      assert.isFalse(yield* isOpen)
      assert.strictEqual(yield* callCount, 20)
    }).pipe(Effect.provide(esp))
  )

  it.effect("stays open twice as long after each probe that fails, up to a minute", () =>
    Effect.gen(function* () {
      yield* attempts(10, Does.notReached)
      const lengths: Array<number> = []
      for (let opening = 0; opening < 8; opening++) {
        const length = Option.getOrThrow(yield* remaining)
        lengths.push(length)
        yield* TestClock.adjust(length)
        yield* attempts(1, Does.notReached)
      }
      assert.deepStrictEqual(lengths, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
      assert.strictEqual(yield* callCount, 18)
    }).pipe(Effect.provide(esp))
  )

  it.effect("is not stuck when the probe is interrupted", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      yield* attempts(10, Does.notReached)
      yield* TestClock.adjust("1 second")
      yield* memory.otherwise(Does.hangs)
      yield* Fiber.interrupt(yield* Effect.forkChild(attempt(), { startImmediately: true }))
      assert.isFalse(yield* isOpen)
      yield* memory.otherwise(undefined)
      assert.deepStrictEqual(yield* attempt(), created())
    }).pipe(Effect.provide(esp))
  )

  it.effect.each([
    ["20 seconds", 20_000],
    ["1 hour", 60_000]
  ] as const)("stays open as long as the ESP asks, but a minute at most: %s", ([wait, expected]) =>
    Effect.gen(function* () {
      yield* attempts(10, Does.limited(wait))
      assert.deepStrictEqual(yield* remaining, Option.some(expected))
    }).pipe(Effect.provide(esp))
  )
})
