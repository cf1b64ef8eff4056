import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { created } from "../../../../src/esp/EspClient.ts"
import { connected, failing, register } from "../../../support/esp/Connected.ts"
import { httpPeer, json } from "../../../support/esp/HttpPeer.ts"
import { basic, double, listmonkBehaviour, single } from "../../../support/esp/listmonk/ListmonkPeer.ts"
import { listmonk } from "../../../support/esp/listmonk/ListmonkSubject.ts"
import { observed } from "../../../support/esp/Observed.ts"
import { providerPeer } from "../../../support/esp/ProviderPeer.ts"
import { providerSuite } from "../../../support/esp/ProviderSuite.ts"

providerSuite(listmonk)

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

const bodyOf = (received: { readonly body: string } | undefined): unknown => JSON.parse(received?.body ?? "null")

describe("a new contact at listmonk", () => {
  it.live("is sent whole, in one call, and without consent to no list", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer({ list: double })
      const registration = yield* register("Nora+Wheel@Shop.example", {
        tags: ["wheel"],
        attributes: { last_game: "wheel", plays: 3, won: true }
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(registration, created("unsubscribed"))
      assert.strictEqual(peer.received.length, 1)
      const [sent] = peer.received
      assert.strictEqual(sent?.path, "/api/subscribers")
      assert.strictEqual(sent?.headers.authorization, `Basic ${basic}`)
      assert.isUndefined(sent?.headers.cookie)
      assert.deepStrictEqual(bodyOf(sent), {
        email: "Nora+Wheel@Shop.example",
        name: "Nora",
        status: "enabled",
        lists: [],
        attribs: { tags: ["wheel"], last_game: "wheel", plays: 3, won: true }
      })
      assert.isEmpty(behaviour.mails)
      assert.strictEqual(behaviour.subscribers.get("nora+wheel@shop.example")?.lists.size, 0)
    })
  )

  it.live("is in the list with consent, and asked to confirm where the list wants it", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(
          yield* register("nora@shop.example", { consent, language: consent.language, name: null }),
          created("subscribed")
        )
        assert.deepStrictEqual(
          yield* register("olga@shop.example", { consent, list: String(double) }),
          created("pending")
        )
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(bodyOf(peer.received[0]), {
        email: "nora@shop.example",
        name: "",
        status: "enabled",
        lists: [single],
        attribs: { language: "de", consentAt: "2026-11-20T10:00:00.250Z" }
      })
      assert.deepStrictEqual(
        [...behaviour.subscribers.values()].map(({ lists }) => [...lists]),
        [[[single, "unconfirmed"]], [[double, "unconfirmed"]]]
      )
      assert.deepStrictEqual(behaviour.mails, ["olga@shop.example"])
    })
  )

  it.live("is created without its list where the user may not manage it, and only that is said", () =>
    Effect.gen(function* () {
      const { behaviour, layer } = yield* atPeer()
      const { layer: logger, logs } = observed()
      yield* Effect.gen(function* () {
        yield* register("olga@shop.example", { consent })
        behaviour.permissions.delete("lists:manage_all")
        yield* register("vera@shop.example")
        assert.deepStrictEqual(logs, [])
        assert.deepStrictEqual(yield* register("nora@shop.example", { consent }), created("unsubscribed"))
        assert.include(logs.join(), "created a contact with consent, but not in its list")
      }).pipe(Effect.provide(Layer.merge(layer, logger)))
    })
  )

  it.live("goes without what the database cannot hold", () =>
    Effect.gen(function* () {
      const { behaviour, layer } = yield* atPeer()
      const registration = yield* register("nora@shop.example", {
        name: "N\0ora\ud800",
        attributes: { prize: "a\0b" },
        tags: ["t\0"]
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(registration, created("unsubscribed"))
      assert.deepInclude(behaviour.subscribers.get("nora@shop.example"), {
        name: "Nora\ufffd",
        attribs: { prize: "ab", tags: ["t"] }
      })
    })
  )

  it.live("needs a number for a list", () =>
    Effect.gen(function* () {
      const { layer, peer } = yield* atPeer()
      for (const list of ["news", "0", "-1", "1.5", "99999999999"]) {
        assert.deepStrictEqual(yield* failing("nora@shop.example", { list }).pipe(Effect.provide(layer)), {
          tag: "EspMisconfigured",
          reason: `the list ${JSON.stringify(list)} is not a list's number`
        })
      }
      assert.isEmpty(peer.received)
    })
  )
})

describe("a 400 of listmonk", () => {
  it.live("rejects where nothing but the address is sent, in whatever language", () =>
    Effect.gen(function* () {
      const { layer, peer } = yield* atPeer()
      yield* Effect.gen(function* () {
        const rejected = { tag: "EspRejected", reason: "refused-address" }
        assert.deepStrictEqual(
          yield* failing("nora@blocked.example", { consent, tags: ["wheel"], attributes: { plays: 1 } }),
          rejected
        )
        assert.deepStrictEqual(bodyOf(peer.received[1]), {
          email: "nora@blocked.example",
          name: "nora",
          status: "enabled",
          lists: []
        })
        peer.fault("localised")
        assert.deepStrictEqual(yield* failing("nora@shop.example"), rejected)
      }).pipe(Effect.provide(layer))
      assert.strictEqual(peer.received.length, 6)
      assert.deepStrictEqual(bodyOf(peer.received[2]), [])
    })
  )

  it.live("does not cost the contact where something else is wrong", () =>
    Effect.gen(function* () {
      const { behaviour, layer } = yield* atPeer()
      const { layer: logger, logs } = observed()
      behaviour.pickiness = "attribs"
      assert.deepStrictEqual(
        yield* register("nora@shop.example", { consent, attributes: { plays: 1 } }).pipe(
          Effect.provide(Layer.merge(layer, logger))
        ),
        created("unsubscribed")
      )
      assert.include(logs.join(), "takes the address, but not what goes with it")
      assert.strictEqual(behaviour.subscribers.get("nora@shop.example")?.creations, 1)
    })
  )

  it.live("is not listmonk's where it is not JSON with a message", () =>
    Effect.gen(function* () {
      for (const body of ["<html>400 Bad Request</html>", "", `{"error":"proxy"}`]) {
        const peer = yield* httpPeer((_, response) => {
          response.writeHead(400)
          response.end(body)
        })
        assert.deepStrictEqual(
          yield* failing("nora@shop.example").pipe(Effect.provide(connected(listmonk, peer.url))),
          { tag: "EspUnavailable", reason: "status-400", acted: false, wait: undefined }
        )
        assert.strictEqual(peer.received.length, 1)
      }
    })
  )
})

describe("listmonk's other errors", () => {
  const endWith = (status: number, body: unknown) =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, status, body))
      return yield* failing("nora@shop.example").pipe(Effect.provide(connected(listmonk, peer.url)))
    })

  it.live("tell the operator of credentials and permissions", () =>
    Effect.gen(function* () {
      const forbidden = { tag: "EspMisconfigured", reason: "the credentials do not permit it (403)" }
      const { behaviour, layer } = yield* atPeer()
      behaviour.permissions.delete("subscribers:manage")
      assert.deepStrictEqual(yield* failing("nora@shop.example").pipe(Effect.provide(layer)), forbidden)
      const wrong = connected({ ...listmonk, env: { LISTMONK_TOKEN: "wrong" } }, (yield* atPeer()).peer.url)
      assert.deepStrictEqual(yield* failing("nora@shop.example").pipe(Effect.provide(wrong)), forbidden)
      assert.deepStrictEqual(yield* endWith(404, { message: "Not Found" }), {
        tag: "EspMisconfigured",
        reason: "there is no such thing at the provider (404)"
      })
    })
  )

  it.live("leave it open where the database had trouble, which may be after the insert", () =>
    Effect.gen(function* () {
      const open = { tag: "EspUnavailable", acted: true, wait: undefined }
      assert.deepStrictEqual(yield* endWith(500, { message: "Fehler: pq: deadlock detected" }), {
        ...open,
        reason: "status-500"
      })
      const nora = { id: 1, email: "nora@shop.example", status: "enabled", lists: [] }
      assert.deepStrictEqual(yield* endWith(500, { data: nora }), { ...open, reason: "status-500" })
      assert.deepStrictEqual(yield* endWith(200, "???"), { ...open, reason: "status-200" })
      assert.deepStrictEqual(yield* endWith(200, { data: true }), { ...open, reason: "status-200" })
      assert.deepStrictEqual(yield* endWith(429, { message: "zu viel" }), {
        tag: "EspUnavailable",
        reason: "rate-limited",
        acted: false,
        wait: undefined
      })
    })
  )
})
