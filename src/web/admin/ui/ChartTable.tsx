import { byteOrderMark, type Cell, line } from "../../../exports/Csv.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { fill } from "../words/Words.ts"
import { ButtonLink } from "./Button.tsx"

/** A day of a chart. */
export interface Bar {
  /** Its date. */
  readonly name: string
  /** Below the bar. */
  readonly label: string
  /** Said and shown when the bar is chosen, and in the table. */
  readonly title: string
  /** Stacked, the first at the bottom. */
  readonly parts: readonly [number, number]
  /** Whether it still grows: it is hatched. */
  readonly isPartial: boolean
  /** What was noted on it: a mark says that there is something. */
  readonly notes: ReadonlyArray<string>
}

export interface Table {
  readonly title: string
  readonly bars: ReadonlyArray<Bar>
  readonly names: readonly [string, string]
  readonly dayTitle: string
  /** The name of the file with the same. */
  readonly file: string
}

const hasNotes = (bars: ReadonlyArray<Bar>) => bars.some(({ notes }) => notes.length > 0)

/** The address of a file with what the table shows. Text that a spreadsheet would take for a formula is made harmless. */
const fileOf = ({ bars, dayTitle, names }: Table, notesTitle: string): string => {
  const withNotes = hasNotes(bars)
  const rows: ReadonlyArray<ReadonlyArray<Cell>> = [
    [dayTitle, ...names, ...(withNotes ? [notesTitle] : [])],
    ...bars.map(({ name, notes, parts }) => [name, ...parts, ...(withNotes ? [notes.join(" · ")] : [])])
  ]
  return `data:text/csv;charset=utf-8,${encodeURIComponent(byteOrderMark + rows.map(line).join(""))}`
}

/** What a chart shows as a table, and as a file. */
export const ChartTable = (props: Table) => {
  const words = useWords().shell.chart
  const format = useFormat()
  const { bars, names } = props
  const withNotes = hasNotes(bars)
  return (
    <div className="chart-foot">
      <details className="chart-table">
        <summary>{words.table}</summary>
        <div
          className="list-scroll"
          role="region"
          aria-label={fill(words.tableOf, { title: props.title })}
          tabIndex={0}
        >
          <table>
            <thead>
              <tr>
                <th scope="col">{props.dayTitle}</th>
                {names.map((name) => (
                  <th key={name} scope="col" className="number">
                    {name}
                  </th>
                ))}
                {withNotes ? <th scope="col">{words.notes}</th> : null}
              </tr>
            </thead>
            <tbody>
              {bars.map(({ name, notes, parts, title }) => (
                <tr key={name}>
                  <th scope="row">{title}</th>
                  <td className="number">{format.number(parts[0])}</td>
                  <td className="number">{format.number(parts[1])}</td>
                  {withNotes ? (
                    <td className="chart-table-notes">
                      {notes.map((note, place) => (
                        <p key={place}>{note}</p>
                      ))}
                    </td>
                  ) : null}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
      <ButtonLink look="plain" isSmall icon="download" href={fileOf(props, words.notes)} download={props.file}>
        {words.file}
      </ButtonLink>
    </div>
  )
}
