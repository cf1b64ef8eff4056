import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { sessionFor } from "../../support/service/Credentials.ts"
import { itemsOf, refused, served, took } from "../people/Calls.ts"
import { entries } from "../people/Told.ts"

const mails = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ readonly email_key: string; readonly subject: string; readonly language: string }>`
    select email_key, subject, language, link is not null as has_link from mail order by created_at, id`
)

const open = { ACCOUNT_REGISTRATION: "open", ACCOUNT_REGISTRATION_DOMAINS: "brand.example, Bücher.example" }
const keyed = { SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") }

it.live("open registration answers alike, and tells the mailbox alone", () =>
  Effect.gen(function* () {
    const { call, get, post, run } = yield* served({ ...open, ...keyed })
    const admin = yield* run(sessionFor("admin"))
    yield* run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`
          update account set email = 'Known@brand.example', email_key = 'known@brand.example'
          where id = ${admin.accountId}`
      )
    )
    const ask = (email: string, more: Record<string, unknown> = {}) =>
      post(undefined, "/registrations", { email, ...more })

    const answers = []
    for (const email of [
      "new@brand.example",
      "known@brand.example",
      "new@elsewhere.example",
      "new@shop.brand.example",
      "new@brand.example.evil.example"
    ]) {
      answers.push(yield* ask(email))
    }
    answers.push(yield* ask("Нора@BÜCHER.example", { language: "ru" }))
    for (const { body, headers, status } of answers) {
      assert.deepStrictEqual([status, body], [202, answers[0]?.body ?? {}])
      assert.isUndefined(headers["set-cookie"])
    }

    assert.deepStrictEqual(yield* run(mails), [
      { email_key: "new@brand.example", subject: "Make your Fairground account", language: "en", has_link: true },
      {
        email_key: "known@brand.example",
        subject: "You already have a Fairground account",
        language: "en",
        has_link: false
      },
      {
        email_key: "нора@xn--bcher-kva.example",
        subject: "Создание учётной записи в Fairground",
        language: "ru",
        has_link: true
      }
    ] as never)
    const invitations = itemsOf(took(yield* get(admin, "/invitations"), 200))
    assert.deepStrictEqual(
      invitations.map(({ email, invitedBy, role }) => [email, invitedBy, role]),
      [
        ["Нора@BÜCHER.example", null, "viewer"],
        ["new@brand.example", null, "viewer"]
      ]
    )
    assert.deepStrictEqual(
      (yield* run(entries))
        .filter(({ action }) => action === "registration.ask")
        .map(({ accountId, details }) => [accountId, details]),
      [null, "taken", "domain", "domain", "domain", null].map((reason) => [null, reason === null ? null : { reason }])
    )

    // An invitation that an admin has sent keeps its role; what a stranger typed does not replace it.
    const sent = took(yield* post(admin, "/invitations", { email: "emil@brand.example", role: "editor" }), 201)
    assert.strictEqual((yield* ask("emil@brand.example")).status, 202)
    assert.deepInclude(itemsOf(took(yield* get(admin, "/invitations"), 200))[0], {
      id: sent["id"],
      role: "editor",
      invitedBy: admin.accountId
    })
    // And an admin's invitation takes the place of what the person asked for.
    took(yield* post(admin, "/invitations", { email: "new@brand.example", role: "admin" }), 201)
    assert.deepInclude(
      itemsOf(took(yield* get(admin, "/invitations"), 200)).find(({ email }) => email === "new@brand.example"),
      { role: "admin", invitedBy: admin.accountId }
    )

    // Three an hour for one address, whatever it is. Two tries at four, in case the hour ends between them.
    for (const email of ["often@brand.example", "often@elsewhere.example"]) {
      const statuses = (yield* Effect.all(Array.from({ length: 8 }, () => ask(email)))).map(({ status }) => status)
      assert.include(statuses, 429, email)
      assert.deepStrictEqual(statuses.slice(0, 3), [202, 202, 202])
    }
    const cross = yield* call(
      "POST",
      undefined,
      "/registrations",
      { email: "a@brand.example" },
      {
        "sec-fetch-site": "cross-site"
      }
    )
    refused(cross, 403, "cross-site-request")
    for (const body of [{}, { email: "brand.example" }, { email: "a@brand.example", password: "x" }]) {
      refused(yield* post(undefined, "/registrations", body), 400, "validation-failed", JSON.stringify(body))
    }
  })
)

it.live("registration is closed unless it is opened", () =>
  Effect.gen(function* () {
    const { post, run } = yield* served()
    refused(yield* post(undefined, "/registrations", { email: "a@brand.example" }), 403, "registration-closed")
    assert.deepStrictEqual(yield* run(mails), [])
  })
)
