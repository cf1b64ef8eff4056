import { Effect, Exit, Schema } from "effect"
import { SqlError } from "effect/sql"
import type { Verdict } from "../esp/Verdict.ts"
import { GameNotFound } from "../games/GameErrors.ts"
import { hasDataError, isLockTimeout, type retryTransient } from "../platform/postgres/Transient.ts"
import { type DatabaseUnavailable, IdempotencyKeyReused } from "../platform/Problems.ts"
import type { PlayId } from "./Play.ts"
import { GameNotOpen, PlayLimitReached } from "./PlayErrors.ts"
import type * as PlaysRepo from "./PlaysRepo.ts"

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
  /** The play brought the contact into being; whoever wrote it now owes the ESP a call. */
  readonly isNewContact: boolean
}

export type Refusal = GameNotFound | GameNotOpen | PlayLimitReached | IdempotencyKeyReused | DatabaseUnavailable

/** Somebody else holds what the play needs for longer than plays wait for it. Nothing was written; it may be tried again. */
export class EntryLocked extends Schema.TaggedError<EntryLocked>()("EntryLocked", {}) {}

export type Outcome = Exit.Exit<Written, Refusal | EntryLocked>

export type Batch = ReadonlyArray<PlaysRepo.Submission>

const asWritten = (play: PlaysRepo.Recorded, isNewContact: boolean): Written => ({
  id: play.id,
  number: play.number,
  playedAt: new Date(play.playedAt.epochMilliseconds),
  playerId: play.playerId,
  esp: play.esp,
  espList: play.espList,
  espTags: play.espTags,
  verdict: play.verdict,
  isNewContact
})

export interface Repo {
  /** `isHurried`: it waits for locks no longer than a moment. */
  readonly record: (
    batch: Batch,
    isHurried: boolean
  ) => Effect.Effect<ReadonlyArray<PlaysRepo.Judged>, SqlError.SqlError>
  readonly find: PlaysRepo.PlaysRepo["find"]
  readonly unlocked: PlaysRepo.PlaysRepo["unlocked"]
}

export interface Options {
  /** The plays wait for locks no longer than a moment. */
  readonly isHurried: boolean
  /** They have met a lock before, which may be there still; and may have been written by an earlier try. */
  readonly isParked: boolean
}

/**
 * The outcomes of one batch, in its order; never fails as a whole. Plays whose entry somebody else holds are `EntryLocked`, and
 * keep no other waiting.
 */
export const make = (
  repo: Repo,
  retry: ReturnType<typeof retryTransient>,
  { isHurried, isParked }: Options = { isHurried: false, isParked: false }
): ((batch: Batch) => Effect.Effect<ReadonlyArray<Outcome>>) => {
  /** Plays of this batch that are there, and the first play of a key that another play has tried. */
  const find = (batch: Batch, ids: ReadonlyArray<PlayId>) => {
    if (ids.length === 0) return Effect.succeed(new Map<PlayId, Written>())
    const own = new Set(batch.map(({ id }) => id))
    return Effect.map(
      repo.find(ids),
      // Whose contact it is to call about, if the answer was lost: that of a play of our own.
      (plays) => new Map(plays.map((play) => [play.id, asWritten(play, play.isNewContact && own.has(play.id))]))
    )
  }

  const once = Effect.fnUntraced(function* (batch: Batch, isRetry: boolean, isHurried: boolean) {
    const judged = [...(yield* repo.record(batch, isHurried))]
    // A play with a key that the limit refused may be a retry of the very play that used the limit up: another writer
    // committed that one after this statement had looked for the key. A second look finds it.
    const doubted = batch.flatMap((play, index) =>
      play.key !== null && judged[index]?.outcome === "limit-reached" ? [{ play, index }] : []
    )
    if (doubted.length > 0) {
      const again = yield* repo.record(
        doubted.map(({ play }) => play),
        isHurried
      )
      again.forEach((row, at) => {
        const place = doubted[at]
        if (place !== undefined) judged[place.index] = row
      })
    }
    // Plays with a key that was recorded before. On a retry also those that were refused: the first try, of which only the
    // answer was lost, may have recorded them, and so used up the limit or come in before the game was closed.
    const sought = batch.flatMap(({ id }, index) => {
      const row = judged[index]
      if (row?.outcome === "earlier" && row.earlierPlayId !== null) return [row.earlierPlayId]
      return isRetry && (row?.outcome === "limit-reached" || row?.outcome === "not-open") ? [id] : []
    })
    const found = yield* find(batch, sought)
    return batch.map((play, index) => {
      const row = judged[index]
      return row === undefined ? missing : outcomeOf(play, row, found)
    })
  })

  const write = (batch: Batch, isRetry: boolean, isHurried: boolean): Effect.Effect<ReadonlyArray<Outcome>> =>
    Effect.suspend(() => {
      let isFirst = !isRetry
      return Effect.suspend(() => {
        const wasFirst = isFirst
        isFirst = false
        return once(batch, !wasFirst, isHurried)
      }).pipe(
        Effect.catchIf(
          (error) => isViolation(error, playIsThere),
          () => settleCommitted(batch, isHurried)
        ),
        // Another process recorded a play with the same key at the same time: it is there now.
        Effect.retry({ while: (error) => isViolation(error, keyIsThere), times: batch.length }),
        // Tried again by whoever is told so: in place it would keep the others waiting.
        Effect.catchIf(isLockTimeout, () => Effect.fail(new EntryLocked())),
        retry,
        Effect.matchCauseEffect({
          onSuccess: (outcomes) => writeWaiting(batch, outcomes, isHurried),
          onFailure: (cause) => {
            const isOneForAll = batch.length > 1 && hasDataError(cause)
            return isOneForAll
              ? split(batch, isHurried)
              : Effect.succeed(batch.map((): Outcome => Exit.failCause(cause)))
          }
        })
      )
    })

  /** What was told to wait is written now that what it waited for is there. */
  const writeWaiting = (
    batch: Batch,
    outcomes: ReadonlyArray<Outcome | "wait">,
    isHurried: boolean
  ): Effect.Effect<ReadonlyArray<Outcome>> => {
    const waiting = batch.filter((_, index) => outcomes[index] === "wait")
    const settled = (outcome: Outcome | "wait"): Outcome => (outcome === "wait" ? missing : outcome)
    if (waiting.length === 0 || waiting.length === batch.length) return Effect.succeed(outcomes.map(settled))
    return Effect.map(write(waiting, false, isHurried), (later) => {
      const queue = [...later]
      return outcomes.map((outcome) => (outcome === "wait" ? (queue.shift() ?? missing) : outcome))
    })
  }

  /** An earlier try of this very batch was committed, and only its answer was lost: some of it may be left to write. */
  const settleCommitted = Effect.fnUntraced(function* (batch: Batch, isHurried: boolean) {
    const found = yield* find(
      batch,
      batch.map(({ id }) => id)
    )
    const left = batch.filter(({ id }) => !found.has(id))
    const others = left.length === 0 || left.length === batch.length ? [] : yield* write(left, true, isHurried)
    return batch.map(({ id }): Outcome => {
      const play = found.get(id)
      return play !== undefined
        ? Exit.succeed(play)
        : (others[left.findIndex((other) => other.id === id)] ??
            Exit.die(new Error("a play's id is taken by another play")))
    })
  })

  /** The data of one play spoils the batch: halve it until that one stands alone. */
  const split = (batch: Batch, isHurried: boolean) => {
    const middle = Math.ceil(batch.length / 2)
    // As retries: the answer to an earlier try of the whole batch may have been lost before its data was refused.
    return Effect.zipWith(
      write(batch.slice(0, middle), true, isHurried),
      write(batch.slice(middle), true, isHurried),
      (left, right) => [...left, ...right]
    )
  }

  /**
   * Somebody holds what plays of the batch need: all others are written. Parts that meet a lock are halved, level by level, down to
   * single entries, whose plays stay together. Where not even one of many parts gets through, all is locked; and after many tries
   * what is left is taken for locked.
   */
  const writeParts = Effect.fnUntraced(function* (
    first: ReadonlyArray<ReadonlyArray<Batch>>
  ): Effect.fn.Return<ReadonlyMap<PlaysRepo.Submission, Outcome>> {
    const outcomes = new Map<PlaysRepo.Submission, Outcome>()
    let parts = first
    let tries = 0
    while (
      parts.length > 0 &&
      (parts.length < manyParts || [...outcomes.values()].some((outcome) => !isLocked(outcome)))
    ) {
      const next: Array<ReadonlyArray<Batch>> = []
      for (const part of parts) {
        if (tries++ === mostTries) return outcomes
        const plays = part.flat()
        const written = yield* write(plays, true, true)
        plays.forEach((play, index) => outcomes.set(play, written[index] ?? missing))
        if (written.every(isLocked)) next.push(...halvesOf(part))
      }
      parts = next
    }
    return outcomes
  })

  /** Whose entry is seen to be held is left out; which of the others meet a lock that cannot be seen is found by trying. */
  const writeAround = (batch: Batch, isTried: boolean): Effect.Effect<ReadonlyArray<Outcome>> =>
    repo.unlocked(batch).pipe(
      Effect.catchIf(isLockTimeout, () => Effect.fail(new EntryLocked())),
      retry,
      Effect.matchCauseEffect({
        onFailure: (cause) => Effect.succeed(batch.map((): Outcome => Exit.failCause(cause))),
        onSuccess: (places) => {
          const free = batch.filter((_, index) => places.has(index + 1))
          const entries = [...Map.groupBy(free, entryOf).values()]
          const parts = isTried && free.length === batch.length ? halvesOf(entries) : free.length === 0 ? [] : [entries]
          return Effect.map(writeParts(parts), (outcomes) => batch.map((play) => outcomes.get(play) ?? locked))
        }
      })
    )

  const writeFree = (batch: Batch) =>
    isParked
      ? writeAround(batch, false)
      : Effect.flatMap(write(batch, false, isHurried), (outcomes) =>
          outcomes.every(isLocked) ? writeAround(batch, true) : Effect.succeed(outcomes)
        )

  return function writeApart(batch): Effect.Effect<ReadonlyArray<Outcome>> {
    // Plays with the same key must not share a statement, which could not see one while it judges the other.
    const keepers = new Map<string, PlaysRepo.Submission>()
    for (const play of batch) if (!keepers.has(nameOf(play))) keepers.set(nameOf(play), play)
    const first = [...keepers.values()]
    if (first.length === batch.length) return batch.length === 0 ? Effect.succeed([]) : writeFree(batch)
    return Effect.gen(function* () {
      const outcomes = new Map<PlaysRepo.Submission, Outcome>()
      const note = (plays: Batch, exits: ReadonlyArray<Outcome>) =>
        plays.forEach((play, index) => outcomes.set(play, exits[index] ?? missing))
      note(first, yield* writeFree(first))
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
        else if (isUnavailable(outcome) || isLocked(outcome)) outcomes.set(play, outcome)
        else return true
        return false
      })
      if (left.length > 0) note(left, yield* writeApart(left))
      return batch.map((play) => outcomes.get(play) ?? missing)
    })
  }
}

const missing: Outcome = Exit.die(new Error("the database gave no outcome for a play"))

const locked: Outcome = Exit.fail(new EntryLocked())

/** So many parts of a batch without one that is free speak for a lock on a table. */
const manyParts = 8

/** So many tries at one batch take a second or two, for which all that comes behind it waits. */
const mostTries = 64

/** The halves of what can be halved. */
const halvesOf = (entries: ReadonlyArray<Batch>): ReadonlyArray<ReadonlyArray<Batch>> => {
  if (entries.length < 2) return []
  const middle = Math.ceil(entries.length / 2)
  return [entries.slice(0, middle), entries.slice(middle)]
}

/** Plays with equal ones are of the same player in the same game. */
export const entryOf = (play: PlaysRepo.Submission) => `${play.slug} ${play.emailKey}`

/** Plays with equal names are tries at the same play. */
const nameOf = (play: PlaysRepo.Submission) => (play.key === null ? play.id : `${play.slug} ${play.key}`)

const isSameRequest = (a: PlaysRepo.Submission, b: PlaysRepo.Submission) =>
  a.requestHash !== null && b.requestHash !== null && Buffer.compare(a.requestHash, b.requestHash) === 0

// A partition or a shard names its constraint after itself.
const playIsThere = /^play_/
const keyIsThere = /^idempotency_key_/

const isViolation = (error: unknown, constraint: RegExp) =>
  error instanceof SqlError.SqlError &&
  error.reason._tag === "UniqueViolation" &&
  constraint.test(error.reason.constraint)

const isUnavailable = (outcome: Outcome) =>
  Exit.isFailure(outcome) &&
  outcome.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error._tag === "DatabaseUnavailable")

const isLocked = (outcome: Outcome) =>
  Exit.isFailure(outcome) &&
  outcome.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error._tag === "EntryLocked")

export const isSettled = (outcome: Outcome): outcome is Exit.Exit<Written, Refusal> => !isLocked(outcome)

const outcomeOf = (
  play: PlaysRepo.Submission,
  row: PlaysRepo.Judged,
  found: ReadonlyMap<PlayId, Written>
): Outcome | "wait" => {
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
    case "wait":
      return "wait"
    case "not-open": {
      const written = found.get(play.id)
      if (written !== undefined) return Exit.succeed(written)
      return Exit.fail(new GameNotOpen({ opensAt: row.opensAt, closesAt: row.closesAt }))
    }
    case "unknown-game":
      return Exit.fail(new GameNotFound({}))
  }
}
