import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { domainToASCII } from "node:url"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "../factor/Browser.ts"
import { peer as start } from "./Peer.ts"
import * as Sso from "./Sso.ts"

const domains = ["brand.example"]

it.live("an account is made at the first sign-in where the connection says so, once of several at once", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(peer, {
      main: { domains: ["Brand.example", "бренд.example"], provision: "editor" }
    })
    const accounts = query(
      running.url,
      (sql) => sql`select email, name, role, email_verified_at is not null as proven from account order by id`
    )
    peer.people.set("1", { sub: "1", email: "Nora@Brand.example", email_verified: true, name: "Nora" })
    const backs = yield* Effect.forEach(Array.from({ length: 4 }), () =>
      Effect.gen(function* () {
        const by = Browser.browser(running)
        return { by, back: yield* peer.signIn(yield* Sso.begin(by, "main"), "1") }
      })
    )
    const arrived = yield* Effect.all(
      backs.map(({ back, by }) => Sso.arrive(by, back)),
      { concurrency: "unbounded" }
    )
    assert.deepStrictEqual(new Set(arrived.map(Sso.sentTo)), new Set(["303 /account"]))
    assert.deepStrictEqual(yield* accounts, [
      { email: "Nora@Brand.example", name: "Nora", role: "editor", proven: true }
    ])
    const [identity] = yield* Sso.identities(running)
    const deeds = yield* Browser.deedsOf(running, identity?.accountId ?? "")
    assert.deepStrictEqual(deeds.slice(0, 2), ["account.provision", "identity.add"])
    assert.lengthOf(
      deeds.filter((deed) => deed === "session.create"),
      4
    )

    const vera = `vera@${domainToASCII("бренд.example")}`
    // Two identities with one address at once: the address is one account's, and both end there.
    for (const sub of ["2", "3"]) {
      peer.people.set(sub, { sub, email: vera, email_verified: true, name: "\u202e\n" })
    }
    const two = yield* Effect.all(
      ["2", "3"].map((sub) => Sso.signIn(Browser.browser(running), peer, "main", sub)),
      { concurrency: 1 }
    )
    assert.deepStrictEqual(two, ["303 /account", "303 /account"])
    const [, second] = yield* accounts
    // What cannot be shown as a name is none.
    assert.deepInclude(second, { name: vera, role: "editor" })
    peer.people.set("4", { sub: "4", email: "nobody@shop.example", email_verified: true })
    assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "main", "4"), "303 /sign-in sso-not-linked")
    peer.people.set("5", { sub: "5", email: "nobody@brand.example" })
    assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "main", "5"), "303 /sign-in sso-not-linked")
    assert.lengthOf(yield* accounts, 2)
  })
)

it.live(
  "the account's own second factor is owed, unless the connection is trusted to ask for one; locks of passwords are none of its affair",
  () =>
    Effect.gen(function* () {
      const peer = yield* start()
      const running = yield* Sso.start(
        peer,
        { plain: { domains }, trusted: { domains, mfa: "trusted" } },
        { SECOND_FACTOR: "required" }
      )
      // The highest role signs in like any other (PocketBase #6568).
      const owner = yield* Sso.account(running, "olga@brand.example")
      yield* query(running.url, (sql) => sql`update account set role = 'owner' where id = ${owner.accountId}`)
      peer.people.set("1", { sub: "1", email: "olga@brand.example", email_verified: true })

      // Without a second factor of its own: in, and no further than the account.
      const plain = Browser.browser(running)
      assert.strictEqual(yield* Sso.signIn(plain, peer, "plain", "1"), "303 /account")
      assert.deepStrictEqual(Browser.problem(yield* plain.send("GET", "/audit-entries")), [
        403,
        "second-factor-required"
      ])
      const trusted = Browser.browser(running)
      assert.strictEqual(yield* Sso.signIn(trusted, peer, "trusted", "1"), "303 /account")
      assert.strictEqual((yield* trusted.send("GET", "/audit-entries")).status, 200)

      const secret = yield* Browser.enrolTotp(trusted)
      yield* Browser.forgetCodes(running, owner.accountId)
      assert.isFalse(yield* Sso.isSignedIn(plain))
      yield* query(
        running.url,
        (sql) => sql`
        insert into sign_in_throttle (key, failures, blocked_until, last_failed_at)
        values (sha256('password:olga@brand.example'), 100, 'infinity', now())`
      )
      assert.strictEqual(yield* Sso.signIn(plain, peer, "plain", "1"), "303 /sign-in/second-factor")
      assert.isFalse(yield* Sso.isSignedIn(plain))
      const proven = yield* plain.send("POST", "/session/second-factor", { code: Browser.codeNow(secret) })
      assert.strictEqual(proven.status, 201)
      assert.deepInclude(proven.body["session"], { methods: ["sso", "totp"] })
      assert.strictEqual(yield* Sso.signIn(Browser.browser(running), peer, "trusted", "1"), "303 /account")
    })
)

it.live("where it all leads: the page that was wanted, and none of another site", () =>
  Effect.gen(function* () {
    const peer = yield* start()
    const running = yield* Sso.start(peer, { main: { domains, provision: "viewer" } })
    peer.people.set("1", { sub: "1", email: "nora@brand.example", email_verified: true })
    const sign = (next: string) => {
      const by = Browser.browser(running)
      return by.send("POST", "/sso/main", { purpose: "sign-in", next }, {})
    }
    for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", "account", "", "/a b", "/a\nb"]) {
      assert.deepStrictEqual(Browser.problem(yield* sign(next)), [400, "validation-failed"], next)
    }
    const by = Browser.browser(running)
    const back = yield* peer.signIn(
      yield* Sso.begin(by, "main", { purpose: "sign-in", next: "/account/keys?a=1" }),
      "1"
    )
    const { headers } = yield* Sso.arrive(by, back)
    assert.match(String(headers["location"]), /^http:\/\/(?:localhost|127\.0\.0\.1):\d+\/account\/keys\?a=1$/)

    // The host that a request names does not reach the provider, nor the redirect.
    const forged = yield* by.send(
      "POST",
      "/sso/main",
      { purpose: "sign-in" },
      {
        host: "evil.example",
        "x-forwarded-host": "evil.example",
        forwarded: "host=evil.example"
      }
    )
    assert.notInclude(String(forged.body["location"]), "evil")
    // A page of another site begins nothing (login CSRF); over plain HTTP from elsewhere nobody signs in.
    for (const [headers, expected] of [
      [{ "sec-fetch-site": "cross-site" }, "cross-site-request"],
      [{ "sec-fetch-site": "same-site" }, "cross-site-request"],
      [{ origin: "http://fair.example" }, "https-required"]
    ] as const) {
      const answer = yield* by.send("POST", "/sso/main", { purpose: "sign-in" }, headers)
      assert.deepStrictEqual(Browser.problem(answer), [403, expected])
    }
    assert.deepStrictEqual(Browser.problem(yield* by.send("POST", "/sso/nowhere", { purpose: "sign-in" })), [
      404,
      "connection-not-found"
    ])
    assert.deepStrictEqual(Browser.problem(yield* by.send("POST", "/sso/__proto__", { purpose: "sign-in" })), [
      400,
      "validation-failed"
    ])
  })
)
