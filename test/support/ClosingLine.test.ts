import { assert, describe, it } from "@effect/vitest"
import { closingLine } from "./ClosingLine.ts"

describe("closingLine", () => {
  it("counts tests by state, over all files", () => {
    const modules = [{ states: ["passed", "passed"], isOk: true }, { states: ["failed", "passed"], isOk: false }]
    assert.strictEqual(closingLine(modules, 0), "3 passed, 1 failed")
  })

  it("names skipped tests only where there are any", () => {
    assert.strictEqual(closingLine([{ states: ["passed", "skipped"], isOk: true }], 0), "1 passed, 0 failed, 1 skipped")
  })

  it("never says 0 failed of a run that failed: a file that does not load and an error outside of tests count", () => {
    assert.strictEqual(closingLine([{ states: [], isOk: false }], 0), "0 passed, 1 failed")
    assert.strictEqual(closingLine([{ states: ["passed"], isOk: true }], 1), "1 passed, 1 failed")
  })
})
