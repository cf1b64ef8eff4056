import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { AccountId } from "../../../src/accounts/Account.ts"
import { BrowserAttempts } from "../../../src/accounts/attempt/BrowserAttempts.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { accountFor } from "../../support/service/Credentials.ts"
import { layerWith } from "../../support/Settings.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const secret = Buffer.from("the challenge, or state, nonce and verifier")
const purpose = "passkey-sign-in" as const

layer(BrowserAttempts.layer.pipe(Layer.provideMerge(TestDatabase.layer), Layer.provideMerge(layerWith({}))))(
  "attempts of browsers",
  (it) => {
    it.effect("give back what was begun, once, of ten at once", () =>
      Effect.gen(function* () {
        const attempts = yield* BrowserAttempts
        const accountId = AccountId.make(yield* accountFor("editor"))
        const sessionId = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54"
        const token = yield* attempts.begin({ purpose: "passkey-registration", accountId, sessionId, secret })
        const taken = yield* Effect.all(
          Array.from({ length: 10 }, () => attempts.take(token, ["passkey-registration"])),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          taken.filter((one) => one !== undefined),
          [{ purpose: "passkey-registration", connection: null, accountId, sessionId, invitationId: null, secret }]
        )
      })
    )

    it.effect("are for one purpose, one connection and one browser, and wrong tries leave them", () =>
      Effect.gen(function* () {
        const attempts = yield* BrowserAttempts
        const token = yield* attempts.begin({ purpose: "sso-sign-in", connection: "google", secret })
        const other = yield* attempts.begin({ purpose: "sso-sign-in", connection: "entra", secret })
        for (const wrong of [
          attempts.take(token, ["sso-link", "passkey-sign-in"], "google"),
          attempts.take(token, ["sso-sign-in"], "entra"),
          attempts.take(token, ["sso-sign-in"]),
          attempts.take(other, ["sso-sign-in"], "google"),
          attempts.take(makeToken("attempt"), ["sso-sign-in"], "google"),
          attempts.take("", ["sso-sign-in"], "google"),
          attempts.take(`${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`, ["sso-sign-in"], "google")
        ]) {
          assert.isUndefined(yield* wrong)
        }
        assert.strictEqual((yield* attempts.take(token, ["sso-link", "sso-sign-in"], "google"))?.connection, "google")
      })
    )

    it.effect("end after ten minutes", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const attempts = yield* BrowserAttempts
        const [inTime, late] = [yield* attempts.begin({ purpose, secret }), yield* attempts.begin({ purpose, secret })]
        const age = (token: string, time: string) => sql`
          update browser_attempt set expires_at = expires_at - ${time}::interval where binding_hash = ${hashOf(token)}`
        yield* age(inTime, "9 minutes 50 seconds")
        yield* age(late, "10 minutes")
        assert.isDefined(yield* attempts.take(inTime, [purpose]))
        assert.isUndefined(yield* attempts.take(late, [purpose]))
      })
    )

    it.effect("a copy of the database, or a row of another attempt, does not give the secret away", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const attempts = yield* BrowserAttempts
        const [mine, theirs] = [yield* attempts.begin({ purpose, secret }), yield* attempts.begin({ purpose, secret })]
        const rows = yield* sql<{ readonly row: string }>`select browser_attempt::text as row from browser_attempt`
        const dump = rows.map(({ row }) => row).join("\n")
        for (const plain of [mine, theirs, secret.toString("hex"), secret.toString()]) assert.notInclude(dump, plain)
        // Whoever may write puts the sealed secret of one attempt into another, or turns its purpose around.
        yield* sql`
          update browser_attempt set secret = (select secret from browser_attempt where binding_hash = ${hashOf(theirs)})
          where binding_hash = ${hashOf(mine)}`
        assert.isUndefined(yield* attempts.take(mine, [purpose]))
        yield* sql`update browser_attempt set purpose = 'sso-link' where binding_hash = ${hashOf(theirs)}`
        assert.isUndefined(yield* attempts.take(theirs, ["sso-link"]))
      })
    )

    it.effect("go with their account", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const attempts = yield* BrowserAttempts
        const accountId = AccountId.make(yield* accountFor("editor"))
        const token = yield* attempts.begin({ purpose, accountId, secret })
        yield* sql`delete from account where id = ${accountId}`
        assert.isUndefined(yield* attempts.take(token, [purpose]))
      })
    )
  }
)
