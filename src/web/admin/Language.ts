import type { Words } from "./words/Words.ts"

export const languages = ["en", "ru"] as const
export type Language = (typeof languages)[number]

export const isLanguage = (text: unknown): text is Language => languages.some((language) => language === text)

const loaders: { readonly [L in Language]: () => Promise<Words> } = {
  en: async () => (await import("./words/en.ts")).en,
  ru: async () => (await import("./words/ru.ts")).ru
}

/** The words of a language. Only one language is loaded. */
export const wordsOf = (language: Language): Promise<Words> => loaders[language]()
