import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { filled, masked } from "../../src/mail/Composed.ts"
import {
  type Letter,
  letter,
  linkMark,
  secretCode,
  secretLink,
  strong,
  unsubscribeMark,
  words
} from "../../src/mail/Letter.ts"
import { html } from "../../src/platform/pages/Markup.ts"

const link = "https://games.brand.example/join/token?a=1&b=2"

const composed = ({ html, language, text }: Letter) =>
  filled({ language, bodyText: text, bodyHtml: html }, { link, unsubscribe: undefined })

/** Any text at all: all planes, halves of characters, line breaks, markup, and what the marks are made of. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom(
    "a\r\nBcc: eve@evil.example",
    "\n.\r\n",
    `"><script>alert(1)</script>`,
    "' onmouseover='x",
    linkMark,
    unsubscribeMark,
    "$& $1 $`",
    "\ud800",
    "\u202egnp.exe",
    "\u0000"
  )
)

const letters = fc
  .record({
    language: fc.constantFrom("en" as const, "ru" as const),
    subject: anyText,
    preview: anyText,
    name: anyText,
    item: anyText,
    code: anyText,
    label: anyText,
    footer: anyText
  })
  .map(({ code, footer, item, label, language, name, preview, subject }) => ({
    name,
    letter: letter({
      language,
      subject,
      preview,
      paragraphs: [
        name,
        words`Hello ${name}, ${strong(name)} and ${strong(words`(${name})`)}`,
        { list: [item, words`${item}`] },
        { facts: [[name, item]] },
        { code }
      ],
      button: { label, link: secretLink },
      footer: [footer]
    })
  }))

/** The tags of a document with the names of their attributes, without the values. */
const elementsOf = (source: string) =>
  [...source.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, "").replaceAll(/\s+/g, " "))

describe("a letter", () => {
  it("says the same in text and HTML", () => {
    const { html, text } = composed(
      letter({
        language: "ru",
        subject: "Приглашение",
        paragraphs: [
          words`Здравствуйте, ${"Нора & Ко"}!`,
          { facts: [["Роль", strong("admin")]] },
          { list: ["раз", "два"] },
          { code: "123 456" }
        ],
        button: { label: "Принять", link: secretLink },
        footer: ["Если вы этого не ждали, ничего делать не нужно."]
      })
    )
    assert.strictEqual(
      text,
      `Здравствуйте, Нора & Ко!

Роль: admin

- раз
- два

    123 456

Принять:
${link}

-- 
Если вы этого не ждали, ничего делать не нужно.
`
    )
    assert.include(html, "Здравствуйте, Нора &amp; Ко!")
    assert.include(html, `<a href="https://games.brand.example/join/token?a=1&amp;b=2"`)
    assert.include(html, `<html lang="ru">`)
  })

  it("holds the place of a secret code, which is put in only for its reader", () => {
    const said = letter({ language: "en", subject: "Your code", paragraphs: ["Hello,", { code: secretCode }] })
    const body = { language: said.language, bodyText: said.text, bodyHtml: said.html }
    const sent = filled(body, { link: "493027", unsubscribe: undefined })
    assert.match(sent.text, /^Hello,\n\n {4}493027\n/)
    assert.match(sent.html, />\s*493027\s*<\/p>/)
    const shown = masked(body)
    assert.match(shown.text, /^Hello,\n\n {4}•••\n/)
    assert.match(shown.html, />\s*•••\s*<\/p>/)
    assert.notMatch(shown.text + shown.html, /\ue000/)
  })

  it("lets no value add an element, an attribute, a line of a header, a mark or a character that a terminal obeys", () => {
    const plain = letters.map(({ letter }) => letter)
    const [usual] = fc.sample(plain, { numRuns: 1, seed: 1 })
    const frame = elementsOf(usual!.html)
    fc.assert(
      fc.property(plain, (letter) => {
        assert.notMatch(letter.subject, /[\p{Cc}\p{Zl}\p{Zp}\ue000\u202e]/u)
        const { html, text } = composed(letter)
        assert.deepStrictEqual(elementsOf(html), frame)
        assert.notMatch(html.replaceAll("\n", ""), /[\p{Cc}\ue000]/u)
        assert.notMatch(text.replaceAll("\n", ""), /[\p{Cc}\ue000]/u)
        assert.isTrue(html.isWellFormed() && text.isWellFormed())
        // The link stands where the button is, in no other place.
        assert.strictEqual(text.split(link).length, 2)
        assert.strictEqual(html.split(link.replace("&", "&amp;")).length, 4)
      })
    )
  })

  it("is masked without its link, and without a mark", () => {
    fc.assert(
      fc.property(letters, ({ letter }) => {
        const { html, text } = masked({ language: letter.language, bodyText: letter.text, bodyHtml: letter.html })
        assert.notMatch(text + html, /\ue000/)
        assert.include(text, "•••")
        assert.include(html, `href="#"`)
      })
    )
  })

  it("has a way to unsubscribe where there is one, and no trace of it elsewhere", () => {
    const { html, language, text } = letter({ language: "en", subject: "News", paragraphs: ["New."] })
    const body = { language, bodyText: text, bodyHtml: html }
    const unsubscribe = "https://games.brand.example/u/token"
    const offered = filled(body, { link: undefined, unsubscribe })
    assert.include(offered.html, `<a href="${unsubscribe}">Unsubscribe</a>`)
    assert.include(offered.text, `Unsubscribe: ${unsubscribe}`)
    const other = filled(body, { link: undefined, unsubscribe: undefined })
    assert.notMatch(other.html + other.text, /unsubscribe|\ue000/i)
  })

  it("takes no link that is not of the web", () => {
    for (const wrong of ["javascript:alert(1)", "data:text/html,x", "/join/x", "", "https:// x"]) {
      assert.throws(() => letter({ language: "en", subject: "x", paragraphs: [], button: { label: "x", link: wrong } }))
    }
    const { text } = letter({
      language: "en",
      subject: "x",
      paragraphs: [],
      button: { label: "Open", link: `https://shop.example/"><b>\r\nBcc: x` }
    })
    assert.include(text, "https://shop.example/%22%3E%3Cb%3EBcc:%20x")
  })

  it("needs no pictures, and nothing from elsewhere", () => {
    for (const { letter } of fc.sample(letters, { numRuns: 20, seed: 2 })) {
      assert.notMatch(letter.html, /<(?:img|link|script|iframe|object)\b|url\(|@import/i)
      assert.include(letter.html, "prefers-color-scheme:dark")
      assert.include(letter.html, `name="viewport"`)
    }
  })
})

describe("html", () => {
  it("escapes values, keeps nested html, and leaves nothing of undefined", () => {
    const inner = html`<b>${"<&>"}</b>`
    assert.strictEqual(
      html`<p title="${`"'`}">${inner}${undefined}${7}${[inner, inner]}</p>`.source,
      `<p title="&quot;&#39;"><b>&lt;&amp;&gt;</b>7<b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b></p>`
    )
  })
})
