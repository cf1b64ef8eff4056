import { Dialog as Base } from "@base-ui/react/dialog"
import type { Cause } from "effect"
import type { ReactNode, RefObject } from "react"
import { useWords } from "../Speech.tsx"
import { Button, IconButton } from "./Button.tsx"
import { FaultNote } from "./Fault.tsx"

/** A window over the screen. Escape and a click beside it close it, and the focus goes back to where it was. */
export const Dialog = (props: {
  readonly isOpen: boolean
  readonly title: string
  readonly onClose: () => void
  readonly isWide?: boolean
  /** The buttons at its foot, the one that most people want last. */
  readonly feet?: ReactNode
  /** What gets the focus; left out: the first control. */
  readonly initialFocus?: RefObject<HTMLElement | null>
  readonly children: ReactNode
}) => (
  <Base.Root open={props.isOpen} onOpenChange={(isOpen) => (isOpen ? undefined : props.onClose())}>
    <Base.Portal>
      {/* Also over a drawer, where it is a dialog within a dialog. */}
      <Base.Backdrop className="scrim" forceRender />
      <Base.Popup
        className={props.isWide === true ? "dialog wide" : "dialog"}
        {...(props.initialFocus === undefined ? {} : { initialFocus: props.initialFocus })}
      >
        <Base.Title>{props.title}</Base.Title>
        <div className="dialog-body">{props.children}</div>
        {props.feet === undefined ? null : <div className="dialog-feet">{props.feet}</div>}
      </Base.Popup>
    </Base.Portal>
  </Base.Root>
)

/** Asks before something that cannot be taken back. The title names the thing, `children` the consequence. */
export const ConfirmDialog = (props: {
  readonly isOpen: boolean
  readonly title: string
  readonly confirm: string
  readonly isDanger?: boolean
  readonly isWaiting?: boolean
  readonly cause?: Cause.Cause<unknown> | undefined
  readonly onConfirm: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}) => {
  const words = useWords().shell.actions
  return (
    <Dialog
      isOpen={props.isOpen}
      title={props.title}
      onClose={props.onClose}
      feet={
        <>
          <Button onClick={props.onClose}>{words.cancel}</Button>
          <Button
            look={props.isDanger === true ? "danger main" : "main"}
            isWaiting={props.isWaiting === true}
            onClick={props.onConfirm}
          >
            {props.confirm}
          </Button>
        </>
      }
    >
      <p>{props.children}</p>
      {props.cause === undefined ? null : <FaultNote cause={props.cause} />}
    </Dialog>
  )
}

/**
 * A sheet at the side, for one thing of a list. The address says which, so `isOpen` follows the address.
 *
 * @param props.returnTo The id of the element that gets the focus when it closes: a row's link, see `rowId`.
 */
export const Drawer = (props: {
  readonly isOpen: boolean
  readonly title: ReactNode
  readonly lead?: ReactNode
  readonly onClose: () => void
  readonly returnTo?: string | undefined
  readonly isWide?: boolean
  readonly foot?: ReactNode
  readonly children: ReactNode
}) => {
  const words = useWords().shell.actions
  const { returnTo } = props
  return (
    <Base.Root open={props.isOpen} onOpenChange={(isOpen) => (isOpen ? undefined : props.onClose())}>
      <Base.Portal>
        <Base.Backdrop className="scrim" />
        <Base.Popup
          className={props.isWide === true ? "drawer wide" : "drawer"}
          finalFocus={() => (returnTo === undefined ? true : (document.getElementById(returnTo) ?? true))}
        >
          <div className="drawer-head">
            <div>
              <Base.Title>{props.title}</Base.Title>
              {props.lead === undefined ? null : <p>{props.lead}</p>}
            </div>
            <Base.Close render={<IconButton icon="close" label={words.close} />} />
          </div>
          <div className="drawer-body" tabIndex={-1}>
            {props.children}
          </div>
          {props.foot === undefined ? null : <div className="drawer-foot">{props.foot}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
