import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react"
import { isLanguage, type Language, languages, wordsOf } from "./Language.ts"
import { remembered, remember } from "./Remembered.ts"
import { type Format, makeFormat } from "./words/Format.ts"
import type { Words } from "./words/Words.ts"

interface Speech {
  readonly language: Language
  readonly words: Words
  readonly format: Format
  readonly speak: (language: Language) => void
}

const SpeechContext = createContext<Speech | undefined>(undefined)

const useSpeech = (): Speech => {
  const speech = useContext(SpeechContext)
  if (speech === undefined) throw new Error("There are no words here.")
  return speech
}

/** The words of the page's language. */
export const useWords = (): Words => useSpeech().words

/** Numbers, moments and plurals in the page's language. */
export const useFormat = (): Format => useSpeech().format

/** The page's language, and how to change it. */
export const useLanguage = (): readonly [Language, (language: Language) => void] => {
  const { language, speak } = useSpeech()
  return [language, speak]
}

/** What this browser speaks, until it is known what its person does. */
export const firstLanguage = (): Language => {
  const kept = remembered("language")
  if (isLanguage(kept)) return kept
  const wanted = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0])
  return wanted.find(isLanguage) ?? languages[0]
}

/** Gives words to what is inside. */
export const Speaking = (props: { readonly first: Language; readonly words: Words; readonly children: ReactNode }) => {
  const [spoken, setSpoken] = useState({ language: props.first, words: props.words })
  const { language, words } = spoken
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const speak = useCallback((next: Language) => {
    remember("language", next)
    void wordsOf(next).then((loaded) => setSpoken({ language: next, words: loaded }))
  }, [])
  const speech = useMemo(() => ({ language, words, format: makeFormat(language), speak }), [language, words, speak])
  return <SpeechContext value={speech}>{props.children}</SpeechContext>
}
