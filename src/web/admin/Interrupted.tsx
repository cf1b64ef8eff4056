import { lazy, Suspense, useEffect, useState } from "react"
import { channelName, interruption } from "./Interruption.ts"
import { To } from "./Navigation.tsx"
import { useWords } from "./Speech.tsx"
import { useStore } from "./Store.ts"
import { Wheel } from "./ui/Icons.tsx"

const InterruptedDialog = lazy(async () => ({ default: (await import("./InterruptedDialog.tsx")).InterruptedDialog }))

/** The dialog over the screen when the session has ended or has to be confirmed. It is loaded when it is needed. */
export const Interrupted = () => {
  const isInterrupted = useStore(interruption) !== undefined
  const [isWanted, want] = useState(false)
  if (isInterrupted && !isWanted) want(true)
  return isWanted ? (
    <Suspense fallback={null}>
      <InterruptedDialog />
    </Suspense>
  ) : null
}

/** The page that the second tab comes to: it tells the first, and is done. */
export const ComingBack = () => {
  const words = useWords().shell.interrupted
  useEffect(() => {
    const channel = new BroadcastChannel(channelName)
    channel.postMessage("signed in")
    channel.close()
    window.close()
  }, [])
  return (
    <main className="gate">
      <div className="card section">
        <span className="brand" style={{ margin: 0 }}>
          <Wheel />
        </span>
        <h1>{words.back}</h1>
        <p className="quiet">{words.backLead}</p>
        <p>
          <To to="/">{words.goOn}</To>
        </p>
      </div>
    </main>
  )
}
