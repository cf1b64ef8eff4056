import { html, Html } from "../platform/pages/Markup.ts"

/** The languages of mails. */
export type Language = "en" | "ru"

/** What a mail says, in the two forms in which it is sent. Only `letter` makes one. */
export interface Letter {
  readonly language: Language
  /** One line without control characters. */
  readonly subject: string
  /** With marks in the place of the secret link and of the way to unsubscribe: `Composed.ts` fills them when the mail is sent. */
  readonly text: string
  readonly html: string
}

/** Stands in a letter for the secret link of its message, which is put in only when it is sent. */
export const secretLink = { _tag: "SecretLink" } as const
export type SecretLink = typeof secretLink

/** Stands in a letter for the secret code of its message, in the same way. */
export const secretCode = { _tag: "SecretCode" } as const
export type SecretCode = typeof secretCode

/** What stands for things that are put in later. It is a private-use character, which `clean` removes from all values. */
const mark = (name: string): string => `\u{e000}${name}\u{e000}`
export const linkMark = mark("link")
export const unsubscribeMark = mark("unsubscribe")

/**
 * Text without half characters, marks, and control characters (line breaks become spaces): none of them can end a header or a
 * line of a mail, or look like a mark.
 */
const clean = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\s+|[\u2028\u2029]/gu, " ")
    .replaceAll(/[\p{Cc}\u{e000}\u202a-\u202e\u2066-\u2069]/gu, "")

/** A run of text with its HTML. */
export class Words {
  readonly text: string
  readonly html: Html
  constructor(text: string, html: Html) {
    this.text = text
    this.html = html
  }
}

type Word = string | number | Words

const wordsOf = (value: Word): Words => {
  if (value instanceof Words) return value
  const text = clean(String(value))
  return new Words(text, html`${text}`)
}

/** A sentence from a template. Values are text, never markup: ``words`Hello ${name}, welcome to ${strong(brand)}.` `` */
export const words = (strings: TemplateStringsArray, ...values: ReadonlyArray<Word>): Words => {
  const parts = strings.flatMap((string, index) => {
    const value = values[index - 1]
    return index === 0 || value === undefined ? [wordsOf(string)] : [wordsOf(value), wordsOf(string)]
  })
  return new Words(parts.map(({ text }) => text).join(""), html`${parts.map((part) => part.html)}`)
}

/** Text that stands out. */
export const strong = (value: Word): Words => {
  const inner = wordsOf(value)
  return new Words(inner.text, html`<strong>${inner.html}</strong>`)
}

/** What a letter consists of, from top to bottom. A text is a paragraph. */
export type Block =
  | Word
  /** Something to type elsewhere, such as a code of six digits. */
  | { readonly code: string | SecretCode }
  /** Names and values, such as what was ordered. */
  | { readonly facts: ReadonlyArray<readonly [name: Word, value: Word]> }
  | { readonly list: ReadonlyArray<Word> }

export interface LetterParts {
  readonly language: Language
  readonly subject: string
  /** What lists of mails show after the subject; left out: the first paragraph. */
  readonly preview?: string
  readonly paragraphs: ReadonlyArray<Block>
  /** The one thing that the reader is asked to do. An http(s) address, or the message's secret link. */
  readonly button?: { readonly label: string; readonly link: SecretLink | string }
  /** Small print below, such as why the reader gets this. */
  readonly footer?: ReadonlyArray<Word>
}

const ownWords: Record<Language, { readonly insteadOfButton: string }> = {
  en: { insteadOfButton: "If the button does not work, open this address:" },
  ru: { insteadOfButton: "Если кнопка не работает, откройте этот адрес:" }
}

const linkOf = (link: SecretLink | string): string => {
  if (typeof link !== "string") return linkMark
  const url = URL.parse(link)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("the link of a letter is not an http(s) address")
  return url.href
}

const codeOf = (code: string | SecretCode): string => (typeof code === "string" ? clean(code) : linkMark)

const textOf = (block: Block): string => {
  if (typeof block !== "object" || block instanceof Words) return wordsOf(block).text
  if ("code" in block) return `    ${codeOf(block.code)}`
  if ("list" in block) return block.list.map((item) => `- ${wordsOf(item).text}`).join("\n")
  return block.facts.map(([name, value]) => `${wordsOf(name).text}: ${wordsOf(value).text}`).join("\n")
}

const htmlOf = (block: Block): Html => {
  if (typeof block !== "object" || block instanceof Words) {
    return html`<p style="margin:0 0 16px">${wordsOf(block).html}</p>`
  }
  if ("code" in block) {
    return html`<p
      class="code"
      style="margin:0 0 16px;padding:12px 16px;background:#f4e9df;border-radius:8px;font:bold 24px/1.3 Consolas,Menlo,monospace;letter-spacing:2px;text-align:center"
    >
      ${codeOf(block.code)}
    </p>`
  }
  if ("list" in block) {
    return html`<ul style="margin:0 0 16px;padding:0 0 0 20px">
      ${block.list.map((item) => html`<li style="margin:0 0 4px">${wordsOf(item).html}</li>`)}
    </ul>`
  }
  return html`<table
    role="presentation"
    cellpadding="0"
    cellspacing="0"
    border="0"
    style="margin:0 0 16px;border-collapse:collapse"
  >
    ${block.facts.map(
      ([name, value]) =>
        html`<tr>
          <td class="soft" style="padding:2px 12px 2px 0;vertical-align:top;word-break:normal;color:#6a5a62">
            ${wordsOf(name).html}
          </td>
          <td style="padding:2px 0;vertical-align:top;word-break:break-word">${wordsOf(value).html}</td>
        </tr>`
    )}
  </table>`
}

// Programs that read mail differ widely: styles stand at the elements, and the sheet only holds what cannot stand there. The
// picture-less layout is one column that shrinks with the window; the outer table is for Outlook, which knows no max-width.
const sheet = Html.trusted(
  `:root{color-scheme:light dark;supported-color-schemes:light dark}
a{color:#b3123f}
@media (prefers-color-scheme:dark){body,.page{background:#17121a!important}.card{background:#221a26!important;border-color:#3a2f3f!important}
.card,.card p,.card td,.card li{color:#f3ecef!important}.soft,.card .soft{color:#b6a5ae!important}a{color:#ff7a9c!important}.code{background:#322737!important}
.button{background:#b3123f!important}.button a{color:#ffffff!important}}
@media (max-width:480px){.card{padding:20px!important}}`
)

const buttonOf = (label: string, link: string, language: Language): Html =>
  html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 20px">
      <tr>
        <td class="button" style="background:#b3123f;border-radius:8px">
          <a
            href="${link}"
            style="display:inline-block;padding:12px 22px;color:#ffffff;font-weight:bold;text-decoration:none"
            >${label}</a
          >
        </td>
      </tr>
    </table>
    <p class="soft" style="margin:0 0 16px;color:#6a5a62;font-size:14px">
      ${ownWords[language].insteadOfButton}<br /><a href="${link}" style="word-break:break-all">${link}</a>
    </p>`

/** Without the indentation of this file. Values hold no line breaks, so those that there are stand between tags or in them. */
const tidy = ({ source }: Html): string => source.replaceAll(/\n +/g, "\n").replaceAll("\n>", ">")

/**
 * A letter as text and as HTML from one description. All values are escaped, and none can add a line or a header. It throws where a
 * link is not an http(s) address, which is a bug of the caller.
 */
export const letter = ({ button, footer = [], language, paragraphs, preview, subject }: LetterParts): Letter => {
  const title = clean(subject).trim()
  const link = button === undefined ? undefined : linkOf(button.link)
  const label = button === undefined ? "" : clean(button.label)
  const [first] = paragraphs
  const shown = clean(preview ?? (first === undefined ? "" : textOf(first)))
  const text = [
    ...paragraphs.map(textOf),
    ...(link === undefined ? [] : [`${label}:\n${link}`]),
    ...(footer.length === 0 ? [] : [`-- \n${footer.map((line) => wordsOf(line).text).join("\n")}`])
  ].join("\n\n")
  const page = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${title}</title>
        <style>
          ${sheet}
        </style>
      </head>
      <body style="margin:0;padding:0;background:#fffaf3">
        <div style="display:none;max-height:0;overflow:hidden">${shown}</div>
        <table
          role="presentation"
          class="page"
          width="100%"
          cellpadding="0"
          cellspacing="0"
          border="0"
          style="background:#fffaf3"
        >
          <tr>
            <td align="center" style="padding:24px 12px">
              <table
                role="presentation"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                border="0"
                style="max-width:560px"
              >
                <tr>
                  <td
                    class="card"
                    align="left"
                    style="padding:32px;background:#ffffff;border:1px solid #eadfd6;border-radius:12px;color:#231a1f;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;word-break:break-word"
                  >
                    ${paragraphs.map((block) => html`${htmlOf(block)} `)}${link === undefined ? undefined : buttonOf(label, link, language)}
                    ${footer.map((line) => html`<p class="soft" style="margin:0 0 8px;color:#6a5a62;font-size:13px">${wordsOf(line).html}</p> `)}${unsubscribeMark}
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html> `
  return { language, subject: title, text: `${text}\n${unsubscribeMark}`, html: tidy(page) }
}
