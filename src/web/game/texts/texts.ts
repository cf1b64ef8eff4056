import type { Say } from "../shapes.ts"
import { type Catalogue, en } from "./en.ts"
import { ru } from "./ru.ts"

type Entry = Catalogue[keyof Catalogue] | undefined

const own: Readonly<Record<string, Catalogue>> = { en, ru }

/** A tag that `Intl` does not throw at. */
const known = (language: string): string => {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? "en"
  } catch {
    return "en"
  }
}

/**
 * Looks words up: in those that came with the game, which are flat (`nthThanks.one`), then in the widget's own of the language, then in
 * English. `{n}` in the values chooses the plural form, and numbers are written as the language writes them.
 */
export const texts = (tag: string, sent: Readonly<Record<string, string>> | null): Say => {
  const language = known(tag)
  const catalogue: Readonly<Record<string, Entry>> = own[language.split("-")[0] ?? ""] ?? {}
  const plurals = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  const formOf = (entry: Entry, category: string): string | undefined =>
    typeof entry === "object" ? (entry[category as keyof typeof entry] ?? entry.other) : entry
  return (key, values = {}) => {
    const category = typeof values["n"] === "number" ? plurals.select(values["n"]) : "other"
    const text =
      sent?.[`${key}.${category}`] ??
      sent?.[`${key}.other`] ??
      sent?.[key] ??
      formOf(catalogue[key], category) ??
      formOf(en[key as keyof Catalogue], category) ??
      ""
    return text.replaceAll(/\{(\w+)\}/g, (all, name: string) => {
      const value = values[name]
      return typeof value === "number" ? numbers.format(value) : (value ?? all)
    })
  }
}

/** A moment as the language writes it, in the visitor's zone. */
export const moment = (language: string, at: string): string =>
  new Intl.DateTimeFormat(known(language), { dateStyle: "long", timeStyle: "short" }).format(new Date(at))
