import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer } from "effect"
import { existed } from "../../../../src/esp/EspClient.ts"
import { conditionFor } from "../../../../src/esp/providers/listmonk/ListmonkExisting.ts"
import { attribsAdded, mailabilityOf } from "../../../../src/esp/providers/listmonk/ListmonkSubscriber.ts"
import { attempt, connected, register, shop } from "../../../support/esp/Connected.ts"
import { contactOf } from "../../../support/esp/EspContacts.ts"
import { httpPeer, json } from "../../../support/esp/HttpPeer.ts"
import { double, listmonkBehaviour, single } from "../../../support/esp/listmonk/ListmonkPeer.ts"
import { listmonk } from "../../../support/esp/listmonk/ListmonkSubject.ts"
import { observed } from "../../../support/esp/Observed.ts"
import { providerPeer } from "../../../support/esp/ProviderPeer.ts"

const consent = { textVersion: "2026-10", language: "de", at: new Date("2026-11-20T10:00:00.250Z") }

const atPeer = (change?: { readonly [field: string]: unknown }) =>
  Effect.suspend(() => {
    const behaviour = listmonkBehaviour()
    return Effect.map(providerPeer(behaviour), (peer) => ({
      peer,
      behaviour,
      layer: connected(listmonk, peer.url, change)
    }))
  })

describe("a contact that listmonk has", () => {
  it.live("gets attributes and tags, and without consent no list", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      peer.add("nora@shop.example", "unknown")
      const subscriber = behaviour.subscribers.get("nora@shop.example")
      Object.assign(subscriber?.attribs ?? {}, { city: "Bonn", tags: ["vip"] })
      const registration = yield* register("NORA@shop.example", { tags: ["wheel"], attributes: { plays: 2 } }).pipe(
        Effect.provide(layer)
      )
      assert.deepStrictEqual(registration, existed("unsubscribed"))
      assert.deepInclude(subscriber, { name: "", attribs: { city: "Bonn", tags: ["vip", "wheel"], plays: 2 } })
      assert.strictEqual(subscriber?.lists.size, 0)
      const methods = () => peer.received.map(({ method }) => method)
      assert.deepStrictEqual(methods(), ["POST", "GET", "PATCH"])
      assert.isEmpty(behaviour.mails)
      // No PATCH for a tag that the subscriber already has.
      yield* register("nora@shop.example", { tags: ["wheel"] }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(methods().slice(3), ["POST", "GET"])
    })
  )

  it.live("keeps an attribute of its own that is called tags", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      peer.add("nora@shop.example")
      const subscriber = behaviour.subscribers.get("nora@shop.example")
      Object.assign(subscriber?.attribs ?? {}, { tags: "vip" })
      yield* register("nora@shop.example", { tags: ["wheel"] }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(subscriber?.attribs, { tags: "vip" })
      assert.strictEqual(peer.received.length, 2)
    })
  )

  it.live("gets into the list with consent, and one mail where it is double opt-in", () =>
    Effect.gen(function* () {
      for (const [list, mailability, mails] of [
        [single, "subscribed", 0],
        [double, "pending", 1]
      ] as const) {
        const { behaviour, layer, peer } = yield* atPeer({ list })
        peer.add("nora@shop.example", "unknown")
        assert.deepStrictEqual(
          yield* register("nora@shop.example", { consent, attributes: { plays: 2 } }).pipe(Effect.provide(layer)),
          existed(mailability)
        )
        assert.deepStrictEqual(
          [...(behaviour.subscribers.get("nora@shop.example")?.lists ?? [])],
          [[list, "unconfirmed"]]
        )
        assert.strictEqual(behaviour.mails.length, mails)
        // By listmonk's source, a status here would replace that of a subscription made in the meantime.
        const added = peer.received.find(({ method }) => method === "PUT")
        assert.deepStrictEqual(JSON.parse(added?.body ?? ""), { ids: [1], action: "add", target_list_ids: [list] })
      }
    })
  )

  it.live("gets into the list though it is in another one", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      peer.add("nora@shop.example", "unknown")
      behaviour.subscribe("nora@shop.example", double, "unsubscribed")
      assert.deepStrictEqual(
        yield* register("nora@shop.example", { consent }).pipe(Effect.provide(layer)),
        existed("subscribed")
      )
      assert.deepStrictEqual(
        [...(behaviour.subscribers.get("nora@shop.example")?.lists ?? [])],
        [
          [double, "unsubscribed"],
          [single, "unconfirmed"]
        ]
      )
    })
  )

  it.live("is not asked to confirm where it could not be put into the list", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer({ list: double })
      peer.add("nora@shop.example", "unknown")
      behaviour.permissions.delete("lists:manage_all")
      assert.deepStrictEqual(
        yield* register("nora@shop.example", { consent }).pipe(Effect.provide(layer)),
        existed("unsubscribed")
      )
      assert.deepStrictEqual(
        peer.received.map(({ method }) => method),
        ["POST", "GET", "PUT"]
      )
    })
  )

  it.live("keeps its subscription as it is, consent or not", () =>
    Effect.gen(function* () {
      for (const [status, mailability] of [
        ["confirmed", "subscribed"],
        ["unsubscribed", "unsubscribed"],
        ["unconfirmed", "pending"]
      ] as const) {
        const { behaviour, layer, peer } = yield* atPeer({ list: double })
        peer.add("nora@shop.example", "unknown")
        behaviour.subscribe("nora@shop.example", double, status)
        assert.deepStrictEqual(
          yield* register("nora@shop.example", { consent, tags: ["wheel"] }).pipe(Effect.provide(layer)),
          existed(mailability)
        )
        assert.deepStrictEqual([...(behaviour.subscribers.get("nora@shop.example")?.lists ?? [])], [[double, status]])
        // A change of attributes would mail subscribers that have not confirmed yet.
        assert.isEmpty(behaviour.mails)
      }
    })
  )

  it.live("gets into no list where it is blocked", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      peer.add("nora@shop.example", "suppressed")
      assert.deepStrictEqual(
        yield* register("nora@shop.example", { consent }).pipe(Effect.provide(layer)),
        existed("suppressed")
      )
      assert.strictEqual(behaviour.subscribers.get("nora@shop.example")?.lists.size, 0)
    })
  )

  it.live("existed whatever becomes of what follows", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      peer.add("nora@shop.example")
      const verdict = register("nora@shop.example", { tags: ["wheel"] }).pipe(Effect.provide(layer))
      behaviour.permissions.delete("subscribers:sql_query")
      assert.deepStrictEqual(yield* verdict, existed("unknown"))
      const answers = [
        [500, {}],
        [200, { data: { results: [] } }],
        [200, "???"],
        [500, { data: { results: [{ id: 1, email: "nora@shop.example", status: "enabled" }] } }]
      ] as const
      for (const [status, body] of answers) {
        const other = yield* httpPeer(({ method }, response) =>
          method === "POST" ? json(response, 409, { message: "Existiert." }) : json(response, status, body)
        )
        const { layer, logs } = observed()
        assert.deepStrictEqual(
          yield* register("nora@shop.example").pipe(Effect.provide(Layer.merge(connected(listmonk, other.url), layer))),
          existed("unknown")
        )
        assert.isNotEmpty(logs)
        assert.notInclude(logs.join(), "defect")
      }
    })
  )

  it.live("is never another one", () =>
    Effect.gen(function* () {
      // An instance that answers the query with another subscriber.
      const peer = yield* httpPeer(({ method }, response) => {
        if (method === "POST") return json(response, 409, { message: "Existiert." })
        const other = { id: 7, email: "olga@shop.example", status: "enabled", attribs: {}, lists: [] }
        json(response, 200, { data: { results: [other], total: 1 } })
      })
      assert.deepStrictEqual(
        yield* register("nora@shop.example", { tags: ["wheel"] }).pipe(Effect.provide(connected(listmonk, peer.url))),
        existed("unknown")
      )
      assert.strictEqual(peer.received.length, 2)
    })
  )

  it("has yet to confirm where nothing says what its list wants", () => {
    const subscriber = { id: 1, email: "nora@shop.example", status: "enabled" }
    const mailabilityWith = (lists: ReadonlyArray<unknown> | null) => mailabilityOf({ ...subscriber, lists }, 3)
    assert.strictEqual(mailabilityWith([{ id: 3, subscription_status: "unconfirmed" }]), "pending")
    assert.strictEqual(mailabilityWith([{ id: 3, optin: "single", subscription_status: "unconfirmed" }]), "subscribed")
    const unsubscribed = { id: 4, subscription_status: "unsubscribed" }
    assert.strictEqual(mailabilityWith([unsubscribed, { id: 3, subscription_status: "confirmed" }]), "subscribed")
    assert.strictEqual(mailabilityWith([{ ...unsubscribed, subscription_status: "confirmed" }]), "unsubscribed")
    assert.strictEqual(mailabilityWith([3]), "unknown")
    assert.strictEqual(mailabilityWith([4]), "unsubscribed")
    assert.strictEqual(mailabilityWith(null), "unsubscribed")
  })

  it("gets tags though it has no attributes at all", () => {
    const nora = contactOf("nora@shop.example", { tags: ["wheel"] })
    assert.deepStrictEqual(attribsAdded(nora, { attribs: null }), { tags: ["wheel"] })
  })

  it("is looked for by a condition that no address gets out of", () => {
    assert.strictEqual(conditionFor("o'hara@shop.example"), "subscribers.email = 'o''hara@shop.example'")
    assert.strictEqual(
      conditionFor("'or'1'='1'--@shop.example"),
      "subscribers.email = '''or''1''=''1''--@shop.example'"
    )
    assert.isUndefined(conditionFor("a\\'b@shop.example"))
    assert.isUndefined(conditionFor("a\0@shop.example"))
  })

  it.live("is found though its address has a quote", () =>
    Effect.gen(function* () {
      const { layer, peer } = yield* atPeer()
      peer.add("o'hara@shop.example")
      assert.deepStrictEqual(yield* register("O'Hara@shop.example").pipe(Effect.provide(layer)), existed("subscribed"))
    })
  )
})

describe("the limits of listmonk", () => {
  it.live("are eight calls at once, for whoever has an API user there", () =>
    Effect.gen(function* () {
      let under = 0
      let most = 0
      const waiting: Array<() => void> = []
      const peer = yield* httpPeer(({ body }, response) => {
        most = Math.max(most, ++under)
        waiting.push(() => {
          under--
          json(response, 200, { data: { id: 1, ...(JSON.parse(body) as object), status: "enabled", lists: [] } })
        })
      })
      const accountWith = (change: { readonly [field: string]: unknown }) =>
        Effect.map(shop, ({ governor }) => governor.account).pipe(Effect.provide(connected(listmonk, peer.url, change)))
      assert.strictEqual(yield* accountWith({}), yield* accountWith({ user: "other", base: `${peer.url}/api/` }))
      assert.notStrictEqual(yield* accountWith({}), yield* accountWith({ base: "https://lists.other.example" }))
      yield* Effect.gen(function* () {
        assert.deepStrictEqual((yield* shop).governor.concurrency, { limit: 8, hold: Duration.seconds(30) })
        const fibers = yield* Effect.forEach(Array.from({ length: 12 }), (_, index) =>
          Effect.forkChild(Effect.exit(attempt(`nora${index}@shop.example`)))
        )
        while (waiting.length < 8) yield* Effect.promise(() => new Promise(setImmediate))
        const answering = setInterval(() => waiting.splice(0).forEach((answer) => answer()), 5)
        const exits = yield* Effect.forEach(fibers, Fiber.join)
        clearInterval(answering)
        assert.strictEqual(exits.filter(({ _tag }) => _tag === "Success").length, 8)
        assert.strictEqual(most, 8)
      }).pipe(Effect.provide(connected(listmonk, peer.url)))
    })
  )
})
