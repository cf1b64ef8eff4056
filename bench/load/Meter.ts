import { createHistogram, performance } from "node:perf_hooks"
import type { Figures } from "./Order.ts"

/** Nanoseconds, because the histogram only takes integers. Finer than its three significant digits. */
const toHistogram = (ms: number) => Math.max(1, Math.round(ms * 1e6))

/** Counts answers, and records the times of those within the measured time. */
export const make = (measureMs: number) => {
  const histogram = createHistogram({ figures: 3 })
  let measuring = false
  let plays = 0
  let answered = 0
  let unknown = 0
  let late = 0
  let startedAt = 0
  let elapsedMs = measureMs
  let cpu = process.cpuUsage()
  return {
    begin: () => {
      cpu = process.cpuUsage()
      startedAt = performance.now()
      measuring = true
    },
    end: () => {
      measuring = false
      elapsedMs = performance.now() - startedAt
      cpu = process.cpuUsage(cpu)
    },
    isMeasuring: () => measuring,
    /**
     * @param since The time from which this play counts. Plays that start before the measured time are counted but not timed.
     */
    answer: (since: number, isUnknown: boolean) => {
      answered++
      if (isUnknown) unknown++
      if (!measuring) return
      plays++
      if (since >= startedAt) histogram.record(toHistogram(performance.now() - since))
    },
    /** Records a planned play that is unanswered at the end of the measured time. */
    leave: (since: number) => {
      if (since < startedAt) return
      late++
      histogram.record(toHistogram(performance.now() - since))
    },
    figures: (): Figures => ({
      answered,
      plays,
      perSecond: (plays * 1000) / elapsedMs,
      unknown,
      p50: histogram.percentile(50) / 1e6,
      p99: histogram.percentile(99) / 1e6,
      p999: histogram.percentile(99.9) / 1e6,
      max: histogram.max / 1e6,
      late,
      cpuMs: (cpu.user + cpu.system) / 1000
    })
  }
}

export type Meter = ReturnType<typeof make>
