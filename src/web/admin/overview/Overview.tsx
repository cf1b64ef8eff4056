import { useMemo } from "react"
import type { Slug } from "../../../games/Game.ts"
import type { Funnel } from "../../../pages/FunnelApi.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { Trouble } from "../esps/Trouble.tsx"
import { useMay } from "../Identity.tsx"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { game as readGame, type Raw } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { FunnelSteps } from "../statistics/FunnelSteps.tsx"
import { type Overview as Facts, useOverview } from "../statistics/Overviews.ts"
import { PlaysChart } from "../statistics/PlaysChart.tsx"
import { LoadingTiles, Tile } from "../statistics/Tile.tsx"
import { GameSelect, useGames } from "../ui/GameSelect.tsx"
import { Icon } from "../ui/Icons.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { ownZone } from "../ui/OwnZone.ts"
import { Period } from "../ui/Period.tsx"
import { addDays, daysOf, readPeriod, writePeriod } from "../ui/PeriodChoice.ts"
import { fill } from "../words/Words.ts"
import { Contacts } from "./Contacts.tsx"
import { Games } from "./Games.tsx"
import { Latest } from "./Latest.tsx"
import { NoPlay } from "./NoPlay.tsx"
import { Now } from "./Now.tsx"
import "./overview.css"

interface Range {
  readonly zone?: string
  readonly from: string
  readonly to?: string
}

const read = (raw: Raw) => ({ game: readGame(raw["game"]), period: readPeriod(raw) })

const Tiles = ({ before, game, total }: Facts) => {
  const words = useWords()
  const text = words.statistics
  const format = useFormat()
  return (
    <div className="tiles">
      <Tile title={text.plays} now={total.plays} before={before.plays} show={format.number} />
      <Tile
        title={game === null ? text.newToGames : text.newPlayers}
        now={total.newPlayers}
        before={before.newPlayers}
        show={format.number}
      >
        {total.players === null ? text.counting : format.plural(text.players, total.players)}
      </Tile>
      <Tile title={text.newShare} now={total.newShare} before={before.newShare} show={format.percent} isShare />
      <Tile
        title={words.overview.verdictTime}
        now={total.verdictSeconds.p95}
        before={before.verdictSeconds.p95}
        show={format.seconds}
        isLowBetter
      />
    </div>
  )
}

/** The way from seeing a game to playing it; nothing where the module of pages is off. */
const ShownFunnel = ({ game, range }: { readonly game: Slug | undefined; readonly range: Range }) => {
  const reactivityKeys = ["statistics"]
  const funnel = useQuery<Pick<Funnel, "total">>(
    game === undefined
      ? Client.query("funnel", "all", { query: range, reactivityKeys })
      : Client.query("funnel", "show", { params: { slug: game }, query: range, reactivityKeys })
  )
  return funnel.value === undefined ? null : <FunnelSteps total={funnel.value.total} isOfAll={game === undefined} />
}

/** Whether nobody has ever played; undefined: not known yet. It is only asked where nobody has lately. */
const useIsNew = (game: Slug | undefined, overview: Facts | undefined): boolean | undefined => {
  const isQuiet = overview !== undefined && overview.total.plays === 0 && overview.before.plays === 0
  const total = useQuery(
    !isQuiet
      ? nothing
      : game === undefined
        ? Client.query("statistics", "total", { reactivityKeys: ["plays", "statistics"] })
        : Client.query("statistics", "game", { params: { slug: game }, reactivityKeys: ["plays", "statistics"] })
  )
  if (!isQuiet || total.cause !== undefined) return false
  return total.value === undefined ? undefined : total.value.plays === 0
}

/** How plays go: counts against the time before, plays a day with notes, what the ESP said, and what happens now. */
export const Overview = () => {
  const words = useWords()
  const [{ game, period }, change] = useFilters(read)
  const may = useMay()
  const games = useGames()
  const chosen = games.value?.items.find(({ slug }) => slug === game)
  // A game has days of its own. All games together are shown in those of the person.
  const zone = game === undefined ? ownZone : chosen?.timeZone
  const isReady = may("statistics:read") && (zone !== undefined || games.value !== undefined || !may("games:read"))
  const { from, to } = daysOf(period, zone ?? "UTC")
  const isOwn = period.kind === "own"
  const range = useMemo(
    () => ({
      ...(zone === undefined ? {} : { zone }),
      from,
      ...(isOwn ? { to: addDays(to, 1) } : {})
    }),
    [zone, from, to, isOwn]
  )
  const overview = useOverview(isReady ? { ...range, ...(game === undefined ? {} : { game }) } : undefined)
  const isNew = useIsNew(game, overview.value)
  return (
    <Screen
      title={words.overview.title}
      lead={fill(words.overview.lead, {
        game: chosen?.title ?? game ?? words.shell.game.all,
        zone: overview.value?.timeZone ?? zone ?? "UTC"
      })}
      needs="statistics:read"
      actions={
        <>
          <GameSelect value={game} isLabelHidden onChange={(slug) => change({ game: slug })} />
          <Period
            value={period}
            onChange={(next) => change({ days: undefined, from: undefined, to: undefined, ...writePeriod(next) })}
          />
        </>
      }
    >
      <Trouble />
      <Loaded isQuiet query={overview} skeleton={<LoadingTiles />}>
        {(value) =>
          isNew === undefined ? (
            <LoadingTiles />
          ) : isNew ? (
            <NoPlay game={game} />
          ) : (
            <div className="statistics">
              {value.isComplete ? null : (
                <p className="note" role="status">
                  <Icon name="warning" />
                  {words.overview.incomplete}
                </p>
              )}
              <Tiles {...value} />
              <PlaysChart
                overview={value}
                emptyTitle={words.overview.emptyRange}
                emptyLead={words.overview.emptyRangeLead}
              />
              <ShownFunnel game={game} range={range} />
              <div className="overview-pair">
                <Contacts counts={value.total.contacts} />
                {game === undefined ? (
                  <>
                    <Games games={value.games} />
                    {may("plays:read") ? <Now /> : null}
                  </>
                ) : may("players:read") ? (
                  <Latest game={game} />
                ) : null}
              </div>
            </div>
          )
        }
      </Loaded>
    </Screen>
  )
}
