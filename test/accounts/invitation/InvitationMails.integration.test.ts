import { assert, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as InvitationMails from "../../../src/accounts/invitation/InvitationMails.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { keyFor, sessionFor } from "../../support/service/Credentials.ts"
import { spawned } from "../../support/service/Service.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"
import { itemsOf, refused, served, took } from "../people/Calls.ts"
import { entries } from "../people/Told.ts"
import { accountOf, password } from "./Joining.ts"

/** Nobody listens there: mails stay in the outbox. */
const mailServer = {
  SMTP_URL: "smtp://127.0.0.1:9",
  MAIL_FROM: "Fairground <games@brand.example>",
  PUBLIC_URL: "https://games.brand.example"
}
const key = { SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") }

const mails = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<Record<string, unknown>>`
    select recipient, subject, language, link is not null as has_link, about_kind, body_text from mail order by id`
)

it.live("with a mail server the link is in the mail, and nowhere else", () =>
  Effect.gen(function* () {
    const { post, run } = yield* served({ ...mailServer, ...key })
    const admin = yield* run(sessionFor("admin"))
    const sent = took(
      yield* post(admin, "/invitations", { email: "nora@brand.example", role: "editor", language: "ru" }),
      201
    )
    const resent = took(yield* post(admin, `/invitations/${String(sent["id"])}/resend`), 200)
    for (const body of [sent, resent]) assert.isNull(body["link"])
    const stored = yield* run(mails)
    assert.lengthOf(stored, 2)
    for (const mail of stored) {
      assert.deepInclude(mail, {
        recipient: "nora@brand.example",
        subject: "Приглашение в Fairground",
        language: "ru",
        has_link: true,
        about_kind: "invitation"
      })
      assert.include(String(mail["body_text"]), "The admin")
      assert.notInclude(String(mail["body_text"]), "fgi_")
    }

    // A link for a new password, on an admin's word.
    const person = yield* run(keyFor("viewer"))
    const owner = yield* run(keyFor("owner"))
    const machine = took(yield* post(admin, "/accounts", { name: "Exporter", role: "viewer" }), 201)
    const reset = (id: unknown) => post(admin, `/accounts/${String(id)}/password-reset`)
    assert.strictEqual((yield* reset(person.accountId)).status, 202)
    assert.deepInclude((yield* run(mails)).at(-1), { has_link: true, language: "en" })
    refused(yield* reset(owner.accountId), 403, "role-too-high")
    refused(yield* reset(machine["id"]), 409, "no-password-reset")
    refused(yield* reset("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"), 404, "account-not-found")
    yield* run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`update account set disabled_at = now() where id = ${person.accountId}`
      )
    )
    refused(yield* reset(person.accountId), 409, "no-password-reset")
    assert.deepStrictEqual(
      (yield* run(entries)).filter(({ targetId }) => targetId === person.accountId).map(({ action }) => action),
      ["account.password-reset-ask"]
    )
    assert.lengthOf(yield* run(mails), 3)

    // A mail took the link there, so whoever has it has the mailbox.
    const token = makeToken("invitation")
    yield* run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`update invitation set token_hash = ${hashOf(token)} where id = ${String(sent["id"])}`
      )
    )
    took(yield* post(undefined, "/invitations/acceptance", { token, name: "Nora", password }), 201)
    assert.deepInclude(yield* run(accountOf("nora@brand.example")), { proven: true })
  })
)

it.live("with a mail server and no key for secrets nobody is invited, and nothing is stored", () =>
  Effect.gen(function* () {
    const { get, post, run } = yield* served(mailServer)
    const admin = yield* run(sessionFor("admin"))
    refused(
      yield* post(admin, "/invitations", { email: "nora@brand.example", role: "editor" }),
      501,
      "secrets-key-missing"
    )
    assert.deepStrictEqual(itemsOf(took(yield* get(admin, "/invitations"), 200)), [])
    assert.deepStrictEqual([yield* run(mails), yield* run(entries)], [[], []])
  })
)

it.live("registration is not opened to everybody by mistake", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const service = yield* spawned(url, { ACCOUNT_REGISTRATION: "open", SECRETS_KEY: key.SECRETS_KEY })
    assert.strictEqual(yield* Effect.promise(() => service.exited), 1)
    assert.match(service.log(), /ACCOUNT_REGISTRATION_DOMAINS must name the domains/)
  })
)

it("mails say who invites, as whom, and until when", () => {
  const invited = {
    email: "nora@brand.example",
    expiresAt: DateTime.makeUnsafe("2026-12-03T10:00:00Z"),
    inviter: "<b>Emil</b>\r\nBcc: a@b.example"
  }
  const en = InvitationMails.invitation({ ...invited, role: "admin", language: "en" })
  assert.include(en.text, "<b>Emil</b> Bcc: a@b.example invites you to work on games in Fairground. Your role: admin.")
  assert.include(en.html, "&lt;b&gt;Emil")
  assert.notInclude(en.html, "<b>Emil")
  assert.include(en.text, "until 3 December 2026")
  assert.notMatch(en.subject, /[\r\n]/)
  const ru = InvitationMails.invitation({ ...invited, inviter: null, role: "owner", language: "ru" })
  assert.include(ru.text, "Ваша роль: владелец")
  assert.include(ru.text, "до 3 декабря 2026.")
})
