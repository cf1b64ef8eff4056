import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react"
import { useFormat, useWords } from "../Speech.tsx"
import { fill } from "../words/Words.ts"
import { barTop, type Scale, scaleOf, shownLabels } from "./ChartScale.ts"
import { type Bar, ChartTable, type Table } from "./ChartTable.tsx"
import "./chart.css"

export type { Bar }

const height = 258
const top = 8
const bottom = 36
const start = 50
const plot = height - top - bottom

/** The width that there is, followed. */
const useWidth = () => {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = place.current
    if (element === null) return
    const measure = () => setWidth(element.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [place, width] as const
}

const Grid = ({ scale, width }: { readonly scale: Scale; readonly width: number }) => {
  const format = useFormat()
  return scale.steps.map((step) => {
    const y = top + plot - (step / scale.max) * plot
    return (
      <g key={step}>
        <line className={step === 0 ? "chart-base" : "chart-line"} x1={start} x2={width} y1={y} y2={y} />
        <text className="chart-text" x={start - 10} y={y + 4} textAnchor="end">
          {scale.max < 10_000 ? format.number(step) : format.short(step)}
        </text>
      </g>
    )
  })
}

const Stack = (props: { readonly bar: Bar; readonly x: number; readonly width: number; readonly scale: Scale }) => {
  const { bar, scale, width, x } = props
  const base = top + plot
  const [first, second] = bar.parts
  const lower = (first / scale.max) * plot
  const upper = (second / scale.max) * plot
  // One pixel between the parts, where both are seen.
  const gap = first > 0 && second > 0 ? 1 : 0
  const look = (part: "one" | "two") =>
    bar.isPartial
      ? { className: `chart-partial-${part}`, fill: `url(#chart-hatch-${part})` }
      : { className: `chart-${part}` }
  return (
    <>
      {first > 0 ? <path {...look("one")} d={barTop(x, base, width, lower, second > 0 ? 0 : 4)} /> : null}
      {second > 0 ? (
        <path {...look("two")} d={barTop(x, base - lower - gap, width, Math.max(upper - gap, 0.5), 4)} />
      ) : null}
    </>
  )
}

/** Below the bar of a day on which something was noted. */
const Mark = ({ x }: { readonly x: number }) => {
  const y = top + plot + 9
  return <path className="chart-mark" d={`M${x} ${y - 5}l5 5l-5 5l-5 -5Z`} />
}

/**
 * Two stacked counts by day, with a mark where something was noted. Keys and the pointer move along the days; what is chosen is shown and said. The same stands in a table
 * below. Drawn as SVG, so that it follows the theme and the text size.
 */
export const Chart = (props: Table) => {
  const words = useWords().shell.chart
  const format = useFormat()
  const { bars, names } = props
  const [place, width] = useWidth()
  const [chosen, choose] = useState<number>()
  const scale = scaleOf(Math.max(0, ...bars.map(({ parts: [first, second] }) => first + second)))
  const slot = bars.length === 0 ? 0 : (width - start) / bars.length
  const barWidth = Math.min(Math.max(slot * 0.68, 1), 44)
  const labels = shownLabels(bars.length, slot)
  const current = chosen === undefined ? undefined : bars[chosen]

  const move = (event: KeyboardEvent) => {
    const last = bars.length - 1
    const next = {
      ArrowRight: Math.min((chosen ?? -1) + 1, last),
      ArrowLeft: Math.max((chosen ?? bars.length) - 1, 0),
      Home: 0,
      End: last,
      Escape: undefined
    }
    if (!(event.key in next)) return
    event.preventDefault()
    choose(next[event.key as keyof typeof next])
  }

  const figures =
    current === undefined
      ? ""
      : `${current.title}${current.isPartial ? ` (${words.partial})` : ""}: ${names[0]} ${format.number(current.parts[0])}, ${names[1]} ${format.number(current.parts[1])}`
  const noted = current === undefined || current.notes.length === 0 ? undefined : current.notes.join("; ")
  const center = chosen === undefined ? 0 : start + slot * (chosen + 0.5)

  return (
    <figure className="chart">
      <div className="chart-names" aria-hidden="true">
        <span className="chart-name one">{names[0]}</span>
        <span className="chart-name two">{names[1]}</span>
      </div>
      <div className="chart-place" ref={place}>
        {width === 0 ? null : (
          // Keys and the pointer choose a day in it: to a screen reader it is an application.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <svg
            width={width}
            height={height}
            viewBox={`0 0 ${width} ${height}`}
            role="application"
            aria-roledescription={props.title}
            aria-label={`${props.title}. ${words.help}`}
            tabIndex={0}
            onKeyDown={move}
            onBlur={() => choose(undefined)}
            onPointerMove={(event) => {
              const x = event.clientX - event.currentTarget.getBoundingClientRect().left - start
              const index = Math.floor(x / slot)
              choose(index >= 0 && index < bars.length ? index : undefined)
            }}
            onPointerLeave={() => choose(undefined)}
          >
            <defs>
              {(["one", "two"] as const).map((part) => (
                <pattern
                  key={part}
                  id={`chart-hatch-${part}`}
                  width="6"
                  height="6"
                  patternUnits="userSpaceOnUse"
                  patternTransform="rotate(45)"
                >
                  <rect width="3.2" height="6" className={`chart-hatch-${part}`} />
                </pattern>
              ))}
            </defs>
            <Grid scale={scale} width={width} />
            {chosen === undefined ? null : (
              <rect className="chart-chosen" x={center - slot / 2} y={top} width={slot} height={plot} rx={4} />
            )}
            {bars.map((bar, index) => (
              <Stack
                key={bar.name}
                bar={bar}
                scale={scale}
                width={barWidth}
                x={start + slot * index + (slot - barWidth) / 2}
              />
            ))}
            {bars.map(({ name, notes }, index) =>
              notes.length === 0 ? null : <Mark key={name} x={Math.round(start + slot * (index + 0.5))} />
            )}
            {labels.map((index) => (
              <text
                key={index}
                className="chart-text"
                x={start + slot * (index + 0.5)}
                y={height - 8}
                textAnchor="middle"
              >
                {bars[index]?.label}
              </text>
            ))}
          </svg>
        )}
        {current === undefined ? null : (
          <div
            className="chart-tip"
            aria-hidden="true"
            style={
              center > width / 2
                ? { insetInlineEnd: width - center + slot / 2 + 6 }
                : { insetInlineStart: center + slot / 2 + 6 }
            }
          >
            <strong>{current.title}</strong>
            {current.isPartial ? <span className="quiet">{words.partial}</span> : null}
            {names.map((name, part) => (
              <span key={name} className={`chart-name ${part === 0 ? "one" : "two"}`}>
                {name}
                <b>{format.number(current.parts[part === 0 ? 0 : 1])}</b>
              </span>
            ))}
            {current.notes.map((note, index) => (
              <span key={index} className="chart-name noted">
                {note}
              </span>
            ))}
          </div>
        )}
      </div>
      <p className="hidden" role="status">
        {noted === undefined ? figures : `${figures}. ${fill(words.noted, { notes: noted })}`}
      </p>
      <ChartTable {...props} />
    </figure>
  )
}
