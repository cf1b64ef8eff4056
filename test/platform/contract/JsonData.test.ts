import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { canonical, storable } from "../../../src/platform/contract/JsonData.ts"

const nested = (levels: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { a: value } : [value]
  return value
}

describe("storable", () => {
  it("takes what jsonb takes", () => {
    for (const data of [{}, { a: null, b: true, c: -1.5e300, d: "é😀\u007f", e: [[], {}] }, nested(32)]) {
      assert.isUndefined(storable(data, 4096))
    }
  })

  it("refuses what jsonb refuses, wherever it stands", () => {
    assert.match(storable({ a: [{ b: "\0" }] }, 4096) ?? "", /text without NUL/)
    assert.match(storable({ a: "\ud800" }, 4096) ?? "", /lone surrogates/)
    assert.match(storable({ a: { "\udc00": 1 } }, 4096) ?? "", /keys without/)
    assert.match(storable({ a: JSON.parse("1e400") }, 4096) ?? "", /finite numbers/)
  })

  it("bounds depth and size", () => {
    assert.match(storable(nested(33), 4096) ?? "", /at most 32 levels/)
    assert.match(storable(nested(100_000), 4096) ?? "", /at most 32 levels/)
    assert.isUndefined(storable({ a: "x".repeat(4096 - 8) }, 4096))
    assert.match(storable({ a: "x".repeat(4096 - 7) }, 4096) ?? "", /at most 4096 bytes/)
    assert.match(storable({ a: "é".repeat(2045) }, 4096) ?? "", /at most 4096 bytes/)
  })

  it("refuses a list of a million as too large", () => {
    assert.match(storable({ a: Array.from({ length: 1_000_000 }, () => 0) }, 4096) ?? "", /at most 4096 bytes/)
  })
})

const json = fc.letrec<{ value: unknown; record: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.string(),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("record")
  ),
  record: fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("__proto__", "1", "10", "2", "constructor")),
    tie("value"),
    {
      maxKeys: 4
    }
  )
}))

/** The same value with the keys of every object in reverse order. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)])
  )
}

describe("canonical", () => {
  it("does not see the order of keys", () => {
    fc.assert(fc.property(json.record, (value) => assert.strictEqual(canonical(turned(value)), canonical(value))))
  })

  it("keeps every value apart from every other", () => {
    fc.assert(
      fc.property(json.value, json.value, (one, other) => {
        const areEqual = JSON.stringify(turned(turned(one))) === JSON.stringify(turned(turned(other)))
        if (canonical(one) === canonical(other))
          assert.deepEqual(JSON.parse(canonical(one)), JSON.parse(canonical(other)))
        else assert.isFalse(areEqual)
      })
    )
    const all = [{ a: 1 }, { a: "1" }, { b: 1 }, { a: [1] }, { a: { a: 1 } }, { a: null }, {}, [], { a: 1, b: 1 }]
    assert.strictEqual(new Set(all.map(canonical)).size, all.length)
  })

  it("keeps the order of lists", () => {
    assert.notStrictEqual(canonical([1, 2]), canonical([2, 1]))
  })
})
