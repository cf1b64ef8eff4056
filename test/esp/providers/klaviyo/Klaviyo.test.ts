import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { created, existed } from "../../../../src/esp/EspClient.ts"
import { failing } from "../../../support/esp/Failing.ts"
import { klaviyoKey } from "../../../support/esp/klaviyo/KlaviyoPeer.ts"
import { consent, shop } from "../../../support/esp/klaviyo/KlaviyoShop.ts"
import { klaviyo } from "../../../support/esp/klaviyo/KlaviyoSubject.ts"
import { opened } from "../../../support/esp/OpenedConnection.ts"
import { providerSuite } from "../../../support/esp/ProviderSuite.ts"

providerSuite(klaviyo)

const importing = "POST /api/profile-import"
const subscribing = "POST /api/profile-subscription-bulk-create-jobs"

describe("what Klaviyo is sent", () => {
  it.live("is the profile, its own fields apart from custom properties", () =>
    Effect.gen(function* () {
      const { bodies, calls, peer, register } = yield* shop({ tagsProperty: "games" })
      const attributes = {
        last_name: "Klein",
        "location.city": "Berlin",
        "location.planet": "Earth",
        last_game: "wheel",
        plays: 3,
        won: true
      }
      const contact = { tags: ["games", "spring"], language: "de", attributes }
      assert.deepStrictEqual(yield* register("Nora+Wheel@shop.example", contact), created("unsubscribed"))
      assert.deepStrictEqual(bodies(), [
        {
          data: {
            type: "profile",
            attributes: {
              email: "Nora+Wheel@shop.example",
              first_name: "Nora",
              locale: "de",
              last_name: "Klein",
              location: { city: "Berlin" },
              properties: {
                games: ["games", "spring"],
                "location.planet": "Earth",
                last_game: "wheel",
                plays: 3,
                won: true
              }
            }
          }
        }
      ])
      assert.deepStrictEqual(calls(), [importing])
      assert.deepInclude(peer.received[0]?.headers, {
        authorization: `Klaviyo-API-Key ${klaviyoKey}`,
        revision: "2026-07-15",
        "content-type": "application/vnd.api+json",
        accept: "application/vnd.api+json"
      })
      const { searchParams } = new URL(peer.received[0]?.path ?? "", peer.url)
      assert.deepStrictEqual(Object.fromEntries(searchParams), {
        "additional-fields[profile]": "subscriptions",
        "fields[profile]": "email,subscriptions"
      })
    })
  )

  it.live("is no more than the address where there is no more", () =>
    Effect.gen(function* () {
      const { bodies, register } = yield* shop()
      yield* register("nora@shop.example", { name: null })
      assert.deepStrictEqual(bodies(), [{ data: { type: "profile", attributes: { email: "nora@shop.example" } } }])
    })
  )

  it.live("is the consent with its source, for that very profile", () =>
    Effect.gen(function* () {
      const { bodies, calls, peer, register } = yield* shop()
      const contact = { consent, list: "X1double", name: null }
      assert.deepStrictEqual(yield* register("Nora@shop.example", contact), created("unknown"))
      assert.deepStrictEqual(calls(), [importing, subscribing])
      assert.deepStrictEqual(bodies()[1], {
        data: {
          type: "profile-subscription-bulk-create-job",
          attributes: {
            custom_source: "Game wheel, consent text 2026-10",
            profiles: {
              data: [
                {
                  type: "profile",
                  id: "01H00000000000000000000001",
                  attributes: {
                    email: "Nora@shop.example",
                    subscriptions: { email: { marketing: { consent: "SUBSCRIBED" } } }
                  }
                }
              ]
            }
          },
          relationships: { list: { data: { type: "list", id: "X1double" } } }
        }
      })
      assert.deepStrictEqual(peer.mails, ["nora@shop.example"])
    })
  )

  it.effect.each([
    [{ list: "" }, "field list"],
    [{ attributes: { email: "email" } }, "field attributes: email identifies a profile in Klaviyo"],
    [{ attributes: { phone_number: "data.phone" } }, "field attributes: phone_number identifies a profile"],
    [{ attributes: { plays: "nickname" } }, "field attributes.plays: it must be one of"],
    [{ withoutConsent: "blocklist" }, "field withoutConsent"]
  ] as const)("is never what the settings %j ask for", ([change, expected]) =>
    Effect.gen(function* () {
      const settings = { ...klaviyo.settings("http://127.0.0.1:9"), ...change }
      const problems = yield* Effect.flip(opened(klaviyo, settings))
      assert.include(problems.join("\n"), expected)
    })
  )
})

describe("without consent, Klaviyo", () => {
  it.live("has a profile that was never subscribed, on no list", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop()
      assert.deepStrictEqual(yield* register("nora@shop.example"), created("unsubscribed"))
      assert.deepStrictEqual(yield* register("nora@shop.example"), existed("unsubscribed"))
      assert.deepInclude(peer.contacts.get("nora@shop.example"), {
        lists: [],
        mailability: "unsubscribed",
        creations: 1
      })
    })
  )

  it.live("puts it on the list where the settings say so, its permission as it was", () =>
    Effect.gen(function* () {
      const { calls, peer, register } = yield* shop({ withoutConsent: "list" })
      peer.add("old@shop.example", "unsubscribed")
      assert.deepStrictEqual(yield* register("nora@shop.example"), created("unknown"))
      assert.deepStrictEqual(yield* register("old@shop.example"), existed("unsubscribed"))
      const enlisting = "POST /api/lists/Y6nRLr/relationships/profiles"
      assert.deepStrictEqual(calls(), [importing, enlisting, importing, enlisting])
      assert.deepInclude(peer.contacts.get("nora@shop.example"), { lists: ["Y6nRLr"], mailability: "unsubscribed" })
      assert.deepInclude(peer.contacts.get("old@shop.example"), { lists: ["Y6nRLr"], mailability: "unsubscribed" })
    })
  )

  it.live.each([
    ["subscribed", "subscribed"],
    ["unsubscribed", "unsubscribed"],
    ["suppressed", "suppressed"]
  ] as const)("says of a profile that was there that it is %s", ([mailability, said]) =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop()
      peer.add("old@shop.example", mailability)
      assert.deepStrictEqual(yield* register("old@shop.example"), existed(said))
      assert.strictEqual(peer.contacts.get("old@shop.example")?.mailability, mailability)
    })
  )
})

describe("with consent, Klaviyo", () => {
  it.live.each(["subscribed", "unsubscribed", "suppressed"] as const)("leaves a profile alone that is %s", (state) =>
    Effect.gen(function* () {
      const { calls, peer, register } = yield* shop()
      peer.add("old@shop.example", state)
      assert.deepStrictEqual(yield* register("old@shop.example", { consent }), existed(state))
      assert.deepStrictEqual(calls(), [importing])
      assert.strictEqual(peer.contacts.get("old@shop.example")?.mailability, state)
    })
  )

  it.live("subscribes a profile that was there and never subscribed", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop()
      peer.add("old@shop.example", "unknown")
      assert.deepStrictEqual(yield* register("old@shop.example", { consent }), existed("unknown"))
      assert.strictEqual(peer.contacts.get("old@shop.example")?.mailability, "subscribed")
    })
  )

  it.live("asks for confirmation once, though the registration is done again because its end was lost", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop({ list: "X1double" })
      yield* register("nora@shop.example", { consent })
      assert.deepStrictEqual(yield* register("NORA@shop.example", { consent }), existed("unknown"))
      assert.deepStrictEqual(peer.mails, ["nora@shop.example"])
    })
  )

  it.live("keeps the consent of a registration whose second call fails", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop({ list: "X1double" }, { scopes: ["profiles:write"] })
      const refused = "the credentials do not permit it (403)"
      assert.deepInclude(yield* failing(register("nora@shop.example", { consent })), { reason: refused, acted: true })
      // The profile exists by now. The first failure has already reported that we created it.
      assert.deepInclude(yield* failing(register("nora@shop.example", { consent })), { reason: refused, acted: false })
      assert.strictEqual(peer.contacts.get("nora@shop.example")?.creations, 1)
    })
  )

  it.live("names the list that is not there, and the profile counts as ours", () =>
    Effect.gen(function* () {
      const there = yield* shop()
      assert.deepStrictEqual(yield* failing(there.register("nora@shop.example", { consent, list: "NoSuch" })), {
        tag: "EspMisconfigured",
        reason: `there is no list "NoSuch" in the Klaviyo account`,
        acted: true
      })
      const listed = yield* shop({ withoutConsent: "list" })
      assert.deepInclude(yield* failing(listed.register("nora@shop.example", { list: "NoSuch" })), {
        tag: "EspMisconfigured",
        acted: true
      })
    })
  )
})
