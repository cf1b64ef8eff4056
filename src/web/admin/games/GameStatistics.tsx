import { DateTime } from "effect"
import { useMemo } from "react"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { Client, useQuery } from "../Client.ts"
import { useFilters } from "../Navigation.tsx"
import type { Raw } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { type Bar, Chart } from "../ui/Chart.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Period } from "../ui/Period.tsx"
import { addDays, daysOf, readPeriod, writePeriod } from "../ui/PeriodChoice.ts"
import { Bone } from "../ui/Skeleton.tsx"
import { useNow } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"
import { Funnel } from "./Funnel.tsx"
import { usePlays } from "./Plays.tsx"

const read = (raw: Raw) => ({ period: readPeriod(raw) })

/** The plays of one game in a time. */
const usePlaysOf = (slug: ManagedGame["slug"], range: { readonly from: string; readonly to?: string }) =>
  useQuery(Client.query("statistics", "plays", { query: { game: slug, ...range }, reactivityKeys: ["plays"] }))

type Days = NonNullable<ReturnType<typeof usePlaysOf>["value"]>["periods"]

const sum = (days: Days, of: (day: Days[number]) => number) => days.reduce((total, day) => total + of(day), 0)

const Figure = ({ title, value }: { readonly title: string; readonly value: string }) => (
  <div className="card figure">
    <h2 className="quiet">{title}</h2>
    <p className="figures">{value}</p>
  </div>
)

const Figures = (props: {
  readonly days: Days
  readonly total: number | undefined
  readonly views: number | undefined
}) => {
  const words = useWords()
  const text = words.games.statistics
  const format = useFormat()
  const { days, total, views } = props
  const plays = sum(days, (day) => day.plays)
  const newPlayers = sum(days, (day) => day.newPlayers)
  const { none } = words.shell
  return (
    <div className="figures-row">
      <Figure title={words.games.plays} value={format.number(plays)} />
      <Figure title={text.newShare} value={plays === 0 ? none : format.percent(newPlayers / plays)} />
      {/* Plays from elsewhere, such as a brand's own page, have no view. */}
      <Figure
        title={text.share}
        value={views === undefined || views === 0 || plays > views ? none : format.percent(plays / views)}
      />
      <Figure title={text.total} value={total === undefined ? none : format.number(total)} />
    </div>
  )
}

const Loading = () => (
  <div className="statistics" aria-hidden="true">
    <div className="figures-row">
      {[0, 1, 2, 3].map((tile) => (
        <div key={tile} className="card figure">
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

/** How the game goes: plays by day in its own time zone, and the way from seeing it to playing. */
export const GameStatistics = ({ game }: { readonly game: ManagedGame }) => {
  const words = useWords()
  const text = words.games.statistics
  const format = useFormat()
  const now = useNow()
  const [{ period }, change] = useFilters(read)
  const { from, to } = daysOf(period, game.timeZone)
  const isOwn = period.kind === "own"
  const range = useMemo(() => ({ from, ...(isOwn ? { to: addDays(to, 1) } : {}) }), [from, to, isOwn])
  const plays = usePlaysOf(game.slug, range)
  const funnel = useQuery(
    Client.query("funnel", "show", { params: { slug: game.slug }, query: range, reactivityKeys: ["plays"] })
  )
  const total = usePlays(game.slug).plays
  const bars = useMemo(
    () =>
      (plays.value?.periods ?? []).map((day): Bar => ({
        label: format.dayName(day.name),
        title: format.dayFull(day.name),
        parts: [day.newPlayers, day.returningPlays],
        isPartial: DateTime.toEpochMillis(day.to) > now
      })),
    [plays.value, format, now]
  )
  return (
    <div className="statistics">
      <div className="statistics-head">
        <p className="quiet">{fill(text.lead, { zone: game.timeZone })}</p>
        <Period
          value={period}
          onChange={(next) => change({ days: undefined, from: undefined, to: undefined, ...writePeriod(next) })}
        />
      </div>
      <Loaded query={plays} skeleton={<Loading />}>
        {({ periods }) => (
          <div className="statistics">
            <Figures days={periods} total={total} views={funnel.value?.total.views} />
            <section className="card" aria-labelledby="game-chart">
              <h2 id="game-chart">{text.chart}</h2>
              {sum(periods, (day) => day.plays) === 0 ? (
                <Empty icon="overview" title={text.emptyTitle} lead={text.emptyLead} />
              ) : (
                <Chart title={text.chart} bars={bars} names={[text.new, text.returning]} dayTitle={text.day} />
              )}
            </section>
          </div>
        )}
      </Loaded>
      <Loaded
        query={funnel}
        skeleton={
          <div className="card" aria-hidden="true">
            <Bone width="100%" height={200} />
          </div>
        }
      >
        {(value) => (
          <div className="statistics">
            <Funnel facts={value} />
          </div>
        )}
      </Loaded>
    </div>
  )
}
