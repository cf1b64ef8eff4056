import type { DateTime } from "effect"
import { letter, type LetterParts, secretLink, strong, words } from "../../mail/Letter.ts"
import type { Mail } from "../../mail/Mail.ts"
import type { Language } from "../Account.ts"
import { greeting, type Reader, readerOf, withoutLink } from "./Reader.ts"

type Text = Pick<LetterParts, "subject" | "paragraphs" | "button">

const toNew = (old: string): Record<Language, Text> => ({
  en: {
    subject: "Confirm your new address",
    paragraphs: [
      words`The account ${strong(old)} is to have this address. The link works once, for 24 hours.`,
      "If you do not know this account, you need not do anything: it keeps its address."
    ],
    button: { label: "Confirm the address", link: secretLink }
  },
  ru: {
    subject: "Подтвердите новый адрес",
    paragraphs: [
      words`Этот адрес указан как новый для учётной записи ${strong(old)}. Ссылка сработает один раз в течение 24 часов.`,
      "Если эта учётная запись вам незнакома, ничего делать не нужно: её адрес останется прежним."
    ],
    button: { label: "Подтвердить адрес", link: secretLink }
  }
})

const toOldAsked = (next: string): Record<Language, Text> => ({
  en: {
    subject: "Your address is to be changed",
    paragraphs: [
      words`Somebody, probably you, wants your account to have the address ${strong(next)}. It changes once the new address was confirmed.`,
      "If it was not you, change your password, end all other sessions, and tell an admin."
    ]
  },
  ru: {
    subject: "Запрошена смена вашего адреса",
    paragraphs: [
      words`Кто-то, вероятно вы, хочет сменить адрес вашей учётной записи на ${strong(next)}. Он изменится, когда новый адрес будет подтверждён.`,
      "Если это были не вы, смените пароль, завершите все остальные сеансы и сообщите администратору."
    ]
  }
})

const toOldDone = (next: string): Record<Language, Text> => ({
  en: {
    subject: "Your address was changed",
    paragraphs: [
      words`Your account has the address ${strong(next)} now. Mails about it go there.`,
      "If it was not you, tell an admin at once."
    ]
  },
  ru: {
    subject: "Ваш адрес изменён",
    paragraphs: [
      words`У вашей учётной записи теперь адрес ${strong(next)}. Письма о ней приходят туда.`,
      "Если это были не вы, сразу сообщите администратору."
    ]
  }
})

const written = (texts: Record<Language, Text>, { language, name }: Reader) =>
  letter({
    language,
    ...texts[language],
    preview: texts[language].subject,
    paragraphs: [greeting(language, name), ...texts[language].paragraphs]
  })

/** The link to the new address. All of these belong to the transaction around them; `name` tells a change from all others. */
export const sendChange = (
  mail: Mail["Service"],
  reader: Reader,
  name: string,
  { expiresAt, link, next }: { readonly next: string; readonly link: string; readonly expiresAt: DateTime.Utc }
) =>
  mail.store({
    key: `email-change ${name}`,
    letter: written(toNew(reader.email), reader),
    link,
    expiresAt,
    ...readerOf({ ...reader, email: next })
  })

/** A notice to the address that the account has, that it is to be changed. */
export const tellAsked = (mail: Mail["Service"], reader: Reader, name: string, next: string) =>
  mail
    .store({ key: `email-change-asked ${name}`, letter: written(toOldAsked(next), reader), ...readerOf(reader) })
    .pipe(withoutLink)

/** A notice to the address that the account had. */
export const tellChanged = (mail: Mail["Service"], reader: Reader, name: string, next: string) =>
  mail
    .store({ key: `email-changed ${name}`, letter: written(toOldDone(next), reader), ...readerOf(reader) })
    .pipe(withoutLink)
