import { ar } from "./words/ar.ts"
import { de } from "./words/de.ts"
import { en, type PageWords } from "./words/en.ts"
import { es } from "./words/es.ts"
import { fr } from "./words/fr.ts"
import { ru } from "./words/ru.ts"

const catalogues: Readonly<Record<string, PageWords>> = { en, ru, de, es, fr, ar }

/** The languages that there are words of, in the order in which a game without a page has them. */
export const spoken: ReadonlyArray<string> = Object.keys(catalogues)

/** Of the page without JavaScript alone. */
const ownWords = new Set<string>(["noScript", "wait"] satisfies ReadonlyArray<keyof PageWords>)

/** The widget carries these itself. */
const carried = new Set(["en", "ru"])

const primaryOf = (language: string): string => language.toLowerCase().split("-")[0] ?? ""

/** `nthThanks: { one: "…" }` → `nthThanks.one`. */
const flat = (words: PageWords): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(words).flatMap(([key, text]) =>
      typeof text === "string"
        ? [[key, text]]
        : Object.entries(text).map(([category, form]) => [`${key}.${category}`, String(form)])
    )
  )

const flattened = new Map(Object.entries(catalogues).map(([language, words]) => [language, flat(words)]))

/** The keys that a game may have its own words for: those of all languages, plurals with their category. */
export const keys: ReadonlySet<string> = new Set([...flattened.values()].flatMap((words) => Object.keys(words)))

/**
 * What the widget needs to be told of a language: all words that it does not carry, and the game's own. Null: nothing, as it has the
 * words, or nobody has.
 */
export const sentWords = (
  language: string,
  own: Readonly<Record<string, string>>
): Readonly<Record<string, string>> | null => {
  const primary = primaryOf(language)
  const words = Object.entries({ ...(carried.has(primary) ? {} : flattened.get(primary)), ...own }).filter(
    ([key]) => !ownWords.has(key)
  )
  return words.length === 0 ? null : Object.fromEntries(words)
}

/** Looks words up for the pages without JavaScript, as the widget does. */
export type Say = (key: keyof PageWords, values?: Readonly<Record<string, string | number>>) => string

/** A tag that `Intl` does not throw at. */
const known = (language: string): string => {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? "en"
  } catch {
    return "en"
  }
}

/** The words of a language, with the game's own; English where there are none. Numbers are written as the language writes them. */
export const sayIn = (language: string, own: Readonly<Record<string, string>> = {}): Say => {
  const locale = known(language)
  const words = { ...(flattened.get(primaryOf(language)) ?? flattened.get("en")), ...own }
  const plurals = new Intl.PluralRules(locale)
  const numbers = new Intl.NumberFormat(locale)
  return (key, values = {}) => {
    const count = values["n"]
    const category = typeof count === "number" ? plurals.select(count) : "other"
    const text = words[`${key}.${category}`] ?? words[`${key}.other`] ?? words[key] ?? ""
    return text.replaceAll(/\{(\w+)\}/g, (all, name: string) => {
      const value = values[name]
      return typeof value === "number" ? numbers.format(value) : (value ?? all)
    })
  }
}

/** A moment as the language writes it, in the game's time zone, which is named. */
export const momentIn = (language: string, timeZone: string, at: Date): string =>
  `${new Intl.DateTimeFormat(known(language), { dateStyle: "long", timeStyle: "short", timeZone }).format(at)} (${timeZone})`
