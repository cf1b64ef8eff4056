import { assert, describe, it } from "@effect/vitest"
import { closingLine } from "./ClosingLine.ts"

describe("closingLine", () => {
  it("counts tests by state, over all files", () => {
    const files = [
      { states: ["passed", "passed"], isOk: true },
      { states: ["failed", "passed"], isOk: false }
    ]
    assert.strictEqual(closingLine(files, 0, 1), "3 passed, 1 failed")
  })

  it("names skipped tests only where there are any", () => {
    assert.strictEqual(
      closingLine([{ states: ["passed", "skipped"], isOk: true }], 0, 0),
      "1 passed, 0 failed, 1 skipped"
    )
  })

  it("never says 0 failed of a run that failed", () => {
    assert.strictEqual(closingLine([{ states: [], isOk: false }], 0, 1), "0 passed, 1 failed", "a file does not load")
    assert.strictEqual(
      closingLine([{ states: ["passed"], isOk: true }], 1, 1),
      "1 passed, 1 failed",
      "an error outside"
    )
    assert.strictEqual(closingLine([], 0, 130), "0 passed, 1 failed", "the run was interrupted")
  })
})
