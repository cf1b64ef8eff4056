import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { EmailChanges } from "../../../src/accounts/own/EmailChanges.ts"
import { OwnAccounts } from "../../../src/accounts/own/OwnAccounts.ts"
import * as PasswordHash from "../../../src/accounts/password/PasswordHash.ts"
import { PasswordResets } from "../../../src/accounts/password/PasswordResets.ts"
import { noBrowser } from "../../../src/accounts/session/Entry.ts"
import { OwnSessions } from "../../../src/accounts/session/OwnSessions.ts"
import { Sessions } from "../../../src/accounts/session/Sessions.ts"
import { SignIn } from "../../../src/accounts/session/SignIn.ts"
import { makeToken } from "../../../src/accounts/Tokens.ts"
import {
  addTotp,
  asSession,
  audited,
  layer as services,
  longerWaits,
  password,
  person,
  shown,
  shownLink,
  typed
} from "../../support/accounts/AccountServices.ts"
import { until } from "../../support/service/Service.ts"

const newPassword = typed("and the dish ran away with the spoon")

const signIn = (email: string, given = typed()) =>
  Effect.flatMap(SignIn, (service) => Effect.map(service.withPassword(email, given, noBrowser), asSession))

const isIn = (token: string) =>
  Effect.map(
    Effect.flatMap(Sessions, ({ bySession }) => bySession(token)),
    (found) => found !== undefined
  )

const mailsTo = (email: string) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ subject: string; text: string }>`
      select subject, body_text as text from mail where recipient = ${email} order by id`
  )

layer(services({ SECOND_FACTOR: "staff-admins" }), { excludeTestServices: true })("One's own account", (it) => {
  it.effect("says who one is, what one may do, and what is still owed", () =>
    Effect.gen(function* () {
      const accounts = yield* OwnAccounts
      const admin = yield* person("admin")
      const own = yield* signIn(admin.email)
      const identity = yield* accounts.identityOf(own.person)
      assert.deepInclude(identity.account, { id: admin.id, email: admin.email, role: "admin", kind: "person" })
      // What the role may do counts once the second factor is there.
      assert.deepStrictEqual(identity.permissions, [])
      assert.deepStrictEqual(identity.session?.methods, ["password"])
      assert.deepStrictEqual(identity.secondFactor, { totp: false, passkey: false, recoveryCodes: 0, isOwed: true })
      const editor = yield* accounts.identityOf((yield* signIn((yield* person("editor")).email)).person)
      assert.isFalse(editor.secondFactor.isOwed)
      assert.includeMembers([...editor.permissions], ["games:write", "players:read"])
      // With a key there is no session, and its scopes are what counts.
      const key = { accountId: admin.id, permissions: new Set(["games:read"]), sessionId: null }
      assert.deepInclude(yield* accounts.identity(key), { permissions: ["games:read"], session: null })
      yield* (yield* Sessions).endAll(admin.id, null)
      assert.strictEqual((yield* Effect.flip(accounts.identityOf(own.person)))._tag, "NotSignedIn")
    })
  )

  it.effect("changes its name and language, unless somebody did meanwhile", () =>
    Effect.gen(function* () {
      const accounts = yield* OwnAccounts
      const { email, id } = yield* person()
      const { person: who } = yield* signIn(email)
      const before = yield* accounts.find(id)
      const after = yield* accounts.change(who, { name: "Nora", language: "ru" }, before.version)
      assert.deepInclude(after, { name: "Nora", language: "ru", version: before.version + 1, email })
      assert.deepStrictEqual(yield* audited(1), ["account.update done"])
      const stale = yield* Effect.flip(accounts.change(who, { name: "Other" }, before.version))
      assert.strictEqual(stale._tag, "ChangedMeanwhile")
      assert.strictEqual((yield* accounts.change(who, { language: "en" }, null)).name, "Nora")
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from account where id = ${id}`
      assert.strictEqual((yield* Effect.flip(accounts.find(id)))._tag, "NotSignedIn")
      assert.strictEqual((yield* Effect.flip(accounts.change(who, { name: "x" }, null)))._tag, "NotSignedIn")
    })
  )

  it.effect("changes its password: the other sessions end, its own goes on, and its person is told", () =>
    Effect.gen(function* () {
      const accounts = yield* OwnAccounts
      const resets = yield* PasswordResets
      const { email, id } = yield* person()
      const [own, other] = [yield* signIn(email), yield* signIn(email)]
      const link = (yield* resets.print(email)) ?? ""
      yield* accounts.changePassword(own.person, typed(), newPassword)
      assert.deepStrictEqual([yield* isIn(own.token), yield* isIn(other.token)], [true, false])
      assert.deepStrictEqual(yield* audited(1), ["account.password-change done"])
      yield* signIn(email, newPassword)
      const old = yield* Effect.flip((yield* SignIn).withPassword(email, typed(), noBrowser))
      assert.strictEqual(old._tag, "SignInFailed")
      assert.deepStrictEqual(
        (yield* mailsTo(email)).map(({ subject }) => subject),
        ["Your password was changed"]
      )
      assert.isFalse(yield* resets.works(Redacted.make(link.slice(link.lastIndexOf("/") + 1))))
      assert.isTrue((yield* accounts.find(id)).hasPassword)
    })
  )

  it.effect("keeps its password where the current one is wrong or left out, or the new one is refused", () =>
    Effect.gen(function* () {
      const accounts = yield* OwnAccounts
      const { email } = yield* person()
      const [own, other] = [yield* signIn(email), yield* signIn(email)]
      const tag = (current: ReturnType<typeof typed> | undefined, given = newPassword) =>
        Effect.map(Effect.flip(accounts.changePassword(own.person, current, given)), ({ _tag }) => _tag)
      assert.strictEqual(yield* tag(undefined), "WrongPassword")
      assert.strictEqual(yield* tag(typed(), typed(email)), "PasswordRefused")
      for (let n = 0; n < 5; n++) assert.strictEqual(yield* tag(typed("wrong")), "WrongPassword")
      assert.deepStrictEqual(yield* audited(1), ["account.password-change refused"])
      yield* longerWaits
      assert.strictEqual(yield* tag(typed()), "TooManyRequests", "a stolen session cannot guess")
      assert.isTrue(yield* isIn(other.token))
      yield* signIn(email, typed(password))
    })
  )

  it.effect("keeps the password that it got by a link while whoever knew the old one changes it", () =>
    Effect.gen(function* () {
      const accounts = yield* OwnAccounts
      const sql = yield* SqlClient.SqlClient
      const who = yield* person("editor")
      const own = yield* signIn(who.email)
      const reset = yield* PasswordHash.make("the password of the link")
      const [isReset, commit] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const resetting = yield* Effect.gen(function* () {
        yield* sql`select id from account where id = ${who.id} for no key update`
        yield* sql`update account_password set hash = ${reset} where account_id = ${who.id}`
        yield* Deferred.succeed(isReset, undefined)
        yield* Deferred.await(commit)
      }).pipe(sql.withTransaction, Effect.forkChild)
      yield* Deferred.await(isReset)
      const changing = yield* Effect.forkChild(Effect.flip(accounts.changePassword(own.person, typed(), newPassword)))
      yield* until(
        "the change waits",
        Effect.map(sql`select pid from pg_locks where not granted`, (waiting) => waiting[0])
      )
      yield* Deferred.succeed(commit, undefined)
      yield* Fiber.join(resetting)
      assert.strictEqual((yield* Fiber.join(changing))._tag, "WrongPassword")
      assert.deepStrictEqual(yield* sql`select hash from account_password where account_id = ${who.id}`, [
        { hash: reset }
      ])
    })
  )

  it.effect("gets a first password where it has none", () =>
    Effect.gen(function* () {
      const accounts = yield* OwnAccounts
      const sql = yield* SqlClient.SqlClient
      const { email, id } = yield* person()
      const own = yield* signIn(email)
      yield* sql`delete from account_password where account_id = ${id}`
      assert.deepInclude(yield* accounts.find(id), { hasPassword: false, passwordChangedAt: null })
      yield* accounts.changePassword(own.person, undefined, newPassword)
      yield* signIn(email, newPassword)
    })
  )
})

layer(services(), { excludeTestServices: true })("A new address", (it) => {
  const asked = Effect.fnUntraced(function* (who: { email: string }, next: string) {
    const own = yield* signIn(who.email)
    yield* (yield* EmailChanges).ask(own.person, next)
    return { token: shownLink().token, own }
  })

  it.effect("is the account's once its mailbox is proven; old and new address are told", () =>
    Effect.gen(function* () {
      const emails = yield* EmailChanges
      const accounts = yield* OwnAccounts
      const resets = yield* PasswordResets
      const who = yield* person()
      const next = `neu-${who.id}@büro.example`
      const ascii = `neu-${who.id}@xn--bro-hoa.example`
      const { own, token } = yield* asked(who, next)
      assert.match(shownLink().link, /^https:\/\/games\.brand\.example\/app\/email\/fge_\w{49}$/)
      assert.strictEqual((yield* accounts.find(who.id)).email, who.email, "not before")
      assert.deepStrictEqual(
        (yield* mailsTo(ascii)).map(({ subject }) => subject),
        ["Confirm your new address"]
      )
      assert.deepStrictEqual(
        (yield* mailsTo(who.email)).map(({ subject }) => subject),
        ["Your address is to be changed"]
      )
      assert.notInclude((yield* mailsTo(ascii))[0]?.text, Redacted.value(token))
      const before = shown.length
      yield* resets.ask(who.email)
      yield* until(
        "the reset is sent",
        Effect.sync(() => (shown.length > before ? true : undefined))
      )
      const reset = shownLink().token

      for (let n = 0; n < 2; n++) assert.isTrue(yield* emails.works(token))
      yield* emails.confirm(token)
      assert.deepInclude(yield* accounts.find(who.id), { email: ascii, isEmailVerified: true, version: 2 })
      assert.deepStrictEqual(yield* audited(1), ["account.email-change done"])
      assert.strictEqual((yield* mailsTo(who.email)).at(-1)?.subject, "Your address was changed")
      assert.isTrue(yield* isIn(own.token))
      assert.isFalse(yield* resets.works(reset), "links to the old address end")
      assert.isFalse(yield* emails.works(token))
      assert.strictEqual((yield* Effect.flip(emails.confirm(token)))._tag, "LinkExpired")
      yield* signIn(next)
    })
  )

  it.effect("of another account is answered alike, and refused only to who has proven the mailbox", () =>
    Effect.gen(function* () {
      const emails = yield* EmailChanges
      const accounts = yield* OwnAccounts
      const [one, other] = [yield* person(), yield* person()]
      const { token } = yield* asked(one, other.email.toUpperCase())
      assert.strictEqual((yield* Effect.flip(emails.confirm(token)))._tag, "EmailTaken")
      assert.strictEqual((yield* accounts.find(one.id)).email, one.email)
      assert.strictEqual((yield* accounts.find(other.id)).email, other.email)
    })
  )

  it.effect("is proven by the newest link, within a day, and by none after a reset or for a disabled account", () =>
    Effect.gen(function* () {
      const emails = yield* EmailChanges
      const resets = yield* PasswordResets
      const sql = yield* SqlClient.SqlClient
      const who = yield* person()
      const dead = (token: Redacted.Redacted<string>) =>
        Effect.map(Effect.flip(emails.confirm(token)), ({ _tag }) => assert.strictEqual(_tag, "LinkExpired"))
      const first = yield* asked(who, `a-${who.email}`)
      const second = yield* asked(who, `b-${who.email}`)
      yield* dead(first.token)
      const [row] = yield* sql`
        select expires_at - created_at = interval '24 hours' as is_day from account_token where account_id = ${who.id}`
      assert.deepStrictEqual(row, { isDay: true })
      yield* sql`update account_token set expires_at = now() where account_id = ${who.id}`
      yield* dead(second.token)
      const third = yield* asked(who, `c-${who.email}`)
      yield* sql`update account set disabled_at = now() where id = ${who.id}`
      yield* dead(third.token)
      yield* sql`update account set disabled_at = null where id = ${who.id}`
      const link = (yield* resets.print(who.email)) ?? ""
      yield* resets.confirm(Redacted.make(link.slice(link.lastIndexOf("/") + 1)), newPassword)
      yield* dead(third.token)
      for (const bad of ["", makeToken("emailChange"), makeToken("reset")]) yield* dead(typed(bad))
    })
  )

  it.effect("ends with the other sessions, one of which may have begun it", () =>
    Effect.gen(function* () {
      const emails = yield* EmailChanges
      const who = yield* person()
      const { own, token } = yield* asked(who, `evil-${who.email}`)
      yield* (yield* OwnSessions).endOthers(own.person)
      assert.isFalse(yield* emails.works(token))
      assert.strictEqual((yield* Effect.flip(emails.confirm(token)))._tag, "LinkExpired")
    })
  )

  it.effect("cannot be asked for to fill the mailboxes of others", () =>
    Effect.gen(function* () {
      const emails = yield* EmailChanges
      const own = yield* signIn((yield* person()).email)
      const tags = yield* Effect.forEach(Array.from({ length: 8 }), () =>
        Effect.match(emails.ask(own.person, "victim@elsewhere.example"), {
          onFailure: ({ _tag }) => _tag as string,
          onSuccess: () => "sent"
        })
      )
      assert.deepStrictEqual(tags, [...Array(5).fill("sent"), ...Array(3).fill("TooManyRequests")])
    })
  )

  it.effect("is no way around a second factor", () =>
    Effect.gen(function* () {
      const emails = yield* EmailChanges
      const who = yield* person()
      const { token } = yield* asked(who, `d-${who.email}`)
      yield* addTotp(who.id)
      yield* emails.confirm(token)
      const entered = yield* (yield* SignIn).withPassword(`d-${who.email}`, typed(), noBrowser)
      assert.strictEqual(entered._tag, "Step")
    })
  )
})
