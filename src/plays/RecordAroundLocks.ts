import { Effect, Exit } from "effect"
import { isLockTimeout, retryTransient } from "../platform/postgres/Transient.ts"
import { areAllLocked, EntryLocked, forEach, locked, type Outcome, type Outcomes } from "./PlayOutcome.ts"
import { type Database, recordBatch } from "./RecordBatch.ts"
import { type Batch, entryOf, type Submission } from "./Submission.ts"

export interface Options {
  /** The plays wait for locks for a moment only. */
  readonly isHurried: boolean
  /** The plays met a lock before, which may still be held. An earlier try may have recorded them. */
  readonly isParked: boolean
}

/** Records a batch. Plays whose entry another session has locked fail with `EntryLocked`, and do not delay the others. */
export const recordAroundLocks = (
  database: Database,
  batch: Batch,
  { isHurried, isParked }: Options
): Effect.Effect<Outcomes> =>
  isParked
    ? recordUnlocked(database, batch, false)
    : Effect.flatMap(recordBatch(database, batch, { isHurried, isRetry: false }), (outcomes) =>
        areAllLocked(outcomes) ? recordUnlocked(database, batch, true) : Effect.succeed(outcomes)
      )

/** Leaves out plays whose entry is visibly locked. Tries the others, of which some may meet a lock that cannot be seen. */
const recordUnlocked = (database: Database, batch: Batch, isTried: boolean): Effect.Effect<Outcomes> =>
  database.unlocked(batch).pipe(
    Effect.catchIf(isLockTimeout, () => Effect.fail(new EntryLocked())),
    retryTransient(database.deadline),
    Effect.matchCauseEffect({
      onFailure: (cause) => Effect.succeed(forEach(batch, Exit.failCause(cause))),
      onSuccess: (unlocked) => {
        const free = batch.filter((play) => unlocked.has(play))
        const entries = [...Map.groupBy(free, entryOf).values()]
        const parts = isTried && free.length === batch.length ? halvesOf(entries) : free.length === 0 ? [] : [entries]
        return Effect.map(
          recordParts(database, parts),
          (outcomes): Outcomes => new Map(batch.map((play) => [play, outcomes.get(play) ?? locked]))
        )
      }
    })
  )

/** Plays of several entries; those of one entry stay together. */
type Part = ReadonlyArray<Batch>

/**
 * Records the plays of a batch of which some need a lock that another session holds. Parts that meet a lock are halved, level by
 * level, down to single entries. If none of many parts gets through, all plays count as locked. After many tries, the plays that
 * are left count as locked.
 */
const recordParts = Effect.fnUntraced(function* (
  database: Database,
  first: ReadonlyArray<Part>
): Effect.fn.Return<Outcomes> {
  const outcomes = new Map<Submission, Outcome>()
  let parts = first
  let tries = 0
  while (parts.length > 0 && (parts.length < manyParts || !areAllLocked(outcomes))) {
    const next: Array<Part> = []
    for (const part of parts) {
      if (tries++ === mostTries) return outcomes
      const recorded = yield* recordBatch(database, part.flat(), { isHurried: true, isRetry: true })
      for (const [play, outcome] of recorded) outcomes.set(play, outcome)
      if (areAllLocked(recorded)) next.push(...halvesOf(part))
    }
    parts = next
  }
  return outcomes
})

/** If so many parts are all locked, the lock is most likely on a table. */
const manyParts = 8

/** So many tries at one batch take one or two seconds, during which all later batches wait. */
const mostTries = 64

/** The two halves of a part; none for a single entry. */
const halvesOf = (entries: Part): ReadonlyArray<Part> => {
  if (entries.length < 2) return []
  const middle = Math.ceil(entries.length / 2)
  return [entries.slice(0, middle), entries.slice(middle)]
}
