import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "./Browser.ts"

const { codeNow, problem, wrongCode } = Browser

it.live("an authenticator app is set up, replaced and removed", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running)
    const elsewhere = yield* Browser.alsoSignedIn(running, person.accountId)
    const totp = (by: Browser.Browser = person) => Effect.map(by.send("GET", "/account/totp"), ({ body }) => body)
    const begin = (by: Browser.Browser = person) => by.send("POST", "/account/totp")
    const confirm = (enrolment: unknown, code: string, by: Browser.Browser = person) =>
      by.send("POST", "/account/totp/confirmation", { enrolment, code })

    assert.deepStrictEqual(yield* totp(), { since: null })
    const begun = yield* begin()
    assert.strictEqual(begun.status, 201, JSON.stringify(begun.body))
    assert.hasAllKeys(begun.body, ["secret", "uri", "qrCode", "enrolment"])
    const secret = String(begun.body["secret"])
    assert.match(secret, /^[A-Z2-7]{32}$/)
    assert.include(String(begun.body["uri"]), `secret=${secret}&issuer=Fairground&`)
    assert.match(String(begun.body["qrCode"]), /^<svg /)

    // It counts only once its first code has come, in the session that asked for it.
    assert.deepStrictEqual(yield* totp(), { since: null })
    assert.deepStrictEqual(problem(yield* confirm(begun.body["enrolment"], wrongCode(secret))), [422, "code-wrong"])
    for (const [enrolment, by] of [
      [begun.body["enrolment"], elsewhere],
      [begun.body["enrolment"], yield* Browser.signedIn(running)],
      ["AZ0xq3Jb", person],
      [String(begun.body["enrolment"]).replace(/.$/, (last) => (last === "A" ? "Q" : "A")), person]
    ] as const) {
      assert.deepStrictEqual(problem(yield* confirm(enrolment, codeNow(secret), by)), [410, "enrolment-expired"])
    }
    assert.deepStrictEqual(problem(yield* confirm("", "1")), [400, "validation-failed"])
    assert.deepStrictEqual(yield* totp(), { since: null })

    // Sent twice at once, it is set up once. Typed with a space, as apps show it.
    const twice = yield* Effect.all(
      [0, 1].map(() => confirm(begun.body["enrolment"], codeNow(secret).replace(/...$/, " $&"))),
      { concurrency: 2 }
    )
    assert.sameDeepMembers(
      twice.map(({ status }) => status),
      [204, 409]
    )
    assert.isString((yield* totp())["since"])
    // The other browser never proved the factor that the account has now.
    assert.strictEqual((yield* elsewhere.send("GET", "/account/totp")).status, 401)
    const [session] = yield* query(
      running.url,
      (sql) => sql`select methods from account_session where id = ${person.sessionId}`
    )
    assert.deepStrictEqual(session, { methods: ["password", "totp"] })

    // Another app takes the place of the first once it has shown a code, and not before.
    const [second, third] = [yield* begin(), yield* begin()]
    assert.deepStrictEqual(problem(yield* confirm(second.body["enrolment"], codeNow(secret))), [422, "code-wrong"])
    assert.strictEqual((yield* confirm(second.body["enrolment"], codeNow(String(second.body["secret"])))).status, 204)
    assert.deepStrictEqual(problem(yield* confirm(third.body["enrolment"], codeNow(String(third.body["secret"])))), [
      409,
      "second-factor-present"
    ])

    assert.strictEqual((yield* person.send("POST", "/account/recovery-codes")).status, 201)
    assert.strictEqual((yield* person.send("DELETE", "/account/totp")).status, 204)
    assert.deepStrictEqual(yield* totp(), { since: null })
    // Recovery codes stand for a second factor, so they go with the last.
    assert.deepStrictEqual((yield* person.send("GET", "/account/recovery-codes")).body, { left: 0, isFew: true })
    assert.strictEqual((yield* person.send("DELETE", "/account/totp")).status, 204)

    assert.deepStrictEqual(yield* Browser.deedsOf(running, person.accountId), [
      "account.totp-set-up",
      "account.totp-set-up",
      "account.recovery-codes-make",
      "account.totp-remove"
    ])
    assert.deepStrictEqual(yield* Browser.mailsOf(running, person.accountId), [
      "An authenticator app was set up for your account",
      "Your authenticator app was replaced",
      "New recovery codes were made for your account",
      "Your authenticator app was removed"
    ])
    const known = [secret, String(second.body["secret"]), String(begun.body["enrolment"])]
    for (const text of [yield* Browser.dumpOf(running), running.log()]) {
      for (const one of known) assert.notInclude(text, one)
    }
  })
)

it.live("a session that has not proven the second factor changes none, and neither does one that has ended", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running)

    // A session from before the account had a second factor adds none (Supabase #1615), also where it has survived somehow.
    yield* Browser.enrolTotp(person)
    const open = yield* Browser.alsoSignedIn(running, person.accountId)
    const begun = yield* open.send("POST", "/account/totp")
    assert.deepStrictEqual(
      problem(
        yield* open.send("POST", "/account/totp/confirmation", {
          enrolment: begun.body["enrolment"],
          code: codeNow(String(begun.body["secret"]))
        })
      ),
      [403, "reauthentication-required"]
    )
    assert.deepStrictEqual(problem(yield* open.send("DELETE", "/account/totp")), [403, "reauthentication-required"])
    assert.deepStrictEqual(problem(yield* open.send("POST", "/account/recovery-codes")), [
      403,
      "reauthentication-required"
    ])

    // One that ends while the change is on its way.
    const begunByPerson = yield* person.send("POST", "/account/totp")
    yield* query(
      running.url,
      (sql) =>
        sql`update account_session set token_hash = ${hashOf(makeToken("session"))} where id = ${person.sessionId}`
    )
    assert.deepStrictEqual(
      problem(
        yield* person.send("POST", "/account/totp/confirmation", {
          enrolment: begunByPerson.body["enrolment"],
          code: codeNow(String(begunByPerson.body["secret"]))
        })
      ),
      [401, "not-signed-in"]
    )
  })
)

it.live(
  "without SECRETS_KEY it is refused by name; where the installation demands a second factor, the last one stays",
  () =>
    Effect.gen(function* () {
      const bare = yield* Browser.start({ SECRETS_KEY: "" })
      const one = yield* Browser.signedIn(bare)
      assert.deepStrictEqual(problem(yield* one.send("POST", "/account/totp")), [501, "secrets-key-missing"])

      const strict = yield* Browser.start({ SECOND_FACTOR: "staff-admins", PUBLIC_URL: "https://fair.example/base" })
      const admin = yield* Browser.signedIn(strict, "admin")
      const editor = yield* Browser.signedIn(strict, "editor")
      const demanded = [403, "second-factor-required"]
      assert.deepStrictEqual(problem(yield* admin.send("GET", "/audit-entries")), demanded)
      for (const person of [admin, editor]) yield* Browser.enrolTotp(person)
      // Enrolling has proven it: no other sign-in is needed.
      assert.strictEqual((yield* admin.send("GET", "/audit-entries")).status, 200)
      assert.deepStrictEqual(problem(yield* admin.send("DELETE", "/account/totp")), demanded)
      assert.strictEqual((yield* editor.send("DELETE", "/account/totp")).status, 204)
      assert.include(
        String((yield* admin.send("POST", "/account/totp")).body["uri"]),
        "otpauth://totp/Fairground%20(fair.example):admin-"
      )
    })
)
