import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import * as PasswordHash from "../../../src/accounts/password/PasswordHash.ts"
import { type Browser, noBrowser } from "../../../src/accounts/session/Entry.ts"
import { Sessions } from "../../../src/accounts/session/Sessions.ts"
import { SignIn } from "../../../src/accounts/session/SignIn.ts"
import {
  addTotp,
  asSession,
  audited,
  layer as services,
  longerWaits,
  password,
  person,
  typed
} from "../../support/accounts/AccountServices.ts"
import { until } from "../../support/service/Service.ts"

const wrong = typed("a cow jumped over the sun")

const signIn = (email: string, given = typed(), browser: Browser = noBrowser) =>
  Effect.flatMap(SignIn, (service) => service.withPassword(email, given, browser))

/** The problem's name, or `in` or `step`. */
const outcome = (email: string, given = typed(), browser: Browser = noBrowser) =>
  Effect.match(signIn(email, given, browser), {
    onFailure: ({ _tag }) => _tag as string,
    onSuccess: ({ _tag }) => (_tag === "Session" ? "in" : "step")
  })

const isIn = (token: string) =>
  Effect.map(
    Effect.flatMap(Sessions, ({ bySession }) => bySession(token)),
    (found) => found !== undefined
  )

layer(services(), { excludeTestServices: true })("Signing in with a password", (it) => {
  it.effect("makes a session, in every spelling of address and password", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const sql = yield* SqlClient.SqlClient
      for (const spelling of [email, ` ${email.toUpperCase()} `]) {
        const { person: who, token } = asSession(yield* signIn(spelling))
        assert.strictEqual(who.accountId, id)
        assert.isTrue(yield* isIn(token))
      }
      const hash = yield* PasswordHash.make("éclair with 3 spoons".normalize("NFD"))
      yield* sql`update account_password set hash = ${hash} where account_id = ${id}`
      assert.strictEqual(yield* outcome(email, typed("éclair with 3 spoons".normalize("NFC"))), "in")
      assert.deepStrictEqual(yield* audited(3), Array(3).fill("session.create done"))
    })
  )

  it.effect("an unknown address, no password, a wrong one and a disabled account are answered alike", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [known, without, disabled] = [yield* person(), yield* person(), yield* person()]
      yield* sql`delete from account_password where account_id = ${without.id}`
      yield* sql`update account set disabled_at = now() where id = ${disabled.id}`
      const errors = yield* Effect.forEach(
        [
          [known.email, wrong],
          [without.email, typed()],
          [without.email, typed("")],
          [disabled.email, typed()],
          ["nobody@brand.example", typed()],
          // Looks like an @, but is none: GHSA-7rqj-j65f-68wh.
          [known.email.replace("@", "＠"), typed()],
          ["", typed()],
          ["'; drop table account --", typed()]
        ] as const,
        ([email, given]) => Effect.flip(signIn(email, given))
      )
      for (const error of errors) assert.strictEqual(JSON.stringify(error), JSON.stringify(errors[0]))
      assert.strictEqual(errors[0]?._tag, "SignInFailed")
      assert.deepStrictEqual(yield* audited(errors.length), Array(errors.length).fill("session.create refused"))
    })
  )

  it.effect("the audit log knows whose account was tried, and keeps no address that was typed", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { email, id } = yield* person()
      yield* Effect.flip(signIn(email, wrong))
      yield* Effect.flip(signIn("my-password-by-mistake@brand.example", wrong))
      const rows = yield* sql<{ accountId: string | null; text: string }>`
        select account_id, a::text as text from audit_entry a order by id desc limit 2`
      assert.deepStrictEqual(
        rows.map(({ accountId }) => accountId),
        [null, id]
      )
      for (const { text } of rows) assert.notMatch(text, /mistake|@|moon|sun/)
    })
  )

  it.effect("after failures in a row the next try waits, right or wrong, with and without an account", () =>
    Effect.gen(function* () {
      const { email } = yield* person()
      for (const address of [email, "nobody-at-all@brand.example"]) {
        for (let n = 0; n < 5; n++) assert.strictEqual(yield* outcome(address, wrong), "SignInFailed")
        yield* longerWaits
        const problems = yield* Effect.all([Effect.flip(signIn(address, wrong)), Effect.flip(signIn(address))])
        for (const problem of problems) {
          assert.strictEqual(problem._tag, "TooManyRequests")
        }
      }
    })
  )

  it.effect(
    "200 guesses at once: the person gets in from a browser that is known, and from none else until a success",
    () =>
      Effect.gen(function* () {
        const { email } = yield* person()
        const sql = yield* SqlClient.SqlClient
        const { browser } = asSession(yield* signIn(email))
        const since = performance.now()
        const guesses = yield* Effect.all(
          Array.from({ length: 200 }, () => outcome(email, wrong)),
          { concurrency: "unbounded" }
        )
        const looked = guesses.filter((guess) => guess === "SignInFailed").length
        assert.isAtLeast(looked, 5)
        assert.isAtMost(looked, 5 + Math.floor((performance.now() - since) / 1000))
        yield* longerWaits
        assert.strictEqual(yield* outcome(email), "TooManyRequests")
        assert.strictEqual(yield* outcome(email, typed(), { ...noBrowser, device: browser.device }), "in")
        // That browser's success does not open the door to the others.
        assert.strictEqual(yield* outcome(email), "TooManyRequests")
        // A device of another account, and one that nobody made, count as none.
        const other = asSession(yield* signIn((yield* person()).email))
        assert.strictEqual(
          yield* outcome(email, typed(), { ...noBrowser, device: other.browser.device }),
          "TooManyRequests"
        )
        assert.strictEqual(yield* outcome(email, typed(), { ...noBrowser, device: "fgd_x" }), "TooManyRequests")
        // Nor does one after its 90 days.
        yield* sql`update account_device set expires_at = now() where account_id = (select id from account where email = ${email})`
        assert.strictEqual(yield* outcome(email, typed(), { ...noBrowser, device: browser.device }), "TooManyRequests")
      })
  )

  it.effect("a known browser that guesses is slowed down itself", () =>
    Effect.gen(function* () {
      const { email } = yield* person()
      const known = { ...noBrowser, device: asSession(yield* signIn(email)).browser.device }
      for (let n = 0; n < 5; n++) assert.strictEqual(yield* outcome(email, wrong, known), "SignInFailed")
      yield* longerWaits
      assert.strictEqual(yield* outcome(email, typed(), known), "TooManyRequests")
      assert.strictEqual(yield* outcome(email), "in")
    })
  )

  it.effect("a browser keeps its device, and an account knows 50 of them", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const sql = yield* SqlClient.SqlClient
      const first = asSession(yield* signIn(email)).browser
      assert.strictEqual(asSession(yield* signIn(email, typed(), first)).browser.device, first.device)
      yield* sql`
        insert into account_device (token_hash, account_id, last_used_at, expires_at)
        select sha256(n::text::bytea), ${id}, now() + n * interval '1 second', now() + interval '1 day'
        from generate_series(1, 60) n`
      yield* signIn(email)
      const [row] = yield* sql<{ count: number }>`
        select count(*)::int as count from account_device where account_id = ${id}`
      assert.strictEqual(row?.count, 50)
    })
  )

  it.effect("a weaker stored hash is replaced when its password was right", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const sql = yield* SqlClient.SqlClient
      const stored = Effect.map(
        sql<{ hash: string }>`select hash from account_password where account_id = ${id}`,
        ([row]) => row?.hash ?? ""
      )
      const weak = yield* PasswordHash.make(password, { memory: 8192, passes: 1, parallelism: 1 })
      yield* sql`update account_password set hash = ${weak}, changed_at = '2020-01-01Z' where account_id = ${id}`
      assert.strictEqual(yield* outcome(email, wrong), "SignInFailed")
      assert.strictEqual(yield* stored, weak)
      assert.strictEqual(yield* outcome(email), "in")
      assert.isFalse(PasswordHash.isWeak(yield* stored))
      assert.strictEqual(yield* outcome(email), "in")
      const [row] =
        yield* sql`select changed_at < '2021-01-01' as is_old from account_password where account_id = ${id}`
      assert.deepStrictEqual(row, { isOld: true }, "the person did not change it")
    })
  )

  it.effect("the session that the browser had before ends, whoever's it was", () =>
    Effect.gen(function* () {
      const [attacker, victim] = [yield* person(), yield* person()]
      const planted = asSession(yield* signIn(attacker.email)).browser
      const own = asSession(yield* signIn(victim.email, typed(), planted))
      assert.deepStrictEqual([yield* isIn(planted.session), yield* isIn(own.token)], [false, true])
      const again = asSession(yield* signIn(victim.email, typed(), own.browser))
      assert.deepStrictEqual([yield* isIn(own.token), yield* isIn(again.token)], [false, true])
      // A refused one changes nothing.
      yield* Effect.flip(signIn(victim.email, wrong, again.browser))
      assert.isTrue(yield* isIn(again.token))
    })
  )

  it.effect(
    "with a second factor there is a step and no session, and the browser's own session goes on until it is proven",
    () =>
      Effect.gen(function* () {
        const { email, id } = yield* person()
        const sql = yield* SqlClient.SqlClient
        const before = asSession(yield* signIn(email)).browser
        yield* addTotp(id)
        const entered = yield* signIn(email, typed(), before)
        assert.deepInclude(entered, { _tag: "Step", methods: ["totp"] })
        assert.isTrue(yield* isIn(before.session))
        assert.isFalse(yield* isIn(entered.token), "a step is no session")
        const [row] = yield* sql<{ count: number }>`
        select count(*)::int as count from account_session where account_id = ${id}`
        assert.strictEqual(row?.count, 1)
      })
  )

  it.effect("a session ends after an hour without use and after a day in all", () =>
    Effect.gen(function* () {
      const { email } = yield* person()
      const sql = yield* SqlClient.SqlClient
      const move = (id: string, column: string, to: string) =>
        sql`update account_session set ${sql(column)} = now() + ${to}::interval where id = ${id}`
      const idle = asSession(yield* signIn(email))
      yield* move(idle.person.sessionId, "last_seen_at", "-59 minutes 55 seconds")
      assert.isTrue(yield* isIn(idle.token), "and this use counts")
      assert.isTrue(yield* isIn(idle.token))
      yield* move(idle.person.sessionId, "last_seen_at", "-60 minutes")
      assert.isFalse(yield* isIn(idle.token))
      const old = asSession(yield* signIn(email))
      const [row] = yield* sql<{ hours: number }>`
        select extract(epoch from expires_at - authenticated_at)::float8 / 3600 as hours from account_session
        where id = ${old.person.sessionId}`
      assert.strictEqual(row?.hours, 24)
      yield* move(old.person.sessionId, "expires_at", "0 seconds")
      assert.isFalse(yield* isIn(old.token))
    })
  )

  it.effect("an account has 50 sessions at the most: the least used one ends", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const sql = yield* SqlClient.SqlClient
      const first = asSession(yield* signIn(email))
      yield* sql`update account_session set last_seen_at = now() - interval '50 minutes' where account_id = ${id}`
      yield* sql`
        insert into account_session (id, account_id, token_hash, methods, authenticated_at, last_seen_at, expires_at)
        select gen_random_uuid(), ${id}, sha256(n::text::bytea), '{password}', now(), now() - n * interval '1 second', now() + interval '1 day'
        from generate_series(1, 49) n`
      assert.isTrue(yield* isIn(first.token))
      yield* sql`update account_session set last_seen_at = now() - interval '50 minutes' where id = ${first.person.sessionId}`
      yield* signIn(email)
      assert.isFalse(yield* isIn(first.token))
    })
  )

  it.effect("a password that is changed, or an account that is disabled, while it is hashed lets nobody in", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const other = yield* PasswordHash.make("another one")
      for (const change of [
        (id: string) => sql`update account_password set hash = ${other} where account_id = ${id}`,
        (id: string) => sql`update account set disabled_at = now() where id = ${id}`
      ]) {
        const { email, id } = yield* person()
        const [changed, commit] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const changing = yield* Effect.gen(function* () {
          yield* sql`select id from account where id = ${id} for no key update`
          yield* change(id)
          yield* Deferred.succeed(changed, undefined)
          yield* Deferred.await(commit)
        }).pipe(sql.withTransaction, Effect.forkChild)
        yield* Deferred.await(changed)
        // It sees the password as it was, finds it right, and then waits for the one who changes it.
        const signingIn = yield* Effect.forkChild(outcome(email))
        yield* until(
          "the sign-in waits",
          Effect.map(sql`select pid from pg_locks where not granted`, (waiting) => waiting[0])
        )
        yield* Deferred.succeed(commit, undefined)
        yield* Fiber.join(changing)
        assert.strictEqual(yield* Fiber.join(signingIn), "SignInFailed")
        assert.deepStrictEqual(yield* sql`select id from account_session where account_id = ${id}`, [])
      }
    })
  )
})
