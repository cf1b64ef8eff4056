import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import { EspUnavailable } from "../../src/esp/EspClient.ts"
import { EspGuard } from "../../src/esp/EspGuard.ts"
import { type Behaviour, EspMemory } from "../support/esp/EspMemory.ts"
import * as Does from "../support/esp/EspBehaviours.ts"
import { contactOf } from "../support/esp/EspContacts.ts"
import { guardedEsp } from "../support/esp/GuardedEsp.ts"
import { observed } from "../support/esp/Observed.ts"

const email = "Nora.Secret+wheel@Shop.example"

const attempt = (...behaviours: ReadonlyArray<Behaviour>) =>
  Effect.gen(function* () {
    const guard = yield* EspGuard
    const memory = yield* EspMemory
    const contact = contactOf(email)
    yield* memory.next(contact.emailKey, ...behaviours)
    const fiber = yield* Effect.forkChild(guard.attempt(contact, { unresolved: false }))
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.await(fiber)
  })

const metrics = Effect.map(Metric.snapshot, (snapshots) =>
  Object.fromEntries(
    snapshots
      .filter(({ id }) => id.startsWith("fairground_esp_"))
      .map((metric) => {
        const attributes = Object.entries(metric.attributes ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .sort()
          .join(",")
        const { sum, value, count } = metric.state as {
          readonly sum?: number
          readonly value?: number
          readonly count?: number
        }
        return [`${metric.id}{${attributes}}`, sum === undefined ? (value ?? count) : { count, sum }]
      })
  )
)

/** A metric registry for each test. */
const ownRegistry = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map()))

it.effect("EspGuard counts calls by outcome, and how long they took", () =>
  Effect.gen(function* () {
    yield* attempt((register) => Effect.delay(register, "250 millis"))
    yield* attempt(Does.existed)
    yield* attempt(Does.rejected)
    yield* attempt(Does.misconfigured)
    yield* attempt(Does.notReached, Does.hangs)
    yield* attempt(Does.dies, Does.existed)
    const guard = yield* EspGuard
    const memory = yield* EspMemory
    yield* memory.otherwise(Does.hangs)
    const fiber = yield* Effect.forkChild(guard.attempt(contactOf(email), { unresolved: false }), {
      startImmediately: true
    })
    yield* Fiber.interrupt(fiber)
    const calls = (outcome: string) => `fairground_esp_calls_total{esp=sandbox,outcome=${outcome}}`
    assert.deepStrictEqual(yield* metrics, {
      [calls("created")]: 1,
      [calls("existed")]: 2,
      [calls("rejected")]: 1,
      [calls("misconfigured")]: 1,
      [calls("unavailable")]: 1,
      [calls("timeout")]: 1,
      [calls("defect")]: 1,
      [calls("interrupted")]: 1,
      "fairground_esp_call_seconds{esp=sandbox}": { count: 9, sum: 10.25 },
      "fairground_esp_circuit_open{esp=sandbox}": 0,
      "fairground_esp_rejected_recently{esp=sandbox}": 1
    })
  }).pipe(Effect.provide(guardedEsp()), ownRegistry)
)

it.effect("EspGuard shows whether the circuit is open", () =>
  Effect.gen(function* () {
    const shown = Effect.map(metrics, (all) => all["fairground_esp_circuit_open{esp=sandbox}"])
    assert.strictEqual(yield* shown, undefined)
    yield* attempt()
    assert.strictEqual(yield* shown, 0)
    const guard = yield* EspGuard
    const memory = yield* EspMemory
    const atOnce = Effect.exit(guard.attempt(contactOf(email), { unresolved: false }))
    yield* memory.otherwise(Does.notReached)
    for (let made = 0; made < 10; made++) yield* atOnce
    assert.strictEqual(yield* shown, 1)
    yield* atOnce
    assert.strictEqual(yield* shown, 1, "after an attempt that is turned away")
    yield* TestClock.adjust("1 minute")
    yield* memory.otherwise(Does.hangs)
    const probe = yield* Effect.forkChild(atOnce, { startImmediately: true })
    assert.strictEqual(yield* shown, 1, "while an attempt probes it")
    yield* Fiber.interrupt(probe)
    yield* memory.otherwise(undefined)
    yield* attempt()
    assert.strictEqual(yield* shown, 0)
  }).pipe(Effect.provide(guardedEsp({ ESP_RETRIES: "0" })), ownRegistry)
)

it.effect("EspGuard traces an attempt with its calls", () => {
  const seen = observed()
  return Effect.gen(function* () {
    yield* attempt(Does.notReached)
    const outer = seen.spans.find(({ name }) => name === "EspGuard.attempt")!
    const inner = seen.spans.filter(({ name }) => name === "EspClient.register")
    assert.strictEqual(outer.attributes.get("esp"), "sandbox")
    assert.strictEqual(outer.attributes.get("unresolved"), false)
    assert.strictEqual(inner.length, 2)
    for (const span of inner) {
      assert.strictEqual(span.attributes.get("esp"), "sandbox")
      assert.strictEqual(span.kind, "client")
      assert.strictEqual(span.traceId, outer.traceId)
      assert.strictEqual(span.status._tag, "Ended")
    }
  }).pipe(Effect.provide(Layer.provideMerge(guardedEsp(), seen.layer)))
})

it.effect("EspGuard reports a defect with its place, and no address with it", () => {
  const seen = observed()
  const contact = contactOf(email)
  const leaks =
    (address: string): Behaviour =>
    () =>
      Effect.die(new Error(`no answer for <${address}> at https://esp.example/contacts/${encodeURIComponent(address)}`))
  return Effect.gen(function* () {
    const failures = [
      Does.notReached,
      Does.hangs,
      Does.rejected,
      Does.misconfigured,
      leaks(email),
      leaks(contact.emailKey)
    ]
    for (const behaviour of failures) {
      const exit = yield* attempt(behaviour)
      assert.isFalse(JSON.stringify(exit).toLowerCase().includes("secret"))
    }
    for (let made = 0; made < 10; made++) {
      yield* attempt(() => Effect.fail(EspUnavailable.notReached("unreachable")))
    }
    const report = seen.logs.find((line) => line.includes("defect"))!
    assert.include(report, "no answer for <<address>> at https://esp.example/contacts/<address>")
    assert.include(report, "EspGuardTelemetry.test.ts")
    assert.isTrue(seen.logs.some((line) => line.includes("its circuit is open")))
    assert.isAbove(seen.spans.length, 20)
    assert.notInclude(seen.text().toLowerCase(), "secret")
  }).pipe(Effect.provide(Layer.provideMerge(guardedEsp({ ESP_RETRIES: "0" }), seen.layer)))
})
