import { lazy, Suspense, useState } from "react"
import { useIdentity } from "./Identity.tsx"
import { useWords } from "./Speech.tsx"
import { Avatar } from "./ui/Badge.tsx"
import { fill } from "./words/Words.ts"

/** Who is signed in, and their role. */
export const Me = () => {
  const { account } = useIdentity()
  const roles: Readonly<Record<string, string>> = useWords().shell.roles
  return (
    <>
      <Avatar text={account.name} />
      <span>
        <b className="clip">{account.name}</b>
        <small className="clip">{roles[account.role] ?? account.role}</small>
      </span>
    </>
  )
}

const AccountMenu = lazy(async () => ({ default: (await import("./AccountMenu.tsx")).AccountMenu }))

/** The button of the account's menu. The menu itself is loaded when somebody wants it. */
export const AccountButton = () => {
  const words = useWords().shell.account
  const { account } = useIdentity()
  const [isWanted, want] = useState(false)
  const button = (
    <button
      type="button"
      className="me"
      aria-haspopup="menu"
      aria-label={fill(words.menu, { name: account.name })}
      onClick={() => want(true)}
    >
      <Me />
    </button>
  )
  return isWanted ? (
    <Suspense fallback={button}>
      <AccountMenu />
    </Suspense>
  ) : (
    button
  )
}
