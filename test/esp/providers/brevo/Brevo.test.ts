import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { created, existed } from "../../../../src/esp/EspClient.ts"
import { consent, doubleOptIn, shop } from "../../../support/esp/brevo/BrevoShop.ts"
import { brevo } from "../../../support/esp/brevo/BrevoSubject.ts"
import { contactOf } from "../../../support/esp/EspContacts.ts"
import { failing } from "../../../support/esp/Failing.ts"
import { httpPeer } from "../../../support/esp/HttpPeer.ts"
import { attempted, opened } from "../../../support/esp/OpenedConnection.ts"
import { providerSuite } from "../../../support/esp/ProviderSuite.ts"

providerSuite(brevo)

describe("what Brevo is sent", () => {
  it.live("is the address as typed, the name and the attributes, and for consent the list", () =>
    Effect.gen(function* () {
      const { bodies, peer, register } = yield* shop({ tagsAttribute: "GAME_TAGS" })
      const contact = { consent, tags: ["games", "spring"], attributes: { LAST_GAME: "wheel", PLAYS: 3 } }
      assert.deepStrictEqual(yield* register("Nora+Wheel@shop.example", contact), created("subscribed"))
      assert.deepStrictEqual(bodies(), [
        {
          email: "Nora+Wheel@shop.example",
          attributes: { FIRSTNAME: "Nora", GAME_TAGS: "games, spring", LAST_GAME: "wheel", PLAYS: 3 },
          listIds: [7],
          updateEnabled: true
        }
      ])
      const [request] = peer.received
      assert.strictEqual(request?.path, "/v3/contacts")
      assert.strictEqual(request?.headers["api-key"], brevo.env["BREVO_KEY"])
      assert.deepInclude(peer.contacts.get("nora+wheel@shop.example"), { lists: ["7"], creations: 1 })
    })
  )

  it.live("is the game's list instead of the connection's, and no name where there is none", () =>
    Effect.gen(function* () {
      const { bodies, register } = yield* shop({ nameAttribute: "LASTNAME" })
      yield* register("a@shop.example", { consent, list: "8", name: null })
      yield* register("b@shop.example", { consent })
      assert.deepStrictEqual(bodies(), [
        { email: "a@shop.example", attributes: {}, listIds: [8], updateEnabled: true },
        { email: "b@shop.example", attributes: { LASTNAME: "Nora" }, listIds: [7], updateEnabled: true }
      ])
    })
  )

  it.live("has no attribute for tags where none is named, and none that is empty", () =>
    Effect.gen(function* () {
      const unnamed = yield* shop()
      yield* unnamed.register("nora@shop.example", { tags: ["games"] })
      const untagged = yield* shop({ tagsAttribute: "GAME_TAGS" })
      yield* untagged.register("nora@shop.example")
      // An empty text would remove existing tags.
      for (const { bodies } of [unnamed, untagged])
        assert.deepNestedInclude(bodies()[0], { attributes: { FIRSTNAME: "Nora" } })
    })
  )

  it.live("is nothing at all where the game's list is no number", () =>
    Effect.gen(function* () {
      const { calls, register } = yield* shop()
      assert.deepStrictEqual(yield* failing(register("nora@shop.example", { list: "winners" })), {
        tag: "EspMisconfigured",
        reason: `the game's list "winners" is no number of a Brevo list`,
        acted: false
      })
      assert.deepStrictEqual(calls(), [])
    })
  )

  it.effect.each([
    [{ list: "news" }, "field list: it must be the number of a Brevo list"],
    [{ list: "7th" }, "field list: it must be the number of a Brevo list"],
    [{ list: "No7" }, "field list: it must be the number of a Brevo list"],
    [{ attributes: { MY_plays: "plays" } }, "field attributes: an attribute's name in Brevo has capital letters"],
    [{ attributes: { my_PLAYS: "plays" } }, "field attributes: an attribute's name in Brevo has capital letters"],
    [{ attributes: { PLAYS: "plays", SMS: "data.phone" } }, "field attributes: SMS identifies a contact in Brevo"],
    [{ attributes: { plays: "plays" } }, "field attributes: an attribute's name in Brevo has capital letters"],
    [{ attributes: { SMS: "data.phone" } }, "field attributes: SMS identifies a contact in Brevo"],
    [{ attributes: { EMAIL: "email" } }, "field attributes: EMAIL identifies a contact in Brevo"],
    [{ attributes: { PLAYS: "nickname" } }, "field attributes.PLAYS: it must be one of"],
    [{ nameAttribute: "EXT_ID" }, "field nameAttribute: EXT_ID identifies"],
    [{ withoutConsent: "subscribe" }, "field withoutConsent: "],
    [{ doubleOptIn: { templateId: 3 } }, "field doubleOptIn.redirectionUrl: is missing"],
    [{ doubleOptIn: { ...doubleOptIn, redirectionUrl: "welcome" } }, "field doubleOptIn.redirectionUrl: it must be"]
  ] as const)("is never what the settings %j ask for", ([change, expected]) =>
    Effect.gen(function* () {
      const settings = { ...brevo.settings("http://127.0.0.1:9"), ...change }
      const problems = yield* Effect.flip(opened(brevo, settings))
      assert.include(problems.join("\n"), expected)
    })
  )
})

describe("without consent, Brevo", () => {
  it.live("has a new contact on no list", () =>
    Effect.gen(function* () {
      const { bodies, register } = yield* shop()
      assert.deepStrictEqual(yield* register("nora@shop.example"), created("unsubscribed"))
      assert.deepStrictEqual(bodies(), [
        { email: "nora@shop.example", attributes: { FIRSTNAME: "Nora" }, updateEnabled: true }
      ])
    })
  )

  it.live("has a new contact on the list only where the settings say so", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop({ withoutConsent: "list" })
      assert.deepStrictEqual(yield* register("nora@shop.example"), created("unknown"))
      assert.deepStrictEqual(peer.contacts.get("nora@shop.example")?.lists, ["7"])
    })
  )

  it.live("blocks a new contact where the settings say so, and nobody who was there", () =>
    Effect.gen(function* () {
      const { calls, peer, register } = yield* shop({ withoutConsent: "blocklist" })
      peer.add("old@shop.example", "subscribed")
      assert.deepStrictEqual(yield* register("nora@shop.example"), created("unsubscribed"))
      assert.deepStrictEqual(yield* register("old@shop.example"), existed("unknown"))
      assert.strictEqual(peer.contacts.get("nora@shop.example")?.mailability, "suppressed")
      assert.deepInclude(peer.contacts.get("old@shop.example"), { mailability: "subscribed", attributes: {} })
      assert.strictEqual(calls().length, 2)
    })
  )

  it.live("keeps a contact that was there where it was", () =>
    Effect.gen(function* () {
      const { bodies, peer, register } = yield* shop()
      peer.add("old@shop.example", "pending")
      assert.deepStrictEqual(yield* register("old@shop.example"), existed("unknown"))
      assert.deepStrictEqual(peer.contacts.get("old@shop.example")?.lists, [])
      assert.notInclude(JSON.stringify(bodies()), "emailBlacklisted")
    })
  )
})

describe("with consent, Brevo", () => {
  it.live("lifts no block", () =>
    Effect.gen(function* () {
      const { bodies, peer, register } = yield* shop()
      peer.add("old@shop.example", "suppressed")
      assert.deepStrictEqual(yield* register("old@shop.example", { consent }), existed("unknown"))
      assert.strictEqual(peer.contacts.get("old@shop.example")?.mailability, "suppressed")
      assert.notInclude(JSON.stringify(bodies()), "emailBlacklisted")
    })
  )

  it.live("is told to ask for confirmation after the contact is created, on no list until then", () =>
    Effect.gen(function* () {
      const { bodies, calls, peer, register } = yield* shop({ doubleOptIn })
      assert.deepStrictEqual(yield* register("Nora@shop.example", { consent }), created("pending"))
      assert.deepStrictEqual(calls(), ["POST /contacts", "POST /contacts/doubleOptinConfirmation"])
      assert.deepStrictEqual(bodies(), [
        { email: "Nora@shop.example", attributes: { FIRSTNAME: "Nora" }, updateEnabled: true },
        { email: "Nora@shop.example", includeListIds: [7], ...doubleOptIn }
      ])
      assert.deepStrictEqual(peer.contacts.get("nora@shop.example")?.lists, [])
      peer.confirm("nora@shop.example")
      assert.deepStrictEqual(peer.contacts.get("nora@shop.example")?.lists, ["7"])
      assert.strictEqual(peer.contacts.get("nora@shop.example")?.creations, 1)
    })
  )

  it.live("asks nobody for confirmation without consent", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop({ doubleOptIn })
      assert.deepStrictEqual(yield* register("nora@shop.example"), created("unsubscribed"))
      assert.deepStrictEqual(peer.mails, [])
    })
  )

  it.live("asks a contact that was there, unless it is blocked or on the list already", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop({ doubleOptIn })
      peer.add("off@shop.example", "unknown")
      peer.add("on@shop.example", "subscribed")
      peer.add("gone@shop.example", "suppressed")
      assert.deepStrictEqual(yield* register("off@shop.example", { consent }), existed("pending"))
      assert.deepStrictEqual(yield* register("on@shop.example", { consent }), existed("subscribed"))
      assert.deepStrictEqual(yield* register("gone@shop.example", { consent }), existed("suppressed"))
      assert.deepStrictEqual(peer.mails, ["off@shop.example"])
    })
  )

  it.live("asks nobody of whom it tells more than can be read, or nothing", () =>
    Effect.gen(function* () {
      for (const body of [JSON.stringify({ statistics: "x".repeat(100_000) }), "{}"]) {
        const paths: Array<string> = []
        const peer = yield* httpPeer(({ path }, response) => {
          paths.push(path)
          response.writeHead(path.includes("?") ? 200 : 204, { "content-type": "application/json" })
          response.end(path.includes("?") ? body : undefined)
        })
        const { connection } = yield* opened(brevo, { ...brevo.settings(peer.url), doubleOptIn })
        const nora = contactOf("nora@shop.example", { consent })
        assert.deepStrictEqual(yield* connection.register(nora), existed("unknown"))
        assert.deepStrictEqual(paths, ["/v3/contacts", "/v3/contacts/nora%40shop.example?identifierType=email_id"])
      }
    })
  )

  it.live("sends one mail, though the registration is done again because its end was lost", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop({ doubleOptIn })
      yield* register("nora@shop.example", { consent })
      assert.deepStrictEqual(yield* register("NORA@shop.example", { consent }), existed("unknown"))
      assert.deepStrictEqual(peer.mails, ["nora@shop.example"])
    })
  )

  it.live("asks again where it has answered that it did not, and the contact counts as ours", () =>
    Effect.gen(function* () {
      const { peer, register } = yield* shop({ doubleOptIn: { ...doubleOptIn, templateId: 4 } })
      assert.deepStrictEqual(yield* failing(register("nora@shop.example", { consent })), {
        tag: "EspMisconfigured",
        reason: "Brevo refuses to ask for confirmation: template 4, list 7 or redirectionUrl is wrong",
        acted: true
      })
      // For an existing contact the failure does not say that we may have created it.
      peer.add("old@shop.example", "unknown")
      assert.deepInclude(yield* failing(register("old@shop.example", { consent })), { acted: false })
      yield* failing(register("old@shop.example", { consent }))
      const asked = peer.received.filter(({ path }) => path.endsWith("/doubleOptinConfirmation"))
      assert.strictEqual(asked.length, 3)
    })
  )

  it.live.each([
    [429, "rate-limited"],
    [500, "status-500"],
    [403, "the credentials do not permit it (403)"]
  ] as const)("whose asking ends with %d loses neither verdict nor consent", ([status, reason]) =>
    Effect.gen(function* () {
      const answers = [201, status, 204, 200, 201]
      const peer = yield* httpPeer((_, response) => {
        const next = answers.shift() ?? 500
        response.writeHead(next, { "content-type": "application/json" })
        response.end(JSON.stringify({ id: 5120, emailBlacklisted: false, listIds: [] }))
      })
      const { connection } = yield* opened(brevo, { ...brevo.settings(peer.url), doubleOptIn })
      const nora = contactOf("nora@shop.example", { consent })
      assert.deepInclude(yield* failing(connection.register(nora)), { reason, acted: true })
      assert.deepStrictEqual(yield* connection.register(nora), existed("pending"))
      assert.deepStrictEqual(answers, [])
    })
  )

  it.live.each([
    [201, "created"],
    [204, "existed"]
  ] as const)("is asked within the attempt again, and a first answer of %d stays %s", ([first, verdict]) =>
    Effect.gen(function* () {
      const body = JSON.stringify({ id: 5120, emailBlacklisted: false, listIds: [] })
      const left = first === 201 ? [201, 500, 204, 200, 500, 204, 200, 201] : [204, 200, 500, 204, 200, 201]
      const peer = yield* httpPeer((_, response) => {
        const status = left.shift() ?? 599
        response.writeHead(status, { "content-type": "application/json" })
        response.end(body)
      })
      const { connection } = yield* opened(brevo, { ...brevo.settings(peer.url), doubleOptIn })
      const nora = contactOf("nora@shop.example", { consent })
      assert.deepStrictEqual(yield* attempted(connection, nora), { verdict, mailability: "pending" })
      assert.deepStrictEqual(left, [])
    })
  )

  it.live("counts a mail as sent whose answer was lost, and does not send it again", () =>
    Effect.gen(function* () {
      const paths: Array<string> = []
      const peer = yield* httpPeer(({ path }, response) => {
        paths.push(path)
        if (path.endsWith("Confirmation")) return void response.destroy()
        const isFirst = paths.length === 1
        response.writeHead(path.includes("?") ? 200 : isFirst ? 201 : 204, { "content-type": "application/json" })
        response.end(JSON.stringify({ id: 5120, emailBlacklisted: false, listIds: [] }))
      })
      const { connection } = yield* opened(brevo, { ...brevo.settings(peer.url), doubleOptIn })
      const nora = contactOf("nora@shop.example", { consent })
      assert.deepStrictEqual(yield* connection.register(nora), created("unknown"))
      assert.deepStrictEqual(yield* connection.register(nora), existed("unknown"))
      assert.strictEqual(paths.filter((path) => path.endsWith("Confirmation")).length, 1)
    })
  )
})
