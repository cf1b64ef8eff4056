import type { ManagedPage, Texts } from "../../../pages/GamePage.ts"
import { textIn } from "../../../pages/Languages.ts"
import { useWords } from "../Speech.tsx"
import { errorAt } from "../ui/Checked.ts"
import { Check, Field, TextField } from "../ui/Field.tsx"
import { Select } from "../ui/Select.tsx"
import { fill } from "../words/Words.ts"
import { Part } from "./Form.tsx"
import type { PageFields } from "./PageFields.ts"
import { withText } from "./PageDraft.ts"

/** The brand's own texts, with their greatest lengths. */
const lines = [
  ["heading", 150],
  ["lead", 500],
  ["button", 60],
  ["won", 300],
  ["lost", 300],
  ["thanksNew", 300],
  ["thanksReturning", 300],
  ["thanksNth", 300]
] as const satisfies ReadonlyArray<readonly [keyof Texts, number]>

/** What the page says in one language. */
export const TextFields = ({ change, errors, isDisabled, language, page }: PageFields) => {
  const words = useWords().games.look
  const own: Texts = page.texts[language] ?? {}
  const set = (name: (typeof lines)[number][0], text: string) => {
    const { [name]: _, ...rest } = own
    const next: Texts = text === "" ? rest : { ...rest, [name]: text }
    const { [language]: __, ...others } = page.texts
    change({ texts: Object.keys(next).length === 0 ? others : { ...others, [language]: next } })
  }
  return (
    <Part id="texts" title={words.texts} lead={words.textsLead}>
      {lines.map(([name, most]) => (
        <TextField
          key={name}
          label={words[name]}
          error={errorAt(errors, `texts.${language}.${name}`)}
          {...(name === "thanksNth" ? { hint: words.thanksNthHint } : {})}
          maxLength={most}
          autoComplete="off"
          lang={language}
          dir="auto"
          disabled={isDisabled}
          value={own[name] ?? ""}
          onChange={(text) => set(name, text)}
        />
      ))}
    </Part>
  )
}

/** What the form of the page asks for beside the address. */
export const FormFields = (props: PageFields & { readonly versions: ManagedPage["consentVersions"] }) => {
  const { change, errors, isDisabled, language, page, versions } = props
  const words = useWords().games.look
  const { consent } = page
  const version = versions[language]
  return (
    <Part id="form" title={words.form}>
      <Select
        label={words.name}
        value={page.name}
        options={(isDisabled ? [page.name] : (["none", "optional", "required"] as const)).map((value) => ({
          value,
          label: words.names[value]
        }))}
        onChange={(name) => change({ name })}
      />
      <Check
        label={words.consentAsk}
        isChecked={consent !== null}
        isDisabled={isDisabled}
        onChange={(asks) => change({ consent: asks ? { text: {}, isRequired: false } : null })}
      />
      {consent === null ? null : (
        <>
          <Field
            label={words.consent}
            error={errorAt(errors, "consent.text")}
            hint={
              version === undefined
                ? words.consentHint
                : `${fill(words.consentVersion, { version })}. ${words.consentHint}`
            }
          >
            {(control) => (
              <textarea
                {...control}
                className="input"
                rows={4}
                maxLength={2000}
                lang={language}
                dir="auto"
                disabled={isDisabled}
                placeholder={textIn(consent.text, page.languages)}
                value={consent.text[language] ?? ""}
                // The contract wants one line.
                onChange={(event) =>
                  change({
                    consent: {
                      ...consent,
                      text: withText(consent.text, language, event.currentTarget.value.replaceAll(/\s*\n\s*/g, " "))
                    }
                  })
                }
              />
            )}
          </Field>
          <Check
            label={words.consentRequired}
            isChecked={consent.isRequired}
            isDisabled={isDisabled}
            onChange={(isRequired) => change({ consent: { ...consent, isRequired } })}
          />
          {consent.isRequired ? <p className="note">{words.consentRequiredNote}</p> : null}
        </>
      )}
    </Part>
  )
}
