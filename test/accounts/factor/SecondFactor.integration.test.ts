import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "./Browser.ts"

const { codeNow, problem, wrongCode } = Browser

const prove = (by: Browser.Browser, proof: unknown) => by.send("POST", "/session/second-factor", proof)
const failed = (answer: Parameters<typeof problem>[0]) => [...problem(answer), answer.body["attemptsLeft"]]
const expired = [410, "sign-in-expired"]

it.live("a code of the authenticator app opens the session, once", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running, "owner")
    const secret = yield* Browser.enrolTotp(person)
    const code = codeNow(secret, 1)
    const half = () => Browser.halfSignedIn(running, person.accountId)

    // The code that set the app up was used by it.
    const first = yield* half()
    const used = yield* Browser.lastCode(running, person.accountId, secret)
    assert.deepStrictEqual(failed(yield* prove(first, { code: used })), [401, "second-factor-failed", 4])
    // Half signed in is not signed in.
    assert.strictEqual((yield* first.send("GET", "/account/totp")).status, 401)
    assert.isUndefined(first.jar.get(cookieNames.session))

    // The same code, in ten browsers at once.
    const halves = yield* Effect.forEach(Array.from({ length: 10 }), half)
    const answers = yield* Effect.all(
      halves.map((by) => prove(by, { code })),
      { concurrency: "unbounded" }
    )
    assert.lengthOf(
      answers.filter(({ status }) => status === 201),
      1
    )
    for (const { status } of answers) assert.include([201, 401, 429], status)
    const inside = halves.find(({ jar }) => jar.has(cookieNames.session))
    assert.isDefined(inside)
    assert.strictEqual((yield* inside.send("GET", "/account/totp")).status, 200)
    assert.isUndefined(inside.jar.get(cookieNames.step))
    const [session] = yield* query(
      running.url,
      (sql) => sql`
        select methods from account_session where token_hash = ${hashOf(inside.jar.get(cookieNames.session) ?? "")}`
    )
    assert.deepStrictEqual(session, { methods: ["password", "totp"] })
    // The step is over, also for whoever kept its cookie.
    inside.jar.set(cookieNames.step, inside.token)
    yield* Browser.forgetCodes(running, person.accountId)
    assert.deepStrictEqual(problem(yield* prove(inside, { code })), expired)

    // An older code than the last one that was used does not count any more.
    yield* query(running.url, (sql) => sql`delete from sign_in_throttle`)
    const later = yield* half()
    assert.strictEqual((yield* prove(later, { code: codeNow(secret, 1) })).status, 201)
    assert.strictEqual((yield* prove(yield* half(), { code: codeNow(secret) })).status, 401)

    const dump = yield* Browser.dumpOf(running)
    for (const token of [inside.token, inside.jar.get(cookieNames.session) ?? "?", later.token]) {
      for (const text of [dump, running.log()]) assert.notInclude(text, token)
    }
  })
)

it.live("five tries a step, and waits over all steps of the account", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running)
    const secret = yield* Browser.enrolTotp(person)
    yield* Browser.forgetCodes(running, person.accountId)
    const codes = (yield* person.send("POST", "/account/recovery-codes")).body["codes"] as ReadonlyArray<string>
    const wrong = { code: wrongCode(secret) }
    const half = () => Browser.halfSignedIn(running, person.accountId)
    const calm = query(running.url, (sql) => sql`delete from sign_in_throttle`)

    // Ten guesses at once at one step: no more than five are looked at, and none after them, not even the right one.
    const step = yield* half()
    const guesses = yield* Effect.all(
      Array.from({ length: 10 }, () => prove(step, wrong)),
      { concurrency: "unbounded" }
    )
    const looked = guesses.filter(({ status }) => status === 401)
    assert.isAtMost(looked.length, 5)
    assert.isAtLeast(looked.length, 1)
    assert.sameMembers(
      looked.map(({ body }) => body["attemptsLeft"]),
      [4, 3, 2, 1, 0].slice(0, looked.length)
    )
    yield* calm
    for (let left = 5 - looked.length; left > 0; left--) {
      assert.deepStrictEqual(failed(yield* prove(step, wrong)), [401, "second-factor-failed", left - 1])
    }
    yield* calm
    assert.deepStrictEqual(problem(yield* prove(step, { code: codeNow(secret) })), expired)
    assert.deepStrictEqual(problem(yield* prove(step, { recoveryCode: codes[0] })), expired)

    // The fifth may be right.
    yield* calm
    const last = yield* half()
    for (let guess = 0; guess < 4; guess++) yield* prove(last, wrong)
    assert.strictEqual((yield* prove(last, { code: codeNow(secret) })).status, 201)
    yield* Browser.forgetCodes(running, person.accountId)

    // A new step for each five guesses (CVE-2025-64102): after five in a row the next must wait, the right one too.
    yield* calm
    for (let guess = 0; guess < 5; guess++) {
      assert.strictEqual((yield* prove(yield* half(), wrong)).status, 401, `guess ${guess}`)
    }
    yield* query(running.url, (sql) => sql`update sign_in_throttle set blocked_until = now() + interval '1 hour'`)
    const waiting = yield* half()
    const told = yield* prove(waiting, { code: codeNow(secret) })
    assert.deepStrictEqual(problem(told), [429, "too-many-requests"])
    assert.isAbove(Number(told.body["retryAfterSeconds"]), 3000)
    assert.isAtMost(Number(told.body["retryAfterSeconds"]), 3600)
    // Nobody can guess a recovery code, so it is not made to wait; whoever has one has proven it, and the waits are over.
    assert.strictEqual((yield* prove(waiting, { recoveryCode: codes[1] })).status, 201)
    assert.strictEqual((yield* prove(yield* half(), { code: codeNow(secret) })).status, 201)

    const deeds = yield* Browser.deedsOf(running, person.accountId)
    assert.include(deeds, "session.create refused")
    assert.include(deeds, "session.create")
  })
)

it.live("a step belongs to one browser, one account and five minutes", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const [person, stranger] = [yield* Browser.signedIn(running), yield* Browser.signedIn(running)]
    const [secret, other] = [yield* Browser.enrolTotp(person), yield* Browser.enrolTotp(stranger)]
    for (const { accountId } of [person, stranger]) yield* Browser.forgetCodes(running, accountId)
    const half = yield* Browser.halfSignedIn(running, person.accountId)

    // Without the cookie, with junk, with another kind of token, with one that is well-formed and nobody's.
    for (const token of ["", "junk", makeToken("session"), makeToken("step")]) {
      const by = Browser.browser(running, { [cookieNames.step]: token })
      assert.deepStrictEqual(problem(yield* prove(by, { code: codeNow(secret) })), expired)
      assert.deepStrictEqual(
        problem(yield* by.send("POST", "/session/passkey-options", { purpose: "second-factor" })),
        expired
      )
    }
    // The code of somebody else's app.
    assert.strictEqual((yield* prove(half, { code: codeNow(other) })).status, 401)
    for (const body of [
      {},
      { code: "12345" },
      { code: "1234567" },
      { code: 123456 },
      { recoveryCode: "ABCD" },
      { passkey: {} },
      { code: "123456", recoveryCode: "ABCD-EFGH-IJKL-MNOP-QRST-UVWX" }
    ]) {
      assert.deepStrictEqual(problem(yield* prove(half, body)), [400, "validation-failed"], JSON.stringify(body))
    }
    assert.deepStrictEqual(
      problem(
        yield* half.send(
          "POST",
          "/session/second-factor",
          { code: codeNow(secret) },
          { "sec-fetch-site": "cross-site" }
        )
      ),
      [403, "cross-site-request"]
    )

    const age = (token: string, time: string) =>
      query(
        running.url,
        (sql) => sql`
          update sign_in_step set expires_at = expires_at - ${time}::interval where token_hash = ${hashOf(token)}`
      )
    yield* age(half.token, "4 minutes 45 seconds")
    assert.strictEqual((yield* prove(half, { code: codeNow(secret) })).status, 201)
    const late = yield* Browser.halfSignedIn(running, person.accountId)
    yield* age(late.token, "5 minutes")
    yield* Browser.forgetCodes(running, person.accountId)
    assert.deepStrictEqual(problem(yield* prove(late, { code: codeNow(secret) })), expired)

    // Disabled meanwhile, or all sessions ended, as a new password does.
    const ended = yield* Browser.halfSignedIn(running, person.accountId)
    yield* query(running.url, (sql) => sql`update account set disabled_at = now() where id = ${person.accountId}`)
    assert.deepStrictEqual(problem(yield* prove(ended, { code: codeNow(secret) })), expired)
    yield* query(running.url, (sql) => sql`update account set disabled_at = null where id = ${person.accountId}`)
    assert.strictEqual((yield* prove(ended, { code: codeNow(secret) })).status, 201)
  })
)

it.live("recovery codes stand for the second factor, each once, however they are typed", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running)
    yield* Browser.enrolTotp(person)
    const codes = (yield* person.send("POST", "/account/recovery-codes")).body["codes"] as ReadonlyArray<string>
    const [first = "", second = "", third = ""] = codes
    const half = () => Browser.halfSignedIn(running, person.accountId)

    const halves = yield* Effect.forEach(Array.from({ length: 5 }), half)
    const answers = yield* Effect.all(
      halves.map((by) => prove(by, { recoveryCode: first })),
      { concurrency: "unbounded" }
    )
    assert.sameMembers(
      answers.map(({ status }) => status),
      [201, 401, 401, 401, 401]
    )
    const typed = second
      .toLowerCase()
      .replaceAll("-", " ")
      .replaceAll("o", "0")
      .replaceAll("i", "1")
      .replaceAll("b", "8")
    assert.strictEqual((yield* prove(yield* half(), { recoveryCode: typed })).status, 201)
    const stranger = yield* Browser.signedIn(running)
    yield* Browser.enrolTotp(stranger)
    assert.strictEqual(
      (yield* prove(yield* Browser.halfSignedIn(running, stranger.accountId), { recoveryCode: third })).status,
      401
    )
    assert.deepStrictEqual((yield* person.send("GET", "/account/recovery-codes")).body, { left: 8, isFew: false })
    for (const code of codes.slice(2, 7)) {
      assert.strictEqual((yield* prove(yield* half(), { recoveryCode: code })).status, 201)
    }
    assert.deepStrictEqual((yield* person.send("GET", "/account/recovery-codes")).body, { left: 3, isFew: true })
    const mails = yield* Browser.mailsOf(running, person.accountId)
    assert.lengthOf(
      mails.filter((subject) => subject === "A recovery code of your account was used"),
      7
    )
  })
)

it.live(
  "a confirmation that owes the second factor renews its session, and a clock that is wrong by a day changes nothing",
  () =>
    Effect.gen(function* () {
      const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url))
      const ahead = new URL("../../support/service/ClockAhead.ts", import.meta.url).href
      const running = yield* Browser.start({ CLOCK_AHEAD_SECONDS: "86400" }, ["--import", ahead, main, "serve"])
      const person = yield* Browser.signedIn(running)
      const secret = yield* Browser.enrolTotp(person)
      yield* Browser.forgetCodes(running, person.accountId)
      yield* query(
        running.url,
        (sql) =>
          sql`update account_session set authenticated_at = now() - interval '1 hour' where id = ${person.sessionId}`
      )
      const before = person.jar.get(cookieNames.session) ?? ""
      const half = yield* Browser.halfSignedIn(running, person.accountId, "confirmation", person.sessionId)
      half.jar.set(cookieNames.session, before)
      assert.strictEqual((yield* half.send("POST", "/account/totp")).status, 403)
      assert.strictEqual((yield* prove(half, { code: codeNow(secret) })).status, 201)
      assert.strictEqual((yield* half.send("POST", "/account/totp")).status, 201)
      assert.strictEqual((yield* person.send("GET", "/account/totp")).status, 401)
      const sessions = yield* query(
        running.url,
        (sql) => sql`select id from account_session where account_id = ${person.accountId}`
      )
      assert.deepStrictEqual(sessions, [{ id: person.sessionId }])
      assert.strictEqual((yield* Browser.deedsOf(running, person.accountId)).at(-1), "session.confirm")
    })
)
