import { html } from "../platform/pages/Markup.ts"
import { type Language, linkMark, unsubscribeMark } from "./Letter.ts"

/** The place that a link is encrypted for. */
export const linkContext = (id: string): string => `mail link ${id}`

/** A mail as it is handed in. */
export interface Envelope {
  /** Without brackets. The same for every attempt at one sending, so that a mailbox that gets two copies shows one. */
  readonly messageId: string
  /** The domain in ASCII. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The address for unsubscribing; undefined: the mail is one that the reader asked for or needs. */
  readonly unsubscribe: string | undefined
}

interface Stored {
  readonly language: Language
  readonly bodyText: string
  readonly bodyHtml: string
}

const unsubscribeWords: Record<Language, string> = { en: "Unsubscribe", ru: "Отписаться" }

/** The stored text and HTML with what is put in when the mail is sent. */
export const filled = (
  { bodyHtml, bodyText, language }: Stored,
  { link, unsubscribe }: { readonly link: string | undefined; readonly unsubscribe: string | undefined }
): { readonly text: string; readonly html: string } => {
  const word = unsubscribeWords[language]
  const end =
    unsubscribe === undefined
      ? undefined
      : html`<p class="soft" style="margin:16px 0 0;color:#6a5a62;font-size:13px">
          <a href="${unsubscribe}">${word}</a>
        </p>`
  return {
    text: bodyText
      .replaceAll(linkMark, () => link ?? "")
      .replaceAll(unsubscribeMark, () => (unsubscribe === undefined ? "" : `\n${word}: ${unsubscribe}\n`)),
    html: bodyHtml
      .replaceAll(linkMark, () => html`${link ?? ""}`.source)
      .replaceAll(unsubscribeMark, () => html`${end}`.source)
  }
}

/** The same for people who are not the reader: the link leads nowhere, and is not shown. */
export const masked = ({ bodyHtml, bodyText, language }: Stored): { readonly text: string; readonly html: string } =>
  filled(
    {
      language,
      bodyText: bodyText.replaceAll(linkMark, () => "•••"),
      bodyHtml: bodyHtml.replaceAll(`href="${linkMark}"`, () => 'href="#"').replaceAll(linkMark, () => "•••")
    },
    { link: undefined, unsubscribe: undefined }
  )
