import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer, Result } from "effect"
import { Connections } from "../../../src/esp/Connections.ts"
import { checkAll } from "../../../src/esp/EspChecks.ts"
import { created, EspClient, existed } from "../../../src/esp/EspClient.ts"
import * as EspConnected from "../../../src/esp/EspConnected.ts"
import { EspGovernor } from "../../../src/esp/governor/EspGovernor.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { EspHttpClients } from "../../../src/esp/providers/EspHttpClient.ts"
import { EspSandboxRepo } from "../../../src/esp/sandbox/EspSandboxRepo.ts"
import { layerWith } from "../../support/Settings.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"
import { httpPeer, json } from "../../support/esp/HttpPeer.ts"
import { toy } from "../../support/esp/Toy.ts"

const key = "toy-key-of-the-shop"

/** The guard of a toy connection `shop` at this URL, set up as in the service. */
const shop = (base: string) => {
  const env = {
    ESP_CONNECTIONS: JSON.stringify({
      shop: { provider: "toy", base, key: { env: "TOY_KEY" }, list: 7, limits: { calls: ["5/1m"] } }
    }),
    TOY_KEY: key
  }
  return EspGuard.layer.pipe(
    Layer.provideMerge(EspConnected.layerNoDeps),
    Layer.provideMerge(EspGovernor.layerMemory),
    Layer.provide(Connections.layerOf({ toy })),
    Layer.provide([EspHttpClients.layer, Layer.mock(EspSandboxRepo, {})]),
    Layer.provideMerge(layerWith({ ...env, ESP_RETRIES: "0" })),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )
}

const attempt = (email: string, priority: "live" | "background" = "live") =>
  Effect.flatMap(EspGuard, (guard) => guard.attempt(contactOf(email, { esp: "shop" }), { unresolved: false, priority }))

const reasonOf = (email: string) =>
  Effect.map(Effect.flip(attempt(email)), (error) => ({ tag: error._tag, reason: error.reason }))

describe("an adapter with the guard, the governor and HTTP", () => {
  it.live("registers, with the key in a header and the contact in the body", () =>
    Effect.gen(function* () {
      const known = new Set<string>()
      const peer = yield* httpPeer(({ body, path }, response) => {
        const { email } = JSON.parse(body) as { readonly email: string }
        json(response, known.has(path) ? 200 : 201, { email, mailability: "unsubscribed" })
        known.add(path)
      })
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* attempt("nora+wheel@shop.example"), created("unsubscribed"))
        assert.deepStrictEqual(yield* attempt("nora+wheel@shop.example"), existed("unsubscribed"))
      }).pipe(Effect.provide(shop(peer.url)))
      const [first] = peer.received
      assert.strictEqual(first?.headers["api-key"], key)
      assert.strictEqual(first?.path, "/contacts/nora%2Bwheel%40shop.example")
      assert.isUndefined(first?.headers["traceparent"])
      assert.deepInclude(JSON.parse(first?.body ?? ""), { email: "nora+wheel@shop.example", list: "7", consent: false })
    })
  )

  it.live("gives no more calls than the limit, says when it goes on, and leaves the circuit alone", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer(({ body }, response) =>
        json(response, 201, { ...(JSON.parse(body) as object), mailability: "unsubscribed" })
      )
      yield* Effect.gen(function* () {
        const all = yield* Effect.all(
          Array.from({ length: 40 }, (_, index) => Effect.result(attempt(`nora${index}@shop.example`)))
        )
        assert.strictEqual(all.filter(Result.isSuccess).length, 5)
        for (const result of all.filter(Result.isFailure)) {
          const error = result.failure
          assert.isTrue(error._tag === "EspUnavailable" && error.reason === "no-slot" && !error.mayHaveActed)
          assert.isAbove(
            error._tag === "EspUnavailable" ? Duration.toMillis(error.retryAfter ?? Duration.zero) : 0,
            50_000
          )
        }
        assert.isFalse(yield* Effect.flatMap(EspGuard, (guard) => guard.isOpen("shop")))
      }).pipe(Effect.provide(shop(peer.url)))
      assert.strictEqual(peer.received.length, 5)
    })
  )

  it.live("makes no further call once the provider has asked for a wait", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 429, {}, { "retry-after": "30" }))
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* reasonOf("a@shop.example"), { tag: "EspUnavailable", reason: "rate-limited" })
        yield* Effect.yieldNow
        assert.deepStrictEqual(yield* reasonOf("b@shop.example"), { tag: "EspUnavailable", reason: "no-slot" })
      }).pipe(Effect.provide(shop(peer.url)))
      assert.strictEqual(peer.received.length, 1)
    })
  )

  it.live("maps what it has no rule for by the status", () =>
    Effect.gen(function* () {
      const statuses = [422, 401, 503, 302]
      const peer = yield* httpPeer((_, response) => {
        response.writeHead(statuses.shift() ?? 500, { location: "https://elsewhere.example/path?secret" })
        response.end()
      })
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(
          [
            yield* reasonOf("a@shop.example"),
            yield* reasonOf("b@shop.example"),
            yield* reasonOf("c@shop.example"),
            yield* reasonOf("d@shop.example")
          ],
          [
            { tag: "EspUnavailable", reason: "status-422" },
            { tag: "EspMisconfigured", reason: "the credentials are refused (401)" },
            { tag: "EspUnavailable", reason: "status-503" },
            {
              tag: "EspMisconfigured",
              reason: "redirect: it answers 302 and points to https://elsewhere.example"
            }
          ]
        )
      }).pipe(Effect.provide(shop(peer.url)))
    })
  )

  it.live("is checked beside the sandbox", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 401, {}))
      const checked = yield* checkAll.pipe(Effect.provide(shop(peer.url)))
      assert.deepStrictEqual(checked, [
        { name: "shop", provider: "toy", findings: [{ level: "error", what: "the key is refused (401)" }] },
        { name: "sandbox", provider: "sandbox", findings: [{ level: "ok", what: "needs no account" }] }
      ])
      const { connections } = yield* EspClient.pipe(Effect.provide(shop(peer.url)))
      assert.match(connections.get("shop")?.governor.account ?? "", /^toy:[0-9a-f]{16}$/)
    })
  )
})
