import { useState } from "react"
import type { Action } from "../Client.ts"
import { Button } from "./Button.tsx"
import { ConfirmDialog } from "./Dialog.tsx"
import type { IconName } from "./IconName.ts"

/** A button, and the dialog that says what it means before anything is done. */
export const Deed = <R, A>(props: {
  readonly label: string
  readonly icon?: IconName
  readonly look?: "danger"
  /** The dialog's own: what is done to what, what that means, and its button (left out: the label). */
  readonly title: string
  readonly lead: string
  readonly confirm?: string
  readonly isDanger?: boolean
  readonly action: Action<R, A>
  readonly request: R
  readonly onAsk?: () => void
  readonly onDone: (value: A) => void
}) => {
  const { action, icon, look } = props
  const [isAsked, setAsked] = useState(false)
  const close = () => {
    action.clear()
    setAsked(false)
  }
  return (
    <>
      <Button
        {...(look === undefined ? {} : { look })}
        {...(icon === undefined ? {} : { icon })}
        onClick={() => {
          props.onAsk?.()
          setAsked(true)
        }}
      >
        {props.label}
      </Button>
      <ConfirmDialog
        isOpen={isAsked}
        title={props.title}
        confirm={props.confirm ?? props.label}
        isDanger={props.isDanger === true}
        isWaiting={action.isWaiting}
        cause={action.cause}
        onClose={close}
        onConfirm={() =>
          void action.run(props.request).then((end) => {
            if (!end.isDone) return
            close()
            props.onDone(end.value)
          })
        }
      >
        {props.lead}
      </ConfirmDialog>
    </>
  )
}
