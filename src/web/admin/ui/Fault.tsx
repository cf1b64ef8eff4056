import type { Cause } from "effect"
import { useEffect } from "react"
import { interruption } from "../Interruption.ts"
import { problemOf } from "../Problem.ts"
import { useWords } from "../Speech.tsx"
import { fill } from "../words/Words.ts"
import { useBack } from "./Back.ts"
import { Button } from "./Button.tsx"
import { Copy } from "./Copy.tsx"
import { Icon } from "./Icons.tsx"

interface Caused {
  readonly cause: Cause.Cause<unknown>
}

/** In place of what could not be loaded: what happened, and what to do. Where nobody answers, it is tried again when somebody does. */
export const Fault = ({ cause, onRetry }: Caused & { readonly onRetry?: () => void }) => {
  const words = useWords()
  const { detail, name, requestId, title } = problemOf(cause, words)
  useBack(name === "offline", onRetry)
  return (
    <div className="empty" role="alert">
      <span className="empty-picture">
        <Icon name="warning" />
      </span>
      <h2>{title}</h2>
      {detail === undefined ? null : <p>{detail}</p>}
      {requestId === undefined ? null : (
        <p className="small">
          {fill(words.shell.fault.request, { id: "" })}
          <Copy text={requestId} />
        </p>
      )}
      {onRetry === undefined ? null : (
        <div className="row">
          <Button icon="reset" onClick={onRetry}>
            {words.shell.actions.retry}
          </Button>
        </div>
      )}
    </div>
  )
}

/**
 * Beside a form or a button: why it was not done. A proof that is too old is asked for over the screen, so that what was entered is
 * kept.
 */
export const FaultNote = ({ cause }: Caused) => {
  const words = useWords()
  const { detail, name, requestId, title } = problemOf(cause, words)
  useEffect(() => {
    if (name === "reauthentication-required") interruption.set("unconfirmed")
  }, [cause, name])
  return (
    <div className="note bad" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{title}</strong>
        {detail === undefined ? null : <p>{detail}</p>}
        {requestId === undefined ? null : <p className="small">{fill(words.shell.fault.request, { id: requestId })}</p>}
      </div>
    </div>
  )
}
