import { DateTime } from "effect"
import { useMemo, useState } from "react"
import type { Slug } from "../../../games/Game.ts"
import { NewNote, NoteChange } from "../../../statistics/Note.ts"
import { Client, nothing, refreshKeys, useAction, useQuery } from "../Client.ts"
import { problemOf } from "../Problem.ts"
import { game as readGame } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { checked, type FieldErrors } from "../ui/Checked.ts"
import { useDraft } from "../ui/Draft.ts"
import { TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { useGames } from "../ui/GameSelect.tsx"
import { Select } from "../ui/Select.tsx"
import { say } from "../ui/Toast.tsx"
import { BehindNote } from "../ui/Unsaved.tsx"
import { momentOf, wallOf } from "../ui/ZoneTime.ts"
import { fill } from "../words/Words.ts"
import { type Note, notesKey } from "./Overviews.ts"

/** A new note or one that is there: what happened, and when on the clocks of its game. */
export const NoteDialog = (props: {
  /** Left out: a new one. */
  readonly note: Note | undefined
  /** The game whose chart is shown; null: all games. */
  readonly game: Slug | null
  /** Of the days on the chart. */
  readonly timeZone: string
  readonly onClose: () => void
}) => {
  const words = useWords()
  const text = words.statistics.notes
  const games = useGames().value?.items ?? []
  const { note, onClose } = props
  const [now] = useState(() => DateTime.nowUnsafe())
  const [isStale, setStale] = useState(false)
  const [errors, setErrors] = useState<FieldErrors>({})
  const newest = useQuery(
    note !== undefined && isStale
      ? Client.query("statisticsNotes", "get", { params: { id: note.id }, reactivityKeys: [notesKey] })
      : nothing
  )
  const zoneOf = (game: string) => games.find(({ slug }) => slug === game)?.timeZone ?? props.timeZone
  const current = newest.value?.body ?? note
  const stored = useMemo(
    () =>
      current === undefined
        ? { game: props.game ?? "", at: wallOf(now, zoneOf(props.game ?? "")), text: "" }
        : { game: current.game ?? "", at: wallOf(current.at, zoneOf(current.game ?? "")), text: current.text },
    // oxlint-disable-next-line react/exhaustive-deps -- zones do not change while one looks at them
    [current, props.game]
  )
  const draft = useDraft(stored, current?.version ?? 0)
  const zone = zoneOf(draft.value.game)
  const add = useAction((client, payload: NewNote) => client.statisticsNotes.create({ payload }), [notesKey])
  const change = useAction(
    (client, edit: { readonly id: Note["id"]; readonly payload: NoteChange }) =>
      client.statisticsNotes.update({
        params: { id: edit.id },
        headers: { "if-match": draft.version },
        payload: edit.payload
      }),
    [notesKey]
  )
  const deed = note === undefined ? add : change
  const problem = deed.cause === undefined ? undefined : problemOf(deed.cause, words)
  const isChanged = problem?.name === "changed-meanwhile"

  const send = () => {
    const at = momentOf(draft.value.at, zone) ?? ""
    const said = { text: draft.value.text.trim() }
    if (note === undefined) {
      const body = checked(NewNote, { ...said, at, game: readGame(draft.value.game) ?? null })
      return "errors" in body ? body : add.run(body.value)
    }
    // The field has no seconds: a moment that was not touched keeps its own.
    const body = checked(NoteChange, draft.value.at === draft.base.at ? said : { ...said, at })
    return "errors" in body ? body : change.run({ id: note.id, payload: body.value })
  }
  const submit = async () => {
    const end = await send()
    if ("errors" in end) {
      return setErrors({
        ...(end.errors["text"] === undefined ? {} : { text: text.textWrong }),
        ...(end.errors["at"] === undefined ? {} : { at: text.atWrong })
      })
    }
    setErrors({})
    if (!end.isDone) {
      if (problemOf(end.cause, words).name !== "changed-meanwhile") return
      setStale(true)
      return refreshKeys([notesKey])
    }
    say(note === undefined ? text.added : text.saved)
    onClose()
  }

  return (
    <FormDialog
      title={note === undefined ? text.addTitle : text.editTitle}
      submit={note === undefined ? text.add : words.shell.actions.save}
      action={{
        isWaiting: deed.isWaiting || (isChanged && newest.isWaiting),
        cause: newest.cause ?? (isChanged ? undefined : deed.cause)
      }}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {draft.isDirty && draft.isBehind ? (
        <BehindNote
          draft={draft}
          names={{ text: text.text, at: text.at, game: text.about }}
          onMerge={() => {
            deed.clear()
            draft.merge()
          }}
          onDiscard={() => {
            deed.clear()
            draft.discard()
          }}
        />
      ) : null}
      <TextField
        label={text.text}
        hint={text.textHint}
        error={errors["text"]}
        maxLength={200}
        autoComplete="off"
        value={draft.value.text}
        onChange={(next) => draft.change({ text: next })}
      />
      <TextField
        label={text.at}
        hint={fill(text.atHint, { zone })}
        error={errors["at"]}
        type="datetime-local"
        value={draft.value.at}
        onChange={(at) => draft.change({ at: at.slice(0, 16) })}
      />
      {note === undefined ? (
        <Select
          label={text.about}
          value={draft.value.game}
          options={[
            { value: "", label: words.shell.game.all },
            ...games
              .filter(({ slug }) => props.game === null || slug === props.game)
              .map(({ slug, title }) => ({ value: slug as string, label: title }))
          ]}
          onChange={(game) =>
            draft.change({
              game,
              ...(draft.value.at === draft.base.at ? { at: wallOf(now, zoneOf(game)) } : {})
            })
          }
        />
      ) : null}
    </FormDialog>
  )
}
