import type { ReactNode } from "react"
import { useFormat, useWords } from "../Speech.tsx"
import { Icon } from "../ui/Icons.tsx"
import { Bone } from "../ui/Skeleton.tsx"
import { fill } from "../words/Words.ts"
import "./tiles.css"

/** The change of a value against the one before; undefined: there was nothing to compare with. */
const changeOf = (now: number | null, before: number | null | undefined, isShare: boolean): number | undefined => {
  if (now === null || before === null || before === undefined) return undefined
  if (isShare) return now - before
  return before === 0 ? undefined : (now - before) / before
}

/** A figure, and how it has changed against the time before. Null: there is none. */
export const Tile = (props: {
  readonly title: string
  readonly now: number | null
  readonly before?: number | null
  readonly show: (value: number) => string
  /** The change is in points, not in a share of the share. */
  readonly isShare?: boolean
  /** A time to wait: less is better. */
  readonly isLowBetter?: boolean
  /** Below the figure. */
  readonly children?: ReactNode
}) => {
  const words = useWords()
  const format = useFormat()
  const { before, children, isLowBetter = false, isShare = false, now, show, title } = props
  const change = changeOf(now, before, isShare)
  const rounded = change === undefined ? 0 : Math.round(change * 1000) / 1000
  const shownBefore = fill(words.statistics.before, { value: typeof before === "number" ? show(before) : "" })
  return (
    <div className="card tile">
      <h2 className="quiet">{title}</h2>
      <p className="tile-now figures">{now === null ? words.shell.none : show(now)}</p>
      {change === undefined ? null : (
        <p
          className={`tile-change figures ${rounded === 0 ? "quiet" : rounded > 0 === isLowBetter ? "bad" : "good"}`}
          title={shownBefore}
        >
          {rounded === 0 ? null : <Icon name={rounded > 0 ? "up" : "down"} />}
          {format.change(rounded)}
          <span className="hidden">{shownBefore}</span>
        </p>
      )}
      {children === undefined ? null : <p className="tile-more quiet small figures">{children}</p>}
    </div>
  )
}

/** In place of tiles and a chart, until they are there. */
export const LoadingTiles = () => (
  <div className="statistics" aria-hidden="true">
    <div className="tiles">
      {[0, 1, 2, 3].map((tile) => (
        <div key={tile} className="card tile">
          <Bone width="46%" />
          <Bone width="68%" height={30} />
        </div>
      ))}
    </div>
    <div className="card">
      <Bone width="100%" height={338} />
    </div>
  </div>
)
