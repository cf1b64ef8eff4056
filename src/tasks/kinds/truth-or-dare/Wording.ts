import type { AgeGroup, Input } from "./Card.ts"

/** The longest text that a language model may write, in characters, before names are inserted. */
export const longest = 300

/**
 * The text in the form that is checked: lower case, without accents, compatibility characters replaced by their plain ones.
 * Joiners only connect parts of an emoji, so they are dropped.
 */
const plain = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[\p{M}\u200d]/gu, "")

/** A list of patterns: a word matches by its beginning or, for a pattern that ends in `$`, as a whole. */
const words = (text: string) => plain(text).trim().split(/\s+/)

const fits = (word: string, pattern: string) =>
  pattern.endsWith("$") ? word === pattern.slice(0, -1) : word.startsWith(pattern)

/** Words that no brand wants on its cards. */
const neverFit = words(`
  sex$ sexual sexy porn nude naked undress strip$ drug cocaine heroin marijuana suicid weapon gun$ guns$ kill$ murder
  секс порн голы$ голый$ голая$ голым$ обнаж раздень раздев наркот кокаин героин$ марихуан самоуб оружи убей$ убийств
`)

const notForMinors = words(`
  alcohol beer$ beers$ wine$ vodka whisk drunk booze cigar smoke smoking vape vaping casino gambl
  алкогол пиво$ пива$ вино$ вином$ водк виски$ пьян сигар кури$ курить$ курил вейп казино азартн
`)

const notForKids = words(`
  kiss dating boyfriend girlfriend flirt romantic hangover salary
  поцелу целова свидани флирт романти похмель зарплат
`)

const unfit: { readonly [Age in AgeGroup]: ReadonlyArray<string> } = {
  kids: [...neverFit, ...notForMinors, ...notForKids],
  teens: [...neverFit, ...notForMinors],
  adults: neverFit
}

/** Words that mix alphabets, or use another one, are refused: they may imitate a forbidden word. */
const ofAlphabet = { en: /^[a-zæœøßłđðþ]+$/u, ru: /^(?:[а-я]+|[a-z]+)$/u }
const own = { en: /[a-zæœøßłđðþ]/gu, ru: /[а-я]/gu }

const languageName = { en: "English", ru: "Russian" }

/**
 * What is wrong with a card's text that still has its placeholders, in words that let the model correct it; undefined: the
 * text is fit. Checks only what a program can: the shape, the script and single words.
 */
export const faultOf = (
  text: string,
  { ageGroup, language, players }: Pick<Input, "ageGroup" | "language" | "players">
): string | undefined => {
  if (text.trim().length < 10) return "the text is too short"
  if (text.length > longest) return `the text has more than ${longest} characters`
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return "the text must be on one line, without control characters"
  // Joiners and variation selectors are allowed, as parts of emoji.
  if (/(?!\u200d|\ufe0f)[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cs}\u2800]/u.test(text)) {
    return "the text must hold nothing that cannot be seen"
  }
  const rest = text.replaceAll(/\{(?:player|other)\}/g, "")
  if (/[{}<>`*_[\]\\]/.test(rest)) return "the text must be plain, with no placeholder but {player} and {other}"
  for (const place of ["{player}", "{other}"]) {
    // A name has up to 40 characters, and the text with its names must not exceed that of a card.
    if (text.split(place).length > 2) return `${place} must be used once at most`
  }
  if (players.length === 1 && text.includes("{other}")) return "{other} must not be used: there is only one player"
  const judged = plain(rest)
  // A full stop between letters makes a domain, except in `e.g.` and `т.е.`.
  if (/https?:|www[.。]|[@#]\p{L}|\p{L}[.。]\p{L}{2}/u.test(judged)) {
    return "the text must hold no link, address or tag"
  }
  const found = judged.match(/\p{Alphabetic}+/gu) ?? []
  const letters = found.join("").length
  const owned = judged.match(own[language])?.length ?? 0
  if (owned < 0.8 * letters || letters < 5) return `the text must be in ${languageName[language]}`
  const strange = found.find((word) => !ofAlphabet[language].test(word))
  if (strange !== undefined) return `the text must be in ${languageName[language]}, without "${strange}"`
  const word = found.find((word) => unfit[ageGroup].some((pattern) => fits(word, pattern)))
  return word === undefined ? undefined : `the text is not fit for its age group, or for a brand: "${word}"`
}
