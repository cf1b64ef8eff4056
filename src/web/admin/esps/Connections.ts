import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"

/** The ESP connections, where the person may see them. */
export const useEsps = () =>
  useQuery(useMay()("esps:read") ? Client.query("esps", "list", { reactivityKeys: ["esps"] }) : nothing)
