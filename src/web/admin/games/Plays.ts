import type { Slug } from "../../../games/Game.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"

/** The plays of all time of one game; undefined: not known, or not for this person. */
export const usePlays = (slug: Slug): number | undefined => {
  const may = useMay()
  const found = useQuery(
    may("statistics:read")
      ? Client.query("statistics", "game", { params: { slug }, reactivityKeys: ["plays", "statistics"] })
      : nothing
  )
  return found.value?.plays
}
