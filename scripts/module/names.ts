/** A name in every spelling that the code uses. The templates use the name `sample-item`. */
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
  /** Prose: `gift card`. */
  readonly spaced: string
  /** Prose at the start of a sentence: `Gift card`. */
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

/** Pairs of a spelling in the templates and the same spelling of the name. Plurals come first, as they contain the singulars. */
const replacements = (names: Names) =>
  (["many", "one"] as const).flatMap((number) =>
    spellings.map((spelling) => [template[number][spelling], names[number][spelling]] as const)
  )

const beginsWithVowel = (word: string): boolean => /^(?!uni|use|euro|one)[aeiou]/.test(word)

/** Fills a template's text or path, in one pass: the name may contain words of the template. */
export const fill = (text: string, names: Names): string => {
  const spelled = new Map<string, string>(replacements(names))
  return (beginsWithVowel(names.one.spaced) ? text.replaceAll(/\b([Aa]) (?=sample item\b)/g, "$1n ") : text).replaceAll(
    new RegExp([...spelled.keys()].join("|"), "g"),
    (found) => spelled.get(found) ?? found
  )
}

/** Whether a template contains a form of "sample" that `fill` would leave. */
export const unfilled = (text: string): boolean =>
  /sample/i.test(replacements(template).reduce((rest, [from]) => rest.replaceAll(from, ""), text))
