import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parseSearch, stringifySearch, day } from "../../src/web/admin/Search.ts"
import { barTop, scaleOf, shownLabels } from "../../src/web/admin/ui/ChartScale.ts"
import { addDays, daysBetween, daysOf, readPeriod, todayIn, writePeriod } from "../../src/web/admin/ui/PeriodChoice.ts"

describe("the scale of a chart", () => {
  it("has round steps, at most five, and holds the largest bar", () => {
    for (let most = 0; most <= 20_000; most += most < 200 ? 1 : 37) {
      const { max, steps } = scaleOf(most)
      assert.isAtLeast(max, most)
      assert.isAtMost(steps.length, 6)
      assert.deepStrictEqual([steps[0], steps.at(-1)], [0, max])
      for (const step of steps) assert.isTrue(Number.isInteger(step), `${most}: ${step}`)
    }
    assert.deepStrictEqual(scaleOf(1310).steps, [0, 500, 1000, 1500])
    assert.deepStrictEqual(scaleOf(0).steps, [0, 1])
  })

  it("leaves room between the labels", () => {
    assert.deepStrictEqual(shownLabels(30, 31.6), [0, 3, 6, 9, 12, 15, 18, 21, 24, 27])
    assert.deepStrictEqual(shownLabels(0, 10), [])
    assert.deepStrictEqual(shownLabels(7, 140), [0, 1, 2, 3, 4, 5, 6])
  })

  it("draws no corner that is larger than the bar", () => {
    assert.strictEqual(barTop(0, 100, 20, 50, 4), "M0 100V54Q0 50 4 50H16Q20 50 20 54V100Z")
    assert.strictEqual(barTop(0, 100, 2, 0.5, 4), "M0 100V100Q0 99.5 0.5 99.5H1.5Q2 99.5 2 100V100Z")
  })
})

describe("the period", () => {
  it("is read from what it wrote", () => {
    const choices = [
      { kind: "last", days: 7 },
      { kind: "last", days: 30 },
      { kind: "last", days: 90 },
      { kind: "own", from: "2026-02-27", to: "2026-03-02" }
    ] as const
    for (const choice of choices) assert.deepStrictEqual(readPeriod(writePeriod(choice)), choice)
  })

  it("is 30 days where the address holds rubbish", () => {
    for (const raw of [
      { days: "31" },
      { from: "2026-02-30", to: "2026-03-02" },
      { from: "2026-03-02", to: "2026-03-01" },
      { from: "2020-01-01", to: "2026-03-01" },
      { from: "2026-03-01" },
      { days: "<script>" }
    ]) {
      assert.deepStrictEqual(readPeriod(raw), { kind: "last", days: 30 }, JSON.stringify(raw))
    }
  })

  it("ends today, where the zone is, and has as many days before it", () => {
    const now = Date.parse("2026-11-20T23:30:00Z")
    assert.strictEqual(todayIn("Europe/Prague", now), "2026-11-21")
    assert.strictEqual(todayIn("America/New_York", now), "2026-11-20")
    assert.deepStrictEqual(daysOf({ kind: "last", days: 7 }, "Europe/Prague", now), {
      from: "2026-11-15",
      to: "2026-11-21",
      days: 7,
      before: "2026-11-08"
    })
    assert.deepStrictEqual(daysOf({ kind: "own", from: "2026-03-28", to: "2026-03-30" }, "Europe/Prague", now), {
      from: "2026-03-28",
      to: "2026-03-30",
      days: 3,
      before: "2026-03-25"
    })
  })

  it("counts days across the ends of months and years", () => {
    assert.strictEqual(addDays("2026-12-31", 1), "2027-01-01")
    assert.strictEqual(addDays("2028-02-28", 1), "2028-02-29")
    assert.strictEqual(daysBetween("2026-10-24", "2026-10-26"), 3)
  })
})

describe("an address", () => {
  it("is read as it was written, whatever the texts", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ minLength: 1, unit: "grapheme" })),
        (search) => {
          assert.deepStrictEqual(parseSearch(stringifySearch(search)), { ...search })
        }
      )
    )
  })

  it("leaves out what is not there", () => {
    assert.strictEqual(stringifySearch({ q: undefined, verdict: "", days: "7" }), "?days=7")
    assert.strictEqual(stringifySearch({}), "")
  })

  it("takes only days that there are", () => {
    assert.deepStrictEqual(
      ["2026-02-28", "2026-02-29", "2026-13-01", "26-01-01", "2026-01-01T00:00", "", undefined].map(day),
      ["2026-02-28", undefined, undefined, undefined, undefined, undefined, undefined]
    )
  })
})
