import { contrast, isColour, leastContrast, shownContrast } from "../../../pages/Colour.ts"
import type { GamePage, Mechanic } from "../../../pages/GamePage.ts"

export type Segment = GamePage["segments"][number]
export type Question = GamePage["questions"][number]
export type Localised = Readonly<Record<string, string>>

/** A text in one language; "" takes it out. */
export const withText = (texts: Localised, language: string, text: string): Localised => {
  const { [language]: _, ...rest } = texts
  return text === "" ? rest : { ...rest, [language]: text }
}

const freeId = (prefix: string, taken: ReadonlyArray<{ readonly id: string }>): string => {
  for (let number = taken.length + 1; ; number++) {
    const id = `${prefix}-${number}`
    if (!taken.some((one) => one.id === id)) return id
  }
}

export const newSegment = (taken: ReadonlyArray<Segment>): Segment => ({
  id: freeId("slice", taken),
  title: {},
  weight: 1,
  isWin: true
})

export const newOption = (taken: Question["options"]): Question["options"][number] => ({
  id: freeId("answer", taken),
  text: {}
})

export const newQuestion = (taken: ReadonlyArray<Question>): Question => ({
  id: freeId("question", taken),
  text: {},
  options: [
    { id: "answer-1", text: {} },
    { id: "answer-2", text: {} }
  ],
  right: "answer-1"
})

/** What belongs to other mechanics goes, and what this one needs comes: the contract takes nothing else. */
export const withMechanic = (page: GamePage, mechanic: Mechanic): Partial<GamePage> => {
  const { pairs, seconds } = page.settings
  const needsSegments = (mechanic === "wheel" || mechanic === "scratch") && page.segments.length < 2
  const one = newSegment(page.segments)
  return {
    mechanic,
    questions: mechanic !== "quiz" ? [] : page.questions.length === 0 ? [newQuestion([])] : page.questions,
    settings: {
      ...(mechanic === "memory" && pairs !== undefined ? { pairs } : {}),
      ...(mechanic === "catch" && seconds !== undefined ? { seconds } : {})
    },
    ...(needsSegments
      ? { segments: [...page.segments, one, ...(page.segments.length === 0 ? [newSegment([one])] : [])] }
      : {})
  }
}

/** Without a language, its texts are gone everywhere. */
export const withoutLanguage = (page: GamePage, language: string): Partial<GamePage> => {
  const without = (texts: Localised) => withText(texts, language, "")
  const { [language]: _, ...texts } = page.texts
  return {
    languages: page.languages.filter((one) => one !== language),
    texts,
    segments: page.segments.map((segment) => ({ ...segment, title: without(segment.title) })),
    questions: page.questions.map((question) => ({
      ...question,
      text: without(question.text),
      options: question.options.map((option) => ({ ...option, text: without(option.text) }))
    })),
    consent: page.consent === null ? null : { ...page.consent, text: without(page.consent.text) }
  }
}

/** The share of plays that a segment comes in; undefined: nothing is drawn at all. */
export const shareOf = (segment: Segment, all: ReadonlyArray<Segment>): number | undefined => {
  const sum = all.reduce((total, { weight = 0 }) => total + weight, 0)
  return sum === 0 ? undefined : (segment.weight ?? 0) / sum
}

/** How far apart two colours are, rounded down; undefined while one of them is none. */
export const contrastOf = (
  text: string,
  ground: string
): { readonly ratio: number; readonly isLow: boolean } | undefined => {
  if (!isColour(text) || !isColour(ground)) return undefined
  const ratio = contrast(text, ground)
  return { ratio: shownContrast(ratio), isLow: ratio < leastContrast }
}
