import type { ErrorComponentProps } from "@tanstack/react-router"
import { useEffect, useState } from "react"
import { useWords } from "./Speech.tsx"
import { answers, useBack } from "./ui/Back.ts"
import { Button } from "./ui/Button.tsx"
import { Empty } from "./ui/Empty.tsx"

/** A part of the admin could not be loaded. The router would load the page again, which leaves nothing where nobody answers. */
class Unloaded extends Error {}

/** What is loaded, or `Unloaded`. */
export const whole = <A,>(loading: Promise<A>): Promise<A> =>
  loading.catch((cause: unknown) => {
    throw new Unloaded(String(cause), { cause })
  })

// What browsers say of an `import()` that has found nothing, as dialogs and tabs do it.
const isUnloaded = (error: unknown) =>
  error instanceof Unloaded ||
  (error instanceof Error && /dynamically imported module|importing a module script/i.test(error.message))

const reload = () => location.reload()

const once = "fairground-reloaded"

/** Nobody answers, or the service was replaced by another version that has other files. */
const Missing = ({ error }: ErrorComponentProps) => {
  const words = useWords().shell
  const [isAway, setAway] = useState(false)
  useBack(isAway, reload)
  useEffect(() => {
    void answers().then((isThere) => {
      if (!isThere) return setAway(true)
      // The files of another version come with the page. What does not come with it either is not asked for without end.
      const what = String(error)
      if (sessionStorage.getItem(once) === what) return
      sessionStorage.setItem(once, what)
      reload()
    })
  }, [error])
  return (
    <Empty isScreen icon="warning" title={words.fault.offline} lead={words.fault.offlineLead}>
      <div className="row">
        <Button icon="reset" onClick={() => void answers().then((isThere) => (isThere ? reload() : undefined))}>
          {words.actions.retry}
        </Button>
      </div>
    </Empty>
  )
}

/** A screen that has thrown. The navigation still works. */
export const Crash = (props: ErrorComponentProps) => {
  const words = useWords().shell.fault
  return (
    <div className="card" role="alert">
      {isUnloaded(props.error) ? (
        <Missing {...props} />
      ) : (
        <Empty isScreen icon="warning" title={words.crash} lead={words.crashLead}>
          <div className="row">
            <Button icon="reset" onClick={reload}>
              {words.reload}
            </Button>
          </div>
        </Empty>
      )}
    </div>
  )
}
