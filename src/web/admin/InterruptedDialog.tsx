import { useEffect, useRef, useState } from "react"
import { retryFailed, useAction } from "./Client.ts"
import { channelName, comingBack, interruption } from "./Interruption.ts"
import { useWords } from "./Speech.tsx"
import { useStore } from "./Store.ts"
import { Button, ButtonLink } from "./ui/Button.tsx"
import { Dialog } from "./ui/Dialog.tsx"

/**
 * The session has ended, or has to be confirmed. A second tab does that, with all ways that there are (password, second factor,
 * passkey, the company's sign-in), and what was half filled in stays in this one.
 */
export const InterruptedDialog = () => {
  const words = useWords().shell.interrupted
  const why = useStore(interruption)
  const [isStill, setStill] = useState(false)
  const look = useAction((client) => client.session.show(), ["identity"])
  const { run } = look

  useEffect(() => {
    if (why === undefined) return
    const check = () => {
      if (document.visibilityState === "hidden") return
      void run(undefined).then(({ isDone }) => {
        if (!isDone) return
        interruption.set(undefined)
        setStill(false)
        retryFailed()
      })
    }
    const channel = new BroadcastChannel(channelName)
    channel.addEventListener("message", check)
    // A confirmation cannot be seen from here: only the other tab tells of it.
    if (why === "ended") document.addEventListener("visibilitychange", check)
    return () => {
      channel.close()
      document.removeEventListener("visibilitychange", check)
    }
  }, [why, run])

  const way = useRef<HTMLAnchorElement>(null)
  const isEnded = why === "ended"
  const next = encodeURIComponent(comingBack)
  return (
    <Dialog
      isOpen={why !== undefined}
      title={isEnded ? words.ended : words.unconfirmed}
      onClose={() => interruption.set(undefined)}
      initialFocus={way}
      feet={
        <>
          <Button
            isWaiting={look.isWaiting}
            onClick={() =>
              void run(undefined).then(({ isDone }) => {
                setStill(!isDone)
                if (!isDone) return
                interruption.set(undefined)
                retryFailed()
              })
            }
          >
            {words.check}
          </Button>
          <ButtonLink
            ref={way}
            look="main"
            icon="external"
            target="_blank"
            rel="noopener"
            href={isEnded ? `/sign-in?next=${next}` : `/account/confirm?next=${next}`}
          >
            {isEnded ? words.signIn : words.confirm}
          </ButtonLink>
        </>
      }
    >
      <p>{isEnded ? words.endedLead : words.unconfirmedLead}</p>
      {isStill ? (
        <p className="error" role="alert">
          {words.still}
        </p>
      ) : null}
    </Dialog>
  )
}
