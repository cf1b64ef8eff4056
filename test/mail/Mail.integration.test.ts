import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { letter, secretLink, words } from "../../src/mail/Letter.ts"
import { Mail } from "../../src/mail/Mail.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import { settingsOf } from "../support/AllSettings.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const Subject = Mail.layer.pipe(
  Layer.provideMerge(Secrets.layerOf([new Uint8Array(32).fill(7)])),
  Layer.provideMerge(TestDatabase.layer),
  Layer.provide(settingsOf({}))
)

layer(Subject)("Mail", (it) => {
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
})
