import "./chart.css"

const width = 96
const height = 26
/** Room for half the line and for the point at its end. */
const edge = 3

/** A line that shows how counts have gone, the last one marked. What it tells is said by its title. */
export const Spark = ({ counts, title }: { readonly counts: ReadonlyArray<number>; readonly title: string }) => {
  const most = Math.max(1, ...counts)
  const step = (width - 2 * edge) / Math.max(1, counts.length - 1)
  const points = counts.map((count, place) => ({
    x: Math.round((edge + place * step) * 10) / 10,
    y: Math.round((height - edge - (count / most) * (height - 2 * edge)) * 10) / 10
  }))
  const last = points.at(-1)
  const line = points.map(({ x, y }) => `${x} ${y}`).join("L")
  const isFlat = counts.every((count) => count === 0)
  return (
    <svg
      className={isFlat ? "spark flat" : "spark"}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={title}
    >
      <title>{title}</title>
      {last === undefined || isFlat ? null : (
        <path className="spark-area" d={`M${edge} ${height - edge}L${line}L${last.x} ${height - edge}Z`} />
      )}
      {last === undefined ? null : <path className="spark-line" d={`M${line}`} />}
      {last === undefined || isFlat ? null : <circle className="spark-end" cx={last.x} cy={last.y} r={2.5} />}
    </svg>
  )
}
