import { useAccountName } from "../accounts/AccountNames.ts"
import { useWords } from "../Speech.tsx"
import type { Entry } from "./EntryFacts.ts"

/** Who has done what an entry tells of, as a person would say it. */
export const useWho = (): ((entry: Entry) => string) => {
  const words = useWords().audit
  const nameOf = useAccountName()
  return ({ accountId, via }) => {
    if (accountId !== null) return nameOf(accountId) ?? accountId
    return via === "service" ? words.service : via === "command-line" ? words.commandLine : words.unknown
  }
}
