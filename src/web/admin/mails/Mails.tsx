import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { oneOf, type Raw } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { Tabs } from "../ui/Tabs.tsx"
import { Outbox } from "./Outbox.tsx"
import { Suppressions } from "./Suppressions.tsx"

const tabs = ["mails", "suppressions"] as const

const read = (raw: Raw) => ({ tab: oneOf(tabs, raw["tab"]) ?? "mails" })

/** The mails that the service sends, and the addresses that get none. */
export const Mails = () => {
  const words = useWords().mails
  const [{ tab }] = useFilters(read)
  return (
    <Screen title={words.title} lead={words.leads[tab]} needs="mail:read">
      <Tabs
        label={words.title}
        value={tab}
        tabs={tabs.map((value) => ({ value, label: words.tabs[value] }))}
        clears={{ id: undefined, status: undefined, to: undefined }}
      />
      {tab === "mails" ? <Outbox /> : <Suppressions />}
    </Screen>
  )
}
