import type { DateTime } from "effect"
import { type Language, letter, type LetterParts, secretCode } from "../mail/Letter.ts"
import type { Mail } from "../mail/Mail.ts"

const texts: Record<Language, Pick<LetterParts, "subject" | "preview" | "paragraphs">> = {
  en: {
    subject: "Your code",
    preview: "It works once, for 10 minutes.",
    paragraphs: [
      "Hello,",
      "This code shows that the address is yours. It works once, for 10 minutes.",
      { code: secretCode },
      "Type it only where you asked for it, and give it to nobody. If you did not ask for it, you need not do anything."
    ]
  },
  ru: {
    subject: "Ваш код",
    preview: "Сработает один раз в течение 10 минут.",
    paragraphs: [
      "Здравствуйте!",
      "Этот код подтверждает, что адрес принадлежит вам. Он сработает один раз в течение 10 минут.",
      { code: secretCode },
      "Вводите его только там, где вы его запросили, и никому не сообщайте. Если вы его не запрашивали, ничего делать не нужно."
    ]
  }
}

/** Stores the mail with a code, in the transaction around it. */
export const sendCode = (
  mail: Mail["Service"],
  {
    code,
    expiresAt,
    id,
    language,
    to
  }: {
    readonly id: string
    readonly to: string
    readonly code: string
    readonly language: Language
    readonly expiresAt: DateTime.Utc
  }
) =>
  mail.store({
    key: `player-code ${id}`,
    to,
    letter: letter({ language, ...texts[language] }),
    code,
    about: { kind: "player-code", id },
    expiresAt
  })
