import { type Duration, Effect, Exit } from "effect"
import { SqlError } from "effect/sql"
import { GameNotFound } from "../games/GameErrors.ts"
import { hasDataError, isDataError, isLockTimeout, retryTransient } from "../platform/postgres/Transient.ts"
import { IdempotencyKeyReused } from "../platform/contract/Problems.ts"
import type { PlayId } from "./Play.ts"
import { GameNotOpen, PlayLimitReached } from "./PlayErrors.ts"
import { EntryLocked, forEach, missing, type Outcome, type Outcomes } from "./PlayOutcome.ts"
import type { Judged, PlaysRepo, RecordedPlay } from "./PlaysRepo.ts"
import type { Batch, Submission } from "./Submission.ts"

/**
 * Records plays, each exactly once, in one transaction that is retried while the database has transient errors. Each play gets an
 * outcome. The batch as a whole never fails.
 */
export const recordBatch = (database: Database, batch: Batch, how: How): Effect.Effect<Outcomes> =>
  transaction(database, batch, how).pipe(
    // An earlier try was committed, and only its answer was lost: its plays are in the table.
    Effect.catchIf(mayBeThere(database), (error) => settleCommitted(database, batch, how, error)),
    // Another process recorded a play with the same key at the same time. The next try finds it.
    Effect.retry({ while: isKeyThere, times: batch.length }),
    // The caller retries plays that met a lock: a retry here would make the rest of the batch wait.
    Effect.catchIf(isLockTimeout, () => Effect.fail(new EntryLocked())),
    retryTransient(database.deadline),
    Effect.matchCauseEffect({
      onSuccess: (judged) => recordWaiting(database, judged, how),
      onFailure: (cause) =>
        batch.length > 1 && hasDataError(cause)
          ? recordHalves(database, batch, how)
          : Effect.succeed(forEach(batch, Exit.failCause(cause)))
    })
  )

/** The statements that record plays, and how long a batch is retried. */
export interface Database {
  /** `isHurried`: the statement waits for locks for a moment only. */
  readonly record: (
    batch: Batch,
    isHurried: boolean
  ) => Effect.Effect<ReadonlyMap<Submission, Judged>, SqlError.SqlError>
  readonly find: PlaysRepo["find"]
  readonly hasParts: PlaysRepo["hasParts"]
  readonly unlocked: PlaysRepo["unlocked"]
  readonly deadline: Duration.Input
}

export interface How {
  /** The batch waits for locks for a moment only. */
  readonly isHurried: boolean
  /** An earlier try may have recorded plays of the batch, if only its answer was lost. */
  readonly isRetry: boolean
}

interface JudgedBatch {
  readonly outcomes: Outcomes
  /** Plays that can be recorded only after the others. */
  readonly waiting: Batch
}

/** Runs the statement, which is a transaction of its own. Each run after the first counts as a retry. */
const transaction = (database: Database, batch: Batch, how: How) => {
  let isRetry = how.isRetry
  return Effect.suspend(() => {
    const judged = judge(database, batch, { ...how, isRetry })
    isRetry = true
    return judged
  })
}

const judge = Effect.fnUntraced(function* (
  database: Database,
  batch: Batch,
  { isHurried, isRetry }: How
): Effect.fn.Return<JudgedBatch, SqlError.SqlError> {
  const first = yield* database.record(batch, isHurried)
  // A play with a key that the limit refused may be a retry of the very play that used up the limit, if another writer
  // committed that play after this statement had looked for the key. A second run finds it.
  const doubted = batch.filter((play) => play.key !== undefined && first.get(play)?.outcome === "limit-reached")
  const second = doubted.length === 0 ? undefined : yield* database.record(doubted, isHurried)
  const judged = (play: Submission) => second?.get(play) ?? first.get(play)
  // Plays whose key was recorded before. On a retry, refused plays too: the first try may have recorded them, and so used
  // up the limit, or recorded them before the game closed, and only its answer was lost.
  const sought = batch.flatMap((play) => {
    const row = judged(play)
    if (row?.outcome === "earlier") return [row.earlierPlayId]
    return isRetry && (row?.outcome === "limit-reached" || row?.outcome === "not-open") ? [play.id] : []
  })
  const found = yield* find(database, batch, sought)
  const outcomes = new Map<Submission, Outcome>()
  const waiting: Array<Submission> = []
  for (const play of batch) {
    const row = judged(play)
    if (row?.outcome === "wait") waiting.push(play)
    else outcomes.set(play, row === undefined ? missing : outcomeOf(play, row, found))
  }
  return { outcomes, waiting }
})

/** The recorded plays with these ids: plays of this batch, and earlier plays with the key of one. */
const find = (database: Database, batch: Batch, ids: ReadonlyArray<PlayId>) => {
  if (ids.length === 0) return Effect.succeed(none)
  const own = new Set(batch.map(({ id }) => id))
  return Effect.map(
    database.find(ids),
    // Only plays of this batch can still owe their contact its first call. An earlier play's own request makes that call.
    (plays): ReadonlyMap<PlayId, RecordedPlay> =>
      new Map(plays.map((play) => [play.id, own.has(play.id) ? play : { ...play, isNewContact: false }]))
  )
}

const none: ReadonlyMap<PlayId, RecordedPlay> = new Map()

const outcomeOf = (
  play: Submission,
  row: Exclude<Judged, { readonly outcome: "wait" }>,
  found: ReadonlyMap<PlayId, RecordedPlay>
): Outcome => {
  switch (row.outcome) {
    case "recorded":
      return Exit.succeed(row.play)
    case "earlier": {
      const earlier = found.get(row.earlierPlayId)
      return earlier === undefined ? Exit.die(new Error("an idempotency key names no play")) : Exit.succeed(earlier)
    }
    case "limit-reached": {
      const recorded = found.get(play.id)
      if (recorded !== undefined) return Exit.succeed(recorded)
      const limit = { plays: row.limitPlays, period: row.limitPeriod, windowSeconds: row.limitWindowSeconds }
      return Exit.fail(new PlayLimitReached({ limit, nextPlayAt: row.nextPlayAt }))
    }
    case "not-open": {
      const recorded = found.get(play.id)
      if (recorded !== undefined) return Exit.succeed(recorded)
      return Exit.fail(new GameNotOpen({ opensAt: row.opensAt, closesAt: row.closesAt }))
    }
    case "key-reused":
      return Exit.fail(new IdempotencyKeyReused({}))
    case "unknown-game":
      return Exit.fail(new GameNotFound({}))
  }
}

/** Records the plays that had to wait for others of their batch. */
const recordWaiting = (database: Database, { outcomes, waiting }: JudgedBatch, { isHurried }: How) => {
  if (waiting.length === 0) return Effect.succeed(outcomes)
  // All plays wait, so there is none that they could wait for: a defect.
  if (outcomes.size === 0) return Effect.succeed(forEach(waiting, missing))
  return Effect.map(
    recordBatch(database, waiting, { isHurried, isRetry: false }),
    (later): Outcomes => new Map([...outcomes, ...later])
  )
}

/** Finds what an earlier try of this batch recorded, and records the plays that are left. */
const settleCommitted = Effect.fnUntraced(function* (
  database: Database,
  batch: Batch,
  { isHurried }: How,
  error: SqlError.SqlError
): Effect.fn.Return<JudgedBatch, SqlError.SqlError> {
  const ids = batch.map(({ id }) => id)
  const found = yield* find(database, batch, ids)
  // No earlier try was committed: the error is the part's own, and refuses its play.
  if (found.size === 0 && database.hasParts) return yield* error
  const left = batch.filter(({ id }) => !found.has(id))
  const others =
    left.length === 0 || left.length === batch.length
      ? undefined
      : yield* recordBatch(database, left, { isHurried, isRetry: true })
  const outcomes = new Map<Submission, Outcome>()
  for (const play of batch) {
    const recorded = found.get(play.id)
    outcomes.set(play, recorded === undefined ? (others?.get(play) ?? taken) : Exit.succeed(recorded))
  }
  return { outcomes, waiting: [] }
})

const taken: Outcome = Exit.die(new Error("a play's id is taken by another play"))

/** The data of one play makes the whole batch fail. The batch is halved until that play is alone. */
const recordHalves = (database: Database, batch: Batch, { isHurried }: How) => {
  const middle = Math.ceil(batch.length / 2)
  // As retries: the answer to an earlier try of the whole batch may have been lost before its data was refused.
  return Effect.zipWith(
    recordBatch(database, batch.slice(0, middle), { isHurried, isRetry: true }),
    recordBatch(database, batch.slice(middle), { isHurried, isRetry: true }),
    (first, second): Outcomes => new Map([...first, ...second])
  )
}

const isViolation = (constraint: RegExp) => (error: unknown) =>
  error instanceof SqlError.SqlError &&
  error.reason._tag === "UniqueViolation" &&
  constraint.test(error.reason.constraint)

// A partition or a shard names its constraint after itself.
const isPlayThere = isViolation(/^play_/)
const isKeyThere = isViolation(/^idempotency_key_/)

/**
 * Whether an earlier try of the batch may have been committed. If it was, the retry violates the primary key of plays, or first a
 * constraint on what a module's part wrote.
 */
const mayBeThere =
  ({ hasParts }: Database) =>
  (error: SqlError.SqlError) =>
    isPlayThere(error) || (hasParts && isDataError(error))
