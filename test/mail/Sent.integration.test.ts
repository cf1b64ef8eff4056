import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import PostalMime from "postal-mime"
import { type Letter, letter, secretLink, words } from "../../src/mail/Letter.ts"
import { anybody, deliverer, ground, post, senderTo, stored, suppressed } from "./Sending.ts"
import * as SmtpPeer from "./SmtpPeer.ts"

class Peer extends Context.Service<Peer, SmtpPeer.SmtpPeer>()("test/mail/Peer") {}

const link = "https://games.brand.example/join/very-secret-token?a=1&b=2"

const invitation = (name: string): Letter =>
  letter({
    language: "ru",
    subject: `Приглашение для ${name} – посмотрите, что мы для вас приготовили в этом длинном-предлинном заголовке`,
    paragraphs: [words`Здравствуйте, ${name}!`, "Очень длинная строка. ".repeat(100), ". точка в начале"],
    button: { label: "Принять", link: secretLink }
  })

/** Sends a mail, and reads what the peer has got. */
const sent = (...[change]: Parameters<typeof post>) =>
  Effect.gen(function* () {
    const peer = yield* Peer
    return yield* Effect.gen(function* () {
      const deliver = yield* deliverer
      const key = yield* post(change)
      yield* deliver
      const taken = peer.taken.at(-1)!
      const mail = yield* Effect.promise(() => PostalMime.parse(taken.raw))
      const headers = new Map(mail.headers.map(({ key, value }) => [key, value]))
      return { key, mail, headers, taken, row: yield* stored(key) }
    }).pipe(Effect.provide(senderTo(peer.url)))
  })

layer(Layer.merge(ground, Layer.effect(Peer, SmtpPeer.start())), { excludeTestServices: true })(
  "What is sent",
  (it) => {
    it.effect("says in Russian what the letter says, as text and as HTML, with the link in it", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const to = anybody()
        const { key, mail, row, taken } = yield* sent({ to, letter: invitation("Нора <&>"), link })
        assert.deepInclude(row, { status: "sent", hasLink: false })
        assert.strictEqual(
          mail.subject,
          "Приглашение для Нора <&> – посмотрите, что мы для вас приготовили в этом длинном-предлинном заголовке"
        )
        assert.deepInclude(mail.from, { name: "Фэйрграунд", address: "mail@brand.example" })
        assert.deepInclude(mail.to?.[0], { address: to })
        assert.lengthOf(mail.attachments, 0)
        assert.match(mail.text!, /^Здравствуйте, Нора <&>!\n/)
        assert.include(mail.text, `Принять:\n${link}\n`)
        assert.include(mail.text, "\n. точка в начале\n")
        assert.include(mail.html, "Здравствуйте, Нора &lt;&amp;&gt;!")
        assert.include(mail.html, `href="${link.replace("&", "&amp;")}"`)
        // RFC 5322 section 2.1.1, and no server has to know 8BITMIME.
        for (const line of taken.raw.split("\r\n")) assert.isAtMost(line.length, 998)
        // oxlint-disable-next-line no-control-regex -- ASCII is what is wanted
        assert.match(taken.raw, /^[\x00-\x7f]*$/)
        assert.deepStrictEqual(yield* sql`select body_text like ${`%${link}%`} as has from mail where key = ${key}`, [
          { has: false }
        ])
      })
    )

    it.effect("says that a program wrote it, when, and under an id that stays", () =>
      Effect.gen(function* () {
        const { headers, mail, row } = yield* sent()
        assert.strictEqual(headers.get("auto-submitted"), "auto-generated")
        assert.strictEqual(mail.messageId, `<${row.id}.1@brand.example>`)
        assert.isBelow(Math.abs(Date.parse(headers.get("date")!) - Date.now()), 600_000)
        assert.isFalse(headers.has("list-unsubscribe"))
        assert.isFalse(headers.has("list-unsubscribe-post"))
        assert.isFalse(headers.has("x-mailer"))
        assert.strictEqual(headers.get("mime-version"), "1.0")
      })
    )

    it.effect("offers to unsubscribe with one click where the reader can do without it", () =>
      Effect.gen(function* () {
        const to = anybody()
        const first = yield* sent({ to, unsubscribe: true })
        const address = /^<(https:\/\/games\.brand\.example\/u\/[\w-]{20,90})>$/.exec(
          first.headers.get("list-unsubscribe")!
        )?.[1]
        assert.isDefined(address)
        assert.strictEqual(first.headers.get("list-unsubscribe-post"), "List-Unsubscribe=One-Click")
        assert.include(first.mail.text, `Unsubscribe: ${address}`)
        assert.include(first.mail.html, `<a href="${address}">Unsubscribe</a>`)
        assert.notInclude(address, Buffer.from(to).toString("base64url").slice(0, 12))
        // One reader, whatever the address is written like.
        yield* sent({ to: to.toUpperCase(), unsubscribe: true })
        const sql = yield* SqlClient.SqlClient
        assert.lengthOf(yield* sql`select 1 from mail_reader where email_key = ${to}`, 1)
      })
    )

    it.effect("lets no field add a header, whatever is in it", () =>
      Effect.gen(function* () {
        const evil =
          "x\r\nBcc: eve@evil.example\r\n\r\n<b>body</b>\n.\r\nMAIL FROM:<eve@evil.example>\r\n\u2028\u0085Bcc: y"
        const { headers, mail, taken } = yield* sent({
          key: `key ${evil}`,
          about: { kind: evil, id: evil },
          letter: letter({
            language: "en",
            subject: evil,
            preview: evil,
            paragraphs: [evil, words`${evil}`, { code: evil }, { list: [evil] }, { facts: [[evil, evil]] }],
            button: { label: evil, link: secretLink },
            footer: [evil]
          }),
          link
        })
        assert.isFalse(headers.has("bcc"))
        assert.strictEqual(mail.subject, "x Bcc: eve@evil.example <b>body</b> . MAIL FROM:<eve@evil.example> Bcc: y")
        assert.deepStrictEqual([...headers.keys()].sort(), [
          "auto-submitted",
          "content-type",
          "date",
          "from",
          "message-id",
          "mime-version",
          "subject",
          "to"
        ])
        assert.notInclude(mail.html, "<b>")
        assert.deepStrictEqual(
          [taken.from, (yield* Peer).taken.filter(({ to }) => to.includes("evil")).length],
          ["mail@brand.example", 0]
        )
      })
    )

    it.effect("refuses an address that is none, or holds a line break, before it is stored", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const peer = yield* Peer
        const count = sql<{ count: number }>`select count(*)::int as count from mail`
        const before = yield* count
        for (const to of [
          "a@b.example\r\nBcc: c@d.example",
          "<a@b.example>",
          "a b@c.example",
          "a@b.example, c@d.example",
          ""
        ]) {
          const exit = yield* Effect.exit(post({ to })).pipe(Effect.provide(senderTo(peer.url)))
          assert.strictEqual(exit._tag, "Failure", to)
        }
        assert.deepStrictEqual(yield* count, before)
      })
    )

    it.effect("goes to addresses beyond ASCII: a domain in ASCII, and all in UTF-8 where the local part is", () =>
      Effect.gen(function* () {
        const { lines } = yield* Peer
        const idn = yield* sent({ to: "Nora@Bücher.example" })
        assert.include(lines.join("\n"), "RCPT TO:<Nora@xn--bcher-kva.example>")
        assert.match(idn.taken.raw, /^To: Nora@xn--bcher-kva\.example\r$/m)
        const utf8 = yield* sent({ to: "нора@пошта.example" })
        assert.strictEqual(utf8.row.status, "sent")
        assert.include(lines.join("\n"), "MAIL FROM:<mail@brand.example> SMTPUTF8")
        assert.include(lines.join("\n"), "RCPT TO:<нора@пошта.example>")
      })
    )

    it.effect(
      "to an address beyond ASCII is refused by a server that knows none, which says nothing of the address",
      () =>
        Effect.gen(function* () {
          const peer = yield* SmtpPeer.start({ hideSMTPUTF8: true })
          peer.break((stage, to) =>
            stage === "rcpt" && !/^[a-z.@0-9]*$/.test(to ?? "")
              ? { code: 553, message: "5.6.7 No such mailbox" }
              : undefined
          )
          yield* Effect.gen(function* () {
            const deliver = yield* deliverer
            const key = yield* post({ to: "вера@shop.example" })
            const next = yield* post()
            yield* deliver
            assert.strictEqual((yield* stored(key)).status, "refused")
            assert.strictEqual((yield* stored(next)).status, "sent")
            assert.notInclude(
              (yield* suppressed).map(({ emailKey }) => emailKey),
              "вера@shop.example"
            )
          }).pipe(Effect.provide(senderTo(peer.url)))
        })
    )
  }
)
