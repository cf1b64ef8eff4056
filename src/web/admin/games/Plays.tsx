import type { Slug } from "../../../games/Game.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Bone } from "../ui/Skeleton.tsx"

/** The totals of the first hundred games, in one request. */
export const useTotals = () => {
  const may = useMay()
  return useQuery(
    may("statistics:read")
      ? Client.query("statistics", "games", { query: { limit: 100 }, reactivityKeys: ["plays", "games"] })
      : nothing
  )
}

type Totals = ReturnType<typeof useTotals>

/** The plays of all time of one game; undefined: not known, or not for this person. */
export const usePlays = (
  slug: Slug,
  totals?: Totals
): { readonly plays: number | undefined; readonly isWaiting: boolean } => {
  const may = useMay()
  const found = totals?.value?.items.find(({ game }) => game === slug)
  // Beyond the first hundred games, each asks for itself.
  const isBeyond = found === undefined && (totals === undefined || (totals.value?.nextCursor ?? null) !== null)
  const own = useQuery(
    isBeyond && may("statistics:read")
      ? Client.query("statistics", "game", { params: { slug }, reactivityKeys: ["plays", "statistics"] })
      : nothing
  )
  return {
    plays: found?.plays ?? own.value?.plays ?? (totals?.value?.nextCursor === null ? 0 : undefined),
    isWaiting: may("statistics:read") && (isBeyond ? own.isWaiting : (totals?.isWaiting ?? false))
  }
}

/** How often a game was played. */
export const Plays = (props: { readonly slug: Slug; readonly totals: Totals }) => {
  const { isWaiting, plays } = usePlays(props.slug, props.totals)
  const format = useFormat()
  const { none } = useWords().shell
  if (plays !== undefined) return format.number(plays)
  return isWaiting ? <Bone width={36} /> : none
}
