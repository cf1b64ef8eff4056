import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type Cell, line } from "../../src/exports/Csv.ts"
import { parseCsv } from "../support/Csv.ts"

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...Array.from("=+-@\t\r\n\",;' aé\uff1d\uff20")), maxLength: 8 })
)
const cell: fc.Arbitrary<Cell> = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constant(null)
)

const dangerous = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/** The cells that a spreadsheet sees which parts them at another sign, and so takes commas and quotes for text. */
const cellsAt = (separator: string, line: string) =>
  line.split(/[\r\n]/).flatMap((row) => row.split(separator).map((cell) => cell.replaceAll(/^[\s"]+/g, "")))

/** With the apostrophes that it is written with. */
const asWritten = (text: string) => {
  const within = text.replaceAll(/(?<=[;\t\r\n])(?=[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20])/g, "'")
  return dangerous.test(within) ? `'${within}` : within
}

describe("a line of CSV", () => {
  it("is read back as it was, but for the apostrophes before what would be a formula", () => {
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 6 }), { maxLength: 5 }), (rows) => {
        assert.deepStrictEqual(
          parseCsv(rows.map(line).join("")),
          rows.map((cells) =>
            cells.map((cell) => {
              if (typeof cell !== "string") return cell === null ? "" : String(cell)
              return asWritten(cell)
            })
          )
        )
      }),
      { numRuns: 1000 }
    )
  })

  it("has no text that a spreadsheet takes for a formula, also where it pretends to end the cell", () => {
    fc.assert(
      fc.property(text, fc.constantFrom('",', '"\r\n', ",", "\r\n", "'", ""), text, (before, end, after) => {
        const [cells, ...more] = parseCsv(line([before + end + after, "next"]))
        assert.lengthOf(more, 0)
        assert.lengthOf(cells ?? [], 2)
        assert.notMatch(cells?.[0] ?? "", dangerous)
      }),
      { numRuns: 1000 }
    )
    for (const [typed, written] of [
      ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0\r\n"],
      ["+1", "'+1\r\n"],
      ["-2+3", "'-2+3\r\n"],
      ["@SUM(A1)", "'@SUM(A1)\r\n"],
      ["\t=1", "'\t'=1\r\n"],
      ["\r=1", `"'\r'=1"\r\n`],
      ["a=1", "a=1\r\n"],
      ["Nora;=1+1", "Nora;'=1+1\r\n"],
      ['Nora; "=1+1"', `"Nora;' ""=1+1"""\r\n`],
      ["Nora\n@SUM(A1)", `"Nora\n'@SUM(A1)"\r\n`],
      ["a; b", "a; b\r\n"],
      ["O'Hara", "O'Hara\r\n"],
      ['Nora, "the" best', '"Nora, ""the"" best"\r\n']
    ] as const) {
      assert.strictEqual(line([typed]), written)
    }
  })

  it("has none either for a spreadsheet that parts cells at semicolons or tabs, as in half of the world", () => {
    fc.assert(
      fc.property(text, fc.constantFrom(";", "\t", "\n", "; ", ';"', '";"'), text, (before, end, after) => {
        const written = line(["id", before + end + after, "next"])
        for (const separator of [";", "\t"]) {
          for (const cell of cellsAt(separator, written)) assert.notMatch(cell, dangerous, written)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("leaves numbers as they are, also negative ones", () => {
    assert.strictEqual(line([-5, 1.5, 0, null]), "-5,1.5,0,\r\n")
  })
})
