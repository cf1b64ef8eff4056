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
 * How text begins that a spreadsheet takes for a formula, which may call other programs or send cells elsewhere (OWASP, "CSV Injection").
 * Also with full-width signs, which some take for the same, and with a tab and line breaks, which are left out when it is read.
 */
const formula = /^[\t\r\n=+\-@\uff1d\uff0b\uff0d\uff20]/u

const sign = /[=+\-@\uff1d\uff0b\uff0d\uff20]/u

/** Where people write 1,5 with a comma, their spreadsheets part cells at semicolons, and a file may be read as one with tabs. */
const separator = /[;\t\r\n]/u

const passedOver = /[\s"]/u

/**
 * The text with an apostrophe wherever a cell may begin within it with a formula. Commas part nothing where semicolons do, and quotes are
 * a part of the text: they do not hold together what a line break parts. From the end, so that each character is looked at once.
 */
const harmlessWithin = (text: string): string => {
  if (!sign.test(text) || !separator.test(text)) return text
  const written: Array<string> = []
  let end = text.length
  let isLed = false
  for (let at = text.length - 1; at > 0; at--) {
    const character = text.charAt(at)
    isLed = sign.test(character) || (isLed && passedOver.test(character))
    if (isLed && separator.test(text.charAt(at - 1))) {
      written.push(text.slice(at, end), "'")
      end = at
    }
  }
  return text.slice(0, end) + written.toReversed().join("")
}

/** An apostrophe makes it text. Numbers are not touched: they come from number columns, and -5 is to stay one. */
const harmless = (text: string): string => {
  const within = harmlessWithin(text)
  return formula.test(within) ? `'${within}` : within
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const written = (cell: Cell): string =>
  cell === null ? "" : typeof cell === "number" ? String(cell) : quoted(harmless(cell))

/** One line, with its end. */
export const line = (cells: ReadonlyArray<Cell>): string => `${cells.map(written).join(",")}\r\n`
