import { assert, layer } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { AccountId } from "../../../src/accounts/Account.ts"
import { Accounts } from "../../../src/accounts/Accounts.ts"
import { rows } from "../../../src/platform/postgres/Rows.ts"
import { accountFor, keyFor } from "../../support/service/Credentials.ts"
import { subject } from "./Subject.ts"
import { entries } from "./Told.ts"

const asRoles = rows(Schema.Struct({ role: Schema.String, isDisabled: Schema.Boolean }))

const emptied = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`delete from account`)

const owners = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql`
    select role, disabled_at is not null as is_disabled from account where role = 'owner' and disabled_at is null`.pipe(
    asRoles()
  )
)

const several = <A, E, R>(count: number, make: Effect.Effect<A, E, R>) =>
  Effect.all(Array.from({ length: count }, () => make))

layer(subject, { excludeTestServices: true })("accounts at once", (it) => {
  it.effect("owners who demote, disable and delete each other at once leave one, whatever happens first", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const ways = [
        (id: AccountId, by: AccountId) => accounts.change(id, { role: "viewer" }, null, by),
        (id: AccountId, by: AccountId) => accounts.change(id, { disabled: true }, null, by),
        (id: AccountId, by: AccountId) => accounts.remove(id, null, by)
      ]
      for (let round = 0; round < 60; round++) {
        yield* emptied
        const ids = (yield* several(4, accountFor("owner"))).map((id) => AccountId.make(id))
        const results = yield* Effect.all(
          // Each is attacked by the one before it, and the last round of four ways by everybody at once.
          ids.flatMap((by, index) =>
            ids
              .filter((id) => id !== by)
              .map((id, way) => Effect.result(ways[(round + index + way) % ways.length]!(id, by)))
          ),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(yield* owners, 1, `round ${round}`)
        for (const result of results) {
          if (Result.isFailure(result)) {
            assert.oneOf(result.failure._tag, ["LastOwner", "RoleTooHigh", "AccountNotFound"])
          }
        }
      }
    })
  )

  it.effect("owners who step down at once leave one", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      for (let round = 0; round < 40; round++) {
        yield* emptied
        const ids = (yield* several(4, accountFor("owner"))).map((id) => AccountId.make(id))
        const results = yield* Effect.all(
          ids.map((id) => Effect.result(accounts.change(id, { role: "admin" }, null, id))),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(results.filter(Result.isFailure), 1, `round ${round}`)
        assert.lengthOf(yield* owners, 1, `round ${round}`)
      }
    })
  )

  it.effect("of two edits of one version one is stored, and of two of the same, too", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const owner = AccountId.make(yield* accountFor("owner"))
      for (let round = 0; round < 20; round++) {
        const id = AccountId.make(yield* accountFor("viewer"))
        const results = yield* Effect.all(
          ["a", "b", "c", "d"].map((name) => Effect.result(accounts.change(id, { name }, 1, owner))),
          { concurrency: "unbounded" }
        )
        const stored = results.flatMap((result) => (Result.isSuccess(result) ? [result.success] : []))
        assert.lengthOf(stored, 1)
        assert.deepStrictEqual(yield* accounts.find(id), stored[0])
        assert.strictEqual(stored[0]?.version, 2)
        const told = (yield* entries).filter(({ targetId }) => targetId === id)
        assert.lengthOf(told, 1, "what was refused is not told as done")
      }
    })
  )

  it.effect("whoever was demoted while a request was under way has no say any more", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      yield* emptied
      const [owner, other, victim] = (yield* Effect.all([
        accountFor("owner"),
        accountFor("owner"),
        accountFor("viewer")
      ])).map((id) => AccountId.make(id)) as [AccountId, AccountId, AccountId]
      for (const change of [{ role: "editor" }, { disabled: true }] as const) {
        yield* accounts.change(other, { role: "owner", disabled: false }, null, owner)
        yield* accounts.change(other, change, null, owner)
        for (const attempt of [
          accounts.change(owner, { role: "viewer" }, null, other),
          accounts.change(other, { role: "owner" }, null, other),
          accounts.change(victim, { name: "taken" }, null, other),
          accounts.makeMachine({ name: "m", role: "viewer" }, other)
        ]) {
          assert.strictEqual((yield* Effect.flip(attempt))._tag, "RoleTooHigh")
        }
      }
    })
  )

  it.effect("of ten deletions at once one is told of, and nothing of the account is left", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const sql = yield* SqlClient.SqlClient
      const owner = AccountId.make(yield* accountFor("owner"))
      const { accountId } = yield* keyFor("editor")
      const id = AccountId.make(accountId)
      const results = yield* Effect.all(
        Array.from({ length: 10 }, () => Effect.result(accounts.remove(id, null, owner))),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(results.filter(Result.isSuccess), 1)
      assert.deepStrictEqual(yield* sql`select id from api_key where account_id = ${id}`, [])
      assert.lengthOf(
        (yield* entries).filter(({ action, targetId }) => targetId === id && action === "account.delete"),
        1
      )
    })
  )
})
