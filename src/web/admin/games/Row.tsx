import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { Bone } from "../ui/Skeleton.tsx"
import { Spark } from "../ui/Spark.tsx"
import { StateBadge } from "./StateBadge.tsx"

/** A game in the list, and the games of its page: all of them share one request. */
interface Props {
  readonly game: ManagedGame
  readonly among: ReadonlyArray<ManagedGame>
}

const slugsOf = (among: ReadonlyArray<ManagedGame>) => ({ games: among.map(({ slug }) => slug).toSorted() })

/** How the game goes; undefined: not known yet, or not for this person. */
const useRecent = ({ among, game }: Props) => {
  const may = useMay()
  const recent = useQuery(
    may("statistics:read")
      ? Client.query("statistics", "recent", { query: slugsOf(among), reactivityKeys: ["plays"] })
      : nothing
  )
  return {
    found: recent.value?.items.find((one) => one.game === game.slug),
    isWaiting: may("statistics:read") && recent.isWaiting
  }
}

/** How often a game was played. */
export const Plays = (props: Props) => {
  const { found, isWaiting } = useRecent(props)
  const format = useFormat()
  const { none } = useWords().shell
  if (found !== undefined) return format.number(found.plays)
  return isWaiting ? <Bone width={36} /> : none
}

/** The plays of the last days. */
export const Trend = (props: Props) => {
  const { found, isWaiting } = useRecent(props)
  const words = useWords()
  const format = useFormat()
  if (found === undefined) return isWaiting ? <Bone width={96} height={26} /> : words.shell.none
  const counts = found.days.map(({ plays }) => plays)
  const sum = counts.reduce((total, plays) => total + plays, 0)
  return <Spark counts={counts} title={format.plural(words.games.trendPlays, sum)} />
}

/** What the game is at this moment, and whether visitors see its page. */
export const States = ({ among, game }: Props) => {
  const words = useWords().games
  const pages = useQuery(Client.query("pages", "list", { query: slugsOf(among), reactivityKeys: ["pages"] }))
  const isDraft = pages.value?.items.some((one) => one.game === game.slug && one.isDraft) === true
  return (
    <span className="game-states">
      <StateBadge state={game.state} />
      {isDraft ? <Badge tone="gold">{words.draft}</Badge> : null}
    </span>
  )
}
