import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "../factor/Browser.ts"
import { peer as start } from "./Peer.ts"
import * as Sso from "./Sso.ts"

const domains = ["brand.example"]
const link = { purpose: "link" }
const confirmation = { purpose: "confirmation" }

it.live("a person links an identity to their account, whatever address it has, and unlinks it", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(peer, { main: { title: "The provider" } })
    const [nora, vera] = [yield* Browser.signedIn(running), yield* Browser.signedIn(running)]
    peer.people.set("1", { sub: "1", email: "private@elsewhere.example" })
    const failed = "303 /account/security sso-failed"

    assert.strictEqual(yield* Sso.signIn(nora, peer, "main", "1", link), "303 /account/security")
    // Again is no other link; somebody else's account does not get it.
    assert.strictEqual(yield* Sso.signIn(nora, peer, "main", "1", link), "303 /account/security")
    assert.strictEqual(yield* Sso.signIn(vera, peer, "main", "1", link), "303 /account/security sso-refused")
    const { body } = yield* nora.send("GET", "/account/identities")
    const [item = {}] = body["items"] as ReadonlyArray<Record<string, unknown>>
    assert.deepInclude(item, {
      connection: "main",
      title: "The provider",
      isUsable: true,
      email: "private@elsewhere.example"
    })
    assert.lengthOf(body["items"] as ReadonlyArray<unknown>, 1)
    const alone = Browser.browser(running)
    assert.strictEqual(yield* Sso.signIn(alone, peer, "main", "1"), "303 /account")
    assert.deepInclude((yield* alone.send("GET", "/session")).body["account"], { id: nora.accountId })

    // Who may begin: a session, of a page of this service, that was confirmed a moment ago and has what the account has.
    const begin = (by: Browser.Browser, body: unknown, headers: Record<string, string> = {}) =>
      Effect.map(by.send("POST", "/sso/main", body, headers), Browser.problem)
    for (const body of [link, confirmation]) {
      assert.deepStrictEqual(yield* begin(Browser.browser(running), body), [401, "not-signed-in"])
      assert.deepStrictEqual(yield* begin(vera, body, { "sec-fetch-site": "none" }), [403, "cross-site-request"])
    }
    const stale = yield* Browser.alsoSignedIn(running, vera.accountId)
    yield* query(
      running.url,
      (sql) => sql`
        update account_session set authenticated_at = now() - interval '10 minutes 1 second' where id = ${stale.sessionId}`
    )
    assert.deepStrictEqual(yield* begin(stale, link), [403, "reauthentication-required"])
    const strong = yield* Browser.signedIn(running)
    yield* Browser.enrolTotp(strong)
    const weak = yield* Browser.alsoSignedIn(running, strong.accountId)
    assert.deepStrictEqual(yield* begin(weak, link), [403, "reauthentication-required"])
    // Nobody confirms by an identity that they have not.
    assert.deepStrictEqual(yield* begin(vera, confirmation), [404, "identity-not-found"])

    // What was begun in one session counts in no other, and not after it has ended (Keycloak CVE-2026-9087).
    peer.people.set("2", { sub: "2" })
    const back = yield* peer.signIn(yield* Sso.begin(vera, "main", link), "2")
    nora.jar.set(cookieNames.attempt, Sso.attemptOf(vera))
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(nora, back)), failed)
    const other = yield* Browser.alsoSignedIn(running, vera.accountId)
    const again = yield* peer.signIn(yield* Sso.begin(vera, "main", link), "2")
    other.jar.set(cookieNames.attempt, Sso.attemptOf(vera))
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(other, again)), failed)
    const last = yield* peer.signIn(yield* Sso.begin(vera, "main", link), "2")
    yield* query(running.url, (sql) => sql`delete from account_session where id = ${vera.sessionId}`)
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(vera, last)), failed)
    // The account got a second factor while its person was away.
    const away = yield* Browser.signedIn(running)
    const late = yield* peer.signIn(yield* Sso.begin(away, "main", link), "2")
    yield* query(
      running.url,
      (sql) => sql`
        insert into account_totp (account_id, secret, confirmed_at, last_step, created_at)
        values (${away.accountId}, ''::bytea, now(), 0, now())`
    )
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(away, late)), "303 /account/security sso-refused")
    assert.lengthOf(yield* Sso.identities(running), 1)

    // Unlinking: one's own, not the last way in.
    const unlink = (by: Browser.Browser) => by.send("DELETE", `/account/identities/${String(item["id"])}`)
    assert.deepStrictEqual(Browser.problem(yield* unlink(strong)), [404, "identity-not-found"])
    assert.deepStrictEqual(Browser.problem(yield* unlink(nora)), [409, "last-way-in"])
    yield* query(
      running.url,
      (sql) => sql`
        insert into account_password (account_id, hash, changed_at) values (${nora.accountId}, '$argon2id$x', now())`
    )
    assert.strictEqual((yield* unlink(nora)).status, 204)
    assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "main", "1"), "303 /sign-in sso-not-linked")
    assert.deepStrictEqual(yield* Browser.mailsOf(running, nora.accountId), [
      "Your account was linked to a sign-in service",
      "A sign-in service was removed from your account"
    ])
    const deeds = yield* Browser.deedsOf(running, nora.accountId)
    assert.includeMembers([...deeds], ["identity.add", "session.create", "identity.remove"])
  })
)

it.live("a person confirms by their provider, who asks them anew", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(peer, { main: { domains, provision: "viewer" } })
    for (const sub of ["1", "2"]) {
      peer.people.set(sub, { sub, email: `person${sub}@brand.example`, email_verified: true })
    }
    const [nora, vera] = [Browser.browser(running), Browser.browser(running)]
    const known = new Map<string, string>()
    const first = yield* peer.signIn(yield* Sso.begin(nora, "main"), "1", known)
    yield* Sso.arrive(nora, first)
    assert.strictEqual(yield* Sso.signIn(vera, peer, "main", "2"), "303 /account")
    const age = query(
      running.url,
      (sql) => sql`update account_session set authenticated_at = now() - interval '1 hour'`
    )
    const mayChange = (by: Browser.Browser) =>
      Effect.map(by.send("POST", "/account/totp"), ({ status }) => status === 201)

    // A sign-in is recent where the provider does not say when it asked: unlike a confirmation, it is let in without `auth_time`.
    assert.isTrue(yield* mayChange(vera))
    yield* age
    assert.isFalse(yield* mayChange(nora))
    const location = new URL(yield* Sso.begin(nora, "main", confirmation))
    assert.deepInclude(Object.fromEntries(location.searchParams), { prompt: "login", max_age: "0" })
    const before = nora.jar.get(cookieNames.session) ?? ""
    assert.strictEqual(
      Sso.sentTo(yield* Sso.arrive(nora, yield* peer.signIn(location.href, "1", known))),
      "303 /account"
    )
    assert.isTrue(yield* mayChange(nora))
    assert.isFalse(yield* Sso.isSignedIn(Browser.browser(running, { [cookieNames.session]: before })))
    assert.lengthOf(
      (yield* Browser.deedsOf(running, (yield* Sso.identities(running))[0]?.accountId ?? "")).filter(
        (deed) => deed === "session.confirm"
      ),
      1
    )

    // Whoever sits at an unattended browser takes out of the address that the provider is to ask anew: it does not say when it did.
    const failed = "303 /account/confirm sso-failed"
    yield* age
    const asked = new URL(yield* Sso.begin(nora, "main", confirmation))
    for (const name of ["prompt", "max_age"]) asked.searchParams.delete(name)
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(nora, yield* peer.signIn(asked.href, "1", known))), failed)
    assert.isFalse(yield* mayChange(nora))

    // Somebody else's identity, and one that is nobody's.
    yield* age
    for (const sub of ["2", "3"]) {
      peer.people.set("3", { sub: "3" })
      assert.strictEqual(
        yield* Sso.signIn(nora, peer, "main", sub, confirmation),
        "303 /account/confirm sso-refused",
        sub
      )
      assert.isFalse(yield* mayChange(nora))
    }
    // In another session than that in which it was begun.
    const back = yield* peer.signIn(yield* Sso.begin(nora, "main", confirmation), "1", known)
    vera.jar.set(cookieNames.attempt, Sso.attemptOf(nora))
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(vera, back)), failed)
    assert.isFalse(yield* mayChange(vera))

    // The second factor of the account's own is owed here, too.
    const strong = Browser.browser(running)
    assert.strictEqual(yield* Sso.signIn(strong, peer, "main", "2"), "303 /account")
    yield* query(
      running.url,
      (sql) => sql`
        insert into account_totp (account_id, secret, confirmed_at, last_step, created_at)
        select account_id, ''::bytea, now(), 0, now() from account_identity where subject = '2'`
    )
    yield* age
    assert.strictEqual(yield* Sso.signIn(strong, peer, "main", "2", confirmation), "303 /sign-in/second-factor")
    assert.isFalse(yield* mayChange(strong))
  })
)

it.live("an invitation is accepted with an identity, by whoever has its link, once", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(peer, { main: { title: "The provider" } })
    const invite = Effect.fnUntraced(function* (email: string, role = "admin") {
      const token = makeToken("invitation")
      yield* query(
        running.url,
        (sql) => sql`
          insert into invitation (id, email, email_key, role, language, token_hash, created_at, expires_at)
          values (${uuidV7At(Date.now())}, ${email}, ${email}, ${role}, 'ru', ${hashOf(token)}, now(), now() + interval '1 day')`
      )
      return { purpose: "invitation", invitation: token }
    })
    // The provider proves no address, and has another one: the link in the mail has proven the mailbox.
    peer.people.set("1", { sub: "1", email: "private@elsewhere.example", name: "Nora" })
    const invited = yield* invite("nora@brand.example")
    const nora = Browser.browser(running)
    const [one, two] = [Browser.browser(running), Browser.browser(running)]
    const backs = yield* Effect.forEach([one, two], (by) =>
      Effect.flatMap(Sso.begin(by, "main", invited), (location) => peer.signIn(location, "1"))
    )
    const arrived = yield* Effect.all(
      [one, two].map((by, index) => Sso.arrive(by, backs[index]!)),
      { concurrency: 2 }
    )
    assert.sameMembers(arrived.map(Sso.sentTo), ["303 /account", "303 /sign-in sso-refused"])
    assert.strictEqual(yield* Sso.signIn(nora, peer, "main", "1"), "303 /account")
    assert.deepInclude((yield* nora.send("GET", "/session")).body["account"], {
      email: "nora@brand.example",
      name: "Nora",
      role: "admin",
      language: "ru"
    })
    assert.deepStrictEqual(Browser.problem(yield* nora.send("POST", "/sso/main", invited)), [410, "link-expired"])

    const start_ = (body: unknown) => Effect.map(nora.send("POST", "/sso/main", body), Browser.problem)
    for (const body of [{ purpose: "invitation" }, { purpose: "sign-in", invitation: "x" }, { purpose: "none" }, {}]) {
      assert.deepStrictEqual(yield* start_(body), [400, "validation-failed"], JSON.stringify(body))
    }
    for (const invitation of ["x", makeToken("invitation"), makeToken("reset")]) {
      assert.deepStrictEqual(yield* start_({ purpose: "invitation", invitation }), [410, "link-expired"])
    }

    // An identity that somebody has makes no second account, and leaves the invitation; one that was revoked meanwhile makes none.
    const second = yield* invite("vera@brand.example")
    const vera = Browser.browser(running)
    assert.strictEqual(yield* Sso.signIn(vera, peer, "main", "1", second), "303 /sign-in sso-refused")
    assert.isFalse(vera.jar.has(cookieNames.session))
    peer.people.set("2", { sub: "2" })
    const away = yield* peer.signIn(yield* Sso.begin(vera, "main", second), "2")
    yield* query(running.url, (sql) => sql`delete from invitation where email_key = 'vera@brand.example'`)
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(vera, away)), "303 /sign-in sso-refused")
    // One that was sent again while its person was away: the old link is dead, wherever it was opened.
    const third = yield* invite("third@brand.example")
    const gone = yield* peer.signIn(yield* Sso.begin(vera, "main", third), "2")
    const again = makeToken("invitation")
    yield* query(
      running.url,
      (sql) => sql`update invitation set token_hash = ${hashOf(again)} where email_key = 'third@brand.example'`
    )
    assert.strictEqual(Sso.sentTo(yield* Sso.arrive(vera, gone)), "303 /sign-in sso-refused")
    const taken = yield* invite("nora@brand.example")
    assert.strictEqual(yield* Sso.signIn(vera, peer, "main", "2", taken), "303 /sign-in sso-refused")
    const accounts = yield* query(running.url, (sql) => sql`select email from account`)
    assert.deepStrictEqual(accounts, [{ email: "nora@brand.example" }])
  })
)
