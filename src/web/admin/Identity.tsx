import { createContext, type ReactNode, useContext, useEffect, useRef } from "react"
import { Client, useQuery } from "./Client.ts"
import { interruption } from "./Interruption.ts"
import { isLanguage } from "./Language.ts"
import { remembered } from "./Remembered.ts"
import { useLanguage, useWords } from "./Speech.tsx"
import { ButtonLink } from "./ui/Button.tsx"
import { Fault } from "./ui/Fault.tsx"
import { Bone } from "./ui/Skeleton.tsx"
import { problemOf } from "./Problem.ts"

/** Who is signed in, and what they may do. */
const identityAtom = Client.query("session", "show", { reactivityKeys: ["identity"], timeToLive: Infinity })

const useShown = () => useQuery(identityAtom)

type Identity = NonNullable<ReturnType<typeof useShown>["value"]>

const IdentityContext = createContext<Identity | undefined>(undefined)

export const useIdentity = (): Identity => {
  const identity = useContext(IdentityContext)
  if (identity === undefined) throw new Error("Nobody is signed in here.")
  return identity
}

/** Whether the person has a permission, such as `games:write`. What they may not do is not offered to them. */
export const useMay = (): ((permission: string) => boolean) => {
  const { permissions } = useIdentity()
  return (permission) => permissions.includes(permission)
}

/** Where to sign in, and to come back from to this very screen. */
export const signInPath = (path: string): string => `/sign-in?next=${encodeURIComponent(path)}`

const Loading = () => {
  const words = useWords().shell
  return (
    <div className="app" role="status" aria-label={words.loading}>
      <div className="side">
        <span className="brand">
          <Bone width={140} height={26} />
        </span>
        <div style={{ display: "grid", gap: 18, padding: 11 }}>
          {[0, 1, 2, 3].map((line) => (
            <Bone key={line} width={`${62 - line * 7}%`} height={16} />
          ))}
        </div>
      </div>
      <div className="content">
        <div className="screen">
          <Bone width={180} height={28} />
        </div>
      </div>
    </div>
  )
}

/** Nobody is signed in: they sign in first, and come back. */
const Leaving = () => {
  useEffect(() => {
    location.replace(signInPath(location.pathname + location.search))
  }, [])
  return <Loading />
}

const Owing = () => {
  const words = useWords().shell.secondFactor
  return (
    <main className="gate">
      <div className="card section">
        <h1>{words.title}</h1>
        <p className="quiet">{words.lead}</p>
        <div className="row">
          <ButtonLink look="main" href="/account/security">
            {words.go}
          </ButtonLink>
        </div>
      </div>
    </main>
  )
}

const staleAfter = 60_000

/** Asks again who is signed in when somebody comes back to the tab: rights may have changed, or the session may have ended. */
const useReturning = (ask: () => void) => {
  useEffect(() => {
    let asked = Date.now()
    const look = () => {
      if (document.visibilityState === "hidden" || Date.now() - asked < staleAfter) return
      asked = Date.now()
      ask()
    }
    document.addEventListener("visibilitychange", look)
    return () => document.removeEventListener("visibilitychange", look)
  }, [ask])
}

/** What is inside is for the person who is signed in. */
export const SignedIn = ({ children }: { readonly children: ReactNode }) => {
  const { cause, retry, value } = useShown()
  const words = useWords()
  const [language, speak] = useLanguage()
  const person = useRef<string>(undefined)
  useReturning(retry)

  useEffect(() => {
    if (value === undefined) return
    const wanted = value.account.language
    // What was chosen in this browser counts for more than the account's language.
    if (remembered("language") === null && isLanguage(wanted) && wanted !== language) speak(wanted)
    // Somebody else has signed in in another tab: nothing of the one before may stay on the screen.
    if (person.current !== undefined && person.current !== value.account.id) location.reload()
    person.current = value.account.id
  }, [value, language, speak])

  if (value === undefined) {
    if (cause === undefined) return <Loading />
    if (problemOf(cause, words).name === "not-signed-in") {
      interruption.set(undefined)
      return <Leaving />
    }
    return (
      <main className="gate">
        <div className="card">
          <Fault cause={cause} onRetry={retry} />
        </div>
      </main>
    )
  }
  if (value.secondFactor.isOwed) return <Owing />
  return <IdentityContext value={value}>{children}</IdentityContext>
}
