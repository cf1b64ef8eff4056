import { Data, Effect } from "effect"

/** The run cannot go on; `message` says why. */
export class AttackError extends Data.TaggedError("AttackError")<{ readonly message: string }> {}

/** A promise's rejection as an `AttackError` that says what was being done. */
export const attempt = <A>(what: string, work: () => Promise<A>): Effect.Effect<A, AttackError> =>
  Effect.tryPromise({
    try: work,
    catch: (cause) => new AttackError({ message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}` })
  })
