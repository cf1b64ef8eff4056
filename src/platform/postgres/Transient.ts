import { type Cause, type Duration, Effect, Option, Random, Schedule } from "effect"
import { SqlError } from "effect/sql"
import { leavable } from "../Leavable.ts"
import { DatabaseUnavailable } from "../Problems.ts"

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const transientStates = new Set([
  "25006", // read-only transaction: connected to the old primary after a failover
  "53000", // insufficient resources
  "53100", // disk full
  "53200", // out of memory
  "53300", // too many connections
  "57P01", // admin shutdown
  "57P02", // crash shutdown
  "57P03", // cannot connect now: starting up, shutting down or in recovery
  "57P05" // idle session timeout
])

/** The SQLSTATE that the server answered with; undefined: it did not answer. */
export const sqlState = (error: SqlError.SqlError): string | undefined => {
  const cause: unknown = error.reason.cause
  return typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined
}

/** Another try may succeed: the connection, the server or a lock was the trouble, not the statement. */
export const isTransient = (error: SqlError.SqlError): boolean =>
  error.isRetryable || transientStates.has(sqlState(error) ?? "")

/** Somebody else held a lock for longer than `lock_timeout`. */
export const isLockTimeout = (error: unknown): error is SqlError.SqlError =>
  error instanceof SqlError.SqlError && error.reason._tag === "LockTimeoutError"

/** The session may not write. It keeps what `default_transaction_read_only` was when it was opened. */
export const isReadOnly = (error: unknown): error is SqlError.SqlError =>
  error instanceof SqlError.SqlError && sqlState(error) === "25006"

const troubles: ReadonlyArray<readonly [state: RegExp, trouble: string]> = [
  [/^08/, "unreachable"],
  [/^25006/, "read-only"],
  [/^28|^42501/, "refused"],
  [/^40/, "conflict"],
  [/^42/, "schema"],
  [/^53100/, "disk-full"],
  [/^53/, "resources"],
  [/^55P03/, "locked"],
  [/^57014/, "statement-timeout"],
  [/^57/, "stopping"]
]

/** Why a statement failed, as one of a few words: for metrics and the log. */
export const troubleOf = (error: SqlError.SqlError): string => {
  const state = sqlState(error)
  // Codes of the system, such as ECONNREFUSED, stand where the server's would.
  if (error.reason._tag === "ConnectionError" || state === undefined) return "unreachable"
  return troubles.find(([states]) => states.test(state))?.[1] ?? "other"
}

/** The server refused the statement for the data in it (SQLSTATE classes 21, 22 and 23). */
export const isDataError = (error: SqlError.SqlError): boolean => /^2[123]/.test(sqlState(error) ?? "")

/** The same of what a statement ended with; `retryTransient` makes a defect of it. */
export const hasDataError = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some((reason) => {
    const error: unknown = reason._tag === "Die" ? reason.defect : reason._tag === "Fail" ? reason.error : undefined
    return error instanceof SqlError.SqlError && isDataError(error)
  })

const pauses = Schedule.min([Schedule.exponential("25 millis", 2), Schedule.spaced("500 millis")]).pipe(
  Schedule.jittered
)

const firstPause = Effect.flatMap(Random.next, (random) => Effect.sleep(20 + 10 * random))

const isTrouble = (error: unknown): error is SqlError.SqlError =>
  error instanceof SqlError.SqlError && isTransient(error)

/**
 * Tries again while the database is in trouble, with growing pauses and jitter, for no longer than `deadline` in all.
 * Then `DatabaseUnavailable`; any other `SqlError` is a defect. The effect must bear being run again after an attempt
 * whose end is unknown.
 */
export const retryTransient =
  (deadline: Duration.Input) =>
  <A, E, R>(effect: Effect.Effect<A, E | SqlError.SqlError, R>) =>
    // Tried once without the machinery of retries, which costs each batch of plays more than its own work does.
    Effect.catchIf(effect, isTrouble, () =>
      firstPause.pipe(Effect.andThen(Effect.retry(effect, { schedule: pauses, while: isTrouble })))
    ).pipe(
      leavable,
      Effect.timeoutOption(deadline),
      Effect.flatMap(Option.match({ onNone: () => Effect.fail(unavailable), onSome: Effect.succeed })),
      Effect.catchIf(
        (error): error is SqlError.SqlError => error instanceof SqlError.SqlError,
        (error) => (isTransient(error) ? Effect.fail(unavailable) : Effect.die(error))
      )
    ) as Effect.Effect<A, Exclude<E, SqlError.SqlError> | DatabaseUnavailable, R>

const unavailable = new DatabaseUnavailable({})

/**
 * A transaction that fails in order. When its connection goes, the way back fails too, and what it failed with would be a defect: it is
 * an error like that of a single statement.
 */
export const inOrder = <A, E, R>(transaction: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError.SqlError, R> =>
  Effect.catchCause(transaction, (cause): Effect.Effect<never, E | SqlError.SqlError> => {
    const first = cause.reasons
      .map((reason): unknown => (reason._tag === "Die" ? reason.defect : undefined))
      .find((defect): defect is SqlError.SqlError => defect instanceof SqlError.SqlError)
    return first === undefined ? Effect.failCause(cause) : Effect.fail(first)
  })
