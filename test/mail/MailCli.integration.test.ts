import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { letter, secretLink, words } from "../../src/mail/Letter.ts"
import { Mail } from "../../src/mail/Mail.ts"
import { shown } from "../../src/mail/MailCli.ts"
import { MailWaking } from "../../src/mail/MailWaking.ts"
import { MailId } from "../../src/mail/Message.ts"
import { Outbox } from "../../src/mail/Outbox.ts"
import { settingsOf } from "../support/AllSettings.ts"
import { fairground } from "../support/service/CommandLine.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { anybody, post, secrets, stored } from "./Sending.ts"

const link = "https://games.brand.example/join/very-secret-token"

describe("mails on the command line", () => {
  it.live("are listed, shown without their link to a file and with it to a terminal, and sent again", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const services = Layer.merge(Mail.layer, Outbox.layer).pipe(
        Layer.provide([Audit.layer, MailWaking.layer]),
        Layer.provide([secrets, settingsOf({})]),
        Layer.provideMerge(TestDatabase.clientLayer(url))
      )
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const to = anybody()
        const text = letter({
          language: "en",
          subject: "You are invited",
          paragraphs: [words`Hello ${"\u001b[31mVera"}.`],
          button: { label: "Accept", link: secretLink }
        })
        const key = yield* post({ to, link, about: { kind: "invitation", id: "7" }, letter: text })
        const other = yield* post()
        const { id } = yield* stored(key)

        const list = yield* fairground(url, "mail", "list", "--to", to.toUpperCase())
        assert.strictEqual(list.code, 0, list.stderr)
        assert.match(list.stdout, new RegExp(`^${id}  outbox  \\S+  ${to}  You are invited\n$`))
        const json = JSON.parse((yield* fairground(url, "mail", "list", "--json")).stdout) as ReadonlyArray<unknown>
        assert.lengthOf(json, 2)
        assert.include((yield* fairground(url, "mail", "list", "--status", "sent")).stdout, "There are no such mails.")
        assert.notStrictEqual((yield* fairground(url, "mail", "list", "--to", "nobody")).code, 0)

        for (const flags of [[], ["--json"]]) {
          const { stdout } = yield* fairground(url, "mail", "show", id, ...flags)
          assert.include(stdout, "invitation")
          assert.include(stdout, "•••")
          assert.notInclude(stdout, "very-secret-token")
          assert.notInclude(stdout, "\u001b")
        }
        const outbox = yield* Outbox
        const mail = yield* outbox.find(MailId.make(id))
        const lines = shown(mail, yield* outbox.read(mail.id))
        assert.include(lines, link)
        assert.include(lines[0], "outbox, about invitation 7")

        yield* sql`update mail set status = 'sent', due_at = null, ended_at = now(), link = null where key = ${key}`
        assert.notInclude(shown(mail, yield* outbox.read(mail.id)).join(), "very-secret-token")
        const gone = yield* fairground(url, "mail", "resend", id)
        assert.notStrictEqual(gone.code, 0)
        assert.include(gone.stderr, "cannot be sent again")
        yield* sql`update mail set status = 'refused', due_at = null, ended_at = now() where key = ${other}`
        const again = yield* fairground(url, "mail", "resend", (yield* stored(other)).id)
        assert.strictEqual(again.code, 0, again.stderr)
        assert.deepInclude(yield* stored(other), { status: "outbox", sendings: 2 })
        assert.deepStrictEqual(yield* sql`select action, via from audit_entry`, [
          { action: "mail.resend", via: "command-line" }
        ])
        const unknown = yield* fairground(url, "mail", "show", id.replace(/^./, "f"))
        assert.notStrictEqual(unknown.code, 0)
        assert.include(unknown.stderr, "There is no such mail")
      }).pipe(Effect.provide(services))
    })
  )
})
