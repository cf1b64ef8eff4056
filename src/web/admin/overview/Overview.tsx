import { type ReactNode, useMemo } from "react"
import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useLive } from "../LiveStream.ts"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { game as readGame, type Raw } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Code } from "../ui/Copy.tsx"
import { Empty } from "../ui/Empty.tsx"
import { GameSelect, useGames } from "../ui/GameSelect.tsx"
import { Icon } from "../ui/Icons.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Period } from "../ui/Period.tsx"
import { addDays, daysOf, readPeriod, writePeriod } from "../ui/PeriodChoice.ts"
import { Bone } from "../ui/Skeleton.tsx"
import { fill } from "../words/Words.ts"
import { Contacts } from "./Contacts.tsx"
import { compare, p95Of, type Statistics } from "./Figures.ts"
import { Games } from "./Games.tsx"
import { Latest } from "./Latest.tsx"
import { Now } from "./Now.tsx"
import { PlaysChart } from "./PlaysChart.tsx"
import { Tile } from "./Tile.tsx"
import "./overview.css"

const read = (raw: Raw) => ({ game: readGame(raw["game"]), period: readPeriod(raw) })

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone

const Loading = () => (
  <div className="overview" aria-hidden="true">
    <div className="tiles">
      {[0, 1, 2, 3].map((tile) => (
        <div key={tile} className="card tile">
          <Bone width="46%" />
          <Bone width="68%" height={30} />
        </div>
      ))}
    </div>
    <div className="card">
      <Bone width="100%" height={330} />
    </div>
  </div>
)

const Figures = (props: {
  readonly statistics: Statistics
  readonly firstDay: string
  readonly p95: number | null | undefined
  /** Stands beside the contacts. */
  readonly beside: ReactNode
}) => {
  const words = useWords().overview
  const format = useFormat()
  const { before, current, periods } = compare(props.statistics, props.firstDay)
  const share = (one: { readonly plays: number; readonly newPlayers: number }) =>
    one.plays === 0 ? undefined : one.newPlayers / one.plays
  const reached = (one: typeof current) =>
    one.contacts.asked === 0 ? undefined : (one.contacts.created + one.contacts.existed) / one.contacts.asked
  return (
    <div className="overview">
      {props.statistics.isComplete ? null : (
        <p className="note" role="status">
          <Icon name="warning" />
          {words.incomplete}
        </p>
      )}
      <div className="tiles">
        <Tile title={words.plays} now={current.plays} before={before.plays} show={format.number} />
        <Tile title={words.newPlayers} now={current.newPlayers} before={before.newPlayers} show={format.number} />
        <Tile title={words.newShare} now={share(current)} before={share(before)} show={format.percent} isShare />
        {props.p95 === undefined ? (
          <Tile title={words.reached} now={reached(current)} before={reached(before)} show={format.percent} isShare />
        ) : (
          <Tile title={words.verdictTime} now={props.p95 ?? undefined} show={format.seconds} />
        )}
      </div>
      <section className="card" aria-labelledby="overview-chart">
        <h2 id="overview-chart">{words.chart}</h2>
        {current.plays === 0 ? (
          <Empty icon="overview" title={words.emptyRange} lead={words.emptyRangeLead} />
        ) : (
          <PlaysChart periods={periods} title={words.chart} />
        )}
      </section>
      <div className="overview-pair">
        <Contacts counts={current.contacts} />
        {props.beside}
      </div>
    </div>
  )
}

const NoPlay = ({ game }: { readonly game: string | undefined }) => {
  const words = useWords().overview
  const command = `curl ${location.origin}/api/v1/games/${game ?? "wheel"}/plays \\
  -H 'Content-Type: application/json' \\
  -d '{ "email": "nora@shop.example" }'`
  return (
    <div className="card">
      <Empty icon="overview" title={words.emptyTitle} lead={words.emptyLead}>
        <Code label={words.emptyTitle} text={command} />
      </Empty>
    </div>
  )
}

/** How plays go: counts against the time before, plays a day, and what the ESP said. */
export const Overview = () => {
  const words = useWords()
  const [{ game, period }, change] = useFilters(read)
  const may = useMay()
  const isAllowed = may("statistics:read")
  const games = useGames()
  const chosen = games.value?.items.find(({ slug }) => slug === game)
  // A game has days of its own. All games together are shown in those of the person.
  const zone = game === undefined ? browserZone : chosen?.timeZone
  const isReady = isAllowed && (zone !== undefined || games.value !== undefined || !may("games:read"))
  const days = daysOf(period, zone ?? "UTC")
  const range = useMemo(
    () => ({
      ...(game === undefined ? {} : { game }),
      ...(zone === undefined ? {} : { zone }),
      ...(period.kind === "own" ? { to: addDays(days.to, 1) } : {})
    }),
    [game, zone, period.kind, days.to]
  )
  const statistics = useQuery(
    isReady
      ? Client.query("statistics", "plays", {
          query: { ...range, from: days.before },
          reactivityKeys: ["plays", "statistics"]
        })
      : nothing
  )
  const times = useQuery(
    isReady
      ? Client.query("statistics", "verdictTimes", {
          query: { ...range, from: days.from },
          reactivityKeys: ["plays", "statistics"]
        })
      : nothing
  )
  const total = useQuery(
    isReady
      ? game === undefined
        ? Client.query("statistics", "total", { reactivityKeys: ["plays", "statistics"] })
        : Client.query("statistics", "game", { params: { slug: game }, reactivityKeys: ["plays", "statistics"] })
      : nothing
  )
  // Statistics are counted some seconds after the plays.
  useLive("plays", "statistics", 15_000)
  const shownZone = statistics.value?.timeZone ?? zone ?? "UTC"
  return (
    <Screen
      title={words.overview.title}
      lead={fill(words.overview.lead, { game: chosen?.title ?? game ?? words.shell.game.all, zone: shownZone })}
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
      <Loaded query={statistics} skeleton={<Loading />}>
        {(value) =>
          total.value?.plays === 0 ? (
            <NoPlay game={game} />
          ) : (
            <Figures
              statistics={value}
              firstDay={days.from}
              p95={times.value === undefined ? undefined : p95Of(times.value)}
              beside={
                game === undefined ? (
                  <>
                    <Games />
                    {may("plays:read") ? <Now /> : null}
                  </>
                ) : may("players:read") ? (
                  <Latest game={game} />
                ) : null
              }
            />
          )
        }
      </Loaded>
    </Screen>
  )
}
