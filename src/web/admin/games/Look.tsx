import { Cause } from "effect"
import { type SubmitEvent, useRef, useState } from "react"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { type ManagedPage, mechanics, SentPage } from "../../../pages/GamePage.ts"
import { useAction } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { problemOf } from "../Problem.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { checked, errorAt, type FieldErrors } from "../ui/Checked.ts"
import { useDraft } from "../ui/Draft.ts"
import { FaultNote } from "../ui/Fault.tsx"
import { Check, TextField } from "../ui/Field.tsx"
import { Select } from "../ui/Select.tsx"
import { say } from "../ui/Toast.tsx"
import { BehindNote, UnsavedGuard } from "../ui/Unsaved.tsx"
import { fill } from "../words/Words.ts"
import { focusWrong, Part, SaveBar } from "./Form.tsx"
import { LanguageFields } from "./LanguageFields.tsx"
import { withMechanic } from "./PageDraft.ts"
import type { PageFields } from "./PageFields.ts"
import { Preview } from "./Preview.tsx"
import { QuestionFields } from "./QuestionFields.tsx"
import { SegmentFields } from "./SegmentFields.tsx"
import { FormFields, TextFields } from "./TextFields.tsx"
import { ThemeFields } from "./ThemeFields.tsx"

const colourNames = ["accent", "onAccent", "gold", "paper", "ink"] as const

/** What the service says of colours that are too close; undefined: it says something else. */
const contrastProblem = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  if (typeof error !== "object" || error === null) return undefined
  const [text, ground, ratio] = ["text", "ground", "ratio"].map((name): unknown => Reflect.get(error, name))
  const [textName, groundName] = [text, ground].map((name) => colourNames.find((one) => one === name))
  return textName === undefined || groundName === undefined || typeof ratio !== "number"
    ? undefined
    : { text: textName, ground: groundName, ratio }
}

const MechanicFields = ({ change, errors, isDisabled, page }: PageFields) => {
  const words = useWords().games.look
  const number = (name: "pairs" | "seconds", text: string) => {
    const { [name]: _, ...rest } = page.settings
    change({ settings: text.trim() === "" ? rest : { ...rest, [name]: Number(text) } })
  }
  const own = page.mechanic === "memory" ? "pairs" : page.mechanic === "catch" ? "seconds" : undefined
  return (
    <Part id="mechanic" title={words.mechanic} lead={words.mechanicLeads[page.mechanic]}>
      <Select
        label={words.mechanicLabel}
        value={page.mechanic}
        options={(isDisabled ? [page.mechanic] : mechanics).map((value) => ({
          value,
          label: words.mechanics[value]
        }))}
        onChange={(mechanic) => change(withMechanic(page, mechanic))}
      />
      {own === undefined ? null : (
        <TextField
          label={words[own]}
          hint={own === "pairs" ? words.pairsHint : words.secondsHint}
          error={errorAt(errors, `settings.${own}`)}
          type="number"
          inputMode="numeric"
          step={1}
          disabled={isDisabled}
          value={page.settings[own] ?? ""}
          onChange={(text) => number(own, text)}
        />
      )}
    </Part>
  )
}

/** How the game's page is set up, beside the page itself. */
export const Look = (props: {
  readonly game: ManagedGame
  readonly page: ManagedPage
  /** Asks for the newest version. */
  readonly onBehind: () => void
}) => {
  const { game, page } = props
  const words = useWords()
  const look = words.games.look
  const format = useFormat()
  const mayWrite = useMay()("games:write")
  const isDisabled = game.state === "archived" || !mayWrite
  const draft = useDraft(page.page, page.version)
  const [chosen, choose] = useState<string>()
  const [errors, setErrors] = useState<FieldErrors>({})
  const place = useRef<HTMLFormElement>(null)
  const languages = draft.value.languages
  const language = chosen !== undefined && languages.includes(chosen) ? chosen : (languages[0] ?? "en")
  const save = useAction(
    (client, edit: { readonly version: number; readonly payload: SentPage }) =>
      client.pages.change({
        params: { slug: game.slug },
        headers: { "if-match": edit.version },
        payload: edit.payload
      }),
    ["pages"]
  )
  const show = (found: FieldErrors) => {
    setErrors(found)
    // What is wrong in another language stands behind its name.
    const hidden = Object.keys(found)
      .flatMap((path) => path.split("."))
      .find((step) => languages.includes(step))
    if (hidden !== undefined) choose(hidden)
    focusWrong(place.current)
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const body = checked(SentPage, draft.value)
    if ("errors" in body) {
      return show(
        Object.fromEntries(
          Object.entries(body.errors).map(([path, text]) => [
            path,
            colourNames.some((name) => path === `theme.${name}`) ? look.colourWrong : text
          ])
        )
      )
    }
    setErrors({})
    const end = await save.run({ version: draft.version, payload: body.value })
    if (end.isDone) {
      draft.saved(end.value.page, end.value.version)
      say(words.games.form.saved)
      return
    }
    const close = contrastProblem(end.cause)
    const failed = problemOf(end.cause, words)
    if (failed.name === "changed-meanwhile") props.onBehind()
    show(
      close === undefined
        ? failed.fields
        : {
            [`theme.${close.text}`]: fill(look.contrastLow, {
              ground: look[close.ground],
              ratio: format.number(close.ratio)
            })
          }
    )
  }
  const reset = () => {
    setErrors({})
    save.clear()
    draft.discard()
  }
  const problem = save.cause === undefined ? undefined : problemOf(save.cause, words)
  const isExplained =
    problem !== undefined &&
    (problem.name === "changed-meanwhile" ||
      problem.name === "contrast-too-low" ||
      Object.keys(problem.fields).length > 0)
  const fields: PageFields = { page: draft.value, errors, isDisabled, language, change: draft.change }
  return (
    <div className="look">
      <form ref={place} className="forms" noValidate onSubmit={(event) => void submit(event)}>
        <UnsavedGuard isDirty={draft.isDirty} />
        {game.state === "archived" ? (
          <p className="note">{words.games.form.archived}</p>
        ) : isDisabled ? (
          <p className="note info">{words.games.form.readOnly}</p>
        ) : null}
        {draft.isDirty && draft.isBehind ? (
          <BehindNote
            draft={draft}
            names={{
              mechanic: look.mechanic,
              languages: look.languages,
              segments: look.segments,
              questions: look.questions,
              settings: look.mechanic,
              theme: look.theme,
              texts: look.texts,
              consent: look.form,
              name: look.form,
              embedOrigins: words.games.embed.origins,
              isDraft: look.publish
            }}
            onMerge={() => {
              save.clear()
              draft.merge()
            }}
            onDiscard={reset}
          />
        ) : null}
        <Part id="publish" title={look.publish}>
          <Check
            label={look.isDraft}
            isChecked={draft.value.isDraft}
            isDisabled={isDisabled}
            onChange={(isDraft) => draft.change({ isDraft })}
          />
        </Part>
        <MechanicFields {...fields} />
        <LanguageFields {...fields} onLanguage={choose} />
        {draft.value.mechanic === "quiz" ? <QuestionFields {...fields} /> : null}
        <SegmentFields {...fields} />
        <TextFields {...fields} />
        <ThemeFields {...fields} />
        <FormFields {...fields} versions={page.consentVersions} />
        {save.cause === undefined || isExplained ? null : <FaultNote cause={save.cause} />}
        {draft.isDirty ? (
          <SaveBar isWaiting={save.isWaiting} wrong={Object.keys(errors).length} onReset={reset} />
        ) : null}
      </form>
      {mayWrite ? (
        <Preview game={game} page={page} language={language} isDirty={draft.isDirty} />
      ) : (
        <p className="quiet">{look.previewNever}</p>
      )}
    </div>
  )
}
