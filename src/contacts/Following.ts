import { Console, Effect } from "effect"
import { Backlog, type OnProgress, type Started } from "./Backlog.ts"
import { lineOf, Progress } from "../platform/cli/Progress.ts"

/** Often enough for a person who watches, and almost no load for the database. */
const pollInterval = "1 second"

/** After so many polls without a change, the command asks whether a service with workers runs. */
const pollsUntilWarning = 60

export const contacts = (count: number): string => (count === 1 ? "1 contact" : `${count} contacts`)

/** Runs an operation on contacts and shows its progress. */
export const counting = <A, E, R>(what: string, run: (onProgress: OnProgress) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(Progress, ({ clear, show }) =>
    Effect.ensuring(
      run((count) => show(`${contacts(count)} ${what}`)),
      clear
    )
  )

/**
 * Waits until the service's background workers have settled all started contacts. It may be interrupted at any time without
 * losing anything.
 */
export const follow = Effect.fnUntraced(
  function* (started: Started) {
    if (started.count === 0) return
    const backlog = yield* Backlog
    const { clear, show } = yield* Progress
    let left = yield* backlog.left(started)
    for (let unchanged = 0; left > 0;) {
      yield* show(lineOf(started.count - left, started.count))
      yield* Effect.sleep(pollInterval)
      const now = yield* backlog.left(started)
      unchanged = now < left ? 0 : unchanged + 1
      left = now
      if (unchanged === pollsUntilWarning) {
        yield* clear
        yield* Console.error(
          `Nothing has changed for a minute (${contacts(left)} left): does a service run, with WORKERS?`
        )
      }
    }
  },
  Effect.ensuring(Effect.flatMap(Progress, ({ clear }) => clear))
)
