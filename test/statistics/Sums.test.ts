import { assert, describe, it } from "@effect/vitest"
import { waits } from "../../src/statistics/Counts.ts"
import { waitWithin } from "../../src/statistics/Sums.ts"

/** Counts of waits, as they are stored: by the bounds of `Counts.waits`. */
const countsOf = (times: ReadonlyArray<number>) => {
  const counts = waits.map(() => 0)
  for (const time of times) {
    const at = waits.findIndex(([, bound]) => time <= bound)
    counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}

describe("the wait that a part of the contacts did not exceed", () => {
  it("is unknown where there are none", () => {
    assert.isNull(waitWithin(countsOf([]), 0.95))
    assert.isNull(waitWithin([], 0.5))
  })

  it("lies in the right count, whatever the waits", () => {
    const random = (at: number) => ((at * 7919 + 13) % 1000) / 1000
    for (const scale of [0.05, 0.3, 1, 4, 100, 5000]) {
      const times = Array.from({ length: 500 }, (_, at) => random(at) * scale).sort((a, b) => a - b)
      for (const part of [0.01, 0.5, 0.95, 1]) {
        const exact = times[Math.ceil(part * times.length) - 1]!
        const estimated = waitWithin(countsOf(times), part)!
        const at = waits.findIndex(([, bound]) => exact <= bound)
        assert.isAtMost(estimated, waits[at]![1] + 0.001, `${scale} ${part}`)
        assert.isAtLeast(estimated, (waits[at - 1]?.[1] ?? 0) - 0.001, `${scale} ${part}`)
      }
    }
  })

  it("is the last bound for what is longer", () => {
    assert.strictEqual(waitWithin(countsOf([1_000_000]), 0.5), 86_400)
    assert.strictEqual(waitWithin(countsOf([0.05, 1_000_000]), 0.95), 86_400)
    assert.strictEqual(waitWithin(countsOf([0.05, 1_000_000]), 0.5), 0.1)
  })
})
