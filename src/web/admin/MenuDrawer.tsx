import { Dialog } from "@base-ui/react/dialog"
import type { ReactNode } from "react"
import { useWords } from "./Speech.tsx"

/** The navigation where there is no room for it beside the screen. */
export const MenuDrawer = (props: {
  readonly isOpen: boolean
  readonly onOpen: (isOpen: boolean) => void
  readonly children: ReactNode
}) => {
  const words = useWords().shell
  return (
    <Dialog.Root open={props.isOpen} onOpenChange={props.onOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="drawer from-start">
          <Dialog.Title className="hidden">{words.menu}</Dialog.Title>
          {props.children}
          <Dialog.Close className="hidden">{words.actions.close}</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
