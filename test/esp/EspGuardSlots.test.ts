import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { created, EspClient, EspUnavailable, plain, type Register } from "../../src/esp/EspClient.ts"
import { EspGuard } from "../../src/esp/EspGuard.ts"
import { bucket, type GovernorPolicy, type Priority } from "../../src/esp/GovernorPolicy.ts"
import { Settings } from "../../src/platform/Settings.ts"
import { contactOf } from "../support/esp/EspContacts.ts"

/** The guard in front of one connection with these limits. */
const guarded = (governor: Partial<GovernorPolicy>, register: Register, env: Record<string, string> = {}) => {
  const policy = { account: "shop", buckets: [], concurrency: null, ...governor }
  return EspGuard.layer.pipe(
    Layer.provide(
      Layer.succeed(EspClient, EspClient.dispatch(new Map([["sandbox", { ...plain(register), governor: policy }]])))
    ),
    Layer.provide(Settings.layerWith(env))
  )
}

const attempt = (priority: Priority, unresolved = false) =>
  Effect.flatMap(EspGuard, (guard) => guard.attempt(contactOf("nora@shop.example"), { unresolved, priority }))

const hour = { buckets: [bucket("hour", 5, "1 hour")] }

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
    }).pipe(
      Effect.provide(
        guarded({ concurrency: { limit: 1, hold: Duration.minutes(2) } }, () => Effect.never, { ESP_RETRIES: "0" })
      )
    )
  )

  it.effect("an answered call gives its place to the next", () =>
    Effect.gen(function* () {
      for (let made = 0; made < 20; made++) {
        yield* attempt("live")
        yield* Effect.yieldNow
      }
    }).pipe(
      Effect.provide(guarded({ concurrency: { limit: 1, hold: Duration.minutes(2) } }, () => Effect.succeed(created())))
    )
  )

  it.effect("a failed call without a slot for the next fails as itself", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(attempt("live")))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "status-500")
    }).pipe(
      Effect.provide(
        guarded({ buckets: [bucket("hour", 1, "1 hour")] }, () =>
          Effect.fail(new EspUnavailable({ reason: "status-500", mayHaveActed: true, retryAfter: undefined }))
        )
      )
    )
  )
})
