import { Effect } from "effect"

/** How late this process itself is woken. Its measurements of other processes include that delay. */
export interface Lateness {
  /** The longest delay in milliseconds since a moment of `performance.now()`. */
  readonly since: (from: number) => number
}

const everyMillis = 20
const rememberedMillis = 60_000

export const lateness = Effect.acquireRelease(
  Effect.sync(() => {
    let last = performance.now()
    let late: Array<{ readonly at: number; readonly millis: number }> = []
    const timer = setInterval(() => {
      const now = performance.now()
      const millis = now - last - everyMillis
      last = now
      if (millis < everyMillis) return
      late.push({ at: now, millis })
      if (late.length > 1000) late = late.filter(({ at }) => at > now - rememberedMillis)
    }, everyMillis)
    const since = (from: number) => {
      const pending = performance.now() - last - everyMillis
      return Math.max(0, pending, ...late.filter(({ at }) => at >= from).map(({ millis }) => millis))
    }
    return { since, stop: () => clearInterval(timer) }
  }),
  ({ stop }) => Effect.sync(stop)
).pipe(Effect.map(({ since }): Lateness => ({ since })))
