import { DateTime } from "effect"
import { useMemo } from "react"
import { useFormat, useWords } from "../Speech.tsx"
import { type Bar, Chart } from "../ui/Chart.tsx"
import { Empty } from "../ui/Empty.tsx"
import { useNow } from "../ui/Time.tsx"
import { Notes } from "./Notes.tsx"
import { useNoteText } from "./NoteText.ts"
import type { Overview } from "./Overviews.ts"
import "./chart.css"

/** The days as bars: plays of new players, the others on top, and what was noted. */
const useBars = ({ game, notes, periods }: Overview): ReadonlyArray<Bar> => {
  const format = useFormat()
  const now = useNow()
  const textOf = useNoteText(game)
  return useMemo(
    () =>
      periods.map(({ from, name, newPlayers, returningPlays, to }): Bar => {
        const [first, end] = [DateTime.toEpochMillis(from), DateTime.toEpochMillis(to)]
        return {
          name,
          label: format.dayName(name),
          title: format.dayFull(name),
          parts: [newPlayers, returningPlays],
          isPartial: end > now,
          notes: notes
            .map((note) => ({ at: DateTime.toEpochMillis(note.at), text: textOf(note) }))
            .filter(({ at }) => at >= first && at < end)
            .toReversed()
            .map(({ text }) => text)
        }
      }),
    [periods, notes, textOf, format, now]
  )
}

/** Plays by day, and the notes on them. */
export const PlaysChart = (props: {
  readonly overview: Overview
  /** Where nobody has played. */
  readonly emptyTitle: string
  readonly emptyLead: string
}) => {
  const words = useWords().statistics
  const { overview } = props
  const bars = useBars(overview)
  return (
    <section className="card plays-chart" aria-labelledby="plays-chart">
      <h2 id="plays-chart">{words.chart}</h2>
      {overview.total.plays === 0 ? (
        <Empty icon="overview" title={props.emptyTitle} lead={props.emptyLead} />
      ) : (
        <Chart
          title={words.chart}
          bars={bars}
          names={[overview.game === null ? words.newToGames : words.newPlayers, words.returning]}
          dayTitle={words.day}
          file={`${[overview.game ?? "plays", bars[0]?.name, bars.at(-1)?.name].join("_")}.csv`}
        />
      )}
      <Notes overview={overview} />
    </section>
  )
}
