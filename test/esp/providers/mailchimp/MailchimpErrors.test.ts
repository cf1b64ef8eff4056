import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { attempt, connected, failing, register, shop } from "../../../support/esp/Connected.ts"
import { httpPeer, json } from "../../../support/esp/HttpPeer.ts"
import { type MailchimpBehaviour, mailchimpBehaviour } from "../../../support/esp/mailchimp/MailchimpPeer.ts"
import { mailchimp } from "../../../support/esp/mailchimp/MailchimpSubject.ts"
import { providerPeer } from "../../../support/esp/ProviderPeer.ts"

const consent = { textVersion: "2026-10", language: "fr-CA", at: new Date("2026-11-20T10:00:00.250Z") }

const atPeer = (behaviour: MailchimpBehaviour = mailchimpBehaviour(), change?: { readonly [field: string]: unknown }) =>
  Effect.map(providerPeer(behaviour), (peer) => ({ peer, behaviour, layer: connected(mailchimp, peer.url, change) }))

/** The result of `register` for this answer to the create. */
const endWith = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const peer = yield* httpPeer((_, response) => {
      response.writeHead(status, headers)
      response.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body))
    })
    return yield* failing("nora@shop.example").pipe(Effect.provide(connected(mailchimp, peer.url)))
  })

const problem = (title: string, detail = "", errors?: ReadonlyArray<{ field: string; message: string }>) => ({
  type: "https://mailchimp.com/developer/marketing/docs/errors/",
  title,
  status: 400,
  detail,
  instance: "1",
  ...(errors === undefined ? {} : { errors })
})

/** The number of calls of `register` if each gets this answer. */
const callsOf = (body: unknown, status = 400) =>
  Effect.gen(function* () {
    const peer = yield* httpPeer((_, response) => json(response, status, body))
    yield* failing("nora@shop.example").pipe(Effect.provide(connected(mailchimp, peer.url)))
    return peer.received.length
  })

describe("Mailchimp's errors", () => {
  it.live("reject an address only for what is the address's fault for good", () =>
    Effect.gen(function* () {
      const { layer } = yield* atPeer()
      const rejected = { tag: "EspRejected", reason: "invalid-address" }
      assert.deepStrictEqual(yield* failing("nora@example.com").pipe(Effect.provide(layer)), rejected)
      assert.deepStrictEqual(yield* failing("forgotten@shop.example").pipe(Effect.provide(layer)), {
        tag: "EspRejected",
        reason: "forgotten"
      })
      const field = [{ field: "email_address", message: "Diese Adresse ist ungültig." }]
      assert.deepStrictEqual(yield* endWith(400, problem("Invalid Resource", "Ungültig.", field)), rejected)
      assert.deepStrictEqual(
        yield* endWith(400, problem("Invalid Resource", "Please provide a valid email address.")),
        rejected
      )
      const both = [...field, { field: "FNAME", message: "" }]
      assert.deepStrictEqual(yield* endWith(400, problem("Invalid Resource", "Ungültig.", both)), rejected)
      assert.strictEqual(yield* callsOf(problem("Invalid Resource", "Ungültig.", both)), 1)
      const unknown = { tag: "EspUnavailable", reason: "status-400", acted: false, wait: undefined }
      assert.deepStrictEqual(yield* endWith(400, problem("Invalid Resource", "Something else.")), unknown)
      assert.deepStrictEqual(yield* endWith(400, problem("Bad Request", "nora looks fake or invalid")), unknown)
      const nowhere = [{ field: "", message: "Something else." }]
      assert.deepStrictEqual(yield* endWith(400, problem("Invalid Resource", "", nowhere)), unknown)
      assert.deepStrictEqual(yield* endWith(400, problem("JSON Parse Exception")), unknown)
      assert.deepStrictEqual(yield* endWith(400, "<html>Bad Request</html>"), unknown)
    })
  )

  it.live("make one contact wait that signs up everywhere, and nobody else", () =>
    Effect.gen(function* () {
      const { layer } = yield* atPeer()
      assert.deepStrictEqual(yield* failing("everywhere@shop.example").pipe(Effect.provide(layer)), {
        tag: "EspUnavailable",
        reason: "too-many-signups",
        acted: false,
        wait: 3600
      })
    })
  )

  it.live("tell the operator of credentials, audience and TLS", () =>
    Effect.gen(function* () {
      const refused = { tag: "EspMisconfigured", reason: "the credentials are refused (401)" }
      assert.deepStrictEqual(yield* endWith(401, problem("API Key Invalid")), refused)
      const forbidden = { tag: "EspMisconfigured", reason: "the credentials do not permit it (403)" }
      assert.deepStrictEqual(yield* endWith(403, problem("Forbidden")), forbidden)
      assert.deepStrictEqual(yield* endWith(403, problem("User Disabled")), forbidden)
      assert.deepStrictEqual(yield* endWith(426, undefined), {
        tag: "EspMisconfigured",
        reason: "base must be an https: URL (426)"
      })
      assert.deepStrictEqual(yield* endWith(404, "<html>Not Found</html>"), {
        tag: "EspMisconfigured",
        reason: "there is no such thing at the provider (404)"
      })
      const { layer } = yield* atPeer()
      const missing = { tag: "EspMisconfigured", reason: `there is no audience "no/such" (404)` }
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* failing("nora@shop.example", { list: "no/such" }), missing)
        assert.deepStrictEqual(yield* failing("nora@shop.example", { list: "no/such", consent }), missing)
      }).pipe(Effect.provide(layer))
    })
  )

  it.live("are the game's own where it has named the audience, and else the connection's", () =>
    Effect.gen(function* () {
      const own = yield* atPeer()
      const shared = yield* atPeer(mailchimpBehaviour(), { list: "gone" })
      for (const given of [null, consent]) {
        const ofGame = yield* Effect.flip(register("nora@shop.example", { consent: given, list: "gone" })).pipe(
          Effect.provide(own.layer)
        )
        assert.deepInclude(ofGame, { reason: `there is no audience "gone" (404)`, ofContact: true })
        const ofAll = yield* Effect.flip(register("nora@shop.example", { consent: given })).pipe(
          Effect.provide(shared.layer)
        )
        assert.deepInclude(ofAll, { reason: `there is no audience "gone" (404)`, ofContact: false })
      }
    })
  )

  it.live("are an overload, not a matter of credentials, where there is no JSON", () =>
    Effect.gen(function* () {
      const limited = { tag: "EspUnavailable", reason: "rate-limited", acted: false }
      assert.deepStrictEqual(yield* endWith(403, undefined), { ...limited, wait: 10 })
      assert.deepStrictEqual(yield* endWith(403, "<html>Access Denied</html>", { "content-type": "text/html" }), {
        ...limited,
        wait: 10
      })
      assert.deepStrictEqual(yield* endWith(429, undefined), { ...limited, wait: undefined })
      const { behaviour, layer } = yield* atPeer()
      behaviour.busy = 10
      assert.deepStrictEqual(yield* failing("nora@shop.example").pipe(Effect.provide(layer)), {
        ...limited,
        wait: undefined
      })
    })
  )

  it.live("tell the operator of merge fields that the audience insists on", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* endWith(
          400,
          problem("Invalid Resource", "Your merge fields were invalid.", [{ field: "BIRTHDAY", message: "" }])
        ),
        { tag: "EspMisconfigured", reason: "the audience does not take contacts without: BIRTHDAY" }
      )
    })
  )

  it.live("leave it open where nobody knows what was done", () =>
    Effect.gen(function* () {
      const open = (reason: string) => ({ tag: "EspUnavailable", reason, acted: true, wait: undefined })
      const member = { email_address: "nora@shop.example", status: "transactional" }
      for (const body of [problem("InternalServerError"), problem("Member Exists"), member]) {
        assert.deepStrictEqual(yield* endWith(500, body), open("status-500"))
      }
      // No second create without the field: after a 500 the first one may have been carried out.
      assert.strictEqual(yield* callsOf(problem("Invalid Resource", "", [{ field: "FNAME", message: "" }]), 500), 1)
      assert.deepStrictEqual(
        yield* endWith(502, "<html>timeout</html>", { "content-type": "text/html" }),
        open("status-502")
      )
      assert.deepStrictEqual(yield* endWith(200, `"???"`), open("status-200"))
      assert.deepStrictEqual(yield* endWith(200, ""), open("status-200"))
    })
  )
})

describe("the limits of Mailchimp", () => {
  it.live("are ten calls at once for the key, follow-ups within them", () =>
    Effect.gen(function* () {
      let under = 0
      let most = 0
      const waiting: Array<() => void> = []
      const peer = yield* httpPeer(({ method }, response) => {
        most = Math.max(most, ++under)
        waiting.push(() => {
          under--
          json(
            response,
            method === "POST" ? 400 : 200,
            method === "POST" ? problem("Member Exists") : { status: "pending" }
          )
        })
      })
      yield* Effect.gen(function* () {
        const { governor } = yield* shop
        assert.match(governor.account, /^mailchimp:[0-9a-f]{16}$/)
        assert.deepStrictEqual(governor.concurrency, { limit: 10, hold: Duration.seconds(120) })
        const fibers = yield* Effect.forEach(Array.from({ length: 15 }), (_, index) =>
          Effect.forkChild(Effect.exit(attempt(`nora${index}@shop.example`)))
        )
        while (waiting.length < 10) yield* Effect.promise(() => new Promise(setImmediate))
        const answering = setInterval(() => waiting.splice(0).forEach((answer) => answer()), 5)
        const exits = yield* Effect.forEach(fibers, Fiber.join)
        clearInterval(answering)
        assert.strictEqual(exits.filter(({ _tag }) => _tag === "Success").length, 10)
        assert.strictEqual(most, 10)
      }).pipe(Effect.provide(connected(mailchimp, peer.url)))
      assert.strictEqual(peer.received.length, 20)
    })
  )
})
