import { Cause, Clock, Effect, Exit, Metric } from "effect"
import { SqlError } from "effect/sql"
import { leavable } from "../platform/Leavable.ts"
import { monotonicMillisOf } from "../platform/Monotonic.ts"
import { isDataError, sqlState, troubleOf } from "../platform/postgres/Transient.ts"

const failedTotal = Metric.counter("fairground_plays_failed_total", {
  description: "Plays that the database did not take, by cause",
  incremental: true
})

/** How long plays may fail, in milliseconds, before the service counts as failing. */
const patience = 5_000

/** Shorter than the usual timeout of a load balancer's health checks. */
const probePatience = "2 seconds"

interface Trouble {
  readonly cause: string
  readonly sqlState: string | undefined
}

const noAnswer: Trouble = { cause: "no-answer", sqlState: undefined }
const locked: Trouble = { cause: "locked", sqlState: "55P03" }

const sqlErrorOf = (cause: Cause.Cause<unknown>) =>
  cause.reasons
    .map((reason): unknown => (reason._tag === "Die" ? reason.defect : undefined))
    .find((defect): defect is SqlError.SqlError => defect instanceof SqlError.SqlError)

/** What an outcome says about the database: it judged the play (a refusal of its data included), it failed, or neither. */
const verdictOf = (outcome: Exit.Exit<unknown, { readonly _tag: string }>): "judged" | "failed" | "neither" => {
  if (Exit.isSuccess(outcome)) return "judged"
  const error = Cause.findErrorOption(outcome.cause)
  if (error._tag === "Some") {
    const tag = error.value._tag
    return tag === "DatabaseUnavailable" ? "failed" : tag === "EntryLocked" ? "neither" : "judged"
  }
  const defect = sqlErrorOf(outcome.cause)
  return defect === undefined ? "neither" : isDataError(defect) ? "judged" : "failed"
}

/**
 * Tracks whether plays get to disk; logs and counts those that do not. `probe` fails if no play could be written. The plays
 * themselves are the better evidence, so the probe runs only when they say nothing: when none has come for a while, as after a
 * load balancer has taken this replica out, or when each waits for a lock, which may block one player or all.
 */
export const make = Effect.fnUntraced(function* (probe: Effect.Effect<void, SqlError.SqlError>) {
  const clock = yield* Clock.Clock
  const now = () => monotonicMillisOf(clock)
  let underWay = 0
  // Since when plays have been tried without one getting to disk.
  let since: number | undefined
  let triedAt = 0
  let last: Trouble | undefined
  let toldAt = -Infinity
  let untold = 0

  /** A batch begins, or a parked play begins to wait for its lock. */
  const begin = () => {
    underWay++
    since ??= now()
  }

  const gotThrough = () => {
    since = underWay > 0 ? now() : undefined
    last = undefined
  }

  /** A statement has failed. If its plays fail, this is their cause. */
  const note = (error: unknown) => {
    if (error instanceof SqlError.SqlError && !isDataError(error)) {
      last = { cause: troubleOf(error), sqlState: sqlState(error) }
    }
  }

  /** A play waits for a lock. If it fails, this is the cause. */
  const noteLock = () => {
    last = locked
  }

  const tell = Effect.fnUntraced(function* (failed: number, trouble: Trouble) {
    yield* Metric.update(Metric.withAttributes(failedTotal, { cause: trouble.cause }), failed)
    untold += failed
    // One line a second at most: in an outage, thousands of plays fail each second.
    if (now() - toldAt < 1000) return
    toldAt = now()
    const annotations = { plays: untold, cause: trouble.cause, sqlState: trouble.sqlState ?? "none" }
    untold = 0
    yield* Effect.logError("Plays could not be recorded: the database did not take them", annotations)
  })

  /** A batch, or a parked play, that `begin` announced has ended. */
  const end = (outcomes: Iterable<Exit.Exit<unknown, { readonly _tag: string }>>): Effect.Effect<void> => {
    underWay--
    triedAt = now()
    let failed = 0
    let isJudged = false
    for (const outcome of outcomes) {
      const verdict = verdictOf(outcome)
      if (verdict === "judged") isJudged = true
      else if (verdict === "failed") failed++
    }
    const trouble = last ?? noAnswer
    if (isJudged) gotThrough()
    return failed === 0 ? Effect.void : tell(failed, trouble)
  }

  const canWrite = yield* Effect.cachedWithTTL(
    leavable(probe).pipe(
      Effect.timeout(probePatience),
      Effect.as(true),
      Effect.catch((error) =>
        Effect.sync(() => {
          note(error)
          return false
        })
      )
    ),
    "1 second"
  )

  const isFailing = Effect.suspend(() => {
    if (since === undefined || now() - since < patience) return Effect.succeed(false)
    const isTried = underWay > 0 || now() - triedAt < patience
    if (isTried && last?.cause !== "locked") return Effect.succeed(true)
    return Effect.map(canWrite, (can) => {
      if (can) gotThrough()
      return !can
    })
  })

  return { begin, note, noteLock, end, isFailing }
})

export type PlaysHealth = Effect.Success<ReturnType<typeof make>>
