import { Data, Effect } from "effect"

/** The run cannot continue. `message` says why. */
export class AttackError extends Data.TaggedError("AttackError")<{ readonly message: string }> {}

/** Turns a promise's rejection into an `AttackError` that names the step. */
export const attempt = <A>(what: string, work: () => Promise<A>): Effect.Effect<A, AttackError> =>
  Effect.tryPromise({
    try: work,
    catch: (cause) => new AttackError({ message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}` })
  })
