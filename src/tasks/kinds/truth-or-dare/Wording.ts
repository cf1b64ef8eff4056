import type { AgeGroup, Input } from "./Card.ts"

/** The longest text of a card that a language model writes, before the names. */
export const longest = 300

/**
 * The text as it is judged: small letters without their accents, of all that looks alike the simplest. Joiners are between
 * the parts of an emoji, and mean nothing here.
 */
const plain = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[\p{M}\u200d]/gu, "")

/** Words by how they begin, or as they are where they end in `$`. */
const words = (text: string) => plain(text).trim().split(/\s+/)

const fits = (word: string, pattern: string) =>
  pattern.endsWith("$") ? word === pattern.slice(0, -1) : word.startsWith(pattern)

/** What no brand wants to be read on its card. */
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

/** A word of letters from several alphabets, or from none of these, is there to look like another one. */
const ofAlphabet = { en: /^[a-zæœøßłđðþ]+$/u, ru: /^(?:[а-я]+|[a-z]+)$/u }
const own = { en: /[a-zæœøßłđðþ]/gu, ru: /[а-я]/gu }

const languageName = { en: "English", ru: "Russian" }

/**
 * What is wrong with the text of a card whose places for names are not filled in yet, said so that it can be put right;
 * undefined where nothing is. As far as a program can tell: it looks at the shape, the script, and single words.
 */
export const faultOf = (
  text: string,
  { ageGroup, language, players }: Pick<Input, "ageGroup" | "language" | "players">
): string | undefined => {
  if (text.trim().length < 10) return "the text is too short"
  if (text.length > longest) return `the text has more than ${longest} characters`
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return "the text must be on one line, without control characters"
  // Of an emoji's parts: joiners and the choice of its looks.
  if (/(?!\u200d|\ufe0f)[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cs}\u2800]/u.test(text)) {
    return "the text must hold nothing that cannot be seen"
  }
  const rest = text.replaceAll(/\{(?:player|other)\}/g, "")
  if (/[{}<>`*_[\]\\]/.test(rest)) return "the text must be plain, with no placeholder but {player} and {other}"
  for (const place of ["{player}", "{other}"]) {
    // Each name is up to 40 characters: a text that is woven must stay a text for a card.
    if (text.split(place).length > 2) return `${place} must be used once at most`
  }
  if (players.length === 1 && text.includes("{other}")) return "{other} must not be used: there is only one player"
  const judged = plain(rest)
  // A full stop between letters is a domain, `e.g.` and `т.е.` aside.
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
