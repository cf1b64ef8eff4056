import { Context, Effect, Exit, Layer } from "effect"
import type { SqlError } from "effect/sql"
import { GameNotFound } from "../games/GameErrors.ts"
import type { DatabaseUnavailable } from "../platform/Problems.ts"
import * as GroupCommit from "../platform/GroupCommit.ts"
import { isDataError, retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/Settings.ts"
import type { Verdict } from "../esp/Contact.ts"
import type { PlayId } from "./Play.ts"
import { GameNotOpen, IdempotencyKeyReused, PlayLimitReached } from "./PlayErrors.ts"
import * as PlaysRepo from "./PlaysRepo.ts"

/** A play that is on disk. */
export interface Written {
  readonly id: PlayId
  readonly number: number
  readonly playedAt: Date
  readonly playerId: string
  readonly esp: string
  readonly espList: string | null
  readonly espTags: ReadonlyArray<string>
  readonly verdict: Verdict
  /** The play brought the contact into being; whoever submitted it now owes the ESP a call. */
  readonly isNewContact: boolean
}

export type Refusal = GameNotFound | GameNotOpen | PlayLimitReached | IdempotencyKeyReused | DatabaseUnavailable

type Outcome = Exit.Exit<Written, Refusal>

/** Writes plays in shared transactions; each gets its own outcome. */
export class PlayWriter extends Context.Service<
  PlayWriter,
  GroupCommit.GroupCommit<PlaysRepo.Submission, Written, Refusal>
>()("fairground/plays/PlayWriter") {
  /** Needs the database and the settings. */
  static readonly layer = Layer.effect(
    PlayWriter,
    Effect.gen(function* () {
      const settings = yield* Settings
      const repo = yield* PlaysRepo.make
      const writeAll = make(repo, retryTransient(settings.databaseDeadline))
      return yield* GroupCommit.make({
        name: "plays",
        capacity: settings.playQueue,
        maxBatch: settings.playBatch,
        writers: settings.playWriters,
        run: writeAll
      })
    })
  )
}

const asWritten = (play: PlaysRepo.Recorded): Written => ({
  id: play.id,
  number: play.number,
  playedAt: new Date(play.playedAt.epochMilliseconds),
  playerId: play.playerId,
  esp: play.esp,
  espList: null,
  espTags: [],
  verdict: play.verdict,
  isNewContact: false
})

/** The outcomes of one batch, in its order; never fails as a whole. */
export const make = (
  repo: Pick<PlaysRepo.PlaysRepo, "record" | "find">,
  retry: ReturnType<typeof retryTransient>
): ((batch: ReadonlyArray<PlaysRepo.Submission>) => Effect.Effect<ReadonlyArray<Outcome>>) => {
  const once = Effect.fnUntraced(function* (batch: ReadonlyArray<PlaysRepo.Submission>, isRetry: boolean) {
    const judged = yield* repo.record(batch)
    // Plays with a key that was recorded before. On a retry also those that were refused: the first try, of which only the
    // answer was lost, may have recorded them and so used up the limit.
    const sought = batch.flatMap(({ id }, index) => {
      const row = judged[index]
      if (row?.outcome === "earlier" && row.earlierPlayId !== null) return [row.earlierPlayId]
      return isRetry && row?.outcome === "limit-reached" ? [id] : []
    })
    const found = new Map(
      (sought.length === 0 ? [] : yield* repo.find(sought)).map((play) => [play.id, asWritten(play)])
    )
    return batch.map((play, index): Outcome => {
      const row = judged[index]
      return row === undefined ? missing : outcomeOf(play, row, found)
    })
  })

  const write = (batch: ReadonlyArray<PlaysRepo.Submission>): Effect.Effect<ReadonlyArray<Outcome>> =>
    Effect.suspend(() => {
      let tries = 0
      return Effect.suspend(() => once(batch, tries++ > 0)).pipe(
        Effect.catchIf(
          (error) => isViolation(error, playIsThere),
          () => settleCommitted(batch)
        ),
        // Another process recorded a play with the same key at the same time: it is there now.
        Effect.retry({ while: (error) => isViolation(error, keyIsThere), times: batch.length }),
        retry,
        Effect.matchCauseEffect({
          onSuccess: Effect.succeed,
          onFailure: (cause) => {
            const [first, ...rest] = batch
            const isOneForAll =
              rest.length > 0 &&
              cause.reasons.some(
                (reason) => reason._tag === "Die" && isSqlError(reason.defect) && isDataError(reason.defect)
              )
            return first === undefined || !isOneForAll
              ? Effect.succeed(batch.map((): Outcome => Exit.failCause(cause)))
              : split(batch)
          }
        })
      )
    })

  /** An earlier try of this very batch was committed, and only its answer was lost: some of it may be left to write. */
  const settleCommitted = Effect.fnUntraced(function* (batch: ReadonlyArray<PlaysRepo.Submission>) {
    const found = new Map((yield* repo.find(batch.map(({ id }) => id))).map((play) => [play.id, asWritten(play)]))
    const left = batch.filter(({ id }) => !found.has(id))
    const others = left.length === 0 || left.length === batch.length ? [] : yield* write(left)
    return batch.map(({ id }): Outcome => {
      const play = found.get(id)
      return play !== undefined
        ? Exit.succeed(play)
        : (others[left.findIndex((other) => other.id === id)] ??
            Exit.die(new Error("a play's id is taken by another play")))
    })
  })

  /** The data of one play spoils the batch: halve it until that one stands alone. */
  const split = (batch: ReadonlyArray<PlaysRepo.Submission>) => {
    const middle = Math.ceil(batch.length / 2)
    return Effect.zipWith(write(batch.slice(0, middle)), write(batch.slice(middle)), (left, right) => [
      ...left,
      ...right
    ])
  }

  return function writeApart(batch): Effect.Effect<ReadonlyArray<Outcome>> {
    // Plays with the same key must not share a statement, which could not see one while it judges the other.
    const keepers = new Map<string, PlaysRepo.Submission>()
    for (const play of batch) if (!keepers.has(nameOf(play))) keepers.set(nameOf(play), play)
    const first = [...keepers.values()]
    if (first.length === batch.length) return write(batch)
    return Effect.gen(function* () {
      const outcomes = new Map<PlaysRepo.Submission, Outcome>()
      const note = (plays: ReadonlyArray<PlaysRepo.Submission>, exits: ReadonlyArray<Outcome>) =>
        plays.forEach((play, index) => outcomes.set(play, exits[index] ?? missing))
      note(first, yield* write(first))
      const left = batch.filter((play) => {
        if (outcomes.has(play)) return false
        const keeper = keepers.get(nameOf(play)) ?? play
        const outcome = outcomes.get(keeper) ?? missing
        if (isSameRequest(play, keeper)) {
          // A retry that came together with its original: what becomes of one becomes of both.
          outcomes.set(
            play,
            Exit.map(outcome, (written) => ({ ...written, isNewContact: false }))
          )
        } else if (Exit.isSuccess(outcome)) outcomes.set(play, Exit.fail(new IdempotencyKeyReused({})))
        // The deadline is over for this one too: with one for each body, a key could keep the writer for an hour.
        else if (isUnavailable(outcome)) outcomes.set(play, outcome)
        else return true
        return false
      })
      if (left.length > 0) note(left, yield* writeApart(left))
      return batch.map((play) => outcomes.get(play) ?? missing)
    })
  }
}

const missing: Outcome = Exit.die(new Error("the database gave no outcome for a play"))

/** Plays with equal names are tries at the same play. */
const nameOf = (play: PlaysRepo.Submission) => (play.key === null ? play.id : `${play.slug} ${play.key}`)

const isSameRequest = (a: PlaysRepo.Submission, b: PlaysRepo.Submission) =>
  a.requestHash !== null && b.requestHash !== null && Buffer.compare(a.requestHash, b.requestHash) === 0

// A partition or a shard names its constraint after itself.
const playIsThere = /^play_/
const keyIsThere = /^idempotency_key_/

const isViolation = (error: unknown, constraint: RegExp) =>
  isSqlError(error) && error.reason._tag === "UniqueViolation" && constraint.test(error.reason.constraint)

const isUnavailable = (outcome: Outcome) =>
  Exit.isFailure(outcome) &&
  outcome.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error._tag === "DatabaseUnavailable")

const isSqlError = (defect: unknown): defect is SqlError.SqlError =>
  typeof defect === "object" && defect !== null && "_tag" in defect && defect._tag === "SqlError"

const outcomeOf = (play: PlaysRepo.Submission, row: PlaysRepo.Judged, found: ReadonlyMap<PlayId, Written>): Outcome => {
  switch (row.outcome) {
    case "recorded":
      if (row.number === null || row.playerId === null || row.esp === null) return missing
      return Exit.succeed({
        id: play.id,
        number: row.number,
        playedAt: play.playedAt,
        playerId: row.playerId,
        esp: row.esp,
        espList: row.espList,
        espTags: row.espTags ?? [],
        verdict: row.verdict ?? "unknown",
        isNewContact: row.isNewContact
      })
    case "earlier": {
      const earlier = row.earlierPlayId === null ? undefined : found.get(row.earlierPlayId)
      return earlier === undefined ? Exit.die(new Error("an idempotency key names no play")) : Exit.succeed(earlier)
    }
    case "limit-reached": {
      const written = found.get(play.id)
      if (written !== undefined) return Exit.succeed(written)
      if (row.limitPlays === null || row.limitPeriod === null) return missing
      const limit = { plays: row.limitPlays, period: row.limitPeriod, windowSeconds: row.limitWindowSeconds }
      return Exit.fail(new PlayLimitReached({ limit, nextPlayAt: row.nextPlayAt }))
    }
    case "key-reused":
      return Exit.fail(new IdempotencyKeyReused({}))
    case "not-open":
      return Exit.fail(new GameNotOpen({ opensAt: row.opensAt, closesAt: row.closesAt }))
    case "unknown-game":
      return Exit.fail(new GameNotFound({}))
  }
}
