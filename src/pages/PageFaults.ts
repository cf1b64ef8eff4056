import type { ValidationFailed } from "../platform/contract/Problems.ts"
import { contrast, leastContrast, shownContrast } from "./Colour.ts"
import type { GamePage, Theme } from "./GamePage.ts"
import { ContrastTooLow } from "./GamePageErrors.ts"
import { isAllowedPicture } from "./Shown.ts"
import { keys } from "./Words.ts"

type Faults = typeof ValidationFailed.Type.errors
type Path = ReadonlyArray<string | number>

/** Texts that people read on a ground, by their names in the theme. */
const pairs = [
  ["onAccent", "accent"],
  ["ink", "paper"]
] as const

/** The first pair of colours that is too close; undefined: all can be read. */
export const contrastFault = (theme: Theme): ContrastTooLow | undefined => {
  for (const [text, ground] of pairs) {
    const ratio = contrast(theme[text], theme[ground])
    if (ratio < leastContrast) return new ContrastTooLow({ text, ground, ratio: shownContrast(ratio) })
  }
  return undefined
}

const repeated = (values: ReadonlyArray<string>): string | undefined =>
  values.find((value, at) => values.indexOf(value) !== at)

/** What is wrong with a page as a whole, each place with the way to it in the body. `pictures`: allowed origins of pictures. */
export const faultsOf = (page: GamePage, pictures: ReadonlyArray<string>): Faults => {
  const faults: Array<Faults[number]> = []
  const add = (path: Path, message: string) => void faults.push({ path: ["payload", ...path], message })
  const unique = (path: Path, values: ReadonlyArray<string>) => {
    const twice = repeated(values)
    if (twice !== undefined) add(path, `Expected ${JSON.stringify(twice)} only once`)
  }
  const languages = new Set(page.languages)
  const localised = (path: Path, texts: { readonly [language: string]: unknown }) => {
    if (Object.keys(texts).length === 0) add(path, "Expected a text in one language at least")
    for (const language of Object.keys(texts)) {
      if (!languages.has(language)) add([...path, language], "Expected a language of `languages`")
    }
  }

  unique(
    ["languages"],
    page.languages.map((language) => language.toLowerCase())
  )
  for (const [language, { words = {} }] of Object.entries(page.texts)) {
    if (!languages.has(language)) add(["texts", language], "Expected a language of `languages`")
    for (const key of Object.keys(words)) {
      if (!keys.has(key)) add(["texts", language, "words", key], "Expected a key of the page's words (docs/pages.md)")
    }
  }

  const { mechanic, questions, segments } = page
  if ((mechanic === "wheel" || mechanic === "scratch") && segments.length < 2) {
    add(["segments"], "Expected 2 segments at least")
  }
  unique(
    ["segments"],
    segments.map(({ id }) => id)
  )
  for (const [at, { title }] of segments.entries()) localised(["segments", at, "title"], title)

  if ((mechanic === "quiz") !== questions.length > 0) {
    add(["questions"], mechanic === "quiz" ? "Expected a question at least" : "Expected none, unless it is a quiz")
  }
  unique(
    ["questions"],
    questions.map(({ id }) => id)
  )
  for (const [at, { options, right, text }] of questions.entries()) {
    localised(["questions", at, "text"], text)
    unique(
      ["questions", at, "options"],
      options.map(({ id }) => id)
    )
    for (const [nth, option] of options.entries()) localised(["questions", at, "options", nth, "text"], option.text)
    if (!options.some(({ id }) => id === right))
      add(["questions", at, "right"], "Expected the id of one of the options")
  }

  if (page.settings.pairs !== undefined && mechanic !== "memory") add(["settings", "pairs"], "Expected for memory only")
  if (page.settings.seconds !== undefined && mechanic !== "catch") {
    add(["settings", "seconds"], "Expected for catch only")
  }
  if (page.consent !== null) localised(["consent", "text"], page.consent.text)
  for (const name of ["logo", "picture"] as const) {
    const picture = page.theme[name]
    if (picture !== null && !isAllowedPicture(picture, pictures)) {
      add(["theme", name], "Expected a path of this service, or a URL of an origin in PICTURE_ORIGINS")
    }
  }
  return faults
}
