import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { maxNesting, unstorable } from "../../../src/platform/edge/JsonText.ts"

const badText = (text: string) => text.includes("\0") || !text.isWellFormed()

/** The same check on the parsed value, which costs several times as much. */
const cannotBeKept = (value: unknown, depth = 0): boolean => {
  if (typeof value === "string") return badText(value)
  if (typeof value === "number") return /^-?\d+$/.test(JSON.stringify(value)) && !Number.isSafeInteger(value)
  if (typeof value !== "object" || value === null) return false
  if (depth + 1 > maxNesting) return true
  return Array.isArray(value)
    ? value.some((item) => cannotBeKept(item, depth + 1))
    : Object.entries(value).some(([key, item]) => badText(key) || cannotBeKept(item, depth + 1))
}

/** Escapes every UTF-16 unit, so that lone surrogates and NUL survive UTF-8. */
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
        // JSON.stringify escapes only lone surrogates; `escaped` escapes the rest.
        const source = escaped(JSON.stringify(value))
        const bad = cannotBeKept(JSON.parse(source))
        if (bad) found++
        assert.strictEqual(unstorable(source) !== undefined, bad, source)
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(found, 100, "both kinds must occur")
  })

  it("includes numbers beyond a double, wherever they stand", () => {
    for (const number of ["1e309", "-1E+400", "9".repeat(310), `-${"1".repeat(400)}.5`, "1.5e999"]) {
      for (const place of [number, `[${number}]`, `{"a":${number}}`, `[1,${number},2]`])
        assert.isDefined(unstorable(place), place)
    }
    for (const number of ["1e308", "-1.7976931348623157e308", "0e999", "1e-999", `${"9".repeat(300)}.0`]) {
      for (const place of [number, `[${number}]`, `{"a":${number}}`]) assert.isUndefined(unstorable(place), place)
    }
  })

  it("includes integers that a double changes, and says where they stand", () => {
    const largest = Number.MAX_SAFE_INTEGER
    for (const [source, ...path] of [
      ["9007199254740993"],
      ["-9007199254740992"],
      ['{"data":{"id":9007199254740993}}', "data", "id"],
      ['{"a":"[1,{","b":[1,[2],{"c":"}","d\\"e":[0,12345678901234567890]}]}', "b", 2, 'd"e', 1],
      ['{"a":{"x":1},"b":{},"c":[],"d":1e400}', "d"]
    ] as const) {
      const found = unstorable(source)
      assert.isTrue(typeof found === "object", source)
      assert.deepStrictEqual(typeof found === "object" ? found.path : [], path)
    }
    for (const number of [largest, -largest, "1e20", "9007199254740993.5", "-0", "0.1234567890123456789", "1E+3"]) {
      assert.isUndefined(unstorable(`{"a":[${number}],"b":"9007199254740993"}`), String(number))
    }
  })

  it("leaves what is no JSON to the parser", () => {
    for (const source of [
      "9007199254740993,",
      "[12345678901234567890",
      "1-22222222222222222222",
      "00000000000000000000"
    ]) {
      assert.isUndefined(unstorable(source), source)
    }
  })

  it("counts nesting, not brackets", () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)
    assert.isUndefined(unstorable(nested(maxNesting)))
    assert.isDefined(unstorable(nested(maxNesting + 1)))
    assert.isUndefined(unstorable(`[${"[],".repeat(5000)}[]]`))
    assert.isUndefined(unstorable(`"${"[".repeat(5000)}"`))
  })

  it("never hangs on what is no JSON", () => {
    for (const source of ['"', '"\\', '"\\u', '"\\ud800\\u', "-", "1e", "]".repeat(50), '"abc', "\\u0000"])
      unstorable(source)
    assert.isDefined(unstorable(String.raw`"\ud800"`))
  })
})
