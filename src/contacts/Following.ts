import { Console, Effect } from "effect"
import { Backlog, type Started, type Told } from "./Backlog.ts"
import { lineOf, Progress } from "../platform/cli/Progress.ts"

/** Often enough for whoever watches, and next to nothing for the database. */
const pause = "1 second"

/** Looks without any change, a second each, before it is asked whether anybody works at it. */
const patience = 60

export const contacts = (count: number): string => (count === 1 ? "1 contact" : `${count} contacts`)

/** Runs what tells how many contacts it has found so far, and shows that. */
export const counting = <A, E, R>(what: string, run: (told: Told) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(Progress, ({ clear, show }) =>
    Effect.ensuring(
      run((count) => show(`${contacts(count)} ${what}`)),
      clear
    )
  )

/**
 * Waits until none of these waits any more; the background of the service settles them. It may be interrupted at any time:
 * nothing is lost by it.
 */
export const follow = Effect.fnUntraced(
  function* (started: Started) {
    if (started.count === 0) return
    const backlog = yield* Backlog
    const { clear, show } = yield* Progress
    let left = yield* backlog.left(started)
    for (let still = 0; left > 0;) {
      yield* show(lineOf(started.count - left, started.count))
      yield* Effect.sleep(pause)
      const now = yield* backlog.left(started)
      still = now < left ? 0 : still + 1
      left = now
      if (still === patience) {
        yield* clear
        yield* Console.error(
          `Nothing has changed for a minute (${contacts(left)} left): does a service run, with WORKERS?`
        )
      }
    }
  },
  Effect.ensuring(Effect.flatMap(Progress, ({ clear }) => clear))
)
