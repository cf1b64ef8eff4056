import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import type { RegistrationOptions } from "../../../src/accounts/factor/Passkey.ts"
import { hashOf } from "../../../src/accounts/Tokens.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "./Browser.ts"
import { type Deviation, softAuthenticator } from "./SoftAuthenticator.ts"

const { problem } = Browser

const path = "/account/passkeys"

const ask = (by: Browser.Browser) =>
  Effect.map(by.send("POST", `${path}/options`), ({ body, status }) => {
    assert.strictEqual(status, 200, JSON.stringify(body))
    return body as unknown as RegistrationOptions
  })

it.live("passkeys are added, listed, renamed and removed", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running)
    const elsewhere = yield* Browser.alsoSignedIn(running, person.accountId)
    const list = Effect.map(
      person.send("GET", path),
      ({ body }) => body["items"] as ReadonlyArray<Record<string, unknown>>
    )
    assert.deepStrictEqual(yield* list, [])

    const phone = softAuthenticator(running.origin)
    const options = yield* ask(person)
    assert.deepStrictEqual(options.rp, { id: "localhost", name: "Fairground" })
    assert.strictEqual(Buffer.from(options.user.id, "base64url").toString("hex"), person.accountId.replaceAll("-", ""))
    assert.strictEqual(options.authenticatorSelection.userVerification, "required")
    assert.deepStrictEqual(options.excludeCredentials, [])
    const response = phone.create(options)
    // The answer counts once, of two at once.
    const added = yield* Effect.all(
      [0, 1].map(() => person.send("POST", path, { name: "Nora's phone", passkey: response })),
      { concurrency: 2 }
    )
    assert.sameMembers(
      added.map(({ status }) => status),
      [201, 422]
    )
    const [first] = yield* list
    assert.deepInclude(added.find(({ status }) => status === 201)?.body, {
      id: first?.["id"],
      name: "Nora's phone",
      isBackedUp: false,
      lastUsedAt: null
    })
    // The first second factor: whoever never proved it is out, and this session has proven it.
    assert.strictEqual((yield* elsewhere.send("GET", path)).status, 401)
    const [session] = yield* query(
      running.url,
      (sql) => sql`select methods from account_session where id = ${person.sessionId}`
    )
    assert.deepStrictEqual(session, { methods: ["password", "passkey"] })

    const key = softAuthenticator(running.origin, false)
    const again = yield* ask(person)
    assert.deepStrictEqual(again.excludeCredentials, [{ id: phone.id, type: "public-key", transports: ["internal"] }])
    const second = yield* person.send("POST", path, { name: "Key", passkey: key.create(again) })
    assert.strictEqual(second.status, 201)
    const renamed = yield* person.send("PATCH", `${path}/${String(second.body["id"])}`, { name: "The key in the safe" })
    assert.deepStrictEqual([renamed.status, renamed.body["name"]], [200, "The key in the safe"])
    assert.deepStrictEqual(yield* list, [{ ...added.find(({ status }) => status === 201)?.body }, renamed.body])

    // Others' passkeys are answered as unknown ones.
    const stranger = yield* Browser.signedIn(running, "owner")
    for (const id of [first?.["id"], "019aa0c5-9a11-7d30-8c5e-3f0a7b6e2d41"]) {
      assert.deepStrictEqual(problem(yield* stranger.send("DELETE", `${path}/${String(id)}`)), [
        404,
        "passkey-not-found"
      ])
      assert.deepStrictEqual(problem(yield* stranger.send("PATCH", `${path}/${String(id)}`, { name: "mine" })), [
        404,
        "passkey-not-found"
      ])
    }

    // The last way in stays, of two that are removed at once, too.
    const remove = (id: unknown) => person.send("DELETE", `${path}/${String(id)}`)
    const both = yield* Effect.all([remove(first?.["id"]), remove(second.body["id"])], { concurrency: 2 })
    assert.sameMembers(
      both.map(({ status }) => status),
      [204, 409]
    )
    const [left] = yield* list
    assert.deepStrictEqual(problem(yield* remove(left?.["id"])), [409, "last-way-in"])
    yield* query(
      running.url,
      (sql) => sql`
        insert into account_password (account_id, hash, changed_at) values (${person.accountId}, '$argon2id$x', now())`
    )
    assert.strictEqual((yield* remove(left?.["id"])).status, 204)

    assert.sameMembers(
      [...(yield* Browser.deedsOf(running, person.accountId))],
      ["passkey.add", "passkey.add", "passkey.rename", "passkey.remove", "passkey.remove"]
    )
    assert.deepStrictEqual(yield* Browser.mailsOf(running, person.accountId), [
      "A passkey was added to your account",
      "A passkey was added to your account",
      "A passkey was removed from your account",
      "A passkey was removed from your account"
    ])
    assert.notInclude(running.log(), "ExperimentalWarning")
  })
)

it.live("what a new passkey is refused for", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running)
    const elsewhere = yield* Browser.alsoSignedIn(running, person.accountId)
    const stranger = yield* Browser.signedIn(running)
    const add = (by: Browser.Browser, passkey: unknown) => by.send("POST", path, { name: "A passkey", passkey })
    const refused = (answer: Parameters<typeof problem>[0]) => [...problem(answer), answer.body["reason"]]
    const invalid = [422, "passkey-refused", "invalid"]
    const expired = [422, "passkey-refused", "expired"]

    for (const change of [
      { origin: "https://evil.example" },
      { origin: running.origin.replace(/:\d+$/, ":1") },
      { rpId: "evil.example" },
      { challenge: Buffer.alloc(32).toString("base64url") },
      { type: "webauthn.get" },
      { isVerified: false },
      { isPresent: false },
      { isFramed: true }
    ] satisfies ReadonlyArray<Deviation>) {
      const made = softAuthenticator(running.origin).create(yield* ask(person), change)
      assert.deepStrictEqual(refused(yield* add(person, made)), invalid, JSON.stringify(change))
    }
    const whole = softAuthenticator(running.origin).create(yield* ask(person))
    for (const response of [
      { ...whole.response, attestationObject: "AAAA" },
      { ...whole.response, clientDataJSON: "AAAA" },
      { ...whole.response, attestationObject: whole.response.attestationObject.slice(0, -8) }
    ]) {
      yield* ask(person)
      assert.deepStrictEqual(refused(yield* add(person, { ...whole, response })), invalid)
    }
    for (const body of [{}, { name: "x" }, { name: "", passkey: whole }, { name: "x", passkey: { ...whole, id: 1 } }]) {
      assert.deepStrictEqual(problem(yield* person.send("POST", path, body)), [400, "validation-failed"])
    }

    // Asked for in another browser or session, by somebody else, answered before, or too late.
    const mine = softAuthenticator(running.origin)
    const options = yield* ask(person)
    const attempt = person.jar.get(cookieNames.attempt) ?? ""
    for (const other of [elsewhere, stranger]) {
      assert.deepStrictEqual(refused(yield* add(other, mine.create(options))), expired)
      yield* ask(other)
      assert.deepStrictEqual(refused(yield* add(other, mine.create(options))), invalid)
    }
    elsewhere.jar.set(cookieNames.attempt, attempt)
    assert.deepStrictEqual(refused(yield* add(elsewhere, mine.create(options))), expired)
    // Tried in the wrong session, it is gone for the right one, too.
    assert.deepStrictEqual(refused(yield* add(person, mine.create(options))), expired)
    const late = yield* ask(person)
    yield* query(
      running.url,
      (sql) => sql`
        update browser_attempt set expires_at = now() - interval '1 millisecond'
        where binding_hash = ${hashOf(person.jar.get(cookieNames.attempt) ?? "")}`
    )
    assert.deepStrictEqual(refused(yield* add(person, mine.create(late))), expired)

    // Another key under the id of a passkey that somebody has (BossConsole #35).
    assert.strictEqual((yield* add(stranger, mine.create(yield* ask(stranger)))).status, 201)
    const thief = softAuthenticator(running.origin)
    assert.deepStrictEqual(refused(yield* add(person, thief.create(yield* ask(person), { id: mine.id }))), [
      422,
      "passkey-refused",
      "known"
    ])
    // Its owner cannot replace its key either.
    assert.deepStrictEqual(refused(yield* add(stranger, thief.create(yield* ask(stranger), { id: mine.id }))), [
      422,
      "passkey-refused",
      "known"
    ])
    assert.deepStrictEqual((yield* person.send("GET", path)).body, { items: [] })

    // No more than twenty.
    yield* query(
      running.url,
      (sql) => sql`
        insert into account_passkey (id, account_id, credential_id, public_key, sign_count, transports, is_backed_up, name, created_at)
        select ('019aa0c5-8f3e-7cc1-b1a4-' || lpad(n::text, 12, '0'))::uuid, ${stranger.accountId}, 'c' || n, ''::bytea, 0, '{}', false, 'one', now() from generate_series(1, 19) n`
    )
    assert.deepStrictEqual(
      refused(yield* add(stranger, softAuthenticator(running.origin).create(yield* ask(stranger)))),
      [422, "passkey-refused", "too-many"]
    )
  })
)

it.live("passkeys belong to the host of PUBLIC_URL, else to localhost, and to nothing that a request says", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running)
    const unavailable = [501, "passkeys-unavailable"]
    for (const origin of [
      "https://evil.example",
      "http://localhost.evil.example",
      "http://evil.localhost:8080",
      "http://127.0.0.1:8080",
      "http://[::1]:8080",
      "null",
      ""
    ]) {
      assert.deepStrictEqual(
        problem(yield* person.send("POST", `${path}/options`, undefined, { origin })),
        unavailable,
        origin
      )
    }

    const named = yield* Browser.start({ PUBLIC_URL: "https://fair.example/under" }, undefined, running.url)
    const there = Browser.browser(named, Object.fromEntries(person.jar))
    const options = (yield* there.send("POST", `${path}/options`, undefined, {
      origin: "https://evil.example"
    })).body as unknown as RegistrationOptions
    assert.strictEqual(options.rp.id, "fair.example")
    // The page's own word does not count where PUBLIC_URL does.
    const wrong = softAuthenticator("https://evil.example").create(options)
    const answer = yield* there.send("POST", path, { name: "x", passkey: wrong }, { origin: "https://evil.example" })
    assert.deepStrictEqual(problem(answer), [422, "passkey-refused"])
    const right = softAuthenticator("https://fair.example").create(yield* ask(there))
    assert.strictEqual((yield* there.send("POST", path, { name: "x", passkey: right })).status, 201)
  })
)
