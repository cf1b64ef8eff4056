import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { senderOf, serverOf } from "../../src/mail/SmtpSettings.ts"

describe("SMTP_URL", () => {
  it("says where the mail server is, who signs in, and how it is encrypted", () => {
    const auth = undefined
    assert.deepStrictEqual(serverOf("smtps://smtp.shop.example"), {
      host: "smtp.shop.example",
      port: 465,
      auth,
      tls: "connection"
    })
    assert.deepStrictEqual(serverOf("smtp://user%40shop.example:p%2Fw%40rd@smtp.shop.example:2525/"), {
      host: "smtp.shop.example",
      port: 2525,
      auth: { user: "user@shop.example", pass: "p/w@rd" },
      tls: "required"
    })
    assert.deepStrictEqual(serverOf("smtp://relay.shop.example?tls=offered"), {
      host: "relay.shop.example",
      port: 587,
      auth,
      tls: "offered"
    })
    for (const host of ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"]) {
      const tls = { port: 25, auth }
      const plain = host.replaceAll(/[[\]]/g, "")
      assert.deepStrictEqual(serverOf(`smtp://${host}:25`), { host: plain, ...tls, tls: "offered" })
      assert.deepStrictEqual(serverOf(`smtp://${host}:25?tls=required`), { host: plain, ...tls, tls: "required" })
    }
  })

  it("is refused with a reason that does not hold it", () => {
    for (const wrong of [
      "smtp://",
      "smtp://:secretword@host.example",
      "smtp://secretword@host.example",
      "smtp://a:%E0%A4secretword@host.example",
      "smtp://a:secretword@host.example/path",
      "smtp://a:secretword@host.example#x",
      "smtp://a:secretword@host.example?tls=none",
      "smtp://a:secretword@host.example?ignoreTLS=true",
      "smtps://a:secretword@host.example?tls=offered"
    ]) {
      const found = serverOf(wrong)
      assert.isString(found, wrong)
      assert.notInclude(found as string, "secretword")
    }
  })
})

describe("MAIL_FROM", () => {
  it("is an address, or a name and one", () => {
    assert.deepStrictEqual(senderOf("mail@brand.example"), { name: "", address: "mail@brand.example" })
    assert.deepStrictEqual(senderOf("The Brand <mail@Bücher.example>"), {
      name: "The Brand",
      address: "mail@xn--bcher-kva.example"
    })
    assert.deepStrictEqual(senderOf(`"Brand, The" <mail@brand.example>`), {
      name: "Brand, The",
      address: "mail@brand.example"
    })
    assert.deepStrictEqual(senderOf("Бренд <mail@brand.example>")?.name, "Бренд")
    for (const wrong of [
      "",
      "brand",
      "Brand",
      "<>",
      "a@b.example, c@d.example",
      "Brand <a@b.example> x",
      "Brand <a@b.example",
      "Bra\r\nBcc: x <a@b.example>",
      "<a@b.example><c@d.example>"
    ]) {
      assert.isUndefined(senderOf(wrong), wrong)
    }
  })

  it("lets no text add a line, or hang the start", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 60 }), (text) => {
        const sender = senderOf(`${text}<mail@brand.example>`)
        if (sender !== undefined) assert.notMatch(sender.name, /[\p{Cc}<>]/u)
      })
    )
    assert.isUndefined(senderOf(`${" ".repeat(50_000)}<`))
  })
})
