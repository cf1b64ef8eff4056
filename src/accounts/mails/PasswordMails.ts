import type { DateTime } from "effect"
import { letter, type LetterParts, secretLink } from "../../mail/Letter.ts"
import type { Mail } from "../../mail/Mail.ts"
import type { Language } from "../Account.ts"
import type { WaysIn } from "../password/ResetsRepo.ts"
import { greeting, type Reader, readerOf, withoutLink } from "./Reader.ts"

type Text = Pick<LetterParts, "subject" | "paragraphs" | "button">

const listed = (items: ReadonlyArray<string>) => (items.length === 0 ? [] : [{ list: items }])

const resetAsked: Record<Language, Text> = {
  en: {
    subject: "Choose a new password",
    paragraphs: [
      "Somebody, probably you, asked for a new password for your account. The link works once, for half an hour.",
      "If it was not you, you need not do anything: your password stays as it is."
    ],
    button: { label: "Choose a password", link: secretLink }
  },
  ru: {
    subject: "Новый пароль",
    paragraphs: [
      "Кто-то, вероятно вы, попросил новый пароль для вашей учётной записи. Ссылка сработает один раз в течение получаса.",
      "Если это были не вы, ничего делать не нужно: пароль останется прежним."
    ],
    button: { label: "Выбрать пароль", link: secretLink }
  }
}

const noPassword = (connections: ReadonlyArray<string>): Record<Language, Text> => ({
  en: {
    subject: "Your account has no password",
    paragraphs: [
      "Somebody, probably you, asked for a new password for your account. It has none: you sign in through another service.",
      ...listed(connections),
      "If it was not you, you need not do anything."
    ]
  },
  ru: {
    subject: "У вашей учётной записи нет пароля",
    paragraphs: [
      "Кто-то, вероятно вы, попросил новый пароль для вашей учётной записи. Пароля у неё нет: вы входите через другой сервис.",
      ...listed(connections),
      "Если это были не вы, ничего делать не нужно."
    ]
  }
})

/** What else gets in, as lines of a list. */
const linesOf = ({ identities, keys, passkeys, totp }: WaysIn): Record<Language, ReadonlyArray<string>> => ({
  en: [
    ...identities.map(({ connection, email }) => `sign-in through ${connection}${email === null ? "" : ` (${email})`}`),
    ...passkeys.map((name) => `passkey: ${name}`),
    ...keys.map((name) => `API key: ${name}`),
    ...(totp ? ["authenticator app, as a second factor"] : [])
  ],
  ru: [
    ...identities.map(({ connection, email }) => `вход через ${connection}${email === null ? "" : ` (${email})`}`),
    ...passkeys.map((name) => `ключ доступа: ${name}`),
    ...keys.map((name) => `API-ключ: ${name}`),
    ...(totp ? ["приложение с кодами, как второй фактор"] : [])
  ]
})

const changed = (others: WaysIn): Record<Language, Text> => {
  const lines = linesOf(others)
  return {
    en: {
      subject: "Your password was changed",
      paragraphs: [
        "The password of your account was changed, and its other sessions were ended.",
        ...(lines.en.length === 0
          ? []
          : ["These still get in. Remove what is not yours from the account:", ...listed(lines.en)]),
        "If it was not you, ask for a new password at once, and tell an admin."
      ]
    },
    ru: {
      subject: "Ваш пароль изменён",
      paragraphs: [
        "Пароль вашей учётной записи изменён, остальные её сеансы завершены.",
        ...(lines.ru.length === 0
          ? []
          : ["Войти по-прежнему можно так. Удалите из учётной записи то, что не ваше:", ...listed(lines.ru)]),
        "Если это были не вы, сразу запросите новый пароль и сообщите администратору."
      ]
    }
  }
}

const written = (texts: Record<Language, Text>, { language, name }: Reader) => {
  const text = texts[language]
  const [first = ""] = text.paragraphs
  return letter({
    language,
    ...text,
    ...(typeof first === "string" ? { preview: first } : {}),
    paragraphs: [greeting(language, name), ...text.paragraphs]
  })
}

/** `name` tells this mail from all others, also where the transaction is tried again. All of these belong to the transaction around them. */
export const sendReset = (
  mail: Mail["Service"],
  reader: Reader,
  name: string,
  { expiresAt, link }: { readonly link: string; readonly expiresAt: DateTime.Utc }
) =>
  mail.store({
    key: `password-reset ${name}`,
    letter: written(resetAsked, reader),
    link,
    expiresAt,
    ...readerOf(reader)
  })

export const sendNoPassword = (
  mail: Mail["Service"],
  reader: Reader,
  name: string,
  connections: ReadonlyArray<string>
) =>
  mail
    .store({ key: `password-none ${name}`, letter: written(noPassword(connections), reader), ...readerOf(reader) })
    .pipe(withoutLink)

export const tellChanged = (mail: Mail["Service"], reader: Reader, name: string, others: WaysIn) =>
  mail
    .store({ key: `password-changed ${name}`, letter: written(changed(others), reader), ...readerOf(reader) })
    .pipe(withoutLink)
