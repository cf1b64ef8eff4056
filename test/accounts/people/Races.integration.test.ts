import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Redacted, Result } from "effect"
import { SqlClient } from "effect/sql"
import { AccountId } from "../../../src/accounts/Account.ts"
import { Accounts } from "../../../src/accounts/Accounts.ts"
import { PasskeyId } from "../../../src/accounts/factor/Passkey.ts"
import { Passkeys } from "../../../src/accounts/factor/Passkeys.ts"
import * as PasskeysRepo from "../../../src/accounts/factor/PasskeysRepo.ts"
import { Invitations } from "../../../src/accounts/invitation/Invitations.ts"
import { Entry, noBrowser } from "../../../src/accounts/session/Entry.ts"
import { Sessions } from "../../../src/accounts/session/Sessions.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { accountFor } from "../../support/service/Credentials.ts"
import * as Service from "../../support/service/Service.ts"
import { accountOf } from "../invitation/Joining.ts"
import { subject } from "./Subject.ts"

/** Until some statement waits for a lock. */
const somebodyWaits = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Service.until(
    "a statement waits for a lock",
    Effect.map(
      sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      (rows) => (rows.length > 0 ? true : undefined)
    )
  )
)

layer(subject, { excludeTestServices: true })("accounts while something else is under way", (it) => {
  it.effect("a second factor that is proven while the account is disabled leaves no session", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const sessions = yield* Sessions
      const sql = yield* SqlClient.SqlClient
      const owner = AccountId.make(yield* accountFor("owner"))
      const id = AccountId.make(yield* accountFor("viewer"))
      const token = makeToken("step")
      yield* sql`
        insert into sign_in_step (token_hash, account_id, methods, purpose, attempts_left, expires_at)
        values (${hashOf(token)}, ${id}, '{password}', 'sign-in', 5, now() + interval '5 minutes')`
      const [isIn, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const entering = yield* Effect.forkChild(
        sql.withTransaction(
          Effect.gen(function* () {
            assert.isDefined(yield* sessions.finishStep(token, "totp"))
            yield* Deferred.succeed(isIn, undefined)
            yield* Deferred.await(release)
          })
        )
      )
      yield* Deferred.await(isIn)
      const disabling = yield* Effect.forkChild(accounts.change(id, { disabled: true }, null, owner))
      yield* somebodyWaits
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(entering)
      yield* Fiber.join(disabling)
      assert.deepStrictEqual(yield* sql`select id from account_session where account_id = ${id}`, [])
    })
  )

  it.effect("a passkey that signs in while the account is disabled leaves no session", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const entry = yield* Entry
      const passkeys = yield* Passkeys
      const sql = yield* SqlClient.SqlClient
      const owner = AccountId.make(yield* accountFor("owner"))
      const id = AccountId.make(yield* accountFor("viewer"))
      const passkey = yield* (yield* PasskeysRepo.make).insert({
        id: PasskeyId.make(uuidV7At(Date.now())),
        accountId: id,
        credentialId: id,
        publicKey: Buffer.from("key"),
        signCount: 0,
        transports: [],
        isBackedUp: false,
        name: "One"
      })
      if (passkey === undefined) return assert.fail("the passkey is known")
      const attempt = {
        purpose: "passkey-sign-in",
        connection: null,
        accountId: null,
        sessionId: null,
        invitationId: null,
        secret: Buffer.from("")
      } as const
      const [isDisabled, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const disabling = yield* Effect.forkChild(
        sql.withTransaction(
          Effect.gen(function* () {
            yield* accounts.change(id, { disabled: true }, null, owner)
            yield* Deferred.succeed(isDisabled, undefined)
            yield* Deferred.await(release)
          })
        )
      )
      yield* Deferred.await(isDisabled)
      // The answer to the challenge was right while the account was still enabled.
      const entering = yield* Effect.forkChild(
        sql.withTransaction(
          Effect.gen(function* () {
            const isGood = yield* passkeys.use({ attempt, passkey, signCount: 1, isBackedUp: false })
            if (isGood) yield* entry.enter(id, ["passkey"], noBrowser)
            return isGood
          })
        )
      )
      yield* Effect.raceFirst(somebodyWaits, Effect.asVoid(Fiber.await(entering)))
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(disabling)
      assert.isFalse(yield* Fiber.join(entering))
      assert.deepStrictEqual(yield* sql`select id from account_session where account_id = ${id}`, [])
    })
  )

  it.effect("who is demoted or disabled at the moment of inviting leaves no invitation above what they may", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const invitations = yield* Invitations
      const owner = AccountId.make(yield* accountFor("owner"))
      const sql = yield* SqlClient.SqlClient
      for (let round = 0; round < 30; round++) {
        const by = AccountId.make(yield* accountFor("owner"))
        const change = ([{ role: "admin" }, { role: "editor" }, { disabled: true }] as const)[round % 3]!
        const invite = (role: "owner" | "admin", index: number) =>
          Effect.result(invitations.invite({ email: `r${round}-${index}@brand.example`, role }, by))
        const [, ...invited] = yield* Effect.all(
          [
            accounts.change(by, change, null, owner),
            ...["owner", "admin", "owner", "admin"].map((role, index) => invite(role as "owner", index))
          ],
          { concurrency: "unbounded" }
        )
        const left = yield* sql`
          select role from invitation where invited_by = ${by} and role = any(${round % 3 === 0 ? ["owner"] : ["owner", "admin"]}::text[])`
        assert.deepStrictEqual(left, [], `round ${round}`)
        for (const result of invited) {
          if (Result.isFailure(result)) assert.strictEqual(result.failure._tag, "RoleTooHigh")
        }
      }
    })
  )

  it.effect("an invitation that is accepted, sent again and revoked at once makes one account or none", () =>
    Effect.gen(function* () {
      const invitations = yield* Invitations
      const owner = AccountId.make(yield* accountFor("owner"))
      for (let round = 0; round < 10; round++) {
        const email = `once${round}@brand.example`
        const { invitation, link } = yield* invitations.invite({ email, role: "viewer" }, owner)
        const token = Redacted.make(link.slice(link.lastIndexOf("/") + 1))
        const person = { name: "Nora", password: Redacted.make("seven grey herons over the weir") }
        const [accepted] = yield* Effect.all(
          [
            Effect.result(invitations.accept(token, person, noBrowser)),
            Effect.result(invitations.resend(invitation.id, owner)),
            Effect.result(round % 2 === 0 ? invitations.revoke(invitation.id, owner) : Effect.void),
            Effect.result(invitations.invite({ email, role: "editor" }, owner))
          ],
          { concurrency: "unbounded" }
        )
        const account = yield* accountOf(email)
        assert.strictEqual(account !== undefined, Result.isSuccess(accepted))
        if (account !== undefined) assert.strictEqual(account["passwords"], 1)
      }
    })
  )

  it.effect("people who are invited at once get one invitation, and the last link works", () =>
    Effect.gen(function* () {
      const invitations = yield* Invitations
      const sql = yield* SqlClient.SqlClient
      const by = (yield* Effect.all(Array.from({ length: 6 }, () => accountFor("admin")))).map((id) =>
        AccountId.make(id)
      )
      const sent = yield* Effect.all(
        by.map((id) => invitations.invite({ email: "many@brand.example", role: "viewer" }, id)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(yield* sql`select id from invitation where email_key = 'many@brand.example'`, 1)
      const works = yield* Effect.all(
        sent.map(({ link }) => Effect.result(invitations.lookup(Redacted.make(link.slice(link.lastIndexOf("/") + 1)))))
      )
      assert.lengthOf(works.filter(Result.isSuccess), 1)
    })
  )
})
