import { Toast as Base } from "@base-ui/react/toast"
import { useEffect } from "react"
import { useWords } from "../Speech.tsx"
import { useStore } from "../Store.ts"
import { IconButton } from "./Button.tsx"
import { said, type Saying } from "./Toast.tsx"

const manager = Base.createToastManager()

const show = ({ detail, isBad = false, title, undo }: Saying) => {
  const id: string = manager.add({
    title,
    type: isBad ? "bad" : "good",
    priority: isBad ? "high" : "low",
    timeout: isBad ? 10_000 : 6_000,
    ...(detail === undefined ? {} : { description: detail }),
    ...(undo === undefined
      ? {}
      : {
          actionProps: {
            children: undo.label,
            onClick: () => {
              manager.close(id)
              undo.run()
            }
          }
        })
  })
}

const List = () => {
  const words = useWords().shell.actions
  const { toasts } = Base.useToastManager()
  const waiting = useStore(said)
  useEffect(() => {
    if (waiting.length === 0) return
    said.set([])
    for (const saying of waiting) show(saying)
  }, [waiting])
  return toasts.map((toast) => (
    <Base.Root key={toast.id} toast={toast} className="toast">
      <span className="toast-mark" aria-hidden="true" />
      <Base.Content className="toast-text">
        <Base.Title render={<p />} />
        <Base.Description render={<p />} className="quiet small" />
      </Base.Content>
      <Base.Action className="button small" />
      <Base.Close render={<IconButton icon="close" label={words.close} isSmall />} />
    </Base.Root>
  ))
}

/** The toasts at the corner of the screen. */
export const ToastList = () => (
  <Base.Provider toastManager={manager} limit={3}>
    <Base.Portal>
      <Base.Viewport className="toasts">
        <List />
      </Base.Viewport>
    </Base.Portal>
  </Base.Provider>
)
