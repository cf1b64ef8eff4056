import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { letter, secretLink, words } from "../../src/mail/Letter.ts"
import { Mail } from "../../src/mail/Mail.ts"
import { MailWaking } from "../../src/mail/MailWaking.ts"
import { Smtp } from "../../src/mail/Smtp.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import { settingsOf } from "../support/AllSettings.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { post } from "./Sending.ts"

const Subject = Mail.layer.pipe(
  Layer.provideMerge(Secrets.layerOf([new Uint8Array(32).fill(7)])),
  Layer.provideMerge(TestDatabase.layer),
  Layer.provide(settingsOf({}))
)

layer(Subject, { excludeTestServices: true })("A mail", (it) => {
  it.effect("the same key is stored once", () =>
    Effect.gen(function* () {
      const mail = yield* Mail
      const sql = yield* SqlClient.SqlClient
      const one = {
        key: "invitation 1",
        to: "Нора@Bücher.example",
        link: "https://games.example/join/secret",
        letter: letter({
          language: "ru",
          subject: "Приглашение",
          paragraphs: [words`Здравствуйте, ${"<Нора>"}!`],
          button: { label: "Принять", link: secretLink }
        })
      }
      yield* mail.store(one)
      yield* mail.store(one)
      assert.strictEqual(mail.isSetUp, false)
      assert.deepStrictEqual(
        yield* sql`select key, status, recipient, email_key, link is not null as has_link from mail`,
        [
          {
            key: "invitation 1",
            status: "outbox",
            recipient: "Нора@Bücher.example",
            emailKey: "нора@xn--bcher-kva.example",
            hasLink: true
          }
        ]
      )
    })
  )

  it.effect("exists if and only if the transaction around it commits", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const keys = sql<{ key: string }>`select key from mail where key like 'both%'`
      yield* post({ key: "both 1" }).pipe(Effect.andThen(Effect.fail("no")), sql.withTransaction, Effect.flip)
      assert.deepStrictEqual(yield* keys, [])
      yield* sql.withTransaction(Effect.andThen(post({ key: "both 2" }), post({ key: "both 3" })))
      assert.lengthOf(yield* keys, 2)
    })
  )

  it.effect("of many that store the same key at once, one does, and nobody fails", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* Effect.all(
        Array.from({ length: 20 }, (_, index) =>
          sql.withTransaction(post({ key: "same", to: `n${index}@shop.example` }))
        ),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(yield* sql`select 1 from mail where key = 'same'`, 1)
    })
  )

  it.effect("wakes the background of its process once it has committed, and not before", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const waking = yield* MailWaking
      yield* waking.woken
      const order: Array<string> = []
      const sleeper = yield* Effect.forkChild(
        Effect.andThen(
          waking.woken,
          Effect.sync(() => order.push("woken"))
        )
      )
      yield* sql.withTransaction(
        Effect.andThen(
          post(),
          Effect.sync(() => order.push("stored"))
        )
      )
      yield* Fiber.join(sleeper)
      assert.deepStrictEqual(order, ["stored", "woken"])
    })
  )

  it.effect("needs SECRETS_KEY for a link and for unsubscribing, and for nothing else", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const failure = yield* Effect.flip(post({ key: "locked", link: "https://games.example/x" }))
      assert.strictEqual(failure._tag, "SecretsKeyMissing")
      assert.strictEqual((yield* Effect.flip(post({ key: "locked", unsubscribe: true })))._tag, "SecretsKeyMissing")
      yield* post({ key: "open" })
      assert.deepStrictEqual(yield* sql`select key from mail where key in ('locked', 'open')`, [{ key: "open" }])
    }).pipe(Effect.provide(Layer.fresh(Mail.layer).pipe(Layer.provide([Secrets.layerOf([]), settingsOf({})]))))
  )
})

describe("The settings", () => {
  const problemOf = (env: Record<string, string>) =>
    Effect.flip(Effect.scoped(Layer.build(Layer.fresh(Smtp.layer).pipe(Layer.provide(settingsOf(env))))))

  it.effect("of a mail server that is set by halves are refused at the start, without its password", () =>
    Effect.gen(function* () {
      const { message } = yield* problemOf({ SMTP_URL: "smtp://a:secretword@smtp.shop.example/x", MAIL_FROM: "nobody" })
      assert.deepStrictEqual(message.split("\n"), [
        "SMTP_URL has something after the host.",
        'MAIL_FROM is "nobody": with SMTP_URL it must be an address, or `Name <address>`.',
        "PUBLIC_URL is not set: with SMTP_URL it must be, because mails have links."
      ])
      const other = yield* problemOf({ SMTP_URL: "http://a:secretword@smtp.shop.example" })
      assert.notInclude(other.message, "secretword")
    })
  )
})
