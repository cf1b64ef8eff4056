import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import type { AssertionOptions, RegistrationOptions } from "../../../src/accounts/factor/Passkey.ts"
import { hashOf } from "../../../src/accounts/Tokens.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "./Browser.ts"
import { type SoftAuthenticator, softAuthenticator } from "./SoftAuthenticator.ts"

const { problem } = Browser

const prove = (by: Browser.Browser, proof: unknown) => by.send("POST", "/session/second-factor", proof)

/** Adds a passkey to the account of a browser. */
const addPasskey = Effect.fnUntraced(function* (by: Browser.Browser, passkey: SoftAuthenticator) {
  const options = (yield* by.send("POST", "/account/passkeys/options")).body as unknown as RegistrationOptions
  const added = yield* by.send("POST", "/account/passkeys", { name: "A passkey", passkey: passkey.create(options) })
  assert.strictEqual(added.status, 201, JSON.stringify(added.body))
  return String(added.body["id"])
})

const ask = (by: Browser.Browser, purpose: "sign-in" | "second-factor" = "second-factor") =>
  Effect.map(by.send("POST", "/session/passkey-options", { purpose }), ({ body, status }) => {
    assert.strictEqual(status, 200, JSON.stringify(body))
    return body as unknown as AssertionOptions
  })

it.live("a passkey is the second factor, or both, or confirms; and what each is refused for", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const [person, stranger] = [yield* Browser.signedIn(running), yield* Browser.signedIn(running)]
    const [mine, theirs] = [softAuthenticator(running.origin), softAuthenticator(running.origin)]
    const id = yield* addPasskey(person, mine)
    yield* addPasskey(stranger, theirs)
    const half = () => Browser.halfSignedIn(running, person.accountId)
    const signIn = (by: Browser.Browser, passkey: unknown) => by.send("POST", "/session/passkey", { passkey })
    const nobody = () => Browser.browser(running)
    const whoIs = (by: Browser.Browser) =>
      Effect.map(by.send("GET", "/account/passkeys"), ({ body }) =>
        (body["items"] as ReadonlyArray<{ readonly id: string }> | undefined)?.map((passkey) => passkey.id)
      )

    // Second factor: the account's passkeys are named.
    const second = yield* half()
    const options = yield* ask(second)
    assert.deepStrictEqual(options.allowCredentials, [{ id: mine.id, type: "public-key", transports: ["internal"] }])
    assert.strictEqual((yield* prove(second, { passkey: mine.get(options) })).status, 201)
    assert.deepStrictEqual(yield* whoIs(second), [id])

    // Alone: nobody is named, and the passkey says whose it is.
    const alone = nobody()
    const open = yield* ask(alone, "sign-in")
    assert.deepStrictEqual(open.allowCredentials, [])
    const response = mine.get(open)
    const both = yield* Effect.all([signIn(alone, response), signIn(alone, response)], { concurrency: 2 })
    assert.sameMembers(
      both.map(({ status }) => status),
      [201, 401]
    )
    assert.deepStrictEqual(yield* whoIs(alone), [id])
    const [{ methods = [] } = {}] = yield* query(
      running.url,
      (sql) => sql<{ readonly methods?: ReadonlyArray<string> }>`
        select methods from account_session where token_hash = ${hashOf(alone.jar.get(cookieNames.session) ?? "")}`
    )
    assert.deepStrictEqual(methods, ["passkey"])

    // Confirmation: the session gets another token, and its time anew.
    yield* query(running.url, (sql) => sql`update account_session set authenticated_at = now() - interval '1 hour'`)
    const before = alone.jar.get(cookieNames.session) ?? ""
    assert.strictEqual((yield* alone.send("POST", "/account/totp")).status, 403)
    const confirmation = (yield* alone.send("POST", "/session/confirmation/passkey-options"))
      .body as unknown as AssertionOptions
    assert.deepStrictEqual(
      confirmation.allowCredentials.map((known) => known.id),
      [mine.id]
    )
    const confirm = (by: Browser.Browser, passkey: unknown) =>
      by.send("POST", "/session/confirmation/passkey", { passkey })
    assert.strictEqual((yield* confirm(alone, mine.get(confirmation))).status, 201)
    assert.strictEqual((yield* alone.send("POST", "/account/totp")).status, 201)
    const old = Browser.browser(running, { [cookieNames.session]: before })
    assert.strictEqual((yield* old.send("GET", "/account/totp")).status, 401)
    // Not with a challenge of a sign-in, nor one of another session, nor somebody else's passkey.
    yield* ask(alone, "sign-in")
    assert.strictEqual((yield* confirm(alone, mine.get(yield* ask(alone, "sign-in")))).status, 401)
    const another = (yield* alone.send("POST", "/session/confirmation/passkey-options"))
      .body as unknown as AssertionOptions
    second.jar.set(cookieNames.attempt, alone.jar.get(cookieNames.attempt) ?? "")
    assert.strictEqual((yield* confirm(second, mine.get(another))).status, 401)
    const foreign = (yield* alone.send("POST", "/session/confirmation/passkey-options"))
      .body as unknown as AssertionOptions
    assert.strictEqual((yield* confirm(alone, theirs.get(foreign))).status, 401)

    // What a sign-in is refused for, all alike.
    const forger = softAuthenticator(running.origin)
    const refusals: ReadonlyArray<readonly [string, (options: AssertionOptions) => unknown]> = [
      ["another site's page", (to) => mine.get(to, { origin: "https://evil.example" })],
      ["another port", (to) => mine.get(to, { origin: "http://localhost:1" })],
      ["another site's passkey", (to) => mine.get(to, { rpId: "evil.example" })],
      ["a frame of another site", (to) => mine.get(to, { isFramed: true })],
      ["another challenge", (to) => mine.get(to, { challenge: Buffer.alloc(32).toString("base64url") })],
      ["a registration", (to) => mine.get(to, { type: "webauthn.create" })],
      ["no user verification", (to) => mine.get(to, { isVerified: false })],
      ["nobody present", (to) => mine.get(to, { isPresent: false })],
      ["an old counter", (to) => mine.get(to, { signCount: 1 })],
      ["another key under its id", (to) => mine.get(to, { key: forger.privateKey })],
      ["another passkey under its id", (to) => theirs.get(to, { id: mine.id })],
      ["its key under another id", (to) => mine.get(to, { id: theirs.id })],
      ["an unknown passkey", (to) => forger.get(to, { userHandle: null })],
      ["somebody else's handle", (to) => mine.get(to, { userHandle: "AZqgxY8-fMGxpA5vOj-bUw" })],
      ["no handle, where nobody was known", (to) => mine.get(to, { userHandle: null })],
      ["an empty handle", (to) => mine.get(to, { userHandle: "" })]
    ]
    for (const [what, make] of refusals) {
      const by = nobody()
      const answer = yield* signIn(by, make(yield* ask(by, "sign-in")))
      assert.deepStrictEqual(problem(answer), [401, "sign-in-failed"], what)
      assert.isUndefined(by.jar.get(cookieNames.session), what)
    }
    // A challenge of another browser, none at all, and one that is too old.
    const [one, two] = [nobody(), nobody()]
    const asked = yield* ask(one, "sign-in")
    assert.strictEqual((yield* signIn(two, mine.get(asked))).status, 401)
    yield* ask(two, "sign-in")
    assert.strictEqual((yield* signIn(two, mine.get(asked))).status, 401)
    yield* query(
      running.url,
      (sql) => sql`
        update browser_attempt set expires_at = now()
        where binding_hash = ${hashOf(one.jar.get(cookieNames.attempt) ?? "")}`
    )
    assert.strictEqual((yield* signIn(one, mine.get(asked))).status, 401)

    // A copy of the passkey beside it: of two answers with the same count, one counts.
    const [here, there] = [nobody(), nobody()]
    const copies = yield* Effect.forEach([here, there], (by) =>
      Effect.map(ask(by, "sign-in"), (to) => ({ by, response: mine.get(to, { signCount: 1000 }) }))
    )
    const copied = yield* Effect.all(
      copies.map(({ by, response }) => signIn(by, response)),
      { concurrency: 2 }
    )
    assert.sameMembers(
      copied.map(({ status }) => status),
      [201, 401]
    )
    mine.countsFrom(1001)

    // As a second factor: somebody else's passkey, without and with a challenge of its own.
    const wrong = yield* half()
    assert.strictEqual((yield* prove(wrong, { passkey: theirs.get(yield* ask(wrong)) })).status, 401)
    assert.strictEqual((yield* prove(wrong, { passkey: theirs.get(yield* ask(wrong, "sign-in")) })).status, 401)
    assert.strictEqual((yield* prove(wrong, { passkey: mine.get(options) })).status, 401)
    assert.strictEqual((yield* prove(wrong, { passkey: mine.get(yield* ask(wrong)) })).status, 201)

    // The account is disabled; the passkey is removed.
    const disabled = nobody()
    const to = yield* ask(disabled, "sign-in")
    yield* query(running.url, (sql) => sql`update account set disabled_at = now() where id = ${stranger.accountId}`)
    assert.deepStrictEqual(problem(yield* signIn(disabled, theirs.get(to))), [401, "sign-in-failed"])
    yield* query(running.url, (sql) => sql`delete from account_passkey where id = ${id}`)
    const removed = nobody()
    assert.strictEqual((yield* signIn(removed, mine.get(yield* ask(removed, "sign-in")))).status, 401)
  })
)
