/** What a browser measures of a page, as it is defined for the Web Vitals. */
export interface Vitals {
  /** Largest contentful paint, in milliseconds. */
  readonly lcp: number
  /** Cumulative layout shift: the worst window of shifts. */
  readonly cls: number
  /** The slowest interaction, in milliseconds. Browsers round to 8, and leave out what takes less than 16. */
  readonly inp: number
}

export interface Shift {
  readonly at: number
  readonly value: number
}

/** The worst window of layout shifts: no second passes in it without one, and it lasts 5 at most. Times in milliseconds. */
export const worstWindow = (shifts: ReadonlyArray<Shift>): number => {
  let [worst, sum, first, last] = [0, 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { at, value } of shifts) {
    if (at - last >= 1000 || at - first >= 5000) [sum, first] = [0, at]
    sum += value
    last = at
    worst = Math.max(worst, sum)
  }
  return worst
}

/** Runs in the page, before anything of it. Text, because the bench knows no types of browsers. */
export const observing = `
  window.seenByBench = { lcp: 0, shifts: [], interactions: [] }
  const observe = (type, more, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true, ...more })
  observe("largest-contentful-paint", {}, ({ startTime }) => { seenByBench.lcp = startTime })
  observe("layout-shift", {}, ({ hadRecentInput, startTime, value }) => {
    if (!hadRecentInput) seenByBench.shifts.push({ at: startTime, value })
  })
  observe("event", { durationThreshold: 16 }, ({ duration, interactionId }) => {
    if (interactionId > 0) seenByBench.interactions.push(duration)
  })
`

/** Evaluates to what was seen, after what has happened was painted. */
export const seen = `new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(seenByBench), 100)))`

export interface Seen {
  readonly lcp: number
  readonly shifts: ReadonlyArray<Shift>
  readonly interactions: ReadonlyArray<number>
}

export const vitalsOf = ({ interactions, lcp, shifts }: Seen): Vitals => ({
  lcp,
  cls: worstWindow(shifts),
  inp: Math.max(16, ...interactions)
})
