import { useState } from "react"
import { wellFormed } from "../../../pages/Languages.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { ConfirmDialog } from "../ui/Dialog.tsx"
import { TextField } from "../ui/Field.tsx"
import { fill } from "../words/Words.ts"
import { Part } from "./Form.tsx"
import type { PageFields } from "./PageFields.ts"
import { withoutLanguage } from "./PageDraft.ts"

/** What people call a language; its tag where the browser does not know it. */
const useLanguageName = () => {
  const { language } = useFormat()
  return (tag: string): string => {
    try {
      return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag
    } catch {
      return tag
    }
  }
}

/** The languages of the page, and which of them texts are written in. */
export const LanguageFields = (props: PageFields & { readonly onLanguage: (language: string) => void }) => {
  const { change, isDisabled, language, page } = props
  const words = useWords().games.look
  const nameOf = useLanguageName()
  const [typed, setTyped] = useState("")
  const [error, setError] = useState<string>()
  const [isAsked, ask] = useState(false)
  const add = () => {
    const tag = typed.trim()
    if (!wellFormed.test(tag)) return setError(words.languageWrong)
    if (page.languages.some((one) => one.toLowerCase() === tag.toLowerCase())) return setError(words.languageTwice)
    change({ languages: [...page.languages, tag] })
    props.onLanguage(tag)
    setTyped("")
  }
  const name = nameOf(language)
  return (
    <Part id="languages" title={words.languages} lead={words.languagesLead}>
      <div className="segments" role="group" aria-label={words.language}>
        {page.languages.map((tag) => (
          <button key={tag} type="button" aria-pressed={tag === language} onClick={() => props.onLanguage(tag)}>
            {nameOf(tag)}
          </button>
        ))}
      </div>
      {isDisabled ? null : (
        <div className="add-line">
          <TextField
            label={words.languageTag}
            error={error}
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            maxLength={35}
            value={typed}
            onChange={(tag) => {
              setTyped(tag)
              setError(undefined)
            }}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return
              event.preventDefault()
              add()
            }}
          />
          <Button icon="plus" onClick={add}>
            {words.languageAdd}
          </Button>
        </div>
      )}
      {isDisabled || page.languages.length < 2 ? null : (
        <div className="row">
          <Button icon="bin" isSmall look="danger" onClick={() => ask(true)}>
            {fill(words.languageRemove, { language: name })}
          </Button>
        </div>
      )}
      <ConfirmDialog
        isOpen={isAsked}
        isDanger
        title={fill(words.languageRemoveTitle, { language: name })}
        confirm={fill(words.languageRemove, { language: name })}
        onClose={() => ask(false)}
        onConfirm={() => {
          const changed = withoutLanguage(page, language)
          change(changed)
          props.onLanguage(changed.languages?.[0] ?? "en")
          ask(false)
        }}
      >
        {fill(words.languageRemoveLead, { language: name })}
      </ConfirmDialog>
    </Part>
  )
}
