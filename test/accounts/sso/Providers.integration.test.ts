import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "../factor/Browser.ts"
import { clientId, jwt, peer as start } from "./Peer.ts"
import * as Sso from "./Sso.ts"

const main = { main: { domains: ["brand.example"], provision: "viewer" } }
const nora = { email: "nora@brand.example", email_verified: true }
const failed = "303 /sign-in sso-failed"

it.live("tokens that a provider should not have made, or that somebody else did", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(peer, main)
    const thief = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
    const header = { alg: "RS256", kid: "the key" }
    const now = () => Math.floor(Date.now() / 1000)

    /** Comes back with a token of these claims, in the place of the provider's. */
    const withToken = Effect.fnUntraced(function* (
      by: Browser.Browser,
      make: (claims: Record<string, unknown>) => string | undefined,
      body?: Record<string, unknown>
    ) {
      const location = new URL(yield* Sso.begin(by, "main", body))
      const back = yield* peer.signIn(location.href, "1")
      const claims = {
        iss: peer.issuer,
        aud: clientId,
        sub: "1",
        iat: now(),
        exp: now() + 600,
        nonce: location.searchParams.get("nonce"),
        ...nora
      }
      peer.replace((request, response) => {
        if (request.url !== "/token") return false
        const token = make(claims)
        response.writeHead(200, { "content-type": "application/json" }).end(
          JSON.stringify({
            access_token: "a",
            token_type: "Bearer",
            ...(token === undefined ? {} : { id_token: token })
          })
        )
        return true
      })
      const arrived = Sso.sentTo(yield* Sso.arrive(by, back))
      peer.replace(undefined)
      return arrived
    })
    const signed =
      (change: Record<string, unknown>, key: KeyObject = peer.key) =>
      (claims: Record<string, unknown>) =>
        jwt(header, { ...claims, ...change }, key)

    const cases: ReadonlyArray<readonly [string, (claims: Record<string, unknown>) => string | undefined]> = [
      ["no token", () => undefined],
      ["no JWT", () => "x"],
      ["no signature", (claims) => jwt({ alg: "none" }, claims, undefined)],
      ["another key", signed({}, thief)],
      ["a key of an unknown name", (claims) => jwt({ ...header, kid: "another" }, claims, peer.key)],
      ["an algorithm that does not fit", (claims) => jwt({ ...header, alg: "HS256" }, claims, peer.key)],
      ["another issuer", signed({ iss: "https://evil.example" })],
      ["another audience", signed({ aud: "somebody else" })],
      ["another party", signed({ aud: [clientId, "somebody else"], azp: "somebody else" })],
      ["another nonce", signed({ nonce: "x" })],
      ["no nonce", signed({ nonce: undefined })],
      ["expired", signed({ exp: now() - 600, iat: now() - 1200 })],
      ["no time as the time of its sign-in", signed({ auth_time: "yesterday" })],
      ["a time before 1970", signed({ auth_time: -1 })],
      ["no subject", signed({ sub: undefined })],
      ["an empty subject", signed({ sub: "" })],
      ["a subject beyond ASCII", signed({ sub: "nörd" })],
      ["a subject with NUL", signed({ sub: "1\u0000" })],
      ["a subject of 256 characters", signed({ sub: "x".repeat(256) })]
    ]
    for (const [what, make] of cases) {
      const by = Browser.browser(running)
      assert.strictEqual(yield* withToken(by, make), failed, what)
      assert.isFalse(by.jar.has(cookieNames.session), what)
    }
    assert.deepStrictEqual(yield* Sso.identities(running), [])
    const by = Browser.browser(running)
    assert.strictEqual(yield* withToken(by, signed({})), "303 /account")

    // A sign-in is as recent as the provider's, where it says when that was: at an unattended browser the provider asks nobody.
    for (const [change, status] of [
      [{ auth_time: now() - 601 }, 403],
      [{ auth_time: now() - 60 }, 201],
      [{ auth_time: now() + 3600 }, 201],
      [{ auth_time: 1e300 }, 201]
    ] as const) {
      const signs = Browser.browser(running)
      assert.strictEqual(yield* withToken(signs, signed(change)), "303 /account", JSON.stringify(change))
      assert.strictEqual((yield* signs.send("POST", "/account/totp")).status, status, JSON.stringify(change))
    }

    // Confirmation goes by when the provider says that it has asked: a minute's difference of clocks, and no more.
    const confirmation = { purpose: "confirmation" }
    for (const [what, change, where] of [
      ["it does not say when", {}, "303 /account/confirm sso-failed"],
      ["two hours ago", { auth_time: now() - 7200 }, "303 /account/confirm sso-failed"],
      ["two minutes ago", { auth_time: now() - 120 }, "303 /account/confirm sso-failed"],
      ["no number", { auth_time: String(now()) }, "303 /account/confirm sso-failed"],
      ["now", { auth_time: now() }, "303 /account"]
    ] as const) {
      yield* query(running.url, (sql) => sql`update account_session set authenticated_at = now() - interval '1 hour'`)
      assert.strictEqual(yield* withToken(by, signed(change), confirmation), where, what)
      assert.strictEqual((yield* by.send("POST", "/account/totp")).status, where === "303 /account" ? 201 : 403, what)
    }
  })
)

it.live("a provider that does not answer, answers wrong, or is another one", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(
      peer,
      {
        ...main,
        other: { issuer: `${peer.issuer}/other` },
        gone: { issuer: "http://localhost:1" },
        secretless: { secret: { env: "WRONG_SECRET" }, domains: ["brand.example"] }
      },
      { WRONG_SECRET: "not the secret" }
    )
    peer.people.set("1", { sub: "1", ...nora })
    const unavailable = [503, "sso-unavailable"]
    const begin = (connection: string) =>
      Effect.map(Browser.browser(running).send("POST", `/sso/${connection}`, { purpose: "sign-in" }), Browser.problem)

    // It is asked for when it is first needed: what is wrong with one is nothing to the others, nor to the start.
    assert.deepStrictEqual(yield* begin("gone"), unavailable)
    assert.deepStrictEqual(yield* begin("other"), unavailable)
    assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "main", "1"), "303 /account")
    assert.strictEqual(peer.asked.filter((line) => line.includes("/.well-known/openid-configuration")).length, 2)

    // While the browser was away, it went down; came back; and said nonsense.
    const answers: ReadonlyArray<readonly [number, string, string]> = [
      [503, "text/html", "sso-unavailable"],
      [502, "application/json", "sso-unavailable"],
      [400, "application/json", "sso-failed"],
      [200, "text/html", "sso-failed"]
    ]
    for (const [status, type, problem] of answers) {
      const by = Browser.browser(running)
      const back = yield* peer.signIn(yield* Sso.begin(by, "main"), "1")
      peer.replace((request, response) => {
        if (request.url !== "/token") return false
        response
          .writeHead(status, { "content-type": type })
          .end(type === "text/html" ? "<p>" : '{"error":"invalid_grant"}')
        return true
      })
      assert.strictEqual(Sso.sentTo(yield* Sso.arrive(by, back)), `303 /sign-in ${problem}`, `${status} ${type}`)
      peer.replace(undefined)
    }
    const by = Browser.browser(running)
    const back = yield* peer.signIn(yield* Sso.begin(by, "main"), "1")
    peer.replace((request) => {
      if (request.url !== "/token") return false
      request.socket.destroy()
      return true
    })
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(by, back)), "303 /sign-in sso-unavailable")
    peer.replace(undefined)
    assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "secretless", "1"), failed)
    // Whoever does not want to sign in there after all.
    const cancelled = Browser.browser(running)
    const state = new URL(yield* Sso.begin(cancelled, "main")).searchParams.get("state") ?? ""
    const no = new URL(`${running.base}/api/v1/sso/main/callback`)
    no.search = new URLSearchParams({ error: "access_denied", state, iss: peer.issuer }).toString()
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(cancelled, no)), failed)

    for (const secret of ["a secret of the client", "not the secret", state]) assert.notInclude(running.log(), secret)
    assert.match(running.log(), /An identity provider does not say how to sign in with it/)
    const [{ count } = { count: -1 }] = yield* query(
      running.url,
      (sql) => sql<{ readonly count: number }>`select count(*)::int as count from account`
    )
    assert.strictEqual(count, 1)
  })
)

for (const alg of ["ES256", "PS256"] as const) {
  it.live(`a provider that signs by ${alg}`, () =>
    Effect.gen(function* () {
      const peer = yield* start(alg)
      const running = yield* Sso.start(peer, main)
      peer.people.set("1", { sub: "1", ...nora })
      assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "main", "1"), "303 /account")
    })
  )
}
