import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import {
  created,
  EspClient,
  type EspError,
  EspMisconfigured,
  EspRejected,
  EspUnavailable,
  plain,
  type Register
} from "../../src/esp/EspClient.ts"
import { EspGuard } from "../../src/esp/EspGuard.ts"
import { guardInMemory } from "../support/esp/GuardInMemory.ts"
import { bucket, type GovernorPolicy, type Priority } from "../../src/esp/governor/GovernorPolicy.ts"
import { layerWith } from "../support/Settings.ts"
import { contactOf } from "../support/esp/EspContacts.ts"

/** The guard of one connection with these limits. */
const guarded = (governor: Partial<GovernorPolicy>, register: Register, env: Record<string, string> = {}) => {
  const policy = { account: "shop", buckets: [], concurrency: null, ...governor }
  return guardInMemory.pipe(
    Layer.provide(
      Layer.succeed(EspClient, EspClient.dispatch(new Map([["sandbox", { ...plain(register), governor: policy }]])))
    ),
    Layer.provide(layerWith(env))
  )
}

const attempt = (priority: Priority, unresolved = false) =>
  Effect.flatMap(EspGuard, (guard) => guard.attempt(contactOf("nora@shop.example"), { unresolved, priority }))

const hour = { buckets: [bucket("hour", 5, "1 hour")] }

/** One call in so many seconds, and one concurrent call. */
const oneIn = (seconds: number) => ({ buckets: [bucket("only", 1, Duration.seconds(seconds))] })
const oneAtOnce = { concurrency: { limit: 1, hold: Duration.minutes(2) } }

const status500 = new EspUnavailable({ reason: "status-500", mayHaveActed: true, retryAfter: undefined })

/** A process that freezes for so long the first time it sleeps. */
const heldUp = (by: Duration.Input) => {
  let isHeldUp = false
  return Effect.updateService(Clock.Clock, (clock) =>
    Object.assign(Object.create(clock) as Clock.Clock, {
      sleep: (duration: Duration.Duration) => {
        const late = isHeldUp ? duration : Duration.sum(duration, Duration.fromInputUnsafe(by))
        isHeldUp = true
        return clock.sleep(late)
      }
    })
  )
}

describe("EspGuard: slots", () => {
  it.effect("a live attempt does not wait for one", () =>
    Effect.gen(function* () {
      yield* Effect.all(Array.from({ length: 5 }, () => attempt("live")))
      const error = yield* Effect.flip(attempt("live"))
      assert.isTrue(error._tag === "EspUnavailable" && error.reason === "no-slot" && !error.mayHaveActed)
      const unresolved = yield* Effect.flip(attempt("live", true))
      assert.isTrue(unresolved._tag === "EspUnavailable" && unresolved.mayHaveActed)
    }).pipe(Effect.provide(guarded(hour, () => Effect.succeed(created()))))
  )

  it.effect("an attempt of the background waits for one, and leaves a reserve", () =>
    Effect.gen(function* () {
      yield* Effect.all(Array.from({ length: 4 }, () => attempt("background")))
      const waiting = yield* Effect.forkChild(attempt("background"), { startImmediately: true })
      assert.deepStrictEqual(yield* attempt("live"), created())
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* Fiber.join(waiting), created())
    }).pipe(Effect.provide(guarded({ buckets: [bucket("short", 5, "3 seconds")] }, () => Effect.succeed(created()))))
  )

  it.effect("an attempt of the background gives up when the wait is long, and says how long", () =>
    Effect.gen(function* () {
      yield* Effect.all(Array.from({ length: 4 }, () => attempt("background")))
      const error = yield* Effect.flip(attempt("background"))
      assert.isTrue(error._tag === "EspUnavailable" && error.reason === "no-slot")
      const wait = error._tag === "EspUnavailable" ? Option.fromUndefinedOr(error.retryAfter) : Option.none()
      assert.isAbove(Duration.toMillis(Option.getOrThrow(wait)), 3_000_000)
    }).pipe(Effect.provide(guarded(hour, () => Effect.succeed(created()))))
  )

  it.effect("an attempt of the background waits no longer than leaves it a whole call", () =>
    Effect.gen(function* () {
      yield* attempt("background")
      const fiber = yield* Effect.forkChild(Effect.flip(attempt("background")))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "no-slot")
    }).pipe(Effect.provide(guarded(oneIn(6), () => Effect.succeed(created()))))
  )

  it.effect("a call that had to wait for one has no more time than any other", () => {
    let made = 0
    return Effect.gen(function* () {
      yield* attempt("background")
      const fiber = yield* Effect.forkChild(Effect.flip(attempt("background")), { startImmediately: true })
      yield* TestClock.adjust("14 seconds")
      assert.isDefined(fiber.pollUnsafe())
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "timeout")
      assert.strictEqual(made, 2)
    }).pipe(
      Effect.provide(
        guarded(oneIn(3), () => (++made === 1 ? Effect.succeed(created()) : Effect.never), { ESP_RETRIES: "0" })
      )
    )
  })

  it.effect.each([
    { by: "8 seconds", end: 15, reason: "timeout", acted: true, calls: 2 },
    { by: "20 seconds", end: 24, reason: "no-slot", acted: false, calls: 1 }
  ] as const)(
    "a process that is held up for $by while it waits has what is left of the deadline, and without that makes no call",
    ({ acted, by, calls, end, reason }) => {
      let made = 0
      return Effect.gen(function* () {
        yield* attempt("background")
        const fiber = yield* attempt("background").pipe(
          heldUp(by),
          Effect.flip,
          Effect.forkChild({ startImmediately: true })
        )
        yield* TestClock.adjust(Duration.seconds(end))
        assert.isDefined(fiber.pollUnsafe())
        assert.deepInclude(yield* Fiber.join(fiber), { reason, mayHaveActed: acted })
        assert.strictEqual(made, calls)
      }).pipe(
        Effect.provide(
          guarded(oneIn(3), () => (++made === 1 ? Effect.succeed(created()) : Effect.never), { ESP_RETRIES: "0" })
        )
      )
    }
  )

  it.effect("the background is told of a want of slots for as long as it lasts, but a minute at most", () =>
    Effect.gen(function* () {
      const { hasNoSlot } = yield* EspGuard
      assert.isFalse(yield* hasNoSlot("sandbox"))
      yield* Effect.all(Array.from({ length: 5 }, () => attempt("live")))
      yield* Effect.flip(attempt("live"))
      assert.isFalse(yield* hasNoSlot("sandbox"), "a live attempt tells it nothing")
      yield* Effect.flip(attempt("background"))
      assert.isTrue(yield* hasNoSlot("sandbox"))
      assert.isFalse(yield* hasNoSlot("elsewhere"))
      yield* TestClock.adjust("59 seconds")
      assert.isTrue(yield* hasNoSlot("sandbox"))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* hasNoSlot("sandbox"))
    }).pipe(Effect.provide(guarded(hour, () => Effect.succeed(created()))))
  )

  it.effect("the background is told of a want of slots no longer than it lasts", () =>
    Effect.gen(function* () {
      const { hasNoSlot } = yield* EspGuard
      yield* attempt("background")
      yield* Effect.flip(attempt("background"))
      yield* TestClock.adjust("7 seconds")
      assert.isTrue(yield* hasNoSlot("sandbox"))
      yield* TestClock.adjust("4 seconds")
      assert.isFalse(yield* hasNoSlot("sandbox"))
    }).pipe(Effect.provide(guarded(oneIn(8), () => Effect.succeed(created()))))
  )

  it.effect("a call that timed out holds its place, one that was answered does not", () =>
    Effect.gen(function* () {
      const hanging = yield* Effect.forkChild(Effect.exit(attempt("live")), { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(hanging)
      const error = yield* Effect.flip(attempt("live"))
      assert.strictEqual(error.reason, "no-slot")
      yield* TestClock.adjust("2 minutes")
      const next = yield* Effect.forkChild(Effect.exit(attempt("live")), { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(next)
    }).pipe(Effect.provide(guarded(oneAtOnce, () => Effect.never, { ESP_RETRIES: "0" })))
  )

  const answers: ReadonlyArray<readonly [string, Effect.Effect<ReturnType<typeof created>, EspError>]> = [
    ["a verdict", Effect.succeed(created())],
    ["a rejection", Effect.fail(new EspRejected({ reason: "invalid-address" }))],
    ["a refusal", Effect.fail(new EspMisconfigured({ reason: "the key is refused" }))],
    ["an error", Effect.fail(status500)]
  ]
  it.effect.each(answers)("an answered call gives its place to the next, were it with %s", ([, answer]) => {
    let calls = 0
    return Effect.gen(function* () {
      for (let made = 0; made < 5; made++) {
        yield* Effect.exit(attempt("live"))
        yield* Effect.yieldNow
      }
      assert.strictEqual(calls, 5)
    }).pipe(
      Effect.provide(
        guarded(
          oneAtOnce,
          () =>
            Effect.andThen(
              Effect.sync(() => void calls++),
              answer
            ),
          { ESP_RETRIES: "0" }
        )
      )
    )
  })

  it.effect("a call that is interrupted holds its place: the provider may still be at it", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(attempt("live"), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      yield* Effect.yieldNow
      assert.strictEqual((yield* Effect.flip(attempt("live"))).reason, "no-slot")
    }).pipe(Effect.provide(guarded(oneAtOnce, () => Effect.never)))
  )

  it.effect("a failed call without a slot for the next fails as itself", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(attempt("live")))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "status-500")
    }).pipe(Effect.provide(guarded({ buckets: [bucket("hour", 1, "1 hour")] }, () => Effect.fail(status500))))
  )
})
