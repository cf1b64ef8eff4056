import { useBlocker } from "@tanstack/react-router"
import { useFormat, useWords } from "../Speech.tsx"
import { fill } from "../words/Words.ts"
import { Button } from "./Button.tsx"
import { Dialog } from "./Dialog.tsx"
import type { Draft } from "./Draft.ts"
import { Icon } from "./Icons.tsx"

/** Asks before somebody leaves the screen, the tab or the page with changes that were not saved. */
export const UnsavedGuard = ({ isDirty }: { readonly isDirty: boolean }) => {
  const words = useWords().games.unsaved
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) =>
      isDirty &&
      (current.pathname !== next.pathname || Reflect.get(current.search, "tab") !== Reflect.get(next.search, "tab")),
    enableBeforeUnload: () => isDirty,
    withResolver: true
  })
  const isBlocked = blocker.status === "blocked"
  return (
    <Dialog
      isOpen={isBlocked}
      title={words.title}
      onClose={() => blocker.reset?.()}
      feet={
        <>
          <Button look="danger" onClick={() => blocker.proceed?.()}>
            {words.leave}
          </Button>
          <Button look="main" onClick={() => blocker.reset?.()}>
            {words.stay}
          </Button>
        </>
      }
    >
      <p>{words.lead}</p>
    </Dialog>
  )
}

/**
 * Somebody else has saved meanwhile: what they have changed, and whether one's own changes go on top, or are given up. `names`: what
 * people call the fields.
 */
export const BehindNote = <D extends object>(props: {
  readonly draft: Draft<D>
  readonly names: Readonly<Partial<Record<keyof D, string>>>
  readonly onMerge: () => void
  readonly onDiscard: () => void
}) => {
  const words = useWords().games.behind
  const format = useFormat()
  const { own, theirs } = props.draft
  const named = (fields: ReadonlyArray<keyof D>) =>
    format.list([...new Set(fields.flatMap((field) => props.names[field] ?? []))])
  const theirsAlone = named(theirs.filter((field) => !own.includes(field)))
  const both = named(theirs.filter((field) => own.includes(field)))
  return (
    <div className="note" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{words.title}</strong>
        {theirsAlone === "" ? null : <p>{fill(words.theirs, { fields: theirsAlone })}</p>}
        {both === "" ? null : <p>{fill(words.both, { fields: both })}</p>}
        <p>{words.lead}</p>
        <div className="row" style={{ marginBlockStart: 8 }}>
          <Button isSmall onClick={props.onMerge}>
            {words.merge}
          </Button>
          <Button isSmall onClick={props.onDiscard}>
            {words.discard}
          </Button>
        </div>
      </div>
    </div>
  )
}
