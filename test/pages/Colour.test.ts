import { assert, describe, it } from "@effect/vitest"
import { contrast, isColour, shownContrast, sixDigits } from "../../src/pages/Colour.ts"

describe("Colour", () => {
  it("is written as CSS does", () => {
    for (const text of ["#b3123f", "#B3123F", "#b13"]) assert.isTrue(isColour(text), text)
    for (const text of ["b3123f", "#b3123", "#b3123ff", "red", "#ggg", "#b13 ", ""])
      assert.isFalse(isColour(text), text)
    assert.deepStrictEqual([sixDigits("#B13"), sixDigits("#B3123F")], ["#bb1133", "#b3123f"])
  })

  it("has the contrasts that WCAG gives", () => {
    assert.strictEqual(contrast("#000", "#fff"), 21)
    assert.strictEqual(contrast("#777", "#777777"), 1)
    // The well-known pair on either side of the bound.
    assert.strictEqual(shownContrast(contrast("#777777", "#ffffff")), 4.47)
    assert.isAbove(contrast("#767676", "#ffffff"), 4.5)
    assert.strictEqual(contrast("#123456", "#fedcba"), contrast("#fedcba", "#123456"))
  })
})
