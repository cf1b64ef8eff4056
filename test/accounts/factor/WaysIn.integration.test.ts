import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import * as PasswordHash from "../../../src/accounts/password/PasswordHash.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "./Browser.ts"

const password = "correct horse battery staple"

it.live("no way in leads around the second factor: with an authenticator app, each ends in 202", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running, "owner")
    const hash = yield* PasswordHash.make(password)
    const [{ email } = { email: "" }] = yield* query(
      running.url,
      Effect.fnUntraced(function* (sql) {
        yield* sql`
          insert into account_password (account_id, hash, changed_at) values (${person.accountId}, ${hash}, now())`
        return yield* sql<{ readonly email: string }>`select email from account where id = ${person.accountId}`
      })
    )
    const signIn = (by: Browser.Browser, with_ = password) => by.send("POST", "/session", { email, password: with_ })
    const methods = ["totp"]
    const expectHalf = Effect.fnUntraced(function* (
      by: Browser.Browser,
      answer: Effect.Success<ReturnType<typeof signIn>>
    ) {
      assert.deepStrictEqual([answer.status, answer.body], [202, { methods }])
      assert.isTrue(by.jar.has(cookieNames.step))
    })

    // Without one, the password is enough: the browser is known from then on.
    const known = Browser.browser(running)
    assert.strictEqual((yield* signIn(known)).status, 201)
    assert.isTrue(known.jar.has(cookieNames.device))

    const secret = yield* Browser.enrolTotp(person)
    yield* Browser.forgetCodes(running, person.accountId)
    // The session from before it is over (GHSA-xg6x-h9c9-2m83), and that the browser is known changes nothing.
    assert.strictEqual((yield* known.send("GET", "/session")).status, 401)
    yield* expectHalf(known, yield* signIn(known))
    assert.strictEqual((yield* known.send("GET", "/session")).status, 401)

    // An unknown browser; then all of the second step, in which it becomes known.
    const fresh = Browser.browser(running)
    yield* expectHalf(fresh, yield* signIn(fresh))
    assert.isFalse(fresh.jar.has(cookieNames.session))
    assert.isFalse(fresh.jar.has(cookieNames.device))
    const opened = yield* fresh.send("POST", "/session/second-factor", { code: Browser.codeNow(secret) })
    assert.strictEqual(opened.status, 201)
    assert.deepInclude(opened.body["account"], { id: person.accountId })
    assert.deepInclude(opened.body["session"], { methods: ["password", "totp"] })
    assert.deepStrictEqual(opened.body["secondFactor"], { totp: true, passkey: false, recoveryCodes: 0, isOwed: false })
    assert.sameMembers([...fresh.jar.keys()], [cookieNames.session, cookieNames.device])

    // Confirming who one is.
    const before = fresh.jar.get(cookieNames.session)
    yield* expectHalf(fresh, yield* fresh.send("POST", "/session/confirmation", { password }))
    assert.strictEqual(fresh.jar.get(cookieNames.session), before)
    yield* query(running.url, (sql) => sql`update account_session set authenticated_at = now() - interval '1 hour'`)
    assert.strictEqual((yield* fresh.send("DELETE", "/account/totp")).status, 403)

    // A second session in a browser that has one: the first goes on until the second is through, and ends with it.
    yield* expectHalf(fresh, yield* signIn(fresh))
    assert.strictEqual((yield* fresh.send("GET", "/session")).status, 200)
    yield* Browser.forgetCodes(running, person.accountId)
    assert.strictEqual(
      (yield* fresh.send("POST", "/session/second-factor", { code: Browser.codeNow(secret) })).status,
      201
    )
    const planted = Browser.browser(running, { [cookieNames.session]: before ?? "" })
    assert.strictEqual((yield* planted.send("GET", "/session")).status, 401)

    // A new password by a link signs nobody in, ends what is half done, and leaves the second factor.
    const half = Browser.browser(running)
    yield* expectHalf(half, yield* signIn(half))
    const token = makeToken("reset")
    yield* query(
      running.url,
      (sql) => sql`
        insert into account_token (token_hash, purpose, account_id, created_at, expires_at)
        values (${hashOf(token)}, 'password-reset', ${person.accountId}, now(), now() + interval '30 minutes')`
    )
    const next = "another horse, another battery"
    const reset = yield* half.send("POST", "/password-resets/confirmation", { token, password: next })
    assert.oneOf(reset.status, [200, 204], JSON.stringify(reset.body))
    assert.isFalse(half.jar.has(cookieNames.session))
    assert.strictEqual(
      (yield* half.send("POST", "/session/second-factor", { code: Browser.codeNow(secret) })).status,
      410
    )
    yield* expectHalf(half, yield* signIn(half, next))
  })
)
