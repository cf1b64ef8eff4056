import { assert, layer } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { AccountId } from "../../../src/accounts/Account.ts"
import { Invitations } from "../../../src/accounts/invitation/Invitations.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { subject } from "../people/Subject.ts"
import { accountOf } from "./Joining.ts"

const tokenIn = (link: string) => Redacted.make(link.slice(link.lastIndexOf("/") + 1))

const newAccount = () => AccountId.make(uuidV7At(Date.now()))

layer(subject, { excludeTestServices: true })("Invitations", (it) => {
  it.effect("are accepted in other ways, in the transaction around it", () =>
    Effect.gen(function* () {
      const invitations = yield* Invitations
      const sql = yield* SqlClient.SqlClient
      const { invitation, link } = yield* invitations.invite(
        { email: "Nora@brand.example", role: "editor" },
        "operator"
      )
      const token = tokenIn(link)

      // What the caller stores besides fails: the invitation is there again.
      const person = { accountId: newAccount(), name: "Nora" }
      const failed = yield* invitations
        .acceptAs(token, person)
        .pipe(Effect.andThen(Effect.fail("no identity" as const)), sql.withTransaction, Effect.flip)
      assert.strictEqual(failed, "no identity")
      assert.isUndefined(yield* accountOf("nora@brand.example"))
      assert.strictEqual((yield* invitations.lookup(token)).id, invitation.id)

      assert.isTrue(yield* sql.withTransaction(invitations.acceptAs(token, person)))
      assert.deepInclude(yield* accountOf("nora@brand.example"), {
        email: "Nora@brand.example",
        role: "editor",
        // No mail took the link there.
        proven: false,
        passwords: 0
      })
      // A transaction whose outcome was lost is tried again; another person comes too late.
      assert.isFalse(yield* sql.withTransaction(invitations.acceptAs(token, person)))
      const late = invitations.acceptAs(token, { ...person, accountId: newAccount() })
      assert.strictEqual((yield* Effect.flip(late))._tag, "LinkExpired")
    })
  )

  it.effect("of an address that has come by another way make no second account", () =>
    Effect.gen(function* () {
      const invitations = yield* Invitations
      const sql = yield* SqlClient.SqlClient
      const { link } = yield* invitations.invite({ email: "emil@brand.example", role: "viewer" }, "operator")
      yield* sql`
        insert into account (id, kind, email, email_key, name, role, created_at, updated_at)
        values (${newAccount()}, 'person', 'Emil@brand.example', 'emil@brand.example', 'Emil', 'owner', now(), now())`
      const attempt = sql.withTransaction(
        invitations.acceptAs(tokenIn(link), { accountId: newAccount(), name: "Mallory" })
      )
      assert.strictEqual((yield* Effect.flip(attempt))._tag, "EmailTaken")
      assert.deepInclude(yield* accountOf("emil@brand.example"), { name: "Emil", role: "owner" })
    })
  )

  it.effect("are deleted 30 days after they expired, and not before", () =>
    Effect.gen(function* () {
      const invitations = yield* Invitations
      const sql = yield* SqlClient.SqlClient
      for (const days of [29, 31]) {
        const email = `old${days}@brand.example`
        const { invitation } = yield* invitations.invite({ email, role: "viewer" }, "operator")
        yield* sql`
          update invitation set expires_at = now() - make_interval(days => ${days}) where id = ${invitation.id}`
      }
      assert.deepStrictEqual([yield* invitations.removeExpired, yield* invitations.removeExpired], [1, 0])
      assert.lengthOf(yield* sql`select id from invitation where email_key = 'old29@brand.example'`, 1)
    })
  )
})
