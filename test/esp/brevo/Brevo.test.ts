import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result } from "effect"
import { created, type EspError, existed } from "../../../src/esp/EspClient.ts"
import type { Consent, EspContact } from "../../../src/esp/EspContact.ts"
import { bucket } from "../../../src/esp/GovernorPolicy.ts"
import { brevoPeer } from "../../support/esp/brevo/BrevoPeer.ts"
import { brevo } from "../../support/esp/brevo/BrevoSubject.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"
import { httpPeer, json } from "../../support/esp/HttpPeer.ts"
import { attempted, opened } from "../../support/esp/OpenedConnection.ts"

// The conformance suite, `providerSuite(brevo)`, belongs here.

const consent: Consent = { textVersion: "2026-10", language: "en", at: new Date("2026-11-20T10:00:00Z") }
const doubleOptIn = { templateId: 3, redirectionUrl: "https://shop.example/welcome" }

/** The stand-in, and a connection to it with these settings besides. */
const shop = Effect.fnUntraced(function* (change: object = {}, limits?: Parameters<typeof brevoPeer>[0]) {
  const peer = yield* brevoPeer(limits ?? { perSecond: 1000 })
  const { closed, connection } = yield* opened(brevo, { ...brevo.settings(peer.url), ...change })
  const register = (email: string, contact?: Partial<EspContact>) => connection.register(contactOf(email, contact))
  const bodies = () =>
    peer.received.filter(({ method }) => method === "POST").map(({ body }): unknown => JSON.parse(body))
  const calls = () => peer.received.map(({ method, path }) => `${method} ${path.replace(/^\/v3/, "")}`)
  return { peer, connection, closed, register, bodies, calls }
})

const failure = (error: EspError) => ({
  tag: error._tag,
  reason: error.reason,
  ...(error._tag === "EspRejected" ? {} : { acted: error.mayHaveActed })
})

const failing = (registration: Effect.Effect<unknown, EspError>) => Effect.map(Effect.flip(registration), failure)

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
      // The same of a contact that was there is nothing that we have created.
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
        response.end(next === 200 ? JSON.stringify({ emailBlacklisted: false, listIds: [] }) : "")
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
      const look = { emailBlacklisted: false, listIds: [] }
      const left = first === 201 ? [201, 500, 204, 200, 500, 204, 200, 201] : [204, 200, 500, 204, 200, 201]
      const peer = yield* httpPeer((_, response) => {
        const status = left.shift() ?? 599
        response.writeHead(status, { "content-type": "application/json" })
        response.end(status === 200 ? JSON.stringify(look) : undefined)
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
        response.end(path.includes("?") ? JSON.stringify({ emailBlacklisted: false, listIds: [] }) : undefined)
      })
      const { connection } = yield* opened(brevo, { ...brevo.settings(peer.url), doubleOptIn })
      const nora = contactOf("nora@shop.example", { consent })
      assert.deepStrictEqual(yield* connection.register(nora), created("unknown"))
      assert.deepStrictEqual(yield* connection.register(nora), existed("unknown"))
      assert.strictEqual(paths.filter((path) => path.endsWith("Confirmation")).length, 1)
    })
  )
})

describe("an answer of Brevo", () => {
  /** The registration of a new contact by a provider that gives these answers, one after another, and then none. */
  const answering = Effect.fnUntraced(function* (
    answers: ReadonlyArray<{
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: unknown
    }>,
    contact?: Partial<EspContact>
  ) {
    const left = [...answers]
    const peer = yield* httpPeer((_, response) => {
      const { body, headers, status } = left.shift() ?? { status: 599 }
      response.writeHead(status, { "content-type": "application/json", ...headers })
      response.end(body === undefined ? undefined : JSON.stringify(body))
    })
    const { closed, connection } = yield* opened(brevo, brevo.settings(peer.url))
    const result = yield* Effect.result(connection.register(contactOf("nora@shop.example", contact)))
    assert.deepStrictEqual(left, [])
    return { result, closed }
  })

  const code = (status: number, name: string) => ({
    status,
    body: { code: name, message: "permission_denied unauthorized" }
  })
  const duplicate = (name: string, ...identifiers: ReadonlyArray<string>) => ({
    status: 400,
    body: { code: name, message: "…", metadata: { duplicate_identifiers: identifiers } }
  })

  it.live.each([
    [{ status: 204 }, existed()],
    [{ status: 201, body: { id: 5120 } }, created("unsubscribed")],
    [duplicate("duplicate_parameter", "email"), existed()],
    [duplicate("invalid_parameter", "email"), existed()],
    [duplicate("invalid_parameter", "SMS", "email"), existed()],
    [code(400, "duplicate_parameter"), existed()]
  ] as const)("is a verdict: %j", ([answer, expected]) =>
    Effect.gen(function* () {
      const { result } = yield* answering([answer])
      assert.deepStrictEqual(result, Result.succeed(expected))
    })
  )

  it.live.each([
    [code(401, "unauthorized"), "EspMisconfigured", "the credentials are refused (401)", false],
    [code(400, "unauthorized"), "EspMisconfigured", "the credentials are refused (401)", false],
    [code(403, "permission_denied"), "EspMisconfigured", "the credentials do not permit it (403)", false],
    [
      code(402, "not_enough_credits"),
      "EspMisconfigured",
      "the Brevo account has no credits left (not_enough_credits)",
      false
    ],
    [
      code(403, "account_under_validation"),
      "EspMisconfigured",
      "Brevo has not validated the account yet (account_under_validation)",
      false
    ],
    [code(400, "account_in_process"), "EspUnavailable", "account-in-process", false],
    [code(425, "account_in_process"), "EspUnavailable", "status-425", false],
    [{ status: 425 }, "EspUnavailable", "status-425", false],
    [code(400, "duplicate_request"), "EspUnavailable", "duplicate-request", false],
    [code(404, "document_not_found"), "EspMisconfigured", "there is no such thing at the provider (404)", false],
    [code(400, "not_acceptable"), "EspUnavailable", "status-400", false],
    [{ status: 400 }, "EspUnavailable", "status-400", false],
    [duplicate("duplicate_parameter", "SMS"), "EspUnavailable", "status-400", false],
    [code(500, "unauthorized"), "EspUnavailable", "status-500", true],
    [{ status: 200, body: {} }, "EspUnavailable", "status-200", true],
    [{ status: 429 }, "EspUnavailable", "rate-limited", false]
  ] as const)("is an error: %j", ([answer, tag, reason, acted]) =>
    Effect.gen(function* () {
      const { result } = yield* answering([answer])
      assert.deepStrictEqual(Result.isFailure(result) ? failure(result.failure) : result, { tag, reason, acted })
    })
  )

  const invalid = code(400, "invalid_parameter")
  const absent = code(404, "document_not_found")
  const there = { status: 200, body: { emailBlacklisted: false, listIds: [] } }

  it.live("rejects an address only when Brevo refuses to look it up, too", () =>
    Effect.gen(function* () {
      for (const name of ["invalid_parameter", "missing_parameter", "out_of_range"]) {
        const { result } = yield* answering([code(400, name), invalid])
        assert.deepStrictEqual(Result.isFailure(result) ? failure(result.failure) : result, {
          tag: "EspRejected",
          reason: "invalid-address"
        })
      }
    })
  )

  it.live.each([
    [[invalid, absent, invalid], undefined, "EspMisconfigured", "Brevo refuses the list 7", false],
    [[invalid, there, invalid], undefined, "EspMisconfigured", "Brevo refuses the list 7", false],
    [[invalid, absent], { name: null }, "EspMisconfigured", "Brevo refuses the list 7", false],
    [[invalid, code(401, "unauthorized")], {}, "EspMisconfigured", "the credentials are refused (401)", false],
    [[invalid, { status: 400 }], {}, "EspUnavailable", "status-400", false],
    [[invalid, { status: 503 }], {}, "EspUnavailable", "status-503", false],
    [[invalid, absent, { status: 503 }], {}, "EspUnavailable", "status-503", true]
  ] as const)("settles no contact for a fault of the settings: %j", ([answers, contact, tag, reason, acted]) =>
    Effect.gen(function* () {
      const { result } = yield* answering(answers, { consent, ...contact })
      assert.deepStrictEqual(Result.isFailure(result) ? failure(result.failure) : result, { tag, reason, acted })
    })
  )

  it.live("costs an attribute that Brevo refuses, and not the contact", () =>
    Effect.gen(function* () {
      const { bodies, register } = yield* shop({ attributes: { NO_SUCH: "game" } })
      const nora = { consent, attributes: { NO_SUCH: "wheel" } }
      assert.deepStrictEqual(yield* register("nora@shop.example", nora), created("subscribed"))
      assert.deepStrictEqual(bodies()[1], {
        email: "nora@shop.example",
        attributes: {},
        listIds: [7],
        updateEnabled: true
      })
    })
  )

  it.live("closes the account for as long as its headers say", () =>
    Effect.gen(function* () {
      const headers = (remaining: string, reset: string) => ({
        "x-sib-ratelimit-limit": "10",
        "x-sib-ratelimit-remaining": remaining,
        "x-sib-ratelimit-reset": reset
      })
      const closedBy = (remaining: string, reset: string) =>
        Effect.map(answering([{ status: 204, headers: headers(remaining, reset) }]), ({ closed }) => closed)
      assert.deepStrictEqual(yield* closedBy("1", "30"), [])
      assert.deepStrictEqual(yield* closedBy("0", "30"), [30])
      assert.deepStrictEqual(yield* closedBy("0", "1790000000"), [3600])
      assert.deepStrictEqual(yield* closedBy("0", "soon"), [])
      const { closed, result } = yield* answering([{ status: 429, headers: headers("0", "7") }])
      const error = Result.isFailure(result) ? result.failure : undefined
      assert.deepStrictEqual(error?._tag === "EspUnavailable" ? error.retryAfter : undefined, Duration.seconds(7))
      // The guard does it.
      assert.deepStrictEqual(closed, [])
    })
  )
})

describe("Brevo's limits", () => {
  it.live("are those of the General tier, and a double opt-in takes what it may call", () =>
    Effect.gen(function* () {
      const limits = { limits: {} }
      const { connection } = yield* shop(limits)
      assert.deepStrictEqual(connection.governor.buckets, [
        bucket("second", 10, "1 second"),
        bucket("hour", 36_000, "1 hour")
      ])
      assert.match(connection.governor.account, /^brevo:[0-9a-f]{16}$/)
      const confirming = yield* shop({ ...limits, doubleOptIn })
      assert.deepStrictEqual(
        confirming.connection.governor.buckets.map(({ cost }) => cost),
        [3, 3]
      )
    })
  )

  it.live("are counted by the stand-in", () =>
    Effect.gen(function* () {
      let time = 0
      const { closed, register } = yield* shop({}, { perSecond: 2, now: () => time })
      yield* register("a@shop.example")
      yield* register("b@shop.example")
      assert.deepStrictEqual(closed, [1])
      assert.deepInclude(yield* failing(register("c@shop.example")), { reason: "rate-limited", acted: false })
      time = 1000
      assert.deepStrictEqual(yield* register("c@shop.example"), created("unsubscribed"))
    })
  )
})

describe("the check of a Brevo connection", () => {
  const found = (change: object) =>
    Effect.flatMap(shop(change), ({ connection }) =>
      Effect.map(connection.check, (findings) => findings.map(({ level, what }) => `${level}: ${what}`))
    )

  it.live("finds all in order", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found({ doubleOptIn, tagsAttribute: "GAME_TAGS" }), [
        "ok: the key is right",
        `ok: the list 7 "Newsletter" is there`,
        "ok: the attributes LAST_GAME, PLAYS, GAME_TAGS, FIRSTNAME are there",
        "ok: the template 3 is there"
      ])
    })
  )

  it.live("finds what is missing", () =>
    Effect.gen(function* () {
      const change = { list: 99, attributes: { NO_SUCH: "plays" }, nameAttribute: "PRENOM" }
      assert.deepStrictEqual(yield* found({ ...change, doubleOptIn: { ...doubleOptIn, templateId: 9 } }), [
        "ok: the key is right",
        "error: there is no list 99 in the Brevo account",
        "error: there is no attribute NO_SUCH in the Brevo account: its values go nowhere",
        "error: there is no attribute PRENOM in the Brevo account: its values go nowhere",
        "error: there is no template 9 in the Brevo account"
      ])
      const [, , , last] = yield* found({ doubleOptIn: { ...doubleOptIn, templateId: 4 } })
      assert.match(last ?? "", /^error: the template 4 is none for double opt-in/)
    })
  )

  it.live("says what to do where names have no attribute of the usual name", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer(({ path }, response) => {
        const attributes = [{ name: "PRENOM", category: "normal", type: "text" }]
        json(response, 200, path.endsWith("/attributes") ? { attributes } : { id: 7, name: "Lettre" })
      })
      const { attributes: _, ...settings } = brevo.settings(peer.url)
      const usual = yield* opened(brevo, settings)
      assert.deepInclude(yield* usual.connection.check, {
        level: "warning",
        what: "there is no attribute FIRSTNAME in the Brevo account: say in nameAttribute where names go"
      })
      const named = yield* opened(brevo, { ...settings, nameAttribute: "PRENOM" })
      assert.deepInclude(yield* named.connection.check, { level: "ok", what: "the attributes PRENOM are there" })
    })
  )

  it.live("says of a wrong key only that, and not the key", () =>
    Effect.gen(function* () {
      const peer = yield* brevoPeer()
      const other = { ...brevo, env: { BREVO_KEY: "xkeysib-of-another" } }
      const { connection } = yield* opened(other, brevo.settings(peer.url))
      const findings = yield* connection.check
      assert.strictEqual(findings.length, 1)
      assert.match(findings[0]?.what ?? "", /^Brevo refuses the key \(401\)/)
      assert.notInclude(JSON.stringify(findings), "xkeysib")
      assert.deepStrictEqual(yield* failing(connection.register(contactOf("nora@shop.example"))), {
        tag: "EspMisconfigured",
        reason: "the credentials are refused (401)",
        acted: false
      })
    })
  )
})
