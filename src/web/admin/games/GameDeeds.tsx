import { useState } from "react"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { GameCopy } from "../../../games/ManagedGame.ts"
import { useAction } from "../Client.ts"
import { useGo } from "../Navigation.tsx"
import { problemOf } from "../Problem.ts"
import { useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { checked, errorAt, type FieldErrors } from "../ui/Checked.ts"
import { Deed } from "../ui/Deed.tsx"
import { Check, TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { usePlays } from "./Plays.ts"

interface Props {
  readonly game: ManagedGame
}

const edit = ({ slug, version }: ManagedGame) => ({ params: { slug }, headers: { "if-match": version } })

/** Opens a game that is not open, and closes one that is. */
export const OpenOrClose = ({ game }: Props) => {
  const words = useWords().games.deeds
  const open = useAction((client, one: ManagedGame) => client.games.open(edit(one)), ["games"])
  const close = useAction((client, one: ManagedGame) => client.games.close(edit(one)), ["games"])
  const isOpen = game.state === "open"
  return (
    <Deed
      key={String(isOpen)}
      label={isOpen ? words.close : words.open}
      title={fill(isOpen ? words.closeTitle : words.openTitle, { game: game.title })}
      lead={isOpen ? words.closeLead : words.openLead}
      request={game}
      action={isOpen ? close : open}
      onDone={() => say(isOpen ? words.closed : words.opened)}
    />
  )
}

/** Asks for the slug of a copy, and goes to it. The look is copied by a request of its own. */
export const Duplicate = ({ game }: Props) => {
  const words = useWords()
  const { deeds, form } = words.games
  const go = useGo()
  const [isAsked, ask] = useState(false)
  const [slug, setSlug] = useState("")
  const [title, setTitle] = useState("")
  const [withLook, setWithLook] = useState(true)
  const [errors, setErrors] = useState<FieldErrors>({})
  const add = useAction(
    (client, payload: GameCopy) => client.games.duplicate({ params: { slug: game.slug }, payload }),
    ["games"]
  )
  const copy = useAction(
    (client, to: GameCopy["slug"]) =>
      client.pages.copy({ params: { slug: to }, headers: {}, payload: { from: game.slug } }),
    ["pages"]
  )
  const start = () => {
    setSlug(`${game.slug.slice(0, 62)}-2`)
    setTitle(game.title)
    setErrors({})
    add.clear()
    ask(true)
  }
  const isExplained = add.cause !== undefined && Object.keys(errors).length > 0
  const run = async () => {
    const body = checked(GameCopy, { slug, title: title.trim() })
    if ("errors" in body) {
      return setErrors(body.errors["slug"] === undefined ? body.errors : { ...body.errors, slug: form.slugWrong })
    }
    setErrors({})
    const end = await add.run(body.value)
    if (!end.isDone) {
      const failed = problemOf(end.cause, words)
      return setErrors(failed.name === "slug-taken" ? { slug: form.slugTaken } : failed.fields)
    }
    const copied = withLook ? await copy.run(body.value.slug) : { isDone: true }
    ask(false)
    if (copied.isDone) say(deeds.duplicated)
    else say(deeds.lookFailed, { isBad: true })
    go(`/games/${body.value.slug}`)
  }
  return (
    <>
      <Button icon="copy" aria-haspopup="dialog" onClick={start}>
        {deeds.duplicate}
      </Button>
      {isAsked ? (
        <FormDialog
          title={fill(deeds.duplicateTitle, { game: game.title })}
          lead={deeds.duplicateLead}
          submit={deeds.duplicate}
          action={{ isWaiting: add.isWaiting || copy.isWaiting, cause: isExplained ? undefined : add.cause }}
          onSubmit={() => void run()}
          onClose={() => ask(false)}
        >
          <TextField
            label={form.titleLabel}
            error={errorAt(errors, "title")}
            maxLength={200}
            autoComplete="off"
            value={title}
            onChange={setTitle}
          />
          <TextField
            label={form.slug}
            error={errorAt(errors, "slug")}
            dir="ltr"
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            value={slug}
            onChange={setSlug}
          />
          <Check label={deeds.withLook} isChecked={withLook} onChange={setWithLook} />
        </FormDialog>
      ) : null}
    </>
  )
}

/** Deletes a game that nobody has played, and archives one that was. It says which before. */
export const Removal = ({ game }: Props) => {
  const words = useWords().games.deeds
  const go = useGo()
  const plays = usePlays(game.slug)
  const isPlayed = plays === undefined || plays > 0
  const remove = useAction((client, one: ManagedGame) => client.games.delete(edit(one)), ["games"])
  return (
    <section className="card danger-zone" aria-labelledby="game-removal">
      <div>
        <h2 id="game-removal">{words.deleteHead}</h2>
        <p className="quiet small">
          {plays === undefined ? words.deleteUnknown : isPlayed ? words.deletePlayed : words.deleteNone}
        </p>
      </div>
      <Deed
        look="danger"
        icon="bin"
        isDanger
        label={plays === undefined ? words.delete : isPlayed ? words.archiveConfirm : words.deleteConfirm}
        title={fill(isPlayed ? words.archiveTitle : words.deleteTitle, { game: game.title })}
        lead={isPlayed ? words.archiveLead : words.deleteLead}
        confirm={isPlayed ? words.archiveConfirm : words.deleteConfirm}
        action={remove}
        request={game}
        onDone={(left) => {
          if (left === undefined) {
            say(words.deleted)
            go("/games")
          } else say(words.archivedDone)
        }}
      />
    </section>
  )
}
