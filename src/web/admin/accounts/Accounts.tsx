import { lazy, Suspense, useState } from "react"
import { useMay } from "../Identity.tsx"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { oneOf, type Raw } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { Tabs } from "../ui/Tabs.tsx"
import { Invitations } from "./Invitations.tsx"
import { People } from "./People.tsx"
import { Roles } from "./Roles.tsx"

const tabs = ["accounts", "invitations", "roles"] as const

const read = (raw: Raw) => ({ tab: oneOf(tabs, raw["tab"]) ?? "accounts" })

const Invite = lazy(async () => ({ default: (await import("./Invite.tsx")).Invite }))
const NewMachine = lazy(async () => ({ default: (await import("./NewMachine.tsx")).NewMachine }))

/** Who runs games here: people and machines, who is invited, and what each role may do. */
export const Accounts = () => {
  const words = useWords().accounts
  const may = useMay()
  const [{ tab }, change] = useFilters(read)
  const [making, make] = useState<"person" | "machine">()
  const close = () => make(undefined)
  return (
    <Screen
      title={words.title}
      lead={words.leads[tab]}
      needs="accounts:read"
      actions={
        may("accounts:write") ? (
          <>
            <Button icon="plus" onClick={() => make("machine")}>
              {words.addMachine}
            </Button>
            <Button look="main" icon="plus" onClick={() => make("person")}>
              {words.invite}
            </Button>
          </>
        ) : undefined
      }
    >
      <Tabs
        label={words.title}
        value={tab}
        tabs={tabs.map((value) => ({ value, label: words.tabs[value] }))}
        clears={{ id: undefined, kind: undefined, role: undefined, state: undefined }}
      />
      {tab === "accounts" ? <People /> : tab === "invitations" ? <Invitations /> : <Roles />}
      <Suspense fallback={null}>
        {making === "person" ? (
          <Invite
            onClose={close}
            onDone={() =>
              change({ tab: "invitations", id: undefined, kind: undefined, role: undefined, state: undefined })
            }
          />
        ) : null}
        {making === "machine" ? (
          <NewMachine
            onClose={close}
            onDone={(id) => {
              close()
              change({ tab: undefined, kind: undefined, role: undefined, state: undefined, id })
            }}
          />
        ) : null}
      </Suspense>
    </Screen>
  )
}
