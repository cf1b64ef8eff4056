import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Audit, type Deed } from "../../src/audit/Audit.ts"
import { EspClient, type EspConnection, existed, plain } from "../../src/esp/EspClient.ts"
import { EspLastChecks } from "../../src/esp/EspLastChecks.ts"
import { Esps } from "../../src/esp/Esps.ts"
import { EspSettings } from "../../src/esp/EspSettings.ts"
import { bucket } from "../../src/esp/governor/GovernorPolicy.ts"
import { RateLimits } from "../../src/platform/edge/RateLimits.ts"
import { Settings } from "../../src/platform/settings/Settings.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"
import { guardInMemory } from "../support/esp/GuardInMemory.ts"

const sandbox = plain(() => Effect.succeed(existed()))

/** The service with a connection `shop` and the sandbox; what it tells the audit log is gathered. */
const withShop = (check: EspConnection["check"], deeds: Array<Deed> = []) => {
  const shop: EspConnection = {
    ...sandbox,
    provider: "brevo",
    check,
    governor: {
      account: "brevo:0123456789abcdef",
      buckets: [bucket("second", 10, "1 second", 2)],
      concurrency: { limit: 3, hold: sandbox.governor.concurrency?.hold ?? (60_000 as never) }
    }
  }
  const client = Layer.succeed(
    EspClient,
    EspClient.dispatch(
      new Map([
        ["shop", shop],
        ["sandbox", sandbox]
      ])
    )
  )
  return Esps.layer.pipe(
    Layer.provide(guardInMemory),
    Layer.provideMerge(client),
    Layer.provide(EspLastChecks.layer),
    Layer.provide(RateLimits.layerMemory),
    Layer.provide(Layer.mock(Audit, { record: (deed) => Effect.sync(() => void deeds.push(deed)) })),
    Layer.provide(layerOf(Settings, EspSettings)),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { RATE_LIMIT_ESP_CHECK: "3/1m" } })))
  )
}

describe("ESP connections for staff", () => {
  it.effect("are listed with circuit and limits, without the account that is made of the credentials", () =>
    Effect.gen(function* () {
      const esps = yield* Esps
      const lately = { openUntil: null, calls: 0, p95Seconds: null, lastFault: null }
      const calm = { circuit: "closed", ...lately, rejecting: false, hasNoSlot: false, lastCheck: null }
      const all = yield* esps.list
      assert.deepStrictEqual<unknown>(all, [
        {
          name: "shop",
          provider: "brevo",
          ...calm,
          limits: { calls: [{ limit: 10, windowSeconds: 1, callsPerContact: 2 }], atOnce: 3 }
        },
        { name: "sandbox", provider: "sandbox", ...calm, limits: { calls: [], atOnce: null } }
      ])
      assert.notInclude(JSON.stringify(all), "0123456789abcdef")
      assert.deepStrictEqual(yield* esps.find("shop"), all[0])
      assert.strictEqual((yield* Effect.flip(esps.find("__proto__")))._tag, "EspNotFound")
      assert.strictEqual((yield* Effect.flip(esps.check("nowhere")))._tag, "EspNotFound")
    }).pipe(Effect.provide(withShop(Effect.never)))
  )

  it.effect("are checked when asked, remember it, and say who asked", () => {
    const deeds: Array<Deed> = []
    return Effect.gen(function* () {
      const esps = yield* Esps
      yield* TestClock.setTime(Date.parse("2026-11-20T10:00:00Z"))
      const checked = yield* esps.check("shop")
      assert.deepStrictEqual(checked.lastCheck?.findings, [{ level: "error", what: "there is no list 7" }])
      assert.strictEqual(checked.lastCheck?.at.epochMilliseconds, Date.parse("2026-11-20T10:00:00Z"))
      assert.deepStrictEqual(yield* esps.find("shop"), checked)
      assert.deepStrictEqual(deeds, [{ action: "esp.check", target: { kind: "esp", id: "shop" } }])
    }).pipe(Effect.provide(withShop(Effect.succeed([{ level: "error", what: "there is no list 7" }]), deeds)))
  })

  it.effect("are asked once by many at once, and not more often than is allowed", () => {
    let asked = 0
    const answer = Deferred.makeUnsafe<void>()
    const check: EspConnection["check"] = Effect.andThen(
      Effect.sync(() => asked++),
      Effect.as(Deferred.await(answer), [{ level: "ok", what: "fine" }] as const)
    )
    return Effect.gen(function* () {
      const esps = yield* Esps
      const leaving = yield* Effect.forkChild(esps.check("shop"), { startImmediately: true })
      const staying = yield* Effect.forkChild(esps.check("shop"), { startImmediately: true })
      yield* Effect.yieldNow
      // Whoever began it leaves; the check goes on for the other.
      yield* Fiber.interrupt(leaving)
      yield* Deferred.succeed(answer, undefined)
      assert.lengthOf((yield* Fiber.join(staying)).lastCheck?.findings ?? [], 1)
      assert.strictEqual(asked, 1)
      yield* esps.check("shop")
      assert.strictEqual(asked, 2)
      const refused = yield* Effect.flip(esps.check("shop"))
      assert.strictEqual(refused._tag, "TooManyRequests")
      assert.strictEqual(asked, 2)
      yield* esps.check("sandbox")
    }).pipe(Effect.provide(withShop(check)))
  })

  it.effect("that do not answer are found so, and can be checked again", () =>
    Effect.gen(function* () {
      const esps = yield* Esps
      for (let time = 0; time < 2; time++) {
        const checking = yield* Effect.forkChild(esps.check("shop"), { startImmediately: true })
        yield* Effect.yieldNow
        yield* TestClock.adjust("20 seconds")
        const { lastCheck } = yield* Fiber.join(checking)
        assert.deepStrictEqual(lastCheck?.findings, [
          { level: "error", what: "the provider did not answer within 20 seconds" }
        ])
      }
    }).pipe(Effect.provide(withShop(Effect.never)))
  )
})
