import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result } from "effect"
import { created, existed } from "../../../../src/esp/EspClient.ts"
import type { EspContact } from "../../../../src/esp/EspContact.ts"
import { bucket } from "../../../../src/esp/governor/GovernorPolicy.ts"
import { brevoPeer } from "../../../support/esp/brevo/BrevoPeer.ts"
import { consent, doubleOptIn, shop } from "../../../support/esp/brevo/BrevoShop.ts"
import { brevo } from "../../../support/esp/brevo/BrevoSubject.ts"
import { contactOf } from "../../../support/esp/EspContacts.ts"
import { failing, failure } from "../../../support/esp/Failing.ts"
import { httpPeer, json } from "../../../support/esp/HttpPeer.ts"
import { opened } from "../../../support/esp/OpenedConnection.ts"

describe("an answer of Brevo", () => {
  /** A registration of a new contact at a provider that gives these answers in turn, and then none. */
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
    [code(500, "duplicate_parameter"), "EspUnavailable", "status-500", true],
    [code(422, "invalid_parameter"), "EspUnavailable", "status-422", false],
    [{ status: 200, body: {} }, "EspUnavailable", "status-200", true],
    [{ status: 200, body: { id: 5120 } }, "EspUnavailable", "status-200", true],
    [code(200, "unauthorized"), "EspUnavailable", "status-200", true],
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
        const { result } = yield* answering([code(400, name), invalid, absent])
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
    [[invalid, invalid, invalid], {}, "EspUnavailable", "status-400", false],
    [[invalid, invalid, { status: 503 }], {}, "EspUnavailable", "status-503", false],
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
      const { result } = yield* answering([invalid, absent, { status: 204 }])
      assert.deepStrictEqual(result, Result.succeed(existed()))
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
      assert.deepStrictEqual(yield* closedBy("0", "-1"), [])
      const { closed, result } = yield* answering([{ status: 429, headers: headers("0", "7") }])
      const error = Result.isFailure(result) ? result.failure : undefined
      assert.deepStrictEqual(error?._tag === "EspUnavailable" ? error.retryAfter : undefined, Duration.seconds(7))
      // After a 429 the guard closes the account, not the adapter.
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

  it.live("holds up no contact, though the limit of what it asks is used up", () =>
    Effect.gen(function* () {
      // "All other endpoints": 100 per hour.
      const peer = yield* httpPeer((_, response) => {
        response.writeHead(404, { "x-sib-ratelimit-remaining": "0", "x-sib-ratelimit-reset": "3000" })
        response.end()
      })
      const { closed, connection } = yield* opened(brevo, { ...brevo.settings(peer.url), doubleOptIn })
      yield* Effect.exit(connection.check)
      assert.isAtLeast(peer.received.length, 2)
      assert.deepStrictEqual(closed, [])
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

  it.live("finds attributes that Brevo would ignore without a word", () =>
    Effect.gen(function* () {
      const all = yield* found({ attributes: { LAST_GAME: "plays", PLAYS: "game", WON: "data.won" } })
      assert.deepStrictEqual(all.slice(2), [
        "error: the attribute LAST_GAME is of the type text, which plays is not: its values go nowhere",
        "error: the attribute PLAYS is of the type float, which game is not: its values go nowhere"
      ])
      const peer = yield* httpPeer(({ path }, response) => {
        const attributes = [
          { name: "FIRSTNAME", category: "normal", type: "text" },
          { name: "SPENT", category: "calculated", calculatedValue: "SUM[X]" }
        ]
        json(response, 200, path.endsWith("/attributes") ? { attributes } : { id: 7, name: "News" })
      })
      const { connection } = yield* opened(brevo, { ...brevo.settings(peer.url), attributes: { SPENT: "plays" } })
      assert.deepInclude(yield* connection.check, {
        level: "error",
        what: "the attribute SPENT is calculated, and no contact's to set: its values go nowhere"
      })
    })
  )

  it.live("knows by the type of each attribute what Brevo takes for it", () =>
    Effect.gen(function* () {
      const normal = { category: "normal" }
      const peer = yield* httpPeer(({ path }, response) => {
        const attributes = [
          { name: "PLAYED", ...normal, type: "date" },
          { name: "GAME", ...normal, type: "date" },
          { name: "KIND", category: "category", type: "float" },
          { name: "TAGS", ...normal, type: "float" },
          { name: "NICK", ...normal, type: "boolean" }
        ]
        json(response, 200, path.endsWith("/attributes") ? { attributes } : { id: 7, name: "News" })
      })
      const attributes = { PLAYED: "playedAt", GAME: "game", KIND: "game" }
      const change = { attributes, tagsAttribute: "TAGS", nameAttribute: "NICK" }
      const { connection } = yield* opened(brevo, { ...brevo.settings(peer.url), ...change })
      assert.deepStrictEqual(
        (yield* connection.check).slice(2).map(({ what }) => what),
        [
          "the attribute GAME is of the type date, which game is not: its values go nowhere",
          "the attribute TAGS is of the type float, which name is not: its values go nowhere",
          "the attribute NICK is of the type boolean, which name is not: its values go nowhere"
        ]
      )
    })
  )

  it.live.each([
    ["/lists/", 403, {}, "error: the key has no permission to contacts and lists (403)"],
    ["/lists/", 500, {}, "EspUnavailable: status-500"],
    ["/attributes", 403, {}, "EspMisconfigured: the credentials do not permit it (403)"],
    ["/attributes", 200, {}, "warning: Brevo's answer about its attributes makes no sense"],
    ["/templates/", 403, {}, "EspMisconfigured: the credentials do not permit it (403)"],
    ["/templates/", 200, {}, "warning: Brevo's answer about the template makes no sense"],
    ["/templates/", 200, { isActive: false }, "error: the template 3 is not active"]
  ] as const)("takes no answer for a better one than it is: %s %i %j", ([asked, status, body, expected]) =>
    Effect.gen(function* () {
      const peer = yield* httpPeer(({ path }, response) => {
        const attributes = [{ name: "FIRSTNAME", category: "normal", type: "text" }]
        if (path.includes(asked)) json(response, status, body)
        else json(response, 200, path.endsWith("/attributes") ? { attributes } : { name: "News", isActive: true })
      })
      const { attributes: _, ...settings } = brevo.settings(peer.url)
      const { connection } = yield* opened(brevo, { ...settings, doubleOptIn })
      const said = yield* Effect.match(connection.check, {
        onFailure: ({ _tag, reason }) => [`${_tag}: ${reason}`],
        onSuccess: (findings) => findings.map(({ level, what }) => `${level}: ${what}`)
      })
      assert.include(said, expected)
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
