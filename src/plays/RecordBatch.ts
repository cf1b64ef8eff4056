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
 * Records plays, exactly once each: one transaction, tried again while the database is in trouble, and an outcome for each play.
 * The batch as a whole never fails.
 */
export const recordBatch = (database: Database, batch: Batch, how: How): Effect.Effect<Outcomes> =>
  transaction(database, batch, how).pipe(
    // The answer to an earlier try was lost after its commit: what it recorded is there.
    Effect.catchIf(mayBeThere(database), (error) => settleCommitted(database, batch, how, error)),
    // Another process recorded a play with the same key at the same time: it is there now.
    Effect.retry({ while: isKeyThere, times: batch.length }),
    // Tried again by whoever is told so: in place it would keep the others waiting.
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

/** Where plays are recorded, and for how long a batch is tried. */
export interface Database {
  /** `isHurried`: it waits for locks no longer than a moment. */
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
  /** It waits for locks no longer than a moment. */
  readonly isHurried: boolean
  /** An earlier try may have recorded some of it, and only its answer was lost. */
  readonly isRetry: boolean
}

interface JudgedBatch {
  readonly outcomes: Outcomes
  /** Plays that are to be recorded behind the others. */
  readonly waiting: Batch
}

/** The statement, which is a transaction, all of it or nothing. Run a second time, it is a retry. */
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
  // A play with a key that the limit refused may be a retry of the very play that used the limit up: another writer
  // committed that one after this statement had looked for the key. A second look finds it.
  const doubted = batch.filter((play) => play.key !== undefined && first.get(play)?.outcome === "limit-reached")
  const second = doubted.length === 0 ? undefined : yield* database.record(doubted, isHurried)
  const judged = (play: Submission) => second?.get(play) ?? first.get(play)
  // Plays with a key that was recorded before. On a retry also those that were refused: the first try, of which only the
  // answer was lost, may have recorded them, and so used up the limit or come in before the game was closed.
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

/** Plays of this batch that are there, and the first play of a key that another play has tried. */
const find = (database: Database, batch: Batch, ids: ReadonlyArray<PlayId>) => {
  if (ids.length === 0) return Effect.succeed(none)
  const own = new Set(batch.map(({ id }) => id))
  return Effect.map(
    database.find(ids),
    // Whose contact it is to call about, if the answer was lost: that of a play of our own.
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

/** What was told to wait is recorded now that what it waited for is there. */
const recordWaiting = (database: Database, { outcomes, waiting }: JudgedBatch, { isHurried }: How) => {
  if (waiting.length === 0) return Effect.succeed(outcomes)
  // There is nobody whom they could wait for.
  if (outcomes.size === 0) return Effect.succeed(forEach(waiting, missing))
  return Effect.map(
    recordBatch(database, waiting, { isHurried, isRetry: false }),
    (later): Outcomes => new Map([...outcomes, ...later])
  )
}

/** What an earlier try of this very batch has recorded, and what it has left to record. */
const settleCommitted = Effect.fnUntraced(function* (
  database: Database,
  batch: Batch,
  { isHurried }: How,
  error: SqlError.SqlError
): Effect.fn.Return<JudgedBatch, SqlError.SqlError> {
  const ids = batch.map(({ id }) => id)
  const found = yield* find(database, batch, ids)
  // What a part has written is refused for itself.
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

/** The data of one play spoils the batch: halve it until that one stands alone. */
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

/** Where modules have parts, what one of them wrote for a play may refuse it a second time before the play's own key does. */
const mayBeThere =
  ({ hasParts }: Database) =>
  (error: SqlError.SqlError) =>
    isPlayThere(error) || (hasParts && isDataError(error))
