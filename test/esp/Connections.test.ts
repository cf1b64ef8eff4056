import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Connections } from "../../src/esp/Connections.ts"
import { limitedTo } from "../../src/esp/providers/Connection.ts"
import { nothingAdded } from "../../src/esp/EspContact.ts"
import { EspGovernor } from "../../src/esp/governor/EspGovernor.ts"
import { bucket } from "../../src/esp/governor/GovernorPolicy.ts"
import { layerWith } from "../support/Settings.ts"
import { opened } from "../support/esp/OpenedConnection.ts"
import { toy } from "../support/esp/Toy.ts"

const load = (text: string, key = "the-secret") => {
  const env = { ESP_CONNECTIONS: text, TOY_KEY: key }
  return Connections.pipe(
    Effect.provide(
      Connections.layerOf({ toy }).pipe(
        Layer.provide(layerWith(env)),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    )
  )
}

const problems = (text: string, key?: string) => Effect.map(Effect.flip(load(text, key)), ({ message }) => message)

const shop = { provider: "toy", base: "https://toy.example", key: { env: "TOY_KEY" }, list: 7 }
const withShop = (change: object) => JSON.stringify({ shop: { ...shop, ...change } })

describe("ESP_CONNECTIONS", () => {
  it.effect("has the sandbox, whatever else", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* load("")).names, ["sandbox"])
      assert.deepStrictEqual((yield* load(withShop({}))).names, ["shop", "sandbox"])
    })
  )

  it.effect("may be a file", () =>
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "fairground-connections-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const file = join(directory, "connections.json")
      assert.include(yield* problems(file), "cannot be read (ENOENT)")
      writeFileSync(file, withShop({}))
      assert.deepStrictEqual((yield* load(file)).names, ["shop", "sandbox"])
      writeFileSync(file, `{"shop": the-secret}`)
      const message = yield* problems(file)
      assert.include(message, "is not JSON")
      assert.notInclude(message, "the-secret")
    })
  )

  it.effect.each([`[{"key": "the-secret"}]`, `"the-secret"`, `'{"key": "the-secret"}'`, "key:\nthe-secret"])(
    "says nothing of what is neither an object nor a path: %s",
    (text) =>
      Effect.gen(function* () {
        const expected = "ESP_CONNECTIONS must be a JSON object of connections by name, or the path of a file with one."
        assert.strictEqual(yield* problems(text), expected)
      })
  )

  it.effect("refuses a key that no header can hold", () =>
    Effect.gen(function* () {
      for (const secret of ["the-\nsecret", "the-\u200bsecret", "the-\0secret", "ключ"]) {
        const message = yield* problems(withShop({}), secret)
        assert.include(
          message,
          "field key: the environment variable TOY_KEY holds a line break or a sign that no key has."
        )
        assert.notInclude(message, secret)
      }
      assert.deepStrictEqual((yield* load(withShop({}), " the-secret\n")).names, ["shop", "sandbox"])
    })
  )

  it.effect.each([
    [`{"shop": 1}`, `connection "shop", it must be an object with a provider.`],
    [`{"shop": {}}`, `connection "shop", field provider: it must be one of toy.`],
    [
      `{"shop": {"provider": "brevi"}}`,
      `connection "shop", field provider: there is no provider "brevi"; there are toy.`
    ],
    [
      `{"shop": {"provider": "${"x".repeat(41)}"}}`,
      `connection "shop", field provider: there is no provider "${"x".repeat(40)}"; there are toy.`
    ],
    [`{"shop": {"provider": "constructor"}}`, `field provider: there is no provider "constructor"; there are toy.`],
    [`{"Shop": {}}`, `connection "Shop", its name must be lower-case letters`],
    [`{"sandbox": {}}`, `connection "sandbox", this name is the sandbox's`],
    [withShop({ key: "plain" }), `field key: it must be {"env": "NAME"}, the environment variable that holds it.`],
    [withShop({ key: 7 }), `field key: it must be {"env": "NAME"}, the environment variable that holds it.`],
    [`{"shop": {}, "sh\\u006fp": {}}`, `connection "shop", there are two of this name.`],
    [withShop({ key: { env: "NO_SUCH" } }), `field key: the environment variable NO_SUCH is not set.`],
    [withShop({ key: undefined }), `field key: is missing.`],
    [withShop({ lists: 7 }), `field lists: is not known.`],
    [withShop({ base: "ftp://toy.example" }), `field base: it must be a URL`],
    [withShop({ base: "https://user:plain@toy.example" }), `field base: it must be a URL`],
    [withShop({ base: "https://toy.example/?" }), `field base: it must be a URL`],
    [withShop({ base: "https://toy.example/#" }), `field base: it must be a URL`],
    [withShop({ base: "https://toy.example/ " }), `field base: it must be a URL`],
    [withShop({ attributes: { A: "nickname" } }), `field attributes.A: it must be one of email, name,`],
    [withShop({ limits: { calls: ["plain"] } }), `field limits.calls.0: it must be a number per time`],
    [withShop({ limits: { atOnce: 0 } }), `field limits.atOnce: `]
  ] as const)("refuses %s", ([text, expected]) =>
    Effect.gen(function* () {
      const message = yield* problems(text)
      assert.include(message, expected)
      assert.notInclude(message, "plain")
      assert.notInclude(message, "the-secret")
      assert.match(message, /^ESP_CONNECTIONS, connection "/)
    })
  )

  it.effect.each([
    `[{"provider": "toy", "key": "the-secret"}]`,
    `'{"shop": {"provider": "toy", "key": "the-secret"}}'`,
    `"{\\"shop\\": \\"the-secret\\"}"`,
    `shop={"key":"the-secret"}`,
    "the\n-secret"
  ])("does not take %s for a file, nor show it", (text) =>
    Effect.gen(function* () {
      const message = yield* problems(text)
      assert.include(message, "must be a JSON object of connections by name, or the path of a file with one")
      assert.notInclude(message, "secret")
    })
  )

  it.effect("may be written over several lines, after a byte order mark", () =>
    Effect.gen(function* () {
      const text = JSON.stringify({ shop }, null, 2)
      assert.deepStrictEqual((yield* load(`\uFEFF\n  ${text}\n`)).names, ["shop", "sandbox"])
    })
  )

  it.effect("may have a name twice in what a connection says, but no connection twice", () =>
    Effect.gen(function* () {
      const text = JSON.stringify({ shop: { ...shop, attributes: { shop: "name", 'a"{': "game" } }, other: shop })
      assert.deepStrictEqual((yield* load(text)).names, ["shop", "other", "sandbox"])
    })
  )

  it.effect("says all that is wrong at once", () =>
    Effect.gen(function* () {
      const message = yield* problems(
        JSON.stringify({ one: { ...shop, key: undefined, lists: 1 }, two: { provider: "none" } })
      )
      assert.strictEqual(message.split("\n").length, 3)
    })
  )

  it("replaces the provider's limits by the account's", () => {
    const usual = { account: "toy:1", buckets: [bucket("second", 10, "1 second", 2)], concurrency: null }
    assert.deepStrictEqual(limitedTo(undefined, usual), usual)
    const { account, buckets, concurrency } = limitedTo({ calls: ["60/1s", "700/1m"], atOnce: 4 }, usual)
    assert.strictEqual(account, "toy:1")
    assert.deepStrictEqual(buckets, [bucket("second", 60, "1 second", 2), bucket("60000", 700, "1 minute", 2)])
    // A call whose end was not seen counts for the provider's `hold`, or for two minutes by default.
    assert.deepStrictEqual(concurrency, { limit: 4, hold: Duration.minutes(2) })
    const held = { ...usual, concurrency: { limit: 10, hold: Duration.minutes(5) } }
    assert.deepStrictEqual(limitedTo({ calls: ["60/1s"] }, held).concurrency, held.concurrency)
    assert.deepStrictEqual(limitedTo({ atOnce: 4 }, held).concurrency, { limit: 4, hold: Duration.minutes(5) })
  })

  it.effect("adds tags and attributes to each contact, and without any adds nothing", () =>
    Effect.gen(function* () {
      const settings = { ...shop, tags: ["games"], attributes: { FIRSTNAME: "name" } }
      const subject = { env: { TOY_KEY: "the-secret" }, provider: toy }
      const { connection } = yield* opened(subject, settings)
      assert.deepInclude(connection, { provider: "toy", tags: ["games"], attributes: { FIRSTNAME: "name" } })
      assert.deepInclude((yield* opened(subject, shop)).connection, nothingAdded)
    })
  )

  it.effect("counts connections of one account together where their limits differ", () =>
    Effect.gen(function* () {
      const usual = { account: "toy:1", buckets: [bucket("hour", 10, "1 hour")], concurrency: null }
      const policies = [usual, limitedTo({ calls: ["5/1h"] }, usual), limitedTo({ calls: ["7/60m"] }, usual)]
      const { take } = yield* EspGovernor
      const slots = yield* Effect.forEach(
        Array.from({ length: 30 }, (_, call) => policies[call % 3] ?? usual),
        (policy) => take(policy, "live")
      )
      assert.lengthOf(
        slots.filter(({ _tag }) => _tag === "Slot"),
        10
      )
    }).pipe(Effect.provide(EspGovernor.layerMemory))
  )
})
