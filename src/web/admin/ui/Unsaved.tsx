import { useBlocker } from "@tanstack/react-router"
import { useWords } from "../Speech.tsx"
import { Button } from "./Button.tsx"
import { Dialog } from "./Dialog.tsx"
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

/** Somebody else has saved meanwhile: whether one's own changes go on top, or are given up. */
export const BehindNote = (props: { readonly onMerge: () => void; readonly onDiscard: () => void }) => {
  const words = useWords().games.behind
  return (
    <div className="note" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{words.title}</strong>
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
