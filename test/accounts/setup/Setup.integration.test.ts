import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { noBrowser } from "../../../src/accounts/session/Entry.ts"
import { Sessions } from "../../../src/accounts/session/Sessions.ts"
import { Setup } from "../../../src/accounts/setup/Setup.ts"
import { makeToken } from "../../../src/accounts/Tokens.ts"
import { asSession, audited, layer, replica, typed } from "../../support/accounts/AccountServices.ts"
import { sessionFor } from "../../support/service/Credentials.ts"

const nora = { email: "Nora@Brand.example", name: "Nora", password: typed(), language: "ru" as const }

const linked = Effect.gen(function* () {
  const link = (yield* (yield* Setup).link) ?? ""
  assert.match(link, /^https:\/\/games\.brand\.example\/app\/setup\/fgo_\w{49}$/)
  return Redacted.make(link.slice(link.lastIndexOf("/") + 1))
})

const inOne = <A, E, R>(test: Effect.Effect<A, E, R>) => Effect.provide(test, layer())

it.live("whoever has the link becomes the owner, once", () =>
  inOne(
    Effect.gen(function* () {
      const setup = yield* Setup
      const sql = yield* SqlClient.SqlClient
      assert.isTrue(yield* setup.isOpen)
      const [first, second] = [yield* linked, yield* linked]
      yield* setup.check(first)
      const entered = asSession(yield* setup.complete(first, nora, noBrowser))
      const [account] = yield* sql`select email, email_key, name, role, language, email_verified_at, kind from account`
      assert.deepStrictEqual(account, {
        email: "Nora@brand.example",
        emailKey: "nora@brand.example",
        name: "Nora",
        role: "owner",
        language: "ru",
        emailVerifiedAt: null,
        kind: "person"
      })
      const found = yield* (yield* Sessions).bySession(entered.token)
      assert.deepInclude(found, { role: "owner", accountId: entered.person.accountId })
      assert.deepStrictEqual(yield* audited(4), [
        "session.create done",
        "setup.complete done",
        "setup.link done",
        "setup.link done"
      ])

      assert.isFalse(yield* setup.isOpen)
      assert.isUndefined(yield* setup.link)
      for (const token of [first, second, typed(makeToken("setup"))]) {
        assert.strictEqual((yield* Effect.flip(setup.check(token)))._tag, "SetupDone")
        assert.strictEqual((yield* Effect.flip(setup.complete(token, nora, noBrowser)))._tag, "SetupDone")
      }
      assert.deepStrictEqual(yield* sql`select purpose from account_token`, [])
    })
  )
)

it.live("without a good link there is no owner, and a refused password does not use it up", () =>
  inOne(
    Effect.gen(function* () {
      const setup = yield* Setup
      const sql = yield* SqlClient.SqlClient
      const good = yield* linked
      for (const bad of ["", "x", makeToken("setup"), makeToken("reset"), `${Redacted.value(good).slice(0, -1)}x`]) {
        assert.strictEqual((yield* Effect.flip(setup.complete(typed(bad), nora, noBrowser)))._tag, "LinkExpired", bad)
      }
      const weak = { ...nora, password: typed("nora@brand.example 1") }
      assert.deepInclude(yield* Effect.flip(setup.complete(good, weak, noBrowser)), { reason: "personal" })
      assert.deepStrictEqual(yield* sql`select id from account`, [])
      yield* sql`update account_token set expires_at = now()`
      assert.strictEqual((yield* Effect.flip(setup.complete(good, nora, noBrowser)))._tag, "LinkExpired")
      const [row] = yield* sql`select expires_at - created_at <= interval '24 hours' as is_day from account_token`
      assert.deepStrictEqual(row, { isDay: true })
      yield* setup.complete(yield* linked, nora, noBrowser)
    })
  )
)

it.live("of ten at once at two replicas, with links of both, one becomes the owner", () =>
  inOne(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const here = yield* Setup
      const there = Context.get(yield* Layer.build(replica()), Setup)
      const tokens = [yield* linked, yield* Effect.provideService(linked, Setup, there)]
      const results = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, at) => at),
        (at) =>
          Effect.match(
            (at % 2 === 0 ? here : there).complete(
              tokens[at % 2] ?? typed(""),
              { ...nora, email: `owner${at}@brand.example` },
              noBrowser
            ),
            { onFailure: ({ _tag }) => _tag as string, onSuccess: ({ _tag }) => _tag as string }
          ),
        { concurrency: "unbounded" }
      )
      // On a busy machine some wait too long for the hash of their password.
      const others = results.filter((result) => result !== "SetupDone" && result !== "Overloaded")
      assert.deepStrictEqual(others, ["Session"])
      assert.lengthOf(yield* sql`select id from account`, 1)
      assert.lengthOf(yield* sql`select id from account_session`, 1)
    }).pipe(Effect.scoped)
  )
)

it.live("accounts that came in before there was an owner do not keep the owner out", () =>
  inOne(
    Effect.gen(function* () {
      const setup = yield* Setup
      const sql = yield* SqlClient.SqlClient
      yield* sessionFor("admin")
      const [row] = yield* sql<{ email: string }>`select email from account`
      const token = yield* linked
      const taken = { ...nora, email: row?.email ?? "" }
      assert.strictEqual((yield* Effect.flip(setup.complete(token, taken, noBrowser)))._tag, "EmailTaken")
      yield* setup.complete(token, nora, noBrowser)
      assert.lengthOf(yield* sql`select id from account where role = 'owner'`, 1)
    })
  )
)
