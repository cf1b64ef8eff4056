import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import { hashOf } from "../../../src/accounts/Tokens.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "../factor/Browser.ts"
import { peer as start, type Person } from "./Peer.ts"
import * as Sso from "./Sso.ts"

const domains = ["brand.example"]

it.live("a person signs in at an identity provider, is linked once, and known by issuer and subject from then on", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(peer, { main: { title: "The provider", domains }, other: { domains } })
    const nora = yield* Sso.account(running, "nora@brand.example")
    peer.people.set("1", { sub: "1", email: "Nora@Brand.example", email_verified: true, name: "Nora" })

    const stranger = Browser.browser(running)
    assert.deepStrictEqual((yield* stranger.send("GET", "/sso")).body, {
      items: [
        { name: "main", title: "The provider" },
        { name: "other", title: "other" }
      ]
    })
    const location = new URL(yield* Sso.begin(stranger, "main"))
    assert.strictEqual(location.origin, peer.issuer)
    const sent = Object.fromEntries(location.searchParams)
    assert.deepInclude(sent, { response_type: "code", scope: "openid email profile", code_challenge_method: "S256" })
    for (const secret of ["state", "nonce", "code_challenge"]) assert.match(sent[secret] ?? "", /^[\w-]{43}$/)
    const back = yield* peer.signIn(location.href, "1")
    const arrived = yield* Sso.arrive(stranger, back)
    assert.strictEqual(Sso.sentTo(arrived), "303 /account")
    assert.isFalse(stranger.jar.has(cookieNames.attempt))
    const who = yield* stranger.send("GET", "/session")
    assert.deepInclude(who.body["account"], { id: nora.accountId })
    assert.deepInclude(who.body["session"], { methods: ["sso"] })
    assert.deepStrictEqual(yield* Browser.mailsOf(running, nora.accountId), [
      "Your account was linked to a sign-in service"
    ])

    // The address may change at the provider: it is for display.
    peer.people.set("1", { sub: "1", email: "else@evil.example", email_verified: false })
    assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "main", "1"), "303 /account")
    // And another identity does not become her by having her address elsewhere.
    const rows = yield* Sso.identities(running)
    assert.deepStrictEqual(rows, [{ accountId: nora.accountId, subject: "1" }])
    const deeds = yield* Browser.deedsOf(running, nora.accountId)
    assert.deepStrictEqual(deeds, ["identity.add", "session.create", "session.create"])

    // A planted cookie does not survive the sign-in.
    const planted = yield* Browser.signedIn(running)
    const old = planted.jar.get(cookieNames.session) ?? ""
    assert.strictEqual(yield* Sso.signIn(planted, peer, "main", "1"), "303 /account")
    assert.isFalse(yield* Sso.isSignedIn(Browser.browser(running, { [cookieNames.session]: old })))

    const dump = yield* Browser.dumpOf(running)
    const secrets = [sent["state"], sent["nonce"], back.searchParams.get("code"), Sso.attemptOf(stranger)]
    for (const secret of secrets) {
      if (secret === undefined || secret === null || secret === "") continue
      for (const text of [dump, running.log()]) assert.notInclude(text, secret)
    }
  })
)

it.live("whom a provider's word does not sign in", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(peer, { main: { domains }, open: {} })
    yield* Sso.account(running, "nora@brand.example")
    yield* Sso.account(running, "unproven@brand.example", { isProven: false })
    yield* Sso.account(running, "gone@brand.example", { isDisabled: true })
    yield* Sso.account(running, "vera@shop.example")
    const strong = yield* Sso.account(running, "strong@brand.example")
    yield* Browser.enrolTotp(strong)

    const notLinked = "303 /sign-in sso-not-linked"
    const verified = { email_verified: true }
    const cases: ReadonlyArray<
      readonly [what: string, claims: Omit<Person, "sub">, where: string, connection?: string]
    > = [
      ["email_verified absent (nOAuth)", { email: "nora@brand.example" }, notLinked],
      ["email_verified false", { email: "nora@brand.example", email_verified: false }, notLinked],
      ['email_verified "true"', { email: "nora@brand.example", email_verified: "true" }, notLinked],
      ["email_verified 1", { email: "nora@brand.example", email_verified: 1 }, notLinked],
      ["no address", verified, notLinked],
      ["no text as address", { email: ["nora@brand.example"], ...verified }, notLinked],
      ["no address as address", { email: "nora", ...verified }, notLinked],
      ["a domain that is not listed", { email: "vera@shop.example", ...verified }, notLinked],
      ["a subdomain of a listed one", { email: "nora@mail.brand.example", ...verified }, notLinked],
      ["a listed domain in the local part", { email: "nora@brand.example@shop.example", ...verified }, notLinked],
      ["a connection without domains", { email: "nora@brand.example", ...verified }, notLinked, "open"],
      ["our address unproven", { email: "unproven@brand.example", ...verified }, notLinked],
      ["an address of nobody, without provisioning", { email: "new@brand.example", ...verified }, notLinked],
      ["an account with a second factor", { email: "strong@brand.example", ...verified }, notLinked],
      ["a disabled account", { email: "gone@brand.example", ...verified }, "303 /sign-in sso-refused"]
    ]
    for (const [index, [what, claims, where, connection]] of cases.entries()) {
      const sub = `case-${index}`
      peer.people.set(sub, { sub, ...claims })
      const by = Browser.browser(running)
      assert.strictEqual(yield* Sso.signIn(by, peer, connection ?? "main", sub), where, what)
      assert.isFalse(by.jar.has(cookieNames.session), what)
      assert.isFalse(by.jar.has(cookieNames.step), what)
    }
    assert.deepStrictEqual(yield* Sso.identities(running), [])
    const refusals = yield* query(
      running.url,
      (sql) => sql<{ readonly reason: string }>`
        select details ->> 'reason' as reason from audit_entry where outcome = 'refused' order by id`
    )
    assert.lengthOf(refusals, cases.length)
    assert.includeMembers(
      refusals.map(({ reason }) => reason),
      ["email-unverified", "domain", "email-unproven", "no-account", "second-factor", "disabled"]
    )

    // Disabled after it was linked.
    peer.people.set("1", { sub: "1", email: "nora@brand.example", email_verified: true })
    assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "main", "1"), "303 /account")
    yield* query(
      running.url,
      (sql) => sql`update account set disabled_at = now() where email_key = 'nora@brand.example'`
    )
    assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "main", "1"), "303 /sign-in sso-refused")
  })
)

it.live(
  "what a browser comes back with counts for this browser, connection and attempt, once and for ten minutes",
  () =>
    Effect.gen(function* () {
      const peer = yield* start()
      const running = yield* Sso.start(peer, { main: { domains, provision: "viewer" }, other: { domains } })
      peer.people.set("1", { sub: "1", email: "nora@brand.example", email_verified: true })
      const failed = "303 /sign-in sso-failed"
      const begun = Effect.gen(function* () {
        const by = Browser.browser(running)
        const back = yield* peer.signIn(yield* Sso.begin(by, "main"), "1")
        return { by, back }
      })
      const expectFailed = Effect.fnUntraced(function* (by: Browser.Browser, back: URL, what: string) {
        assert.strictEqual(Sso.sentTo(yield* Sso.arrive(by, back)), failed, what)
        assert.isFalse(by.jar.has(cookieNames.session), what)
      })
      const changed = (back: URL, change: (query: URLSearchParams) => void) => {
        const url = new URL(back)
        change(url.searchParams)
        return url
      }

      // Twice, and twice at once.
      const first = yield* begun
      const attempt = Sso.attemptOf(first.by)
      assert.strictEqual(Sso.sentTo(yield* Sso.arrive(first.by, first.back)), "303 /account")
      yield* expectFailed(Browser.browser(running, { [cookieNames.attempt]: attempt }), first.back, "twice")
      const second = yield* begun
      const both = yield* Effect.all(
        Array.from({ length: 5 }, () =>
          Sso.arrive(Browser.browser(running, { [cookieNames.attempt]: Sso.attemptOf(second.by) }), second.back)
        ),
        { concurrency: "unbounded" }
      )
      assert.sameMembers(both.map(Sso.sentTo), ["303 /account", failed, failed, failed, failed])

      // In another browser, with another attempt's cookie, at another connection, with none.
      const third = yield* begun
      yield* expectFailed(Browser.browser(running), third.back, "another browser")
      const fourth = yield* begun
      yield* expectFailed(fourth.by, third.back, "another attempt's answer")
      const elsewhere = new URL(third.back)
      elsewhere.pathname = elsewhere.pathname.replace("/main/", "/other/")
      yield* expectFailed(third.by, elsewhere, "another connection")
      elsewhere.pathname = elsewhere.pathname.replace("/other/", "/nowhere/")
      yield* expectFailed(third.by, elsewhere, "no connection")
      // None of these has used it up.
      third.by.jar.set(cookieNames.attempt, Sso.attemptOf(third.by))

      for (const [what, change] of [
        ["another state", (query) => query.set("state", "x".repeat(43))],
        ["no state", (query) => query.delete("state")],
        ["two states", (query) => query.append("state", "x".repeat(43))],
        ["another iss", (query) => query.set("iss", "https://evil.example")],
        ["no iss", (query) => query.delete("iss")],
        ["another code", (query) => query.set("code", "x".repeat(43))],
        ["no code", (query) => query.delete("code")],
        ["an error of the provider", (query) => query.set("error", "access_denied")],
        ["a response in the query", (query) => query.set("response", "eyJhbGciOiJub25lIn0.e30.")]
      ] satisfies ReadonlyArray<readonly [string, (query: URLSearchParams) => void]>) {
        const { back, by } = yield* begun
        const kept = Sso.attemptOf(by)
        yield* expectFailed(by, changed(back, change), what)
        // Its attempt is used up, whatever came of it.
        yield* expectFailed(
          Browser.browser(running, { [cookieNames.attempt]: kept }),
          back,
          `${what}, then the right one`
        )
      }

      const late = yield* begun
      yield* query(
        running.url,
        (sql) => sql`
        update browser_attempt set expires_at = now() where binding_hash = ${hashOf(Sso.attemptOf(late.by))}`
      )
      yield* expectFailed(late.by, late.back, "too late")
      // Without anything: somebody opens the address.
      const bare = new URL(late.back)
      bare.search = ""
      yield* expectFailed(Browser.browser(running), bare, "nothing at all")
      assert.lengthOf(yield* Sso.identities(running), 1)
    })
)
