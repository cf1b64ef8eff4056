import { type Duration, Effect, Schedule, type Scope } from "effect"
import type { DatabaseUnavailable } from "./contract/Problems.ts"
import { forLog } from "./observe/Redaction.ts"

/**
 * Does a job at once, and again after a pause with jitter, until the scope closes. A job that fails is logged (`what` begins the
 * sentence: "Counting tasks failed") and done again after the next pause.
 */
export const every = <A, E, R>(
  pause: Duration.Input,
  what: string,
  job: Effect.Effect<A, E | DatabaseUnavailable, R>
): Effect.Effect<void, never, R | Scope.Scope> =>
  job.pipe(
    Effect.catchTag("DatabaseUnavailable", () => Effect.logWarning(`${what} failed: the database does not answer`)),
    Effect.catchCause((cause) => Effect.logError(`${what} failed`, forLog(cause))),
    Effect.repeat(Schedule.spaced(pause).pipe(Schedule.jittered)),
    Effect.forkScoped,
    Effect.asVoid
  )

/** Repeats a bounded piece of work until there is nothing left of it: a large statement would hold its locks and its snapshot for long. */
export const untilNone = <E, R>(piece: Effect.Effect<number, E, R>): Effect.Effect<number, E, R> =>
  Effect.repeat(piece, { while: (count) => count > 0 })
