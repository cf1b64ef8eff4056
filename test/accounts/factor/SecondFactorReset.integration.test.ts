import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import type { RegistrationOptions } from "../../../src/accounts/factor/Passkey.ts"
import { fairground } from "../../support/service/CommandLine.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "./Browser.ts"
import { softAuthenticator } from "./SoftAuthenticator.ts"

it.live("whoever has the machine removes the second factors of a person who has lost them", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running, "owner")
    const stranger = yield* Browser.signedIn(running)
    for (const one of [person, stranger]) yield* Browser.enrolTotp(one)
    const options = (yield* person.send("POST", "/account/passkeys/options")).body as unknown as RegistrationOptions
    const passkey = softAuthenticator(running.origin).create(options)
    yield* person.send("POST", "/account/passkeys", { name: "The phone", passkey })
    yield* person.send("POST", "/account/recovery-codes")
    const half = yield* Browser.halfSignedIn(running, person.accountId)
    yield* half.send("POST", "/session/second-factor", { code: "000000" })
    const { email } = (yield* query(
      running.url,
      (sql) => sql<{ readonly email: string }>`select email from account where id = ${person.accountId}`
    ))[0] ?? { email: "" }

    const done = yield* fairground(running.url, "account", "reset-second-factor", ` ${email.toUpperCase()} `)
    assert.deepStrictEqual([done.code, done.stderr], [0, ""])
    assert.match(done.stdout, /^Authenticator app, passkeys and recovery codes were removed/)
    const left = yield* query(
      running.url,
      (sql) => sql`
        select (select count(*) from account_totp)::int as totp, (select count(*) from account_passkey)::int as passkeys,
          (select count(*) from account_recovery_code)::int as codes, (select count(*) from account_session)::int as sessions,
          (select count(*) from sign_in_step)::int as steps, (select count(*) from sign_in_throttle)::int as throttled`
    )
    // Those of others stay.
    assert.deepStrictEqual(left, [{ totp: 1, passkeys: 0, codes: 0, sessions: 1, steps: 0, throttled: 0 }])
    assert.strictEqual((yield* person.send("GET", "/account/totp")).status, 401)
    assert.isTrue(person.jar.has(cookieNames.session))

    const again = yield* fairground(running.url, "account", "reset-second-factor", email)
    assert.deepStrictEqual(
      [again.code, again.stdout],
      [0, "The account had no second factor. Its sessions were ended.\n"]
    )
    const unknown = yield* fairground(running.url, "account", "reset-second-factor", "nobody@shop.example")
    assert.deepStrictEqual([unknown.code, unknown.stdout], [1, ""])
    assert.match(unknown.stderr, /No account has this address/)
    assert.strictEqual((yield* fairground(running.url, "account", "reset-second-factor", "no address")).code, 1)

    const [entry] = yield* query(
      running.url,
      (sql) => sql`
        select via, details from audit_entry
        where action = 'account.second-factor-reset' and target_id = ${person.accountId} order by id`
    )
    assert.deepStrictEqual(entry, { via: "command-line", details: { removed: 2 } })
    const mails = yield* Browser.mailsOf(running, person.accountId)
    assert.include(mails, "The second factors of your account were removed")
  })
)
