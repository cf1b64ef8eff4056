import { useFormat, useWords } from "../Speech.tsx"
import { Icon } from "../ui/Icons.tsx"
import { fill } from "../words/Words.ts"
import { changeOf } from "./Figures.ts"

/** A figure, and how it has changed against the time before. `isShare`: the change is in points, not in a share of the share. */
export const Tile = (props: {
  readonly title: string
  readonly now: number | undefined
  readonly before?: number | undefined
  readonly show: (value: number) => string
  readonly isShare?: boolean
}) => {
  const words = useWords()
  const format = useFormat()
  const { before, isShare = false, now, show, title } = props
  const change =
    isShare && now !== undefined && before !== undefined ? now - before : isShare ? undefined : changeOf(now, before)
  const rounded = change === undefined ? undefined : Math.round(change * 1000) / 1000
  const isUp = (rounded ?? 0) > 0
  return (
    <div className="card tile">
      <h2 className="quiet">{title}</h2>
      <p className="tile-now figures">{now === undefined ? words.shell.none : show(now)}</p>
      {rounded === undefined ? null : (
        <p
          className={`tile-change figures ${rounded === 0 ? "quiet" : isUp ? "good" : "bad"}`}
          title={fill(words.overview.before, { value: before === undefined ? "" : show(before) })}
        >
          {rounded === 0 ? null : <Icon name={isUp ? "up" : "down"} />}
          {format.change(rounded)}
          <span className="hidden">
            {fill(words.overview.before, { value: before === undefined ? "" : show(before) })}
          </span>
        </p>
      )}
    </div>
  )
}
