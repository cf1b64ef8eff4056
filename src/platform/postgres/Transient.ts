import { type Cause, type Duration, Effect, Option, Random, Schedule } from "effect"
import { SqlError } from "effect/sql"
import { leavable } from "../Leavable.ts"
import { DatabaseUnavailable } from "../contract/Problems.ts"

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

/** The SQLSTATE that the server sent; undefined if it did not answer. */
export const sqlState = (error: SqlError.SqlError): string | undefined => {
  const cause: unknown = error.reason.cause
  return typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined
}

/** A retry may succeed: the connection, the server or a lock caused the failure, not the statement. */
export const isTransient = (error: SqlError.SqlError): boolean =>
  error.isRetryable || transientStates.has(sqlState(error) ?? "")

/** Another session held a lock for longer than `lock_timeout`. */
export const isLockTimeout = (error: unknown): error is SqlError.SqlError =>
  error instanceof SqlError.SqlError && error.reason._tag === "LockTimeoutError"

/** The session is read-only. It keeps the value that `default_transaction_read_only` had when it was opened. */
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

/** Why a statement failed, as a short label for metrics and the log. */
export const troubleOf = (error: SqlError.SqlError): string => {
  const state = sqlState(error)
  // Without a server, the code is one of the system, such as ECONNREFUSED.
  if (error.reason._tag === "ConnectionError" || state === undefined) return "unreachable"
  return troubles.find(([states]) => states.test(state))?.[1] ?? "other"
}

/** The server rejected the data in the statement (SQLSTATE classes 21, 22 and 23). */
export const isDataError = (error: SqlError.SqlError): boolean => /^2[123]/.test(sqlState(error) ?? "")

/** Whether a statement ended with a data error, which `retryTransient` turns into a defect. */
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
 * Retries while the failures are transient, with exponential backoff and jitter, for at most `deadline` in total. Then it
 * fails with `DatabaseUnavailable`; any other `SqlError` becomes a defect. The effect must be safe to repeat after an attempt
 * whose outcome is unknown.
 */
export const retryTransient =
  (deadline: Duration.Input) =>
  <A, E, R>(effect: Effect.Effect<A, E | SqlError.SqlError, R>) =>
    // The first attempt runs without a retry schedule, whose overhead per batch of plays exceeds the batch's own work.
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
 * Makes a transaction fail like a single statement. When its connection is lost, the rollback fails too, which would be a
 * defect; this turns it back into a `SqlError`.
 */
export const inOrder = <A, E, R>(transaction: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError.SqlError, R> =>
  Effect.catchCause(transaction, (cause): Effect.Effect<never, E | SqlError.SqlError> => {
    const first = cause.reasons
      .map((reason): unknown => (reason._tag === "Die" ? reason.defect : undefined))
      .find((defect): defect is SqlError.SqlError => defect instanceof SqlError.SqlError)
    return first === undefined ? Effect.failCause(cause) : Effect.fail(first)
  })
