/** A Markdown table that is also readable as plain text. Text columns are aligned left, numbers right. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>, texts = 1): string => {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, at) => (at < texts ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(" | ")} |`
  const rule = `| ${widths.map((width, at) => (at < texts ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`
  return [line(head), rule, ...rows.map(line)].join("\n")
}

const orNothing = (value: number, text: string) => (Number.isFinite(value) ? text : "–")

export const whole = (value: number) => orNothing(value, Math.round(value).toLocaleString("en-US"))

/** Two significant digits, more for large values. */
export const short = (value: number) =>
  orNothing(value, value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))

export const times = (value: number) => orNothing(value, `${value.toFixed(2)} ×`)

export const percent = (value: number) => orNothing(value, `${(value * 100).toFixed(1)} %`)
