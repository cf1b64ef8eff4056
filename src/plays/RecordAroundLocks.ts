import { Effect, Exit } from "effect"
import { isLockTimeout, retryTransient } from "../platform/postgres/Transient.ts"
import { areAllLocked, EntryLocked, forEach, locked, type Outcome, type Outcomes } from "./PlayOutcome.ts"
import { type Database, recordBatch } from "./RecordBatch.ts"
import { type Batch, entryOf, type Submission } from "./Submission.ts"

export interface Options {
  /** The plays wait for locks no longer than a moment. */
  readonly isHurried: boolean
  /** They have met a lock before, which may be there still; and may have been recorded by an earlier try. */
  readonly isParked: boolean
}

/** Plays whose entry somebody else holds are `EntryLocked`, and keep no other waiting. */
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

/** Whose entry is seen to be held is left out; which of the others meet a lock that cannot be seen is found by trying. */
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
 * Somebody holds what plays of the batch need: all others are recorded. Parts that meet a lock are halved, level by level, down to
 * single entries. Where not even one of many parts gets through, all is locked; and after many tries what is left is taken for
 * locked.
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

/** So many parts of a batch without one that is free speak for a lock on a table. */
const manyParts = 8

/** So many tries at one batch take a second or two, for which all that comes behind it waits. */
const mostTries = 64

/** The halves of what can be halved. */
const halvesOf = (entries: Part): ReadonlyArray<Part> => {
  if (entries.length < 2) return []
  const middle = Math.ceil(entries.length / 2)
  return [entries.slice(0, middle), entries.slice(middle)]
}
