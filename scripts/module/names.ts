/** A name in every spelling that code has for it; that of the templates is `sample-item`. */
interface Spellings {
  /** Folders, paths, problems: `gift-card`. */
  readonly kebab: string
  /** Classes and files: `GiftCard`. */
  readonly pascal: string
  /** `giftCard` */
  readonly camel: string
  /** Tables: `gift_card`. */
  readonly snake: string
  /** Settings: `GIFT_CARD`. */
  readonly upper: string
  /** For people: `gift card`. */
  readonly spaced: string
  /** The same where a sentence begins: `Gift card`. */
  readonly begun: string
}

export interface Names {
  readonly one: Spellings
  readonly many: Spellings
}

const spell = (kebab: string): Spellings => {
  const pascal = kebab.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const snake = kebab.replaceAll("-", "_")
  const spaced = kebab.replaceAll("-", " ")
  return {
    kebab,
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    snake,
    upper: snake.toUpperCase(),
    spaced,
    begun: spaced.charAt(0).toUpperCase() + spaced.slice(1)
  }
}

/** `loyalty` → `loyalties`, `box` → `boxes`, `gift-card` → `gift-cards`. */
const pluralOf = (name: string): string => {
  if (/[^aeiou]y$/.test(name)) return name.replace(/y$/, "ies")
  return /(?:[sxz]|ch|sh)$/.test(name) ? `${name}es` : `${name}s`
}

export const namesOf = (one: string, many: string | undefined): Names => ({
  one: spell(one),
  many: spell(many ?? pluralOf(one))
})

const template = namesOf("sample-item", undefined)
const spellings = Object.keys(template.one) as ReadonlyArray<keyof Spellings>

/** Each spelling of the templates with that of the module, the longer first. */
const replacements = (names: Names) =>
  (["many", "one"] as const).flatMap((number) =>
    spellings.map((spelling) => [template[number][spelling], names[number][spelling]] as const)
  )

const beginsWithVowel = (word: string): boolean => /^(?!uni|use|euro|one)[aeiou]/.test(word)

/** A template's text, or its path, for a module of these names. */
export const fill = (text: string, names: Names): string =>
  replacements(names).reduce(
    (filled, [from, to]) => filled.replaceAll(from, to),
    beginsWithVowel(names.one.spaced) ? text.replaceAll(/\b([Aa]) (?=sample item\b)/g, "$1n ") : text
  )

/** Words of the templates that no spelling is, and that would stay. */
export const unfilled = (text: string): boolean =>
  /sample/i.test(replacements(template).reduce((rest, [from]) => rest.replaceAll(from, ""), text))
