import { Effect, Exit } from "effect"
import { isSameRequest } from "../platform/RequestHash.ts"
import { IdempotencyKeyReused } from "../platform/contract/Problems.ts"
import { isLocked, isUnavailable, missing, type Outcome, type Outcomes } from "./PlayOutcome.ts"
import { type Options, recordAroundLocks } from "./RecordAroundLocks.ts"
import type { Database } from "./RecordBatch.ts"
import type { Batch, Submission } from "./Submission.ts"

/** Records plays that came together, and gives their outcomes. The batch as a whole never fails. */
export const recordPlays = (
  database: Database,
  batch: Batch,
  options: Options = { isHurried: false, isParked: false }
): Effect.Effect<Outcomes> => {
  // Plays with the same key must not share a statement: it does not see one of them while it judges the other.
  const keepers = new Map<string, Submission>()
  for (const play of batch) if (!keepers.has(nameOf(play))) keepers.set(nameOf(play), play)
  if (keepers.size === batch.length) {
    return batch.length === 0 ? Effect.succeed(new Map()) : recordAroundLocks(database, batch, options)
  }
  return Effect.gen(function* () {
    const outcomes = new Map(yield* recordAroundLocks(database, [...keepers.values()], options))
    const left = batch.filter((play) => {
      if (outcomes.has(play)) return false
      const keeper = keepers.get(nameOf(play)) ?? play
      const outcome = besideKeeper(play, keeper, outcomes.get(keeper) ?? missing)
      if (outcome !== undefined) outcomes.set(play, outcome)
      return outcome === undefined
    })
    const later = left.length === 0 ? [] : yield* recordPlays(database, left, options)
    return new Map([...outcomes, ...later])
  })
}

/** The outcome of a play whose key another play of the batch had first; undefined: the key is free again, so try the play. */
const besideKeeper = (play: Submission, keeper: Submission, outcome: Outcome): Outcome | undefined => {
  // A retry that came together with its original: both get the same outcome.
  if (isSameRequest(play.requestHash, keeper.requestHash))
    return Exit.map(outcome, (recorded) => ({ ...recorded, isNewContact: false }))
  if (Exit.isSuccess(outcome)) return Exit.fail(new IdempotencyKeyReused({}))
  // The keeper's deadline counts for this play too: with a deadline for each body, one key could occupy the writer for an hour.
  return isUnavailable(outcome) || isLocked(outcome) ? outcome : undefined
}

/** Plays with the same name are tries at the same play. */
const nameOf = (play: Submission) => (play.key === undefined ? play.id : `${play.slug} ${play.key}`)
