/**
 * Comma-separated values by RFC 4180, for spreadsheets: lines end with CRLF, and a field with a comma, a quote or a line break stands
 * in quotes.
 */

/** What a cell may hold; null is an empty cell. */
export type Cell = string | number | null

/**
 * Begins the file. Excel takes a file without it for one in the local code page, and garbles every name beyond ASCII. Programs that
 * would take it for a part of the first column's name have the other format.
 */
export const byteOrderMark = "\uFEFF"

/**
 * How text begins that a spreadsheet takes for a formula, which may call other programs or send cells elsewhere. By OWASP, "CSV
 * Injection": also a tab and line breaks, and the full-width signs that some take for the same.
 */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/u

/** An apostrophe makes it text. Numbers are not touched: they come from number columns, and -5 is to stay one. */
const harmless = (text: string): string => (formula.test(text) ? `'${text}` : text)

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const written = (cell: Cell): string =>
  cell === null ? "" : typeof cell === "number" ? String(cell) : quoted(harmless(cell))

/** One line, with its end. */
export const line = (cells: ReadonlyArray<Cell>): string => `${cells.map(written).join(",")}\r\n`
