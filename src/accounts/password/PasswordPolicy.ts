import { commonWords } from "./CommonWords.ts"
import type { Refusal } from "./PasswordRefusal.ts"

/** In code points after NFKC (NIST SP 800-63B-4, 3.1.1.2: at least 15 where a password is the only factor). */
export const [shortest, longest] = [15, 256]

/** One text has several spellings in Unicode, and keyboards differ in which they send. */
export const normalised = (password: string): string => password.normalize("NFKC")

/** Of which pieces a password may consist, if each piece counts as one character. Fewer are guessed in an offline attack. */
const fewestPieces = 6

/** Shorter pieces are characters: everything holds a word of three letters. */
const shortestWord = 4
const shortestRun = 3

/** Rows of keyboards, and the ways that fingers walk over them. Read backwards, too. */
const rows = [
  "1234567890",
  "qwertyuiop[]",
  "asdfghjkl;'",
  "zxcvbnm,./",
  "qwertzuiopü",
  "yxcvbnm,.-",
  "azertyuiop",
  "qsdfghjklm",
  "йцукенгшщзхъ",
  "фывапролджэ",
  "ячсмитьбю",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
  "qazwsxedcrfvtgbyhnujmikolp",
  "1q2w3e4r5t6y7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "1a2b3c4d5e6f7g8h9i0j",
  "a1b2c3d4e5f6g7h8i9j0",
  "qweasdzxc",
  "!@#$%^&*()",
  "147258369",
  "741852963",
  "159753",
  "112233445566778899",
  "1029384756",
  "102030405060708090"
]
const walks = rows.flatMap((row) => [row, Array.from(row).toReversed().join("")])

// Passwords and words are both folded by it: `p@55w0rd` is `password`.
const looksLike: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  l: "i",
  "!": "i",
  "|": "i",
  "3": "e",
  "4": "a",
  "@": "a",
  "5": "s",
  $: "s",
  "7": "t",
  "+": "t",
  "8": "b",
  ё: "е"
}
const folded = (text: string): string => text.replaceAll(/./gu, (character) => looksLike[character] ?? character)

/** Folded words, and the length of the longest: one may be a whole address. */
interface Words {
  readonly has: (text: string) => boolean
  readonly longest: number
}

const wordsOf = (list: ReadonlyArray<string>): Words => {
  const words = new Set(list.map((word) => folded(word.toLowerCase())).filter(({ length }) => length >= shortestWord))
  return { has: (text) => words.has(text), longest: Math.max(0, ...[...words].map(({ length }) => length)) }
}

const common = wordsOf(commonWords)
const service = wordsOf(["fairground", "fair", "ground", "jahrmarkt", "ярмарка"])

/** The address, its parts, and the parts of the name. */
const personalWords = (about: { readonly email: string | null; readonly name: string | null }): Words => {
  const email = normalised(about.email ?? "").toLowerCase()
  const name = normalised(about.name ?? "").toLowerCase()
  const [local = "", domain = ""] = email.split("@")
  return wordsOf([
    email,
    local,
    domain,
    ...local.split(/[^\p{L}\p{N}]+/u),
    ...domain.split("."),
    name,
    name.replaceAll(/\s+/g, ""),
    ...name.split(/[^\p{L}\p{N}]+/u)
  ])
}

/** Where the run that begins here ends: equal, counting or neighbouring characters. */
const runEnd = (text: string, from: number): number => {
  const step = text.charCodeAt(from + 1) - text.charCodeAt(from)
  let end = from + 1
  if (Math.abs(step) <= 1)
    do end++
    while (end < text.length && text.charCodeAt(end) - text.charCodeAt(end - 1) === step)
  for (const walk of walks) {
    const start = walk.indexOf(text.charAt(from))
    let length = 0
    while (start !== -1 && start + length < walk.length && walk[start + length] === text[from + length]) length++
    end = Math.max(end, from + length)
  }
  return end
}

/** For each place, where the longest text that also begins before it ends. They may overlap: `ababab` is a, b, and a repetition. */
const repeatEnds = (text: string): ReadonlyArray<number> => {
  const ends = Array.from(text, (_, place) => place)
  // How long the texts are equal that begin at `earlier + 1` and at each place.
  let after = new Uint16Array(text.length + 1)
  for (let earlier = text.length - 1; earlier >= 0; earlier--) {
    const equal = new Uint16Array(text.length + 1)
    for (let place = earlier + 1; place < text.length; place++) {
      if (text[place] !== text[earlier]) continue
      equal[place] = (after[place + 1] ?? 0) + 1
      ends[place] = Math.max(ends[place] ?? 0, place + (equal[place] ?? 0))
    }
    after = equal
  }
  return ends
}

const year = /^(?:19|20)\d\d$/

/**
 * The fewest pieces that the text falls into. A piece is a character, a listed word, a year, a run, or a repetition of what stood
 * before.
 */
const piecesOf = (password: string, lists: ReadonlyArray<Words>): number => {
  const text = password.toLowerCase()
  const alike = folded(text)
  const repeated = repeatEnds(text)
  const longestWord = Math.max(4, ...lists.map(({ longest }) => longest))
  const fewest = [0, ...Array<number>(text.length).fill(Infinity)]
  const isWord = (from: number, end: number) =>
    lists.some((list) => list.has(alike.slice(from, end))) || (end - from === 4 && year.test(text.slice(from, end)))
  for (let from = 0; from < text.length; from++) {
    const pieces = (fewest[from] ?? 0) + 1
    const reach = (end: number) => {
      fewest[end] = Math.min(fewest[end] ?? Infinity, pieces)
    }
    reach(from + 1)
    // A piece may end earlier, where a better one begins.
    const last = Math.max(runEnd(text, from), repeated[from] ?? 0)
    for (let end = from + shortestRun; end <= last; end++) reach(end)
    for (let end = from + shortestWord; end <= Math.min(text.length, from + longestWord); end++) {
      if (isWord(from, end)) reach(end)
    }
  }
  return fewest[text.length] ?? 0
}

/**
 * Why a new password is refused; undefined: it is not. There are no rules of composition. What counts is how many pieces an
 * attacker must guess: 15 characters of which 8 are a listed word and 7 a run are two pieces.
 */
export const refusalOf = (
  password: string,
  about: { readonly email: string | null; readonly name: string | null }
): Exclude<Refusal, "breached"> | undefined => {
  const text = normalised(password)
  const { length } = Array.from(text)
  if (length < shortest) return "too-short"
  if (length > longest) return "too-long"
  const personal = personalWords(about)
  if (piecesOf(text, [common, service, personal]) >= fewestPieces) return undefined
  if (piecesOf(text, []) < fewestPieces) return "repetitive"
  if (piecesOf(text, [common]) < fewestPieces) return "common"
  return piecesOf(text, [common, service]) < fewestPieces ? "service-name" : "personal"
}
