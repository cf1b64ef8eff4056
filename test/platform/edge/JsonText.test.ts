import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { maxNesting, unkeepable } from "../../../src/platform/edge/JsonText.ts"

const badText = (text: string) => text.includes("\0") || !text.isWellFormed()

/** The same question asked of the parsed value, which costs several times as much. */
const cannotBeKept = (value: unknown, depth = 0): boolean => {
  if (typeof value === "string") return badText(value)
  if (typeof value === "number") return !Number.isFinite(value)
  if (typeof value !== "object" || value === null) return false
  if (depth + 1 > maxNesting) return true
  return Array.isArray(value)
    ? value.some((item) => cannotBeKept(item, depth + 1))
    : Object.entries(value).some(([key, item]) => badText(key) || cannotBeKept(item, depth + 1))
}

/** Every UTF-16 unit as an escape, so that halves of pairs and NUL survive the way through UTF-8. */
const escaped = (json: string) =>
  json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

const text = fc.string({ unit: fc.constantFrom("a", '"', "\\", "\0", "\ud83d", "\ude00", "u0000", "1e999", "[", "é") })

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    tie("list"),
    tie("object")
  ),
  list: fc.array(tie("value"), { maxLength: 4 }),
  object: fc.dictionary(text, tie("value"), { maxKeys: 4, noNullPrototype: true })
})).value

describe("JSON that cannot be kept", () => {
  it("is found exactly where the parsed value says so", () => {
    let found = 0
    fc.assert(
      fc.property(json, (value) => {
        // JSON.stringify escapes lone surrogates itself and leaves whole pairs alone: `escaped` does the rest.
        const source = escaped(JSON.stringify(value))
        const bad = cannotBeKept(JSON.parse(source))
        if (bad) found++
        assert.strictEqual(unkeepable(source) !== undefined, bad, source)
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(found, 100, "both kinds must occur")
  })

  it("includes numbers beyond a double, wherever they stand", () => {
    for (const number of ["1e309", "-1E+400", "9".repeat(310), `-${"1".repeat(400)}.5`, "1.5e999"]) {
      for (const place of [number, `[${number}]`, `{"a":${number}}`, `[1,${number},2]`])
        assert.isDefined(unkeepable(place), place)
    }
    for (const number of ["1e308", "-1.7976931348623157e308", "0e999", "1e-999", "9".repeat(300)]) {
      for (const place of [number, `[${number}]`, `{"a":${number}}`]) assert.isUndefined(unkeepable(place), place)
    }
  })

  it("counts nesting, not brackets", () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)
    assert.isUndefined(unkeepable(nested(maxNesting)))
    assert.isDefined(unkeepable(nested(maxNesting + 1)))
    assert.isUndefined(unkeepable(`[${"[],".repeat(5000)}[]]`))
    assert.isUndefined(unkeepable(`"${"[".repeat(5000)}"`))
  })

  it("never hangs on what is no JSON", () => {
    for (const source of ['"', '"\\', '"\\u', '"\\ud800\\u', "-", "1e", "]".repeat(50), '"abc', "\\u0000"])
      unkeepable(source)
    assert.isDefined(unkeepable(String.raw`"\ud800"`))
  })
})
