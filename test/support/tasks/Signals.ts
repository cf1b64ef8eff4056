import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { TaskSignals } from "../../../src/tasks/watch/TaskSignals.ts"

/** Lets every fiber that can run, run, and those that it wakes: what comes without time comes of the right wake-up. */
export const settle = Effect.replicateEffect(TestClock.adjust(0), 20, { discard: true })

/** The signals of a process without a database: `say` gives one to all who hear it. */
export const spoken = () => {
  const hearers: Array<readonly [string, (words: ReadonlyArray<string>) => void]> = []
  return {
    signals: TaskSignals.of({ on: (signal, hear) => Effect.sync(() => void hearers.push([signal, hear])) }),
    say: (signal: string, ...words: ReadonlyArray<string>) => {
      for (const [name, hear] of hearers) if (name === signal) hear(words)
    }
  }
}
