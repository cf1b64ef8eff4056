import { type SubmitEvent, useMemo, useRef, useState } from "react"
import { GameChange, type ManagedGame } from "../../../games/ManagedGame.ts"
import { useAction } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { problemOf } from "../Problem.ts"
import { useWords } from "../Speech.tsx"
import { checked, errorAt, type FieldErrors } from "../ui/Checked.ts"
import { useDraft } from "../ui/Draft.ts"
import { FaultNote } from "../ui/Fault.tsx"
import { TextField } from "../ui/Field.tsx"
import { say } from "../ui/Toast.tsx"
import { BehindNote, UnsavedGuard } from "../ui/Unsaved.tsx"
import { focusWrong, Part, SaveBar } from "./Form.tsx"
import { changesOf, draftOf, wrongTimes } from "./GameDraft.ts"
import { Removal } from "./GameDeeds.tsx"
import { EspField, LimitFields, TimeFields } from "./GameFields.tsx"

/** When a game is open, how often one may play, and where the addresses go. */
export const GameSettings = (props: {
  readonly game: ManagedGame
  /** Asks for the newest version. */
  readonly onBehind: () => void
}) => {
  const { game } = props
  const words = useWords()
  const form = words.games.form
  const may = useMay()
  const isArchived = game.state === "archived"
  const isDisabled = isArchived || !may("games:write")
  const stored = useMemo(() => draftOf(game), [game])
  const draft = useDraft(stored, game.version)
  const [errors, setErrors] = useState<FieldErrors>({})
  const place = useRef<HTMLFormElement>(null)
  const save = useAction(
    (client, edit: { readonly version: number; readonly payload: GameChange }) =>
      client.games.update({
        params: { slug: game.slug },
        headers: { "if-match": edit.version },
        payload: edit.payload
      }),
    ["games"]
  )
  const show = (found: FieldErrors) => {
    setErrors(found)
    focusWrong(place.current)
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const times = Object.fromEntries(wrongTimes(draft.value).map((name) => [name, form.noMoment]))
    const body = checked(GameChange, changesOf(draft.value, draft.base))
    if ("errors" in body || Object.keys(times).length > 0) {
      return show({ ...("errors" in body ? body.errors : {}), ...times })
    }
    setErrors({})
    const end = await save.run({ version: draft.version, payload: body.value })
    if (!end.isDone) {
      const failed = problemOf(end.cause, words)
      if (failed.name === "changed-meanwhile") props.onBehind()
      return show(failed.fields)
    }
    draft.saved(draftOf(end.value), end.value.version)
    say(form.saved)
  }
  const reset = () => {
    setErrors({})
    save.clear()
    draft.discard()
  }
  const problem = save.cause === undefined ? undefined : problemOf(save.cause, words)
  const isExplained =
    problem !== undefined && (problem.name === "changed-meanwhile" || Object.keys(problem.fields).length > 0)
  const fields = { draft: draft.value, errors, change: draft.change, isDisabled }
  return (
    <form ref={place} className="forms" noValidate onSubmit={(event) => void submit(event)}>
      <UnsavedGuard isDirty={draft.isDirty} />
      {isArchived ? (
        <p className="note">{form.archived}</p>
      ) : isDisabled ? (
        <p className="note info">{form.readOnly}</p>
      ) : null}
      {draft.isDirty && draft.isBehind ? (
        <BehindNote
          draft={draft}
          names={{
            title: form.titleLabel,
            timeZone: form.timeZone,
            opensAt: form.opensAt,
            closesAt: form.closesAt,
            limitKind: form.limit,
            limitPlays: form.limit,
            limitWindow: form.limit,
            limitUnit: form.limit,
            esp: form.espLabel,
            espList: form.espList,
            espTags: form.espTags
          }}
          onMerge={() => {
            save.clear()
            draft.merge()
          }}
          onDiscard={reset}
        />
      ) : null}
      <Part id="game" title={form.game}>
        <TextField
          label={form.titleLabel}
          hint={form.titleHint}
          error={errorAt(errors, "title")}
          maxLength={200}
          autoComplete="off"
          disabled={isDisabled}
          value={draft.value.title}
          onChange={(title) => draft.change({ title })}
        />
      </Part>
      <Part id="times" title={form.times}>
        <TimeFields {...fields} />
      </Part>
      <Part id="limit" title={form.limit}>
        <LimitFields {...fields} />
      </Part>
      <Part id="contacts" title={form.contacts} lead={form.contactsLead}>
        <EspField {...fields} />
        {draft.value.esp === draft.base.esp ? null : <p className="note">{form.espMoves}</p>}
        <TextField
          label={form.espList}
          hint={form.espListHint}
          error={errorAt(errors, "espList")}
          maxLength={200}
          autoComplete="off"
          disabled={isDisabled}
          value={draft.value.espList}
          onChange={(espList) => draft.change({ espList })}
        />
        <TextField
          label={form.espTags}
          hint={form.espTagsHint}
          error={errorAt(errors, "espTags")}
          autoComplete="off"
          disabled={isDisabled}
          value={draft.value.espTags}
          onChange={(espTags) => draft.change({ espTags })}
        />
      </Part>
      {save.cause === undefined || isExplained ? null : <FaultNote cause={save.cause} />}
      {draft.isDirty ? (
        <SaveBar isWaiting={save.isWaiting} wrong={Object.keys(errors).length} onReset={reset} />
      ) : isDisabled ? null : (
        <Removal game={game} />
      )}
    </form>
  )
}
