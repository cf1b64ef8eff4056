import { useMemo } from "react"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { Client, useQuery } from "../Client.ts"
import { useFilters } from "../Navigation.tsx"
import type { Raw } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { FunnelSteps } from "../statistics/FunnelSteps.tsx"
import { type Overview, useOverview } from "../statistics/Overviews.ts"
import { PlaysChart } from "../statistics/PlaysChart.tsx"
import { LoadingTiles, Tile } from "../statistics/Tile.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Period } from "../ui/Period.tsx"
import { addDays, daysOf, readPeriod, writePeriod } from "../ui/PeriodChoice.ts"
import { Bone } from "../ui/Skeleton.tsx"
import { fill } from "../words/Words.ts"
import { Origins } from "./Origins.tsx"
import { usePlays } from "./Plays.ts"

const read = (raw: Raw) => ({ period: readPeriod(raw) })

const Tiles = (props: {
  readonly overview: Overview
  readonly plays: number | undefined
  readonly views: number | undefined
}) => {
  const words = useWords()
  const text = words.games.statistics
  const format = useFormat()
  const { plays, views } = props
  const { before, total } = props.overview
  return (
    <div className="tiles">
      <Tile title={words.statistics.plays} now={total.plays} before={before.plays} show={format.number} />
      <Tile
        title={words.statistics.newShare}
        now={total.newShare}
        before={before.newShare}
        show={format.percent}
        isShare
      />
      {/* Plays from elsewhere, such as a brand's own page, have no view. */}
      <Tile
        title={text.share}
        now={views === undefined || views === 0 || total.plays > views ? null : total.plays / views}
        show={format.percent}
      />
      <Tile title={text.total} now={plays ?? null} show={format.number} />
    </div>
  )
}

/** How the game goes: plays by day in its own time zone, and the way from seeing it to playing. */
export const GameStatistics = ({ game }: { readonly game: ManagedGame }) => {
  const text = useWords().games.statistics
  const [{ period }, change] = useFilters(read)
  const { from, to } = daysOf(period, game.timeZone)
  const isOwn = period.kind === "own"
  const range = useMemo(() => ({ from, ...(isOwn ? { to: addDays(to, 1) } : {}) }), [from, to, isOwn])
  const overview = useOverview({ game: game.slug, ...range })
  const funnel = useQuery(
    Client.query("funnel", "show", { params: { slug: game.slug }, query: range, reactivityKeys: ["statistics"] })
  )
  const plays = usePlays(game.slug)
  return (
    <div className="statistics">
      <div className="statistics-head">
        <p className="quiet">{fill(text.lead, { zone: game.timeZone })}</p>
        <Period
          value={period}
          onChange={(next) => change({ days: undefined, from: undefined, to: undefined, ...writePeriod(next) })}
        />
      </div>
      <Loaded isQuiet query={overview} skeleton={<LoadingTiles />}>
        {(value) => (
          <div className="statistics">
            <Tiles overview={value} plays={plays} views={funnel.value?.total.views} />
            <PlaysChart overview={value} emptyTitle={text.emptyTitle} emptyLead={text.emptyLead} />
          </div>
        )}
      </Loaded>
      <Loaded
        isQuiet
        query={funnel}
        skeleton={
          <div className="card" aria-hidden="true">
            <Bone width="100%" height={200} />
          </div>
        }
      >
        {({ origins, total }) => (
          <div className="statistics">
            <FunnelSteps total={total} />
            <Origins origins={origins} />
          </div>
        )}
      </Loaded>
    </div>
  )
}
