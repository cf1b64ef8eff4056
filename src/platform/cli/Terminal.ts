import { Console, type Effect } from "effect"

// Control characters (including terminal escapes), line breaks, characters that change the writing direction, and lone
// surrogates.
const controls = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Text on one line, escaped so that a terminal shows it and does not obey it. Escaped JSON keeps its meaning. */
const escaped = (line: string): string =>
  line.replaceAll(controls, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)

/**
 * Prints one line or several. Text from strangers cannot add a line or control the terminal. `before` is printed as it
 * is, for the terminal.
 */
export const print = (lines: string | ReadonlyArray<string>, before = ""): Effect.Effect<void> =>
  Console.log(before + (typeof lines === "string" ? [lines] : lines).map(escaped).join("\n"))

/** Beyond this many characters a cell moves the rest of its own row, and no other row. */
const widest = 40

/** Rows as lines, with their cells one below the other. What terminals would obey is escaped first, so that it counts as it is shown. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const shown = rows.map((row) => row.map(escaped))
  const widths: Array<number> = []
  for (const row of shown) {
    for (const [index, { length }] of row.entries()) {
      if (length <= widest) widths[index] = Math.max(widths[index] ?? 0, length)
    }
  }
  return shown.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd()
  )
}

/** Prints an error message to standard error. Its line breaks are kept. */
export const complain = (message: string): Effect.Effect<void> =>
  Console.error(message.split("\n").map(escaped).join("\n"))
