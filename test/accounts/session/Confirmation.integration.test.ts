import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { type Browser, Entry, noBrowser } from "../../../src/accounts/session/Entry.ts"
import { OwnSessions } from "../../../src/accounts/session/OwnSessions.ts"
import { SessionId } from "../../../src/accounts/session/Session.ts"
import { Sessions } from "../../../src/accounts/session/Sessions.ts"
import { SignIn } from "../../../src/accounts/session/SignIn.ts"
import {
  addTotp,
  asSession,
  audited,
  layer as services,
  longerWaits,
  person,
  typed
} from "../../support/accounts/AccountServices.ts"

const wrong = typed("a cow jumped over the sun")

const signIn = (email: string) =>
  Effect.flatMap(SignIn, (service) => Effect.map(service.withPassword(email, typed(), noBrowser), asSession))

const isIn = (token: string) =>
  Effect.map(
    Effect.flatMap(Sessions, ({ bySession }) => bySession(token)),
    (found) => found !== undefined
  )

/** What follows the proof of a second factor, which is not looked at here. */
const finish = Effect.fnUntraced(function* (browser: Browser, method: "totp") {
  const step = yield* (yield* Sessions).tryStep(browser.step)
  return step === undefined ? undefined : yield* (yield* Entry).finish(step, browser, method)
})

layer(services(), { excludeTestServices: true })("A session", (it) => {
  it.effect("that its person confirms has a new token and a new time, and the old token is dead", () =>
    Effect.gen(function* () {
      const { email } = yield* person()
      const sql = yield* SqlClient.SqlClient
      const service = yield* SignIn
      const { bySession } = yield* Sessions
      const before = asSession(yield* service.withPassword(email, typed(), noBrowser))
      yield* sql`
        update account_session set authenticated_at = now() - interval '3 hours' where id = ${before.person.sessionId}`
      const after = asSession(yield* service.confirm(before.person, typed(), before.browser))
      assert.strictEqual(after.person.sessionId, before.person.sessionId)
      assert.isFalse(yield* isIn(before.token))
      const found = yield* bySession(after.token)
      assert.isTrue(found?.by._tag === "Session" && Date.now() - found.by.authenticatedAt.getTime() < 3_600_000)
      assert.deepStrictEqual(yield* audited(1), ["session.confirm done"])
    })
  )

  it.effect("is not confirmed by a wrong password, which is slowed down by session, whatever strangers do", () =>
    Effect.gen(function* () {
      const { email } = yield* person()
      const service = yield* SignIn
      const own = yield* signIn(email)
      const confirm = (password = typed()) =>
        Effect.match(service.confirm(own.person, password, own.browser), {
          onFailure: ({ _tag }) => _tag as string,
          onSuccess: ({ _tag }) => _tag as string
        })
      for (let n = 0; n < 6; n++) yield* Effect.ignore(service.withPassword(email, wrong, noBrowser))
      for (let n = 0; n < 5; n++) assert.strictEqual(yield* confirm(wrong), "WrongPassword")
      assert.deepStrictEqual(yield* audited(1), ["session.confirm refused"])
      yield* longerWaits
      assert.strictEqual(yield* confirm(), "TooManyRequests")
      assert.isTrue(yield* isIn(own.token), "nothing was ended")
      const other = asSession(yield* service.withPassword(email, typed(), own.browser))
      assert.strictEqual(other.person.accountId, own.person.accountId, "a known browser gets in")
    })
  )

  it.effect("with a second factor is confirmed only once that is proven", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const sql = yield* SqlClient.SqlClient
      const service = yield* SignIn
      const own = yield* signIn(email)
      yield* addTotp(id)
      yield* sql`
        update account_session set authenticated_at = now() - interval '3 hours' where id = ${own.person.sessionId}`
      const step = yield* service.confirm(own.person, typed(), own.browser)
      assert.deepInclude(step, { _tag: "Step", methods: ["totp"] })
      const authenticated = Effect.map(
        sql<{ isRecent: boolean }>`
          select authenticated_at > now() - interval '1 hour' as is_recent from account_session
          where id = ${own.person.sessionId}`,
        ([row]) => row?.isRecent
      )
      assert.isFalse(yield* authenticated)
      assert.isTrue(yield* isIn(own.token))
      const finished = yield* finish({ ...own.browser, step: step.token }, "totp")
      assert.strictEqual(finished?.id, own.person.sessionId)
      assert.isTrue(yield* authenticated)
      assert.deepStrictEqual([yield* isIn(own.token), yield* isIn(finished?.token ?? "")], [false, true])
      assert.isUndefined(yield* finish({ ...own.browser, step: step.token }, "totp"), "a step works once")
      assert.deepStrictEqual(yield* audited(1), ["session.confirm done"])
    })
  )

  it.effect("that is made after a step ends the one that the browser had, and remembers the browser", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const service = yield* SignIn
      const planted = (yield* signIn((yield* person()).email)).browser
      yield* addTotp(id)
      const step = yield* service.withPassword(email, typed(), planted)
      assert.strictEqual(step._tag, "Step")
      const finished = yield* finish({ ...planted, step: step.token }, "totp")
      assert.isFalse(yield* isIn(planted.session))
      assert.isTrue(yield* isIn(finished?.token ?? ""))
      assert.notStrictEqual(finished?.device, planted.device)
      assert.isUndefined(yield* finish(noBrowser, "totp"))
    })
  )

  it.effect("a step is over after five minutes", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const service = yield* SignIn
      const sql = yield* SqlClient.SqlClient
      yield* addTotp(id)
      const step = yield* service.withPassword(email, typed(), noBrowser)
      const [row] = yield* sql<{ minutes: number }>`
        select extract(epoch from expires_at - now())::float8 / 60 as minutes from sign_in_step where account_id = ${id}`
      assert.isTrue((row?.minutes ?? 0) > 4 && (row?.minutes ?? 0) <= 5)
      yield* sql`update sign_in_step set expires_at = now() where account_id = ${id}`
      assert.isUndefined(yield* finish({ ...noBrowser, step: step.token }, "totp"))
    })
  )
})

layer(services(), { excludeTestServices: true })("One's sessions", (it) => {
  it.effect("are listed and ended by their person, and by nobody else", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const own = yield* OwnSessions
      const [first, second, third] = [yield* signIn(email), yield* signIn(email), yield* signIn(email)]
      const stranger = yield* signIn((yield* person()).email)
      const idOf = (session: typeof first) => SessionId.make(session.person.sessionId)
      assert.lengthOf(yield* own.list(id), 3)

      for (const unknown of [idOf(first), SessionId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54")]) {
        assert.strictEqual((yield* Effect.flip(own.end(stranger.person, unknown)))._tag, "SessionNotFound")
      }
      yield* own.end(second.person, idOf(first))
      assert.strictEqual((yield* Effect.flip(own.end(second.person, idOf(first))))._tag, "SessionNotFound")
      assert.deepStrictEqual([yield* isIn(first.token), yield* isIn(third.token)], [false, true])
      assert.deepStrictEqual(yield* audited(1), ["session.end done"])

      yield* own.endOthers(second.person)
      yield* own.endOthers(second.person)
      assert.deepStrictEqual([yield* isIn(second.token), yield* isIn(third.token)], [true, false])
      assert.isTrue(yield* isIn(stranger.token))
      assert.deepStrictEqual(yield* audited(2), ["session.end-others done", "session.end done"])

      yield* own.signOut(second.person)
      yield* own.signOut(second.person)
      assert.isFalse(yield* isIn(second.token))
      assert.deepStrictEqual(yield* audited(2), ["session.end done", "session.end-others done"])
      assert.deepStrictEqual(yield* own.list(id), [])
    })
  )
})
