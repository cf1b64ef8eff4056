import { Exit, Schema } from "effect"
import type { GameNotFound } from "../games/GameErrors.ts"
import type { DatabaseUnavailable, IdempotencyKeyReused } from "../platform/contract/Problems.ts"
import type { GameNotOpen, PlayLimitReached } from "./PlayErrors.ts"
import type { RecordedPlay } from "./PlaysRepo.ts"
import type { Submission } from "./Submission.ts"

export type Refusal = GameNotFound | GameNotOpen | PlayLimitReached | IdempotencyKeyReused | DatabaseUnavailable

/** Another session holds a lock that the play needs, for longer than plays wait. Nothing was written; the play can be retried. */
export class EntryLocked extends Schema.TaggedError<EntryLocked>()("EntryLocked", {}) {}

/** The outcome of one play. */
export type Outcome = Exit.Exit<RecordedPlay, Refusal | EntryLocked>

/** The outcomes of a batch, by play. */
export type Outcomes = ReadonlyMap<Submission, Outcome>

export const missing: Outcome = Exit.die(new Error("the database gave no outcome for a play"))

export const locked: Outcome = Exit.fail(new EntryLocked())

/** The same outcome for each of these plays. */
export const forEach = (plays: ReadonlyArray<Submission>, outcome: Outcome): Outcomes =>
  new Map(plays.map((play) => [play, outcome]))

const failsWith = (outcome: Outcome, tag: (Refusal | EntryLocked)["_tag"]) =>
  Exit.isFailure(outcome) && outcome.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error._tag === tag)

export const isUnavailable = (outcome: Outcome) => failsWith(outcome, "DatabaseUnavailable")

export const isLocked = (outcome: Outcome) => failsWith(outcome, "EntryLocked")

export const isSettled = (outcome: Outcome): outcome is Exit.Exit<RecordedPlay, Refusal> => !isLocked(outcome)

export const areAllLocked = (outcomes: Outcomes) => {
  for (const outcome of outcomes.values()) if (!isLocked(outcome)) return false
  return true
}
