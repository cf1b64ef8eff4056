import { useState } from "react"
import { GameToAdd } from "../../../games/ManagedGame.ts"
import { useAction } from "../Client.ts"
import { useGo } from "../Navigation.tsx"
import { problemOf } from "../Problem.ts"
import { useWords } from "../Speech.tsx"
import { checked, errorAt, type FieldErrors } from "../ui/Checked.ts"
import { TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { fill } from "../words/Words.ts"
import { focusWrong } from "./Form.tsx"
import { addition, type GameDraft, newDraft, slugOf, wrongTimes } from "./GameDraft.ts"
import { EspField, LimitFields, TimeFields } from "./GameFields.tsx"

/** Asks for a new game, adds it, and goes to it. */
export const NewGame = ({ onClose }: { readonly onClose: () => void }) => {
  const words = useWords()
  const form = words.games.form
  const go = useGo()
  const [draft, setDraft] = useState<GameDraft>(newDraft)
  const [slug, setSlug] = useState<string>()
  const [errors, setErrors] = useState<FieldErrors>({})
  const add = useAction((client, payload: GameToAdd) => client.games.create({ payload }), ["games"])
  const shown = slug ?? slugOf(draft.title)
  const change = (changed: Partial<GameDraft>) => setDraft((before) => ({ ...before, ...changed }))
  const problem = add.cause === undefined ? undefined : problemOf(add.cause, words)
  const isExplained = problem !== undefined && (problem.name === "slug-taken" || Object.keys(problem.fields).length > 0)
  const submit = async (place: HTMLFormElement) => {
    const show = (found: FieldErrors) => {
      setErrors(found)
      focusWrong(place)
    }
    const times = Object.fromEntries(wrongTimes(draft).map((name) => [name, form.noMoment]))
    const body = checked(GameToAdd, addition(draft, shown))
    if ("errors" in body || Object.keys(times).length > 0) {
      const found: Record<string, string> = { ...("errors" in body ? body.errors : {}), ...times }
      if (found["slug"] !== undefined) found["slug"] = form.slugWrong
      return show(found)
    }
    setErrors({})
    const end = await add.run(body.value)
    if (end.isDone) return go(`/games/${end.value.slug}`, { tab: "look" })
    const failed = problemOf(end.cause, words)
    show(failed.name === "slug-taken" ? { slug: form.slugTaken } : failed.fields)
  }
  const fields = { draft, errors, change }
  return (
    <FormDialog
      isWide
      title={words.games.add}
      lead={form.createLead}
      submit={form.create}
      action={{ isWaiting: add.isWaiting, cause: isExplained ? undefined : add.cause }}
      onSubmit={(place) => void submit(place)}
      onClose={onClose}
    >
      <TextField
        label={form.titleLabel}
        error={errorAt(errors, "title")}
        maxLength={200}
        autoComplete="off"
        required
        value={draft.title}
        onChange={(title) => change({ title })}
      />
      <TextField
        label={form.slug}
        hint={fill(form.slugHint, { address: `${location.origin}/play/${shown === "" ? "…" : shown}` })}
        error={errorAt(errors, "slug")}
        dir="ltr"
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        required
        value={shown}
        onChange={setSlug}
      />
      <TimeFields {...fields} />
      <LimitFields {...fields} />
      <EspField {...fields} />
    </FormDialog>
  )
}
