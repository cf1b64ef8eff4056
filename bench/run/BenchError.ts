import { Data, Effect } from "effect"

/** The run cannot continue. `message` says why. */
export class BenchError extends Data.TaggedError("BenchError")<{ readonly message: string }> {}

const textOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

/** Turns a promise's rejection into a `BenchError` that names the step. */
export const attempt = <A>(what: string, work: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, BenchError> =>
  Effect.tryPromise({ try: work, catch: (cause) => new BenchError({ message: `${what}: ${textOf(cause)}` }) })
