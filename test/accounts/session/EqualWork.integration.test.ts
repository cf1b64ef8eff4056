import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { noBrowser } from "../../../src/accounts/session/Entry.ts"
import { SignIn } from "../../../src/accounts/session/SignIn.ts"
import { layer as services, person, replica, typed } from "../../support/accounts/AccountServices.ts"
import { observed } from "../../support/esp/Observed.ts"
import { query } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const wrong = typed("a cow jumped over the sun")

/** The names of all spans of the effect, statements included, in their order. */
const workOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const { layer, spans } = observed()
    return Effect.map(Effect.provide(Effect.exit(effect), layer), () => spans.map(({ name }) => name))
  })

layer(services(), { excludeTestServices: true })("A sign-in that is refused", (it) => {
  it.effect("does the same work whether or not there is an account, so that its time tells nothing", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { withPassword } = yield* SignIn
      const [known, without, disabled] = [yield* person(), yield* person(), yield* person()]
      yield* sql`delete from account_password where account_id = ${without.id}`
      yield* sql`update account set disabled_at = now() where id = ${disabled.id}`
      const works = yield* Effect.forEach(
        [known.email, without.email, disabled.email, "nobody@brand.example", "rubbish"],
        (email) => workOf(withPassword(email, wrong, noBrowser))
      )
      const [first = []] = works
      assert.includeMembers(first, ["Throttle.take", "Passwords.isRight", "PasswordsRepo.byEmail"])
      assert.lengthOf(
        first.filter((name) => name === "postgres"),
        3,
        "statements"
      )
      for (const work of works) assert.deepStrictEqual(work, first)
    })
  )
})

layer(TestDatabase.layer, { excludeTestServices: true })("The database goes away", (it) => {
  it.effect("while many sign in: each is answered, in or not, and nothing is half done", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const { email, id } = yield* query(url, () => person())
      const cut = query(
        url,
        (sql) => sql`
          select count(pg_terminate_backend(pid)) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`
      )
      const tags = yield* Effect.gen(function* () {
        const { withPassword } = yield* SignIn
        const signingIn = Effect.forEach(
          Array.from({ length: 30 }),
          () =>
            Effect.match(withPassword(email, typed(), noBrowser), {
              onFailure: ({ _tag }) => _tag as string,
              onSuccess: ({ _tag }) => _tag as string
            }),
          { concurrency: 10 }
        )
        const [tags] = yield* Effect.all([signingIn, Effect.repeat(cut, { times: 5 })], { concurrency: 2 })
        return tags
      }).pipe(Effect.provide(replica({}).pipe(Layer.provide(TestDatabase.clientLayer(url)))))
      assert.includeMembers(["Session", "TooManyRequests", "DatabaseUnavailable", "SignInFailed"], tags)
      assert.include(tags, "Session")
      const [row] = yield* query(
        url,
        (sql) => sql<{ sessions: number; entries: number }>`
          select (select count(*)::int from account_session where account_id = ${id}) as sessions,
            (select count(*)::int from audit_entry where action = 'session.create' and outcome = 'done') as entries`
      )
      assert.strictEqual(row?.sessions, row?.entries, "no session without its entry, and no entry without its session")
    })
  )
})
