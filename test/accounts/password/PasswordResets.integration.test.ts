import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import type { AccountId } from "../../../src/accounts/Account.ts"
import { PasswordResets } from "../../../src/accounts/password/PasswordResets.ts"
import { noBrowser } from "../../../src/accounts/session/Entry.ts"
import { Sessions } from "../../../src/accounts/session/Sessions.ts"
import { SignIn } from "../../../src/accounts/session/SignIn.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import {
  addTotp,
  asSession,
  audited,
  layer as services,
  longerWaits,
  person,
  replica,
  shown,
  shownLink,
  typed
} from "../../support/accounts/AccountServices.ts"
import { until } from "../../support/service/Service.ts"

const newPassword = typed("and the dish ran away with the spoon")

const mails = (id: AccountId) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ subject: string; text: string; recipient: string }>`
      select subject, body_text as text, recipient from mail where about_id = ${id} order by id`
  )

/** The token of the link that asking has sent. */
const asked = Effect.fnUntraced(function* (email: string) {
  // What others asked for before may still be on its way.
  const text = ` ${email.trim().toLowerCase()} `
  const count = () => shown.filter((line) => line.includes(text)).length
  const before = count()
  yield* (yield* PasswordResets).ask(email)
  yield* until(
    "the link is sent",
    Effect.sync(() => (count() > before ? true : undefined))
  )
  return shownLink(text).token
})

const isIn = (token: string) =>
  Effect.map(
    Effect.flatMap(Sessions, ({ bySession }) => bySession(token)),
    (found) => found !== undefined
  )

const outcome = (email: string, password: Redacted.Redacted<string>) =>
  Effect.match(
    Effect.flatMap(SignIn, (service) => service.withPassword(email, password, noBrowser)),
    { onFailure: ({ _tag }) => _tag as string, onSuccess: ({ _tag }) => _tag as string }
  )

const signedIn = (email: string) =>
  Effect.flatMap(SignIn, (service) => Effect.map(service.withPassword(email, typed(), noBrowser), asSession))

layer(services(), { excludeTestServices: true })("A new password", (it) => {
  it.effect("is asked for without changing anything, and chosen by the link that came by mail", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const sql = yield* SqlClient.SqlClient
      const resets = yield* PasswordResets
      const before = yield* signedIn(email)
      yield* sql`update account set email_verified_at = null where id = ${id}`

      const token = yield* asked(` ${email.toUpperCase()}`)
      assert.match(shownLink().link, /^https:\/\/games\.brand\.example\/app\/reset\/fgr_\w{49}$/)
      assert.isTrue(yield* isIn(before.token), "asking ends nothing")
      assert.strictEqual(yield* outcome(email, typed()), "Session", "asking changes no password")
      assert.deepStrictEqual(yield* audited(2), ["session.create done", "account.password-reset-ask done"])
      const [mail] = yield* mails(id)
      assert.strictEqual(mail?.subject, "Choose a new password")
      assert.notInclude(mail?.text, Redacted.value(token), "what is stored holds no link in the clear")

      for (let n = 0; n < 2; n++) assert.isTrue(yield* resets.works(token), "looking uses nothing up")
      assert.deepInclude(yield* Effect.flip(resets.confirm(token, typed("short"))), { reason: "too-short" })
      const others = yield* resets.confirm(token, newPassword)
      assert.deepStrictEqual(others, { identities: [], passkeys: [], keys: [], totp: false })

      assert.isFalse(yield* isIn(before.token))
      assert.deepStrictEqual(yield* audited(1), ["account.password-reset done"])
      assert.deepStrictEqual(
        [yield* outcome(email, typed()), yield* outcome(email, newPassword)],
        ["SignInFailed", "Session"]
      )
      const [row] = yield* sql`select email_verified_at is not null as is_verified from account where id = ${id}`
      assert.deepStrictEqual(row, { isVerified: true }, "the link proved the mailbox")
      assert.strictEqual((yield* mails(id))[1]?.subject, "Your password was changed")

      assert.isFalse(yield* resets.works(token))
      assert.strictEqual((yield* Effect.flip(resets.confirm(token, newPassword)))._tag, "LinkExpired")
    })
  )

  it.effect("ends all sessions and steps, signs nobody in, and leaves the second factor where it is", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const resets = yield* PasswordResets
      const sql = yield* SqlClient.SqlClient
      const [first, second] = [yield* signedIn(email), yield* signedIn(email)]
      yield* addTotp(id)
      const step = yield* (yield* SignIn).withPassword(email, typed(), noBrowser)
      assert.strictEqual(step._tag, "Step")
      const others = yield* resets.confirm(yield* asked(email), newPassword)
      assert.isTrue(others.totp)
      assert.deepStrictEqual([yield* isIn(first.token), yield* isIn(second.token)], [false, false])
      assert.deepStrictEqual(yield* sql`select 1 from account_session where account_id = ${id}`, [])
      assert.deepStrictEqual(yield* sql`select 1 from sign_in_step where account_id = ${id}`, [])
      assert.deepStrictEqual(yield* sql`select 1 from account_device where account_id = ${id}`, [])
      assert.strictEqual(yield* outcome(email, newPassword), "Step", "the second factor is owed")
    })
  )

  it.effect("does not hide what an attacker may have left in the account: the person is told what else gets in", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const resets = yield* PasswordResets
      const sql = yield* SqlClient.SqlClient
      yield* sql`
        insert into account_identity (id, account_id, connection, issuer, subject, email, created_at)
        values (${uuidV7At(Date.now())}, ${id}, 'google', 'https://accounts.example', ${id}, 'evil@elsewhere.example', now())`
      yield* sql`
        insert into account_passkey (id, account_id, credential_id, public_key, sign_count, transports, is_backed_up, name, created_at)
        values (${uuidV7At(Date.now())}, ${id}, ${id}, '\\x00', 0, '{}', false, 'Blue key', now())`
      yield* sql`
        insert into api_key (id, account_id, name, hint, token_hash, scopes, created_at)
        values (${uuidV7At(Date.now())}, ${id}, 'Nightly export', 'abcd', ${hashOf(id)}, '{games:read}', now())`
      const others = yield* resets.confirm(yield* asked(email), newPassword)
      assert.deepStrictEqual(others, {
        identities: [{ connection: "google", email: "evil@elsewhere.example" }],
        passkeys: ["Blue key"],
        keys: ["Nightly export"],
        totp: false
      })
      const text = (yield* mails(id)).at(-1)?.text ?? ""
      for (const word of ["google", "evil@elsewhere.example", "Blue key", "Nightly export"]) assert.include(text, word)
    })
  )

  it.effect("is not sent to those who sign in by an identity provider only, who are told so once an hour", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const resets = yield* PasswordResets
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from account_password where account_id = ${id}`
      yield* sql`
        insert into account_identity (id, account_id, connection, issuer, subject, created_at)
        values (${uuidV7At(Date.now())}, ${id}, 'google', 'https://accounts.example', ${id}, now())`
      for (let n = 0; n < 3; n++) yield* resets.ask(email)
      yield* until(
        "the mail is stored, and no other",
        Effect.map(audited(3), (deeds) =>
          deeds.every((deed) => deed === "account.password-reset-ask done") ? true : undefined
        )
      )
      const sent = yield* mails(id)
      assert.isTrue(sent.length === 1 || sent.length === 2, "two where the hour changes meanwhile")
      assert.include(sent[0]?.text, "google")
      assert.deepStrictEqual(yield* sql`select 1 from account_token where account_id = ${id}`, [])
    })
  )

  it.effect(
    "whoever asks, the answer is the same, and only people who may sign in get a mail: three in half an hour",
    () =>
      Effect.gen(function* () {
        const resets = yield* PasswordResets
        const sql = yield* SqlClient.SqlClient
        const [known, disabled] = [yield* person(), yield* person()]
        yield* sql`update account set disabled_at = now() where id = ${disabled.id}`
        for (const email of [
          known.email,
          disabled.email,
          "nobody@brand.example",
          known.email.replace("@", "＠"),
          "rubbish"
        ]) {
          assert.isUndefined(yield* resets.ask(email))
        }
        for (let n = 0; n < 5; n++) yield* resets.ask(known.email)
        // The last one that is asked for is the last one that is worked on.
        const last = yield* person()
        yield* asked(last.email)
        yield* until(
          "three links are there",
          Effect.map(sql`select 1 from account_token where account_id = ${known.id}`, ({ length }) =>
            length === 3 ? true : undefined
          )
        )
        assert.lengthOf(yield* mails(known.id), 3)
        assert.deepStrictEqual(yield* mails(disabled.id), [])
        assert.deepStrictEqual(yield* sql`select 1 from mail where recipient like '%nobody%'`, [])
        assert.isTrue((yield* mails(known.id)).every(({ recipient }) => recipient === known.email))
      })
  )

  it.effect("a link works for half an hour, once, and only the account's own", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const resets = yield* PasswordResets
      const sql = yield* SqlClient.SqlClient
      const tagOf = (token: Redacted.Redacted<string>) =>
        Effect.match(resets.confirm(token, newPassword), {
          onFailure: ({ _tag }) => _tag as string,
          onSuccess: () => "done"
        })
      const late = yield* asked(email)
      const [row] = yield* sql`
        select expires_at - created_at = interval '30 minutes' as is_half_an_hour from account_token where account_id = ${id}`
      assert.deepStrictEqual(row, { isHalfAnHour: true })
      yield* sql`update account_token set expires_at = now() where account_id = ${id}`
      assert.strictEqual(yield* tagOf(late), "LinkExpired")
      for (const bad of [makeToken("reset"), makeToken("setup"), "", "fgr_x"]) {
        assert.strictEqual(yield* tagOf(typed(bad)), "LinkExpired", bad)
      }
      // An address that the account no longer has proves nothing.
      const moved = yield* asked(email)
      yield* sql`update account set email = ${`new-${email}`}, email_key = ${`new-${email}`} where id = ${id}`
      assert.deepStrictEqual([yield* resets.works(moved), yield* tagOf(moved)], [false, "LinkExpired"])
      const disabled = yield* asked(`new-${email}`)
      yield* sql`update account set disabled_at = now() where id = ${id}`
      assert.deepStrictEqual([yield* resets.works(disabled), yield* tagOf(disabled)], [false, "LinkExpired"])
      yield* sql`update account set disabled_at = null where id = ${id}`
      assert.strictEqual(yield* tagOf(disabled), "done")
    })
  )

  it.effect("of ten uses at once at two replicas one succeeds, and every other link of the account is dead", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const sql = yield* SqlClient.SqlClient
      const here = yield* PasswordResets
      const there = Context.get(yield* Layer.build(replica()), PasswordResets)
      const [token, other] = [yield* asked(email), yield* asked(email)]
      yield* sql`
        insert into account_token (token_hash, purpose, account_id, email, email_key, created_at, expires_at)
        values (${hashOf("x")}, 'email-change', ${id}, 'evil@elsewhere.example', 'evil@elsewhere.example', now(), now() + interval '1 day')`
      const results = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, at) => at),
        (at) =>
          Effect.match((at % 2 === 0 ? here : there).confirm(token, typed(`a password of number ${at}`)), {
            onFailure: ({ _tag }) => _tag as string,
            onSuccess: () => "done"
          }),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(results.toSorted(), [...Array(9).fill("LinkExpired"), "done"])
      assert.isFalse(yield* here.works(other))
      assert.deepStrictEqual(
        yield* sql`select 1 from account_token where account_id = ${id}`,
        [],
        "a change of the address that was begun before ends too"
      )
      const at = results.indexOf("done")
      assert.strictEqual(yield* outcome(email, typed(`a password of number ${at}`)), "Session")
    }).pipe(Effect.scoped)
  )

  it.effect("opens the door that guessing has closed", () =>
    Effect.gen(function* () {
      const { email } = yield* person()
      const resets = yield* PasswordResets
      for (let n = 0; n < 5; n++) yield* outcome(email, typed("a wrong one"))
      yield* longerWaits
      assert.strictEqual(yield* outcome(email, typed()), "TooManyRequests")
      yield* resets.confirm(yield* asked(email), newPassword)
      assert.strictEqual(yield* outcome(email, newPassword), "Session")
    })
  )

  it.effect("may be sent or printed by others, who prove no mailbox when they print it", () =>
    Effect.gen(function* () {
      const { email, id } = yield* person()
      const resets = yield* PasswordResets
      const sql = yield* SqlClient.SqlClient
      yield* sql`update account set email_verified_at = null where id = ${id}`
      const link = yield* resets.print(email)
      assert.match(link ?? "", /^https:\/\/games\.brand\.example\/app\/reset\/fgr_\w{49}$/)
      assert.deepStrictEqual(yield* mails(id), [])
      yield* resets.confirm(Redacted.make((link ?? "").slice((link ?? "").lastIndexOf("/") + 1)), newPassword)
      const [row] = yield* sql`select email_verified_at is null as is_open from account where id = ${id}`
      assert.deepStrictEqual(row, { isOpen: true })
      assert.isUndefined(yield* resets.print("nobody@brand.example"))
      assert.isUndefined(yield* resets.print("rubbish"))

      assert.isTrue(yield* resets.send(id))
      assert.strictEqual((yield* mails(id)).at(-1)?.subject, "Choose a new password")
      yield* sql`update account set disabled_at = now() where id = ${id}`
      assert.deepStrictEqual([yield* resets.send(id), yield* resets.print(email)], [false, undefined])
    })
  )
})
