import { type Clock, Effect } from "effect"
import type { Rate } from "../settings/Setting.ts"
import { windowAt } from "./RateWindow.ts"

/**
 * How many keys a generation holds; two generations are kept. Beyond that, the keys not seen for longest are forgotten and
 * start again at 0. A client that can send 50,000 requests from as many addresses within a window is not stopped by a limit
 * per address anyway, while an unbounded map would exhaust the memory (a million keys take about 100 MB).
 */
const generation = 50_000

/** The counters of the window of one rate. */
class Counts {
  private index = 0
  private young = new Map<string, number>()
  private old = new Map<string, number>()

  get size() {
    return this.young.size + this.old.size
  }

  increment(key: string, index: number): number {
    if (index !== this.index) {
      this.index = index
      this.young = new Map()
      this.old = new Map()
    }
    const count = (this.young.get(key) ?? this.old.get(key) ?? 0) + 1
    this.young.set(key, count)
    if (this.young.size >= generation) {
      this.old = this.young
      this.young = new Map()
    }
    return count
  }
}

export const makeMemory = () => {
  const counts = new Map<number, Counts>()
  return {
    /** How many keys are held now: at most 100,000 per length of window. */
    size: () => [...counts.values()].reduce((sum, { size }) => sum + size, 0),
    take: (key: string, rate: Rate | "off"): Effect.Effect<number> =>
      rate === "off"
        ? Effect.succeed(0)
        : Effect.clockWith((clock: Clock.Clock) => {
            const window = windowAt(rate, clock.currentTimeMillisUnsafe())
            let count = counts.get(window.lengthMillis)
            if (count === undefined) {
              count = new Counts()
              counts.set(window.lengthMillis, count)
            }
            return Effect.succeed(count.increment(key, window.index) <= rate.limit ? 0 : window.waitSeconds)
          })
  }
}
