import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"

/** The newest hundred accounts, for the names behind ids. */
export const useAccounts = () =>
  useQuery(
    useMay()("accounts:read")
      ? Client.query("accounts", "list", { query: { limit: 100 }, reactivityKeys: ["accounts"] })
      : nothing
  )

export type Account = NonNullable<ReturnType<typeof useAccounts>["value"]>["items"][number]

/** What an account is called; undefined: it is gone, older than the newest hundred, or not for this person to see. */
export const useAccountName = (): ((id: string) => string | undefined) => {
  const accounts = useAccounts().value?.items ?? []
  return (id) => accounts.find((account) => account.id === id)?.name
}
