import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result } from "effect"
import { created, existed } from "../../../../src/esp/EspClient.ts"
import type { EspContact } from "../../../../src/esp/EspContact.ts"
import { bucket } from "../../../../src/esp/governor/GovernorPolicy.ts"
import { contactOf } from "../../../support/esp/EspContacts.ts"
import { failing, failure } from "../../../support/esp/Failing.ts"
import { httpPeer, json } from "../../../support/esp/HttpPeer.ts"
import { klaviyoPeer } from "../../../support/esp/klaviyo/KlaviyoPeer.ts"
import { consent, shop } from "../../../support/esp/klaviyo/KlaviyoShop.ts"
import { klaviyo } from "../../../support/esp/klaviyo/KlaviyoSubject.ts"
import { observed } from "../../../support/esp/Observed.ts"
import { attempted, opened } from "../../../support/esp/OpenedConnection.ts"

interface Given {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

/** A registration at a provider that gives these answers in turn; 0 cuts the connection. */
const answering = Effect.fnUntraced(function* (answers: ReadonlyArray<Given>, contact?: Partial<EspContact>) {
  const left = [...answers]
  const peer = yield* httpPeer((_, response) => {
    const { body, headers, status } = left.shift() ?? { status: 599 }
    if (status === 0) return void response.destroy()
    response.writeHead(status, { "content-type": "application/vnd.api+json", ...headers })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  })
  const { closed, connection } = yield* opened(klaviyo, klaviyo.settings(peer.url))
  const nora = contactOf("nora@shop.example", contact)
  const result = yield* Effect.result(connection.register(nora))
  const again = Effect.result(connection.register(nora))
  return { result, again, closed, left, peer }
})

const marketing = (consented: string, suppression: ReadonlyArray<string> | null = [], canReceive = true) => ({
  can_receive_email_marketing: canReceive,
  consent: consented,
  suppression: suppression?.map((reason) => ({ reason, timestamp: "2026-01-01T00:00:00+00:00" })) ?? null
})

const profile = (status: number, state?: object): Given => ({
  status,
  body: {
    data: {
      type: "profile",
      id: "01H1",
      attributes: state === undefined ? {} : { subscriptions: { email: { marketing: state } } }
    }
  }
})

const errors = (status: number, ...all: ReadonlyArray<readonly [code: string, pointer?: string]>): Given => ({
  status,
  body: {
    errors: all.map(([code, pointer]) => ({
      ...{ id: "1", status, code, title: "permission_denied", detail: "email is invalid" },
      ...(pointer === undefined ? {} : { source: { pointer } })
    }))
  }
})

const at = "/data/attributes"

describe("an answer of Klaviyo", () => {
  it.live.each([
    [profile(200, marketing("SUBSCRIBED")), existed("subscribed")],
    [profile(200, marketing("SUBSCRIBED", null)), existed("subscribed")],
    [profile(200, marketing("UNSUBSCRIBED")), existed("unsubscribed")],
    [profile(200, marketing("NEVER_SUBSCRIBED")), existed("unsubscribed")],
    [profile(200, marketing("SUBSCRIBED", ["UNSUBSCRIBE"], false)), existed("unsubscribed")],
    [profile(200, marketing("SUBSCRIBED", ["HARD_BOUNCE"], false)), existed("suppressed")],
    [profile(200, marketing("SUBSCRIBED", ["UNSUBSCRIBE", "SPAM_COMPLAINT"], false)), existed("suppressed")],
    [profile(200, marketing("SUBSCRIBED", [], false)), existed("suppressed")],
    [profile(200, marketing("SOMETHING_NEW")), existed("unknown")],
    [profile(200), existed("unknown")],
    [profile(201), created("unsubscribed")],
    [profile(201, marketing("NEVER_SUBSCRIBED", ["USER_SUPPRESSED"], false)), created("suppressed")],
    [errors(409, ["duplicate_profile", at]), existed("unknown")],
    [errors(409, ["conflict", at], ["duplicate_profile", at]), existed("unknown")],
    [{ status: 409, body: { errors: [{ code: "duplicate_profile" }] } }, existed("unknown")]
  ] as const)("is a verdict: %j", ([answer, expected]) =>
    Effect.gen(function* () {
      const { result } = yield* answering([answer])
      assert.deepStrictEqual(result, Result.succeed(expected))
    })
  )

  it.live.each([
    [profile(200), 1],
    [profile(200, marketing("SOMETHING_NEW")), 1],
    [errors(409, ["duplicate_profile", at]), 1],
    [profile(201, marketing("NEVER_SUBSCRIBED", ["USER_SUPPRESSED"], false)), 1],
    [profile(201), 2],
    [profile(200, marketing("NEVER_SUBSCRIBED")), 2]
  ] as const)("subscribes only who was certainly never subscribed: %j", ([answer, calls]) =>
    Effect.gen(function* () {
      const { peer } = yield* answering([answer, { status: 202 }], { consent })
      assert.strictEqual(peer.received.length, calls)
    })
  )

  it.live.each([
    [errors(400, ["invalid", `${at}/email`]), "EspRejected", "invalid-address", undefined],
    [errors(400, ["invalid", `${at}/title`], ["invalid", `${at}/email`]), "EspRejected", "invalid-address", undefined],
    [errors(400, ["required", `${at}/email`]), "EspUnavailable", "status-400", false],
    [errors(400, ["invalid"]), "EspUnavailable", "status-400", false],
    [errors(400, ["invalid", "/data"]), "EspUnavailable", "status-400", false],
    [errors(400), "EspUnavailable", "status-400", false],
    [errors(400, ["duplicate_profile", at]), "EspUnavailable", "status-400", false],
    [errors(422, ["invalid", `${at}/title`]), "EspUnavailable", "status-422", false],
    [errors(422, ["invalid", `${at}/email`]), "EspUnavailable", "status-422", false],
    [errors(401, ["not_authenticated", "/data/"]), "EspMisconfigured", "the credentials are refused (401)", false],
    [errors(403, ["permission_denied", "/data/"]), "EspMisconfigured", "the credentials do not permit it (403)", false],
    [errors(404, ["not_found", "/data/"]), "EspMisconfigured", "there is no such thing at the provider (404)", false],
    [
      errors(410, ["gone"]),
      "EspMisconfigured",
      "Klaviyo has retired the API revision that this version uses (410)",
      false
    ],
    [{ status: 200, body: { data: [] } }, "EspUnavailable", "status-200", true],
    [errors(503, ["invalid", `${at}/email`]), "EspUnavailable", "status-503", true],
    [errors(409, ["conflict", at]), "EspUnavailable", "status-409", false],
    [errors(429, ["throttled"]), "EspUnavailable", "rate-limited", false]
  ] as const)("is an error: %j", ([answer, tag, reason, acted]) =>
    Effect.gen(function* () {
      const { left, result } = yield* answering([answer], { name: null })
      assert.deepStrictEqual(left, [])
      assert.deepStrictEqual(Result.isFailure(result) ? failure(result.failure) : result, {
        tag,
        reason,
        ...(acted === undefined ? {} : { acted })
      })
    })
  )

  it.live("costs the attributes where it refuses one, and not the contact", () =>
    Effect.gen(function* () {
      const { bodies, register } = yield* shop()
      assert.deepStrictEqual(yield* register("nora@shop.example", { language: "x" }), created("unsubscribed"))
      assert.deepStrictEqual(bodies()[1], { data: { type: "profile", attributes: { email: "nora@shop.example" } } })
      const twice = [errors(400, ["invalid", `${at}/locale`]), errors(400, ["invalid", `${at}/email`])]
      const { result } = yield* answering(twice)
      assert.isTrue(Result.isFailure(result) && result.failure._tag === "EspRejected")
    })
  )

  it.live.each([
    [{ status: 429, headers: { "retry-after": "3" } }, "rate-limited"],
    [{ status: 500 }, "status-500"],
    [errors(403, ["permission_denied"]), "the credentials do not permit it (403)"]
  ] as const)("of the subscription, %j, is tried again with the profile", ([answer, reason]) =>
    Effect.gen(function* () {
      const never = marketing("NEVER_SUBSCRIBED")
      const answers = [profile(201, never), answer, profile(200, never), { status: 202 }]
      const { again, left, result } = yield* answering(answers, { consent })
      assert.deepInclude(Result.isFailure(result) ? failure(result.failure) : {}, { reason, acted: true })
      assert.deepStrictEqual(yield* again, Result.succeed(existed("unknown")))
      assert.deepStrictEqual(left, [])
    })
  )

  it.live.each([
    [201, "created"],
    [200, "existed"]
  ] as const)(
    "of the subscription is tried within the attempt again, and a first answer of %d stays %s",
    ([first, verdict]) =>
      Effect.gen(function* () {
        const never = marketing("NEVER_SUBSCRIBED")
        const left = [profile(first, never), { status: 500 }, profile(200, never), { status: 202 }]
        const peer = yield* httpPeer((_, response) => {
          const { body, status } = left.shift() ?? { status: 599 }
          response.writeHead(status, { "content-type": "application/vnd.api+json" })
          response.end(JSON.stringify(body))
        })
        const { connection } = yield* opened(klaviyo, klaviyo.settings(peer.url))
        const nora = contactOf("nora@shop.example", { consent })
        assert.deepStrictEqual(yield* attempted(connection, nora), { verdict, mailability: "unknown" })
        assert.deepStrictEqual(left, [])
      })
  )

  it.live.each([
    [null, 404, `there is no list "Y6nRLr" in the Klaviyo account`, false],
    ["X1double", 404, `there is no list "X1double" in the Klaviyo account`, true],
    ["X1double", 403, "the credentials do not permit it (403)", false]
  ] as const)("of the membership says whose fault it is: list %s, %i", ([list, status, reason, ofContact]) =>
    Effect.gen(function* () {
      const left = [profile(201), { status }]
      const peer = yield* httpPeer((_, response) => {
        const { body, status } = left.shift() ?? { status: 599 }
        response.writeHead(status, { "content-type": "application/vnd.api+json" })
        response.end(JSON.stringify(body))
      })
      const { connection } = yield* opened(klaviyo, { ...klaviyo.settings(peer.url), withoutConsent: "list" })
      const error = yield* Effect.flip(connection.register(contactOf("nora@shop.example", { list })))
      assert.deepInclude(error, { _tag: "EspMisconfigured", reason, ofContact, mayHaveActed: true })
    })
  )

  it.live("names no profile that could be put on the list where it tells of a conflict alone", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 409, errors(409, ["duplicate_profile", at]).body))
      const { connection } = yield* opened(klaviyo, { ...klaviyo.settings(peer.url), withoutConsent: "list" })
      assert.deepStrictEqual(yield* connection.register(contactOf("nora@shop.example")), existed("unknown"))
      assert.strictEqual(peer.received.length, 1)
    })
  )

  it.live("is logged under the name of the call, without query and list", () =>
    Effect.gen(function* () {
      const operationsOf = (...answers: ReadonlyArray<Given>) =>
        Effect.gen(function* () {
          const { layer, logs } = observed()
          const left = [...answers]
          const peer = yield* httpPeer((_, response) => {
            const { body, status } = left.shift() ?? { status: 599 }
            json(response, status, body)
          })
          const { connection } = yield* opened(klaviyo, { ...klaviyo.settings(peer.url), withoutConsent: "list" })
          yield* Effect.provide(Effect.flip(connection.register(contactOf("nora@shop.example"))), layer)
          return logs.flatMap((line) => /"operation":"([^"]*)"/.exec(line)?.[1] ?? [])
        })
      assert.deepStrictEqual(yield* operationsOf({ status: 500 }), ["POST /api/profile-import"])
      assert.deepStrictEqual(yield* operationsOf(profile(201), { status: 500 }), [
        "POST /api/lists/{id}/relationships/profiles"
      ])
    })
  )

  it.live("of the subscription that was lost counts as given", () =>
    Effect.gen(function* () {
      const never = marketing("NEVER_SUBSCRIBED")
      const { again, left, result } = yield* answering([profile(201, never), { status: 0 }, profile(200, never)], {
        consent
      })
      assert.deepStrictEqual(result, Result.succeed(created("unknown")))
      assert.deepStrictEqual(yield* again, Result.succeed(existed("unknown")))
      assert.deepStrictEqual(left, [])
    })
  )

  it.live("of the subscription that refuses the address is no refusal of the profile", () =>
    Effect.gen(function* () {
      const refusal = errors(400, ["invalid", `${at}/profiles/data/0/attributes/email`])
      const { result } = yield* answering([profile(201), refusal], { consent })
      assert.deepStrictEqual(result, Result.succeed(created("unknown")))
    })
  )

  it.live("closes the account for as long as its headers say", () =>
    Effect.gen(function* () {
      const closedBy = (status: number, headers: Record<string, string>) =>
        Effect.map(answering([{ ...profile(status), headers }]), ({ closed }) => closed)
      const window = { "ratelimit-limit": "750, 75;w=1, 750;w=60" }
      assert.deepStrictEqual(
        yield* closedBy(201, { ...window, "ratelimit-remaining": "1", "ratelimit-reset": "9" }),
        []
      )
      assert.deepStrictEqual(
        yield* closedBy(201, { ...window, "ratelimit-remaining": "0", "ratelimit-reset": "9" }),
        [9]
      )
      assert.deepStrictEqual(yield* closedBy(201, window), [])
      // A value that can only be a time of day is cut to a minute, Klaviyo's longest window.
      for (const [reset, waits] of [
        ["1790000000", [60]],
        ["-1", []],
        ["9, 9", []]
      ] as const) {
        const headers = { ...window, "ratelimit-remaining": "0", "ratelimit-reset": reset }
        assert.deepStrictEqual(yield* closedBy(201, headers), waits)
      }
      const { result } = yield* answering([{ status: 429, headers: { "retry-after": "11" } }])
      const error = Result.isFailure(result) ? result.failure : undefined
      assert.deepStrictEqual(error?._tag === "EspUnavailable" ? error.retryAfter : undefined, Duration.seconds(11))
    })
  )
})

describe("Klaviyo's limits", () => {
  it.live("are those of the tier, and of a smaller one where profiles are put on a list", () =>
    Effect.gen(function* () {
      const { connection } = yield* shop({ limits: {} })
      assert.deepStrictEqual(connection.governor.buckets, [
        bucket("second", 75, "1 second"),
        bucket("minute", 700, "1 minute")
      ])
      assert.match(connection.governor.account, /^klaviyo:[0-9a-f]{16}$/)
      const listed = yield* shop({ limits: {}, withoutConsent: "list" })
      assert.deepStrictEqual(
        listed.connection.governor.buckets.map(({ limit }) => limit),
        [10, 150]
      )
    })
  )

  it.live("are counted by the stand-in, for each endpoint, by the second and by the minute", () =>
    Effect.gen(function* () {
      let time = 0
      const { closed, register } = yield* shop({}, { perSecond: 2, perMinute: 3, now: () => time })
      yield* register("a@shop.example", { consent })
      yield* register("b@shop.example", { consent })
      assert.deepInclude(yield* failing(register("c@shop.example")), { reason: "rate-limited", acted: false })
      assert.deepStrictEqual(closed, [])
      time = 1000
      yield* register("c@shop.example")
      assert.deepStrictEqual(closed, [59])
      time = 2000
      assert.deepInclude(yield* failing(register("d@shop.example")), { reason: "rate-limited", acted: false })
      time = 60_000
      assert.deepStrictEqual(yield* register("d@shop.example"), created("unsubscribed"))
    })
  )
})

describe("the check of a Klaviyo connection", () => {
  const found = (change: object, options?: Parameters<typeof klaviyoPeer>[0]) =>
    Effect.flatMap(shop(change, options), ({ connection }) =>
      Effect.map(connection.check, (findings) => findings.map(({ level, what }) => `${level}: ${what}`))
    )

  it.live("finds the list and how people get on it", () =>
    Effect.gen(function* () {
      const [key, list, ...rest] = yield* found({})
      assert.strictEqual(key, "ok: the key is right")
      assert.strictEqual(list, `ok: the list Y6nRLr "Newsletter" is there and subscribes at once`)
      assert.isTrue(rest.every((finding) => finding.startsWith("ok: ")))
      assert.include((yield* found({ list: "X1double" }))[1], `"Confirmed" is there and asks people to confirm`)
    })
  )

  it.live("finds what is wrong", () =>
    Effect.gen(function* () {
      assert.include(yield* found({ list: "NoSuch" }), "error: there is no list NoSuch in the Klaviyo account")
      assert.deepStrictEqual(yield* found({}, { scopes: ["profiles:write"] }), [
        "error: the key lacks the scope lists:read (403)"
      ])
      const peer = yield* klaviyoPeer()
      const other = { ...klaviyo, env: { KLAVIYO_KEY: "pk_of_another" } }
      const { connection } = yield* opened(other, klaviyo.settings(peer.url))
      assert.deepStrictEqual(yield* connection.check, [
        { level: "error", what: "Klaviyo refuses the key (401): it must be a private key, which begins with pk_" }
      ])
    })
  )

  it.live("names what can be read of the list, and takes no trouble for an answer", () =>
    Effect.gen(function* () {
      let status = 200
      const peer = yield* httpPeer((_, response) => json(response, status, {}))
      const { connection } = yield* opened(klaviyo, klaviyo.settings(peer.url))
      assert.deepInclude(yield* connection.check, { level: "ok", what: "the list Y6nRLr is there" })
      status = 500
      assert.deepInclude(yield* failing(connection.check), { reason: "status-500" })
    })
  )
})
