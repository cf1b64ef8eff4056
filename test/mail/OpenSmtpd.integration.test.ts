import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import PostalMime from "postal-mime"
import { letter, secretLink, words } from "../../src/mail/Letter.ts"
import * as Service from "../support/service/Service.ts"
import * as OpenSmtpd from "./OpenSmtpd.ts"
import { deliveredBy, ground, post, senderTo, stored, suppressed } from "./Sending.ts"

const link = "https://games.brand.example/join/very-secret-token"

const invitation = letter({
  language: "ru",
  subject: "Приглашение в «Ярмарку»",
  paragraphs: [words`Здравствуйте, ${"Нора"}!`, "Вас приглашают. ".repeat(200)],
  button: { label: "Принять", link: secretLink }
})

describe.skipIf(!OpenSmtpd.installed)("By OpenSMTPD", () => {
  it.live("mails are delivered whole, or refused for good where nobody has the address", () =>
    Effect.gen(function* () {
      const { delivered, url } = yield* OpenSmtpd.start(["nora@xn--bcher-kva.example", "vera@shop.example"])
      const server = senderTo(url)
      const store = (to: string, unsubscribe = false) =>
        post({ to, letter: invitation, link, unsubscribe }).pipe(Effect.provide(server))

      const nora = yield* store("Nora@Bücher.example", true)
      const vera = yield* store("vera@shop.example")
      const nobody = yield* store("nobody@shop.example")
      const elsewhere = yield* store("nora@other.example")
      // It knows no SMTPUTF8.
      const beyond = yield* store("вера@shop.example")
      assert.strictEqual(yield* deliveredBy(server), 5)
      const rows = yield* Effect.forEach([nora, vera, nobody, elsewhere, beyond], stored)
      assert.deepStrictEqual(
        rows.map(({ status }) => status),
        ["sent", "sent", "refused", "refused", "refused"]
      )
      assert.deepStrictEqual(
        // 550 without more. What it says of a local part that nobody has, 5.2.4, is not for addresses that are dead.
        (yield* suppressed).map(({ emailKey, reason }) => [emailKey, reason]),
        [["nora@other.example", "refused"]]
      )

      yield* Service.untilTrue("the mails are delivered", () => delivered().length === 2)
      const mails = yield* Effect.promise(() => Promise.all(delivered().map((raw) => PostalMime.parse(raw))))
      const mail = mails.find(({ to }) => to?.[0]?.address === "Nora@xn--bcher-kva.example")
      assert.isDefined(mail)
      const headers = new Map(mail.headers.map(({ key, value }) => [key, value]))
      assert.strictEqual(mail.subject, "Приглашение в «Ярмарку»")
      assert.deepInclude(mail.from, { name: "Фэйрграунд", address: "mail@brand.example" })
      assert.strictEqual(mail.messageId, `<${rows[0]?.id}.1@brand.example>`)
      assert.include(mail.text, "Здравствуйте, Нора!")
      assert.include(mail.text, `Принять:\n${link}`)
      assert.include(mail.html, `href="${link}"`)
      assert.strictEqual(headers.get("auto-submitted"), "auto-generated")
      assert.match(headers.get("list-unsubscribe") ?? "", /^<https:\/\/games\.brand\.example\/u\/[\w-]+>$/)
      assert.strictEqual(headers.get("list-unsubscribe-post"), "List-Unsubscribe=One-Click")
      assert.match(headers.get("received") ?? "", /^from games\.brand\.example .* with ESMTP/s)
      assert.strictEqual(headers.get("return-path"), "<mail@brand.example>")
    }).pipe(Effect.provide(ground))
  )
})
