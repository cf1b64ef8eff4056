import { type Cause, type Effect, Redacted } from "effect"
import { type ReactNode, useEffect, useId, useState } from "react"
import { type Action, type Client, type Ended, useAction } from "./Client.ts"
import { channelName, comingBack } from "./Interruption.ts"
import { problemOf } from "./Problem.ts"
import { useWords } from "./Speech.tsx"
import { Button } from "./ui/Button.tsx"
import { Dialog } from "./ui/Dialog.tsx"
import { FaultNote } from "./ui/Fault.tsx"
import { TextField } from "./ui/Field.tsx"

interface Asked {
  readonly answer: (isProven: boolean) => void
}

const isUnproven = (cause: Cause.Cause<unknown> | undefined, words: ReturnType<typeof useWords>): boolean =>
  cause !== undefined && problemOf(cause, words).name === "reauthentication-required"

/**
 * Asks for the password. Who has a second factor, or no password, proves themselves in a second tab, which tells this one: there are
 * all the ways that the account has.
 */
const ProofDialog = ({ asked }: { readonly asked: Asked }) => {
  const words = useWords()
  const form = useId()
  const [password, setPassword] = useState("")
  const [isMoreOwed, setMoreOwed] = useState(false)
  const confirm = useAction(
    (client, given: string) => client.session.confirm({ payload: { password: Redacted.make(given) } }),
    []
  )
  const { answer } = asked
  useEffect(() => {
    const channel = new BroadcastChannel(channelName)
    channel.addEventListener("message", () => answer(true))
    return () => channel.close()
  }, [answer])
  const submit = (event: Pick<Event, "preventDefault">) => {
    event.preventDefault()
    if (password === "") return
    void confirm.run(password).then((ended) => {
      if (!ended.isDone) return
      if ("methods" in ended.value) setMoreOwed(true)
      else answer(true)
    })
  }
  const isWrong = confirm.cause !== undefined && problemOf(confirm.cause, words).name === "wrong-password"
  return (
    <Dialog
      isOpen
      title={words.proof.title}
      onClose={() => answer(false)}
      feet={
        <>
          <Button onClick={() => answer(false)}>{words.shell.actions.cancel}</Button>
          {isMoreOwed ? null : (
            <Button type="submit" form={form} look="main" isWaiting={confirm.isWaiting}>
              {words.proof.confirm}
            </Button>
          )}
        </>
      }
    >
      <p>{isMoreOwed ? words.proof.moreOwed : words.proof.lead}</p>
      {isMoreOwed ? null : (
        <form id={form} onSubmit={submit}>
          <TextField
            label={words.proof.password}
            type="password"
            name="password"
            autoComplete="current-password"
            required
            value={password}
            error={isWrong ? words.proof.wrong : undefined}
            onChange={setPassword}
          />
        </form>
      )}
      {confirm.cause === undefined || isWrong ? null : <FaultNote cause={confirm.cause} />}
      <div>
        <a href={`/account/confirm?next=${encodeURIComponent(comingBack)}`} target="_blank" rel="noopener">
          {words.proof.otherWay}
        </a>
      </div>
    </Dialog>
  )
}

/** A write, and the dialog that asks who one is: it is to be rendered where the write is done. */
export interface ProvenAction<R, A> extends Action<R, A> {
  readonly proof: ReactNode
}

/**
 * A write that needs a recent proof of who one is. Where the last one is too old, a dialog asks for the password, and the write is
 * done again. `proof` is rendered beside the button, so that what is open stays below the dialog.
 */
export const useProvenAction = <R, A, E>(
  call: (client: Client["Service"], request: R) => Effect.Effect<A, E>,
  keys: ReadonlyArray<string>
): ProvenAction<R, A> => {
  const words = useWords()
  const action = useAction(call, keys)
  const [asked, ask] = useState<Asked>()
  const run = async (request: R): Promise<Ended<A>> => {
    const ended = await action.run(request)
    if (ended.isDone || !isUnproven(ended.cause, words)) return ended
    const isProven = await new Promise<boolean>((resolve) => ask({ answer: resolve }))
    ask(undefined)
    if (isProven) return action.run(request)
    action.clear()
    return ended
  }
  return {
    run,
    isWaiting: action.isWaiting || asked !== undefined,
    // Asked for by the dialog here, not by that of the shell.
    cause: isUnproven(action.cause, words) ? undefined : action.cause,
    clear: action.clear,
    proof: asked === undefined ? null : <ProofDialog asked={asked} />
  }
}
