import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Result } from "effect"
import { AccountId } from "../../../src/accounts/Account.ts"
import { Accounts } from "../../../src/accounts/Accounts.ts"
import { Invitations } from "../../../src/accounts/invitation/Invitations.ts"
import { ApiKeys } from "../../../src/accounts/key/ApiKeys.ts"
import { noBrowser } from "../../../src/accounts/session/Entry.ts"
import { accountFor } from "../../support/service/Credentials.ts"
import { query } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"
import { accountOf } from "../invitation/Joining.ts"
import { subjectOn } from "./Subject.ts"
import { entries } from "./Told.ts"

/** Breaks every connection to the database but its own, 30 times: without an end, little gets through on a busy machine. */
const breaking = (url: Redacted.Redacted<string>) =>
  query(url, (sql) =>
    Effect.repeat(
      Effect.andThen(
        sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
        Effect.sleep("80 millis")
      ),
      { times: 29 }
    )
  )

it.live("connections that break lose nothing, and nothing is done or told of twice", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    yield* Effect.gen(function* () {
      const accounts = yield* Accounts
      const invitations = yield* Invitations
      const keys = yield* ApiKeys
      const owner = AccountId.make(yield* accountFor("owner"))
      const subject = AccountId.make(yield* accountFor("viewer"))

      const breaker = yield* Effect.forkChild(breaking(url))
      // The tries, of which some may end with 503 and be done all the same. All kinds at once: they mostly wait for connections.
      const names = Array.from({ length: 40 }, (_, index) => `name ${index}`)
      const accept = Effect.fnUntraced(function* (name: string, index: number) {
        const email = `p${index}@brand.example`
        const { link } = yield* invitations.invite({ email, role: "viewer" }, owner)
        const token = Redacted.make(link.slice(link.lastIndexOf("/") + 1))
        const person = { name, password: Redacted.make(`seven grey herons over the weir ${index}`) }
        return yield* invitations.accept(token, person, noBrowser)
      })
      const [changed, made, machines, accepted] = yield* Effect.all(
        [
          Effect.forEach(names, (name) => Effect.result(accounts.change(subject, { name }, null, owner))),
          Effect.forEach(names, (name) => Effect.result(keys.make({ name, scopes: ["games:read"] }, owner))),
          Effect.forEach(names, (name) => Effect.result(accounts.makeMachine({ name, role: "viewer" }, owner))),
          Effect.forEach(names.slice(0, 20), (name, index) => Effect.result(accept(name, index)))
        ],
        { concurrency: "unbounded" }
      )
      yield* Fiber.interrupt(breaker)

      const told = yield* entries
      const count = (action: string) => told.filter((entry) => entry.action === action).length
      // As many entries as changes, whatever was answered.
      const { version } = yield* accounts.find(subject)
      assert.strictEqual(count("account.update"), version - 1)
      assert.isAtLeast(version - 1, changed.filter(Result.isSuccess).length)
      const stored = yield* query(
        url,
        (sql) => sql<{ readonly keys: number; readonly machines: number }>`
          select (select count(*)::int from api_key) as keys,
            (select count(*)::int from account where kind = 'machine') as machines`
      )
      assert.deepStrictEqual([count("api-key.create"), count("account.create")], [stored[0]?.keys, stored[0]?.machines])
      assert.isAtLeast(count("api-key.create"), made.filter(Result.isSuccess).length)
      assert.isAtLeast(count("account.create"), machines.filter(Result.isSuccess).length)
      // An account has a password, a session and an entry, or there is none.
      for (const [index, result] of accepted.entries()) {
        const account = yield* accountOf(`p${index}@brand.example`)
        if (Result.isSuccess(result)) assert.isDefined(account, `${index}`)
        if (account === undefined) continue
        assert.strictEqual(account["passwords"], 1)
        assert.isAtLeast(Number(account["sessions"]), 1)
        assert.lengthOf(
          told.filter(({ action, targetId }) => action === "invitation.accept" && targetId === account["id"]),
          1
        )
      }
      assert.isAbove(changed.filter(Result.isSuccess).length + made.filter(Result.isSuccess).length, 40)
    }).pipe(Effect.provide(subjectOn(TestDatabase.clientLayer(url))))
  })
)
