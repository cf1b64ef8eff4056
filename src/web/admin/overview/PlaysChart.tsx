import { DateTime } from "effect"
import { useMemo } from "react"
import { useFormat, useWords } from "../Speech.tsx"
import { type Bar, Chart } from "../ui/Chart.tsx"
import { useNow } from "../ui/Time.tsx"
import type { Day } from "./Figures.ts"

/** Plays a day: those of new players, and the others on top. */
export const PlaysChart = (props: { readonly title: string; readonly periods: ReadonlyArray<Day> }) => {
  const words = useWords().overview
  const format = useFormat()
  const now = useNow()
  const { periods } = props
  const bars = useMemo(
    () =>
      periods.map(({ name, newPlayers, returningPlays, to }): Bar => ({
        label: format.dayName(name),
        title: format.dayFull(name),
        parts: [newPlayers, returningPlays],
        isPartial: DateTime.toEpochMillis(to) > now
      })),
    [periods, format, now]
  )
  return <Chart title={props.title} bars={bars} names={[words.new, words.returning]} dayTitle={words.day} />
}
