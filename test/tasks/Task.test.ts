import { assert, describe, it } from "@effect/vitest"
import { readable, readableProgress } from "../../src/tasks/Task.ts"

describe("what a runner says", () => {
  it("is cut between two characters, and can be stored", () => {
    assert.strictEqual(readable("x".repeat(2000)), "x".repeat(2000))
    assert.strictEqual(readable("x".repeat(2001)), "x".repeat(2000))
    assert.strictEqual(readable(`${"x".repeat(1999)}😀`), "x".repeat(1999))
    assert.strictEqual(readable(`${"x".repeat(1998)}😀😀`), `${"x".repeat(1998)}😀`)
    assert.strictEqual(readable("a\0b \ud800 c"), "a\ufffdb \ufffd c")
  })

  it("of its progress lies between 0 and 1, or is nothing", () => {
    const fractionOf = (fraction: number | null) => readableProgress({ fraction, message: "" }).fraction
    assert.deepStrictEqual([0, 0.5, 1, -1, 2, Infinity, Number.NaN, null].map(fractionOf), [
      0,
      0.5,
      1,
      0,
      1,
      1,
      null,
      null
    ])
    assert.strictEqual(readableProgress({ fraction: null, message: `${"x".repeat(1999)}😀` }).message, "x".repeat(1999))
  })
})
