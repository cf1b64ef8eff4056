import { DateTime } from "effect"
import { lazy, Suspense, useMemo, useState } from "react"
import { refreshKeys, useAction } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { problemOf } from "../Problem.ts"
import { useFormat, useLanguage, useWords } from "../Speech.tsx"
import { Button, IconButton } from "../ui/Button.tsx"
import { ConfirmDialog } from "../ui/Dialog.tsx"
import { say } from "../ui/Toast.tsx"
import { makeFormat } from "../words/Format.ts"
import { fill } from "../words/Words.ts"
import { useNoteText } from "./NoteText.ts"
import { type Note, notesKey, type Overview } from "./Overviews.ts"

const NoteDialog = lazy(async () => ({ default: (await import("./NoteDialog.tsx")).NoteDialog }))

/** More are shown when somebody wants them. */
const few = 5

/** Asks before a note is removed. If somebody else has changed it meanwhile, what they have made of it is asked about. */
const Removal = (props: { readonly note: Note; readonly onClose: () => void }) => {
  const words = useWords()
  const text = words.statistics.notes
  const { note, onClose } = props
  const remove = useAction(
    (client, { id, version }: Note) =>
      client.statisticsNotes.delete({ params: { id }, headers: { "if-match": version } }),
    [notesKey]
  )
  const confirm = () =>
    void remove.run(note).then((end) => {
      if (end.isDone) {
        say(text.removed)
        onClose()
      } else if (problemOf(end.cause, words).name !== "offline") refreshKeys([notesKey])
    })
  return (
    <ConfirmDialog
      isOpen
      isDanger
      title={fill(text.removeTitle, { text: note.text })}
      confirm={text.removeConfirm}
      isWaiting={remove.isWaiting}
      cause={remove.cause}
      onConfirm={confirm}
      onClose={onClose}
    >
      {text.removeLead}
    </ConfirmDialog>
  )
}

/** What was noted on the chart, the latest first. Whoever may write adds, edits and removes here. */
export const Notes = ({ overview }: { readonly overview: Overview }) => {
  const words = useWords().statistics.notes
  const format = useFormat()
  const [language] = useLanguage()
  const mayWrite = useMay()("statistics:write")
  const textOf = useNoteText(overview.game)
  const [isAll, showAll] = useState(false)
  const [edited, edit] = useState<Note | "new">()
  const [removed, remove] = useState<Note>()
  const { notes, timeZone } = overview
  const inZone = useMemo(() => makeFormat(language, timeZone), [language, timeZone])
  if (notes.length === 0 && !mayWrite && edited === undefined) return null
  const shown = isAll ? notes : notes.slice(0, few)
  return (
    <div className="chart-notes">
      <div className="chart-notes-head">
        <h3>{words.title}</h3>
        {mayWrite ? (
          <Button isSmall icon="plus" aria-haspopup="dialog" onClick={() => edit("new")}>
            {words.add}
          </Button>
        ) : null}
      </div>
      {notes.length === 0 ? (
        <p className="quiet small">{words.lead}</p>
      ) : (
        <ul>
          {shown.map((note) => (
            <li key={note.id}>
              <time className="quiet small figures" dateTime={DateTime.formatIso(note.at)}>
                {inZone.moment(DateTime.toEpochMillis(note.at))}
              </time>
              <span className="chart-notes-text">{textOf(note)}</span>
              {mayWrite ? (
                <span className="chart-notes-deeds">
                  <IconButton
                    icon="edit"
                    isSmall
                    label={fill(words.edit, { text: note.text })}
                    aria-haspopup="dialog"
                    onClick={() => edit(note)}
                  />
                  <IconButton
                    icon="bin"
                    isSmall
                    label={fill(words.remove, { text: note.text })}
                    aria-haspopup="dialog"
                    onClick={() => remove(note)}
                  />
                </span>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {shown.length < notes.length ? (
        <Button isSmall look="plain" onClick={() => showAll(true)}>
          {fill(words.all, { count: format.number(notes.length) })}
        </Button>
      ) : null}
      {edited === undefined ? null : (
        <Suspense fallback={null}>
          <NoteDialog
            note={edited === "new" ? undefined : edited}
            game={overview.game}
            timeZone={timeZone}
            onClose={() => edit(undefined)}
          />
        </Suspense>
      )}
      {removed === undefined ? null : (
        <Removal note={notes.find(({ id }) => id === removed.id) ?? removed} onClose={() => remove(undefined)} />
      )}
    </div>
  )
}
