import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { TaskSignals } from "../../../src/tasks/watch/TaskSignals.ts"

/** Runs all fibers that are ready, and those that they wake. No time passes, so an effect has its cause in a wake-up. */
export const settle = Effect.replicateEffect(TestClock.adjust(0), 20, { discard: true })

/** The signals of a process without a database: `say` sends one to all listeners. */
export const spoken = () => {
  const hearers: Array<readonly [string, (words: ReadonlyArray<string>) => void]> = []
  return {
    signals: TaskSignals.of({ on: (signal, hear) => Effect.sync(() => void hearers.push([signal, hear])) }),
    say: (signal: string, ...words: ReadonlyArray<string>) => {
      for (const [name, hear] of hearers) if (name === signal) hear(words)
    }
  }
}
