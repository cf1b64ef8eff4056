import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer, Redacted } from "effect"
import { secretsOf } from "../../../src/tasks/integrations/Integration.ts"
import { Integrations } from "../../../src/tasks/integrations/Integrations.ts"
import { layerWith } from "../../support/Settings.ts"

const load = (text: string, more: Record<string, string> = {}) => {
  const env = { TASK_INTEGRATIONS: text, SHOP_KEY: "the-secret", ...more }
  return Integrations.pipe(
    Effect.provide(
      Integrations.layer.pipe(
        Layer.provide(layerWith(env)),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    )
  )
}

const shop = { url: "https://cards.shop.example/draw", bearer: { env: "SHOP_KEY" } }
const withShop = (change: object) => JSON.stringify({ shop: { ...shop, ...change } })

describe("TASK_INTEGRATIONS", () => {
  it.effect("has what is usual where it says nothing", () =>
    Effect.gen(function* () {
      const { get } = yield* load(withShop({}))
      const integration = yield* get("shop")
      assert.strictEqual(integration.mode, "poll")
      assert.isFalse(integration.allowPrivate)
      assert.strictEqual(Duration.toSeconds(integration.timeout), 30)
      assert.strictEqual(Duration.toSeconds(integration.wait), 300)
      assert.strictEqual(integration.maxBytes, 262_144)
      assert.deepStrictEqual([...integration.origins], ["https://cards.shop.example"])
      assert.deepStrictEqual(
        secretsOf(integration).map((secret) => Redacted.value(secret)),
        ["Bearer the-secret", "the-secret"]
      )
      assert.notInclude(JSON.stringify(integration), "the-secret")
    })
  )

  it.effect("takes each of its fields", () =>
    Effect.gen(function* () {
      const given = {
        headers: { "x-api-key": { env: "SHOP_KEY" }, "x-tenant": "red" },
        mode: "callback",
        timeout: "2 seconds",
        wait: "1 minute",
        maxBytes: 16_777_216,
        allowPrivate: true,
        origins: ["https://results.shop.example"]
      }
      const { get } = yield* load(withShop(given), { PUBLIC_URL: "https://play.example" })
      const integration = yield* get("shop")
      assert.strictEqual(integration.mode, "callback")
      assert.isTrue(integration.allowPrivate)
      assert.strictEqual(Duration.toMillis(integration.timeout), 2000)
      assert.strictEqual(integration.maxBytes, 16_777_216)
      assert.isTrue(integration.origins.has("https://results.shop.example"))
      assert.isTrue(integration.origins.has("https://cards.shop.example"))
      assert.deepStrictEqual(Object.keys(integration.headers), ["x-api-key", "x-tenant", "authorization"])
    })
  )

  it.effect("says which integration is missing", () =>
    Effect.gen(function* () {
      const { get } = yield* load("")
      const { message } = yield* Effect.flip(get("shop"))
      assert.strictEqual(message, `TASK_INTEGRATIONS has no integration "shop", which is needed.`)
    })
  )

  it.effect.each([
    [`[]`, "must be a JSON object of integrations by name, or the path of a file with one."],
    [`'{"a":{}}'`, "must be a JSON object of integrations by name, or the path of a file with one."],
    [`{"a":{"url":"https://a.example"},"a":{}}`, `integration "a", there are two of this name.`],
    [`/no/such/file`, "TASK_INTEGRATIONS names the file"],
    [`{"shop": 1}`, `integration "shop", it must be an object with a url.`],
    [`{"Shop": {}}`, `integration "Shop", its name must be lower-case letters`],
    [withShop({ url: undefined }), "field url: is missing"],
    [withShop({ url: "ftp://shop.example" }), "field url: it must be a URL"],
    [withShop({ url: "https://user:plain@shop.example" }), "field url: it must be a URL"],
    [withShop({ url: "https://shop.example?key=plain" }), "field url: it must be a URL"],
    [withShop({ bearer: "plain" }), "field bearer: "],
    [withShop({ bearer: { env: "NO_SUCH" } }), "field bearer: the environment variable NO_SUCH is not set."],
    [withShop({ headers: { Host: "x" } }), `field headers: "Host" cannot be set as a header`],
    [withShop({ headers: { "idempotency-key": "x" } }), `cannot be set as a header`],
    [withShop({ headers: { "a b": "x" } }), `cannot be set as a header`],
    [withShop({ headers: { "x-a": "x\r\ny: z" } }), "field headers"],
    [withShop({ headers: { "x-a": "x\n" } }), "field headers"],
    [withShop({ headers: { "x-a": "\nx" } }), "field headers"],
    [withShop({ headers: { "x-a": "" } }), "field headers"],
    [withShop({ mode: "push" }), "field mode: "],
    [withShop({ mode: "callback" }), "field mode: it can call back only where PUBLIC_URL says"],
    [withShop({ timeout: "soon" }), "field timeout: it must be a length of time"],
    [withShop({ timeout: "Infinity" }), "field timeout: it must be a length of time"],
    [withShop({ maxBytes: 0 }), "field maxBytes: "],
    [withShop({ maxBytes: 16_777_217 }), "field maxBytes: "],
    [withShop({ origins: ["https://shop.example/x"] }), "field origins.0: it must be an origin"],
    [withShop({ origins: ["shop.example"] }), "field origins.0: it must be an origin"],
    [withShop({ origins: ["ftp://shop.example"] }), "field origins.0: it must be an origin"],
    [withShop({ retries: 7 }), "field retries: is not known"]
  ] as const)("refuses %s", ([text, expected]) =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(load(text))
      assert.include(message, expected)
      assert.notInclude(message.replace(/^.*names the file.*$/, ""), "plain")
      assert.match(message, /^TASK_INTEGRATIONS/)
    })
  )
})
