import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer, Logger, Result } from "effect"
import { Connections } from "../../../../src/esp/Connections.ts"
import { checkAll } from "../../../../src/esp/EspChecks.ts"
import { created, EspClient, type EspContact, existed } from "../../../../src/esp/EspClient.ts"
import * as EspConnected from "../../../../src/esp/EspConnected.ts"
import { EspGovernor } from "../../../../src/esp/governor/EspGovernor.ts"
import { EspHttpClients } from "../../../../src/esp/providers/EspHttpClient.ts"
import { EspSandboxRepo } from "../../../../src/esp/sandbox/EspSandboxRepo.ts"
import { isUnlimited } from "../../../../src/esp/governor/GovernorPolicy.ts"
import { layerWith } from "../../../support/Settings.ts"
import { contactOf } from "../../../support/esp/EspContacts.ts"
import { observed } from "../../../support/esp/Observed.ts"
import { type PeerAnswer, providerPeer } from "../../../support/esp/ProviderPeer.ts"
import { type Account, behaviour, key } from "../../../support/esp/unisender/UnisenderPeer.ts"
import { unisender } from "../../../support/esp/unisender/UnisenderSubject.ts"
import { providerSuite } from "../../../support/esp/ProviderSuite.ts"

providerSuite(unisender)

const consent = { textVersion: "2026-10", language: "ru", at: new Date(0) }

/** The connection `shop` at this URL, set up as in the service. */
const shop = (url: string, change: Record<string, unknown> = {}) =>
  EspConnected.layerNoDeps.pipe(
    Layer.provide(Connections.layerOf({ unisender: unisender.provider })),
    Layer.provide([EspHttpClients.layer, EspGovernor.layerMemory, Layer.mock(EspSandboxRepo, {})]),
    Layer.provide(layerWith({ ESP_CONNECTIONS: JSON.stringify({ shop: { ...unisender.settings(url), ...change } }) })),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: unisender.env })))
  )

/** A simulated UniSender with this account, and a `register` for it. */
const connected = Effect.fnUntraced(function* (
  options: {
    readonly settings?: Record<string, unknown>
    readonly account?: Account
    readonly now?: () => number
    /** Replaces UniSender's answers to methods other than `importContacts`. */
    readonly instead?: (method: string, answer: () => PeerAnswer) => PeerAnswer
  } = {}
) {
  const own = behaviour(options.account, options.now)
  const { instead } = options
  const peer = yield* providerPeer(
    instead === undefined
      ? own
      : {
          ...own,
          carryOut: (request) => instead(request.path.split("/").at(-1) ?? "", () => own.carryOut(request))
        }
  )
  const context = yield* Layer.build(shop(peer.url, options.settings))
  const register = (email: string, change?: Partial<EspContact>) =>
    Effect.flatMap(EspClient, (client) => client.register(contactOf(email, { esp: "shop", ...change }))).pipe(
      Effect.provide(context)
    )
  return { peer, letters: own.letters, register, check: Effect.provide(checkAll, context) }
})

const account: Account = { lists: ["77", "78"], fields: ["Name", "LAST_GAME"], withLetter: ["77"] }

const methods = (peer: { readonly received: ReadonlyArray<{ readonly path: string }> }) =>
  peer.received.map(({ path }) => path)

describe("UniSender", () => {
  it.live("without consent, puts the contact into no list and asks nobody", () =>
    Effect.gen(function* () {
      const { letters, peer, register } = yield* connected()
      assert.deepStrictEqual(yield* register("Nora+wheel@Shop.example"), created("unsubscribed"))
      assert.deepStrictEqual(yield* register("nora+wheel@shop.example"), existed())
      assert.deepStrictEqual(methods(peer), ["/ru/api/importContacts", "/ru/api/importContacts"])
      assert.deepStrictEqual(letters, [])
      assert.deepInclude(peer.contacts.get("nora+wheel@shop.example"), {
        email: "Nora+wheel@Shop.example",
        lists: [],
        creations: 1
      })
    })
  )

  it.live("with consent, sends one letter of confirmation for the list, the game's where it has one", () =>
    Effect.gen(function* () {
      const { letters, peer, register } = yield* connected()
      assert.deepStrictEqual(yield* register("nora@shop.example", { consent }), created("pending"))
      assert.deepStrictEqual(yield* register("vera@shop.example", { consent, list: "78" }), created("pending"))
      assert.deepStrictEqual(yield* register("nora@shop.example", { consent }), existed("pending"))
      assert.deepStrictEqual(letters, ["nora@shop.example", "vera@shop.example"])
      assert.deepStrictEqual(peer.contacts.get("nora@shop.example")?.lists, ["77"])
      assert.deepStrictEqual(peer.contacts.get("vera@shop.example")?.lists, ["78"])
      const forms = peer.received.map(({ body }) => new URLSearchParams(body))
      assert.strictEqual(forms[1]?.get("double_optin"), "4")
      assert.strictEqual(forms[1]?.get("overwrite"), "0")
    })
  )

  for (const mailability of ["subscribed", "pending", "unsubscribed", "suppressed"] as const) {
    it.live(`leaves one that was there as ${mailability} as it is, with consent and without`, () =>
      Effect.gen(function* () {
        const { letters, peer, register } = yield* connected()
        peer.add("old@shop.example", mailability)
        assert.deepStrictEqual(yield* register("old@shop.example"), existed())
        assert.deepStrictEqual(yield* register("old@shop.example", { consent }), existed(mailability))
        assert.deepInclude(peer.contacts.get("old@shop.example"), { mailability, lists: ["78"], creations: 0 })
        assert.deepStrictEqual(letters, [])
      })
    )
  }

  it.live("leaves one alone that is new in another list", () =>
    Effect.gen(function* () {
      const { letters, peer, register } = yield* connected()
      peer.add("old@shop.example", "unknown")
      assert.deepStrictEqual(yield* register("old@shop.example", { consent }), existed("subscribed"))
      assert.deepStrictEqual(peer.contacts.get("old@shop.example")?.lists, ["78"])
      assert.deepStrictEqual(letters, [])
    })
  )

  it.live("sends the letter later where an import of its own has lost its answer, and once", () =>
    Effect.gen(function* () {
      const { letters, peer, register } = yield* connected()
      peer.fault("cut-after")
      const error = yield* Effect.flip(register("lost@shop.example", { consent }))
      assert.isTrue(error._tag === "EspUnavailable" && error.reason === "cut" && error.mayHaveActed)
      assert.deepStrictEqual(yield* register("lost@shop.example", { consent }), existed("pending"))
      assert.deepStrictEqual(yield* register("lost@shop.example", { consent }), existed("pending"))
      assert.deepStrictEqual(letters, ["lost@shop.example"])
    })
  )

  it.live("says that it may have acted where the letter fails after the import", () =>
    Effect.gen(function* () {
      const { register } = yield* connected({ account, settings: { list: 78 } })
      const error = yield* Effect.flip(register("nora@shop.example", { consent }))
      assert.isTrue(error._tag === "EspMisconfigured" && error.mayHaveActed)
      assert.include(error.reason, "subscribe refuses an argument (invalid_arg)")
      assert.deepStrictEqual(yield* register("vera@shop.example"), created("unsubscribed"))
    })
  )

  it.live("says that it has not where the letter fails for a contact that was there, and sends it later", () =>
    Effect.gen(function* () {
      let failures = 1
      const { letters, register } = yield* connected({
        instead: (method, answer) => (method === "subscribe" && failures-- > 0 ? { status: 429 } : answer())
      })
      // As if another connection of the same account had registered the contact, without consent.
      assert.deepStrictEqual(yield* register("nora@shop.example"), created("unsubscribed"))
      const limited = yield* Effect.flip(register("nora@shop.example", { consent }))
      assert.isTrue(limited._tag === "EspUnavailable" && limited.reason === "rate-limited" && !limited.mayHaveActed)
      assert.deepStrictEqual(yield* register("nora@shop.example", { consent }), existed("pending"))
      assert.deepStrictEqual(letters, ["nora@shop.example"])
    })
  )

  it.live("keeps the verdict where only the look at a known contact fails", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* connected({
        instead: (method, answer) => (method === "getContact" ? { status: 500 } : answer())
      })
      peer.add("old@shop.example")
      assert.deepStrictEqual(yield* register("old@shop.example", { consent }), existed())
    })
  )

  it.live("sends attributes and tags, and takes neither tags nor lists away", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* connected()
      peer.add("old@shop.example")
      yield* register("old@shop.example", { tags: ["before"] })
      yield* register("old@shop.example", {
        tags: ["autumn", "a, b", " ", ...Array.from({ length: 12 }, (_, index) => `t${index}`)],
        attributes: { Name: "Нора & Co", SCORE: 12.5, LAST_GAME: true }
      })
      assert.deepInclude(peer.contacts.get("old@shop.example"), {
        lists: ["78"],
        tags: ["before", "autumn", "a b", ...Array.from({ length: 8 }, (_, index) => `t${index}`)],
        attributes: { Name: "Нора & Co", SCORE: "12.5", LAST_GAME: "1" }
      })
    })
  )

  it.live("has the key in the form alone, in no URL, header, log or error", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(JSON.stringify(message)))
      const { peer, register } = yield* connected({
        instead: () => ({ status: 200, body: JSON.stringify({ error: `Ключ ${key}, nora@shop.example`, code: "x" }) })
      })
      const error = yield* Effect.flip(register("nora@shop.example")).pipe(Effect.provide(Logger.layer([logger])))
      assert.strictEqual(new URLSearchParams(peer.received[0]?.body).get("api_key"), key)
      for (const text of [JSON.stringify(peer.received[0]?.headers), peer.received[0]?.path, JSON.stringify(error)]) {
        assert.notInclude(text, key)
      }
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "Ключ <secret>")
      assert.notInclude(lines[0], "nora@")
    })
  )

  const failing = (code: string, status = 200) => ({
    status,
    body: JSON.stringify({ error: "Сообщение, которое ничего не значит", code })
  })
  for (const [what, answer, expected] of [
    ["retry_later", failing("retry_later"), ["EspUnavailable", "rate-limited", true]],
    [
      "api_call_limit_exceeded_for_api_key",
      failing("api_call_limit_exceeded_for_api_key"),
      ["EspUnavailable", "rate-limited", false]
    ],
    [
      "api_call_limit_exceeded_for_ip",
      failing("api_call_limit_exceeded_for_ip"),
      ["EspUnavailable", "rate-limited", false]
    ],
    ["unspecified", failing("unspecified"), ["EspUnavailable", "provider-error", true]],
    ["a code that nobody knows", failing("new_code"), ["EspUnavailable", "provider-error", true]],
    [
      "an error without a code",
      { status: 200, body: '{"error":"Ошибка"}' },
      ["EspUnavailable", "provider-error", true]
    ],
    [
      "invalid_api_key",
      failing("invalid_api_key"),
      ["EspMisconfigured", "the key is refused (invalid_api_key)", false]
    ],
    [
      "access_denied with a status of its own",
      failing("access_denied", 403),
      ["EspMisconfigured", "the key does not permit it (access_denied)", false]
    ],
    [
      "not_enough_money",
      failing("not_enough_money"),
      ["EspMisconfigured", "the account has not enough money (not_enough_money)", false]
    ],
    ["a result that is none", { status: 200, body: '{"result":[]}' }, ["EspUnavailable", "status-200", true]],
    [
      "a result of nothing",
      { status: 200, body: '{"result":{"inserted":0,"updated":0}}' },
      ["EspUnavailable", "no-verdict", true]
    ]
  ] as const) {
    it.live(`takes ${what} for what it is`, () =>
      Effect.gen(function* () {
        const { register } = yield* connected({ instead: () => answer })
        const error = yield* Effect.flip(register("nora@shop.example"))
        assert.deepStrictEqual(
          [error._tag, error.reason, error._tag === "EspRejected" ? undefined : error.mayHaveActed],
          [...expected]
        )
      })
    )
  }

  it.live("rejects nobody for a field: what a stranger's value spoils is registered without it", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* connected()
      const spoilt = { attributes: { SCORE: "a lot", Name: "Nora" }, tags: ["games"] }
      const { layer, logs } = observed()
      assert.deepStrictEqual(
        yield* Effect.provide(register("nora@shop.example", spoilt), layer),
        created("unsubscribed")
      )
      assert.include(logs.join(), "refuses a field")
      assert.deepStrictEqual(yield* register("nora@shop.example", spoilt), existed())
      assert.deepInclude(peer.contacts.get("nora@shop.example"), { attributes: {}, tags: [], creations: 1 })
      logs.length = 0
      const error = yield* Effect.provide(Effect.flip(register("info@shop.example", spoilt)), layer)
      assert.notInclude(logs.join(), "refuses a field")
      assert.deepInclude(error, { _tag: "EspRejected", reason: "role-email" })
      assert.lengthOf(peer.received, 6)
      // A refused row with nothing but its address is not repeated.
      yield* Effect.flip(register("info@shop.example"))
      assert.lengthOf(peer.received, 7)
    })
  )

  it.live("takes counts that come as text, and gives a refusal without a code a reason", () =>
    Effect.gen(function* () {
      const answers = [
        '{"result":{"inserted":"1","updated":"0"}}',
        '{"result":{"inserted":0,"updated":0,"invalid":"1"}}'
      ]
      const { register } = yield* connected({ instead: () => ({ status: 200, body: answers.shift() ?? "" }) })
      assert.deepStrictEqual(yield* register("nora@shop.example"), created("unsubscribed"))
      assert.strictEqual((yield* Effect.flip(register("nora@shop.example"))).reason, "invalid-address")
    })
  )

  it.live("is turned away by the limit of the method that it would run into first", () =>
    Effect.gen(function* () {
      const { register } = yield* connected({ now: () => 0 })
      const all = yield* Effect.all(
        Array.from({ length: 301 }, (_, index) => Effect.result(register(`player${index}@shop.example`))),
        { concurrency: 8 }
      )
      assert.strictEqual(all.filter(Result.isSuccess).length, 300)
      const [error] = all.flatMap((one) => (Result.isFailure(one) ? [one.failure] : []))
      assert.isTrue(error?._tag === "EspUnavailable" && error.reason === "rate-limited" && !error.mayHaveActed)
    })
  )

  it.live("names limits that keep within all of them, for the account of the key", () =>
    Effect.gen(function* () {
      const { connections } = yield* EspClient.pipe(Effect.provide(shop("http://127.0.0.1:9")))
      const governor = connections.get("shop")?.governor
      assert.isFalse(governor === undefined || isUnlimited(governor))
      assert.match(governor?.account ?? "", /^unisender:[0-9a-f]{16}$/)
      assert.deepStrictEqual(
        governor?.buckets.map(({ cost, limit, window }) => [limit, Duration.toSeconds(window), cost]),
        [
          [1200, 60, 3],
          [300, 60, 1]
        ]
      )
    })
  )
})

describe("the settings of a UniSender connection", () => {
  it.live("may name the language and Selzy's address", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* connected({ settings: { language: "en" } })
      yield* register("nora@shop.example")
      assert.deepStrictEqual(methods(peer), ["/en/api/importContacts"])
    })
  )

  it.live("may not give a permission to mail by way of an attribute", () =>
    Effect.gen(function* () {
      for (const name of ["email_status", "delete", "Email_List_Ids", "tags", "имя", "1st", "Name]"]) {
        const error = yield* Effect.flip(Layer.build(shop("http://127.0.0.1:9", { attributes: { [name]: "name" } })))
        assert.include(error.message, 'connection "shop", field attributes')
      }
      const others = { Name: "name", Telephone: "name", tags_won: "name", deleted: "name" }
      yield* Layer.build(shop("http://127.0.0.1:9", { attributes: others }))
    })
  )
})

describe("the check of a UniSender connection", () => {
  it.live("says what is there", () =>
    Effect.gen(function* () {
      const { check } = yield* connected({ account, settings: { attributes: { LAST_GAME: "game" } } })
      assert.deepStrictEqual((yield* check)[0]?.findings, [
        { level: "ok", what: "the key is right" },
        { level: "ok", what: "list 77 exists" },
        { level: "ok", what: "user field LAST_GAME exists" }
      ])
    })
  )

  it.live("says what is missing, and changes nothing", () =>
    Effect.gen(function* () {
      const { check, peer } = yield* connected({
        account,
        settings: { list: 5, attributes: { last_game: "game", Name: "name" } }
      })
      assert.deepStrictEqual((yield* check)[0]?.findings, [
        { level: "ok", what: "the key is right" },
        { level: "error", what: "there is no list 5; there are 77, 78" },
        { level: "error", what: "there is no user field last_game: add it at UniSender (case counts)" },
        { level: "ok", what: "user field Name exists" }
      ])
      assert.deepStrictEqual(methods(peer), ["/ru/api/getLists", "/ru/api/getFields"])
    })
  )

  it.live("says that the key is refused", () =>
    Effect.gen(function* () {
      const { check } = yield* connected({
        instead: () => ({ status: 200, body: '{"error":"Неверный ключ","code":"invalid_api_key"}' })
      })
      assert.deepStrictEqual((yield* check)[0]?.findings, [
        { level: "error", what: "the key is refused (invalid_api_key)" }
      ])
    })
  )
})
