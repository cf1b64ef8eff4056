import type { Cause } from "effect"
import { type ReactNode, useId } from "react"
import { useWords } from "../Speech.tsx"
import { Button } from "./Button.tsx"
import { Dialog } from "./Dialog.tsx"
import { FaultNote } from "./Fault.tsx"

/** A form in a window: Enter sends it, and what went wrong stands below its fields. */
export const FormDialog = (props: {
  readonly title: string
  readonly lead?: string
  readonly isWide?: boolean
  /** What the button says that sends it. */
  readonly submit: string
  readonly action: { readonly isWaiting: boolean; readonly cause: Cause.Cause<unknown> | undefined }
  /** Asks for the password where the deed wants that, see `useProvenAction`. */
  readonly proof?: ReactNode
  readonly onSubmit: (form: HTMLFormElement) => void
  readonly onClose: () => void
  readonly children: ReactNode
}) => {
  const words = useWords().shell.actions
  const form = useId()
  const { cause, isWaiting } = props.action
  return (
    <Dialog
      isOpen
      isWide={props.isWide === true}
      title={props.title}
      onClose={props.onClose}
      feet={
        <>
          <Button onClick={props.onClose}>{words.cancel}</Button>
          <Button type="submit" form={form} look="main" isWaiting={isWaiting}>
            {props.submit}
          </Button>
        </>
      }
    >
      {props.lead === undefined ? null : <p>{props.lead}</p>}
      <form
        id={form}
        className="dialog-body"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          props.onSubmit(event.currentTarget)
        }}
      >
        {props.children}
      </form>
      {cause === undefined ? null : <FaultNote cause={cause} />}
      {props.proof}
    </Dialog>
  )
}
