import { Clock, Context, Duration, Effect, Exit, Layer } from "effect"
import type { SqlError } from "effect/sql"
import { GameNotFound } from "../games/GameErrors.ts"
import { DatabaseUnavailable, IdempotencyKeyReused } from "../platform/Problems.ts"
import * as GroupCommit from "../platform/GroupCommit.ts"
import { hasDataError, retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/Settings.ts"
import type { Verdict } from "../esp/Contact.ts"
import { Contacts, type NewContact } from "../esp/Contacts.ts"
import type { PlayId } from "./Play.ts"
import { GameNotOpen, PlayLimitReached } from "./PlayErrors.ts"
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
  /** The play brought the contact into being; whoever wrote it now owes the ESP a call. */
  readonly isNewContact: boolean
}

export type Refusal = GameNotFound | GameNotOpen | PlayLimitReached | IdempotencyKeyReused | DatabaseUnavailable

type Outcome = Exit.Exit<Written, Refusal>

type Batch = ReadonlyArray<PlaysRepo.Submission>

/** Writes plays in shared transactions; each gets its own outcome, and each new contact its first attempt. */
export class PlayWriter extends Context.Service<
  PlayWriter,
  GroupCommit.GroupCommit<PlaysRepo.Submission, Written, Refusal>
>()("fairground/plays/PlayWriter") {
  /** Needs the database, contacts and the settings. */
  static readonly layer = Layer.effect(
    PlayWriter,
    Effect.gen(function* () {
      const settings = yield* Settings
      const contacts = yield* Contacts
      const plays = yield* PlaysRepo.make
      const deadline = Duration.toMillis(settings.databaseDeadline)

      const repo: Repo = {
        find: plays.find,
        // The lease begins when the contact does: a play may have waited for its batch.
        record: (batch) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => plays.record(batch, contacts.leaseUntil(now)))
      }

      /** Begun here and not by the request, whose client may have gone by now. */
      const beginAttempts = (batch: Batch, outcomes: ReadonlyArray<Outcome>) => {
        const begun = batch.flatMap((play, index) => {
          const outcome = outcomes[index]
          if (outcome === undefined || Exit.isFailure(outcome) || !outcome.value.isNewContact) return []
          const begin = contacts.begin(contactOf(play, outcome.value))
          return [play.span === undefined ? begin : Effect.withParentSpan(begin, play.span)]
        })
        return begun.length === 0 ? Effect.void : Effect.all(begun, { discard: true })
      }

      return yield* GroupCommit.make<PlaysRepo.Submission, Written, Refusal>({
        name: "plays",
        capacity: settings.playQueue,
        maxBatch: settings.playBatch,
        writers: settings.playWriters,
        run: Effect.fnUntraced(function* (batch: Batch): Effect.fn.Return<ReadonlyArray<Outcome>> {
          const now = yield* Clock.currentTimeMillis
          const leftTo = (play: PlaysRepo.Submission) => deadline - (now - play.playedAt.getTime())
          // The deadline is each play's own, the wait for its batch included.
          const inTime = batch.filter((play) => leftTo(play) > 0)
          // One that has waited long leaves the others of its batch a moment to try.
          const left = Math.max(Math.min(deadline, 1000), Math.min(deadline, ...inTime.map(leftTo)))
          const written = yield* make(repo, retryTransient(left))(inTime)
          yield* beginAttempts(inTime, written)
          if (inTime.length === batch.length) return written
          const outcomes = new Map(inTime.map((play, index) => [play, written[index]]))
          return batch.map((play) => outcomes.get(play) ?? tooLate)
        })
      })
    })
  )
}

const contactOf = (play: PlaysRepo.Submission, written: Written): NewContact => ({
  playerId: written.playerId,
  esp: written.esp,
  email: play.email,
  emailKey: play.emailKey,
  name: play.name,
  game: play.slug,
  plays: written.number,
  score: play.score,
  playedAt: written.playedAt,
  consent:
    play.consentTextVersion === null || play.consentLanguage === null
      ? null
      : { textVersion: play.consentTextVersion, language: play.consentLanguage, at: written.playedAt },
  data: play.data === null ? null : (JSON.parse(play.data) as NewContact["data"]),
  list: written.espList,
  tags: written.espTags
})

const tooLate: Outcome = Exit.fail(new DatabaseUnavailable({}))

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

interface Repo {
  readonly record: (batch: Batch) => Effect.Effect<ReadonlyArray<PlaysRepo.Judged>, SqlError.SqlError>
  readonly find: PlaysRepo.PlaysRepo["find"]
}

/** The outcomes of one batch, in its order; never fails as a whole. */
export const make = (
  repo: Repo,
  retry: ReturnType<typeof retryTransient>
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

  const once = Effect.fnUntraced(function* (batch: Batch, isRetry: boolean) {
    const judged = [...(yield* repo.record(batch))]
    // A play with a key that the limit refused may be a retry of the very play that used the limit up: another writer
    // committed that one after this statement had looked for the key. A second look finds it.
    const doubted = batch.flatMap((play, index) =>
      play.key !== null && judged[index]?.outcome === "limit-reached" ? [{ play, index }] : []
    )
    if (doubted.length > 0) {
      const again = yield* repo.record(doubted.map(({ play }) => play))
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

  const write = (batch: Batch, isRetry: boolean): Effect.Effect<ReadonlyArray<Outcome>> =>
    Effect.suspend(() => {
      let isFirst = !isRetry
      return Effect.suspend(() => {
        const wasFirst = isFirst
        isFirst = false
        return once(batch, !wasFirst)
      }).pipe(
        Effect.catchIf(
          (error) => isViolation(error, playIsThere),
          () => settleCommitted(batch)
        ),
        // Another process recorded a play with the same key at the same time: it is there now.
        Effect.retry({ while: (error) => isViolation(error, keyIsThere), times: batch.length }),
        retry,
        Effect.matchCauseEffect({
          onSuccess: (outcomes) => writeWaiting(batch, outcomes),
          onFailure: (cause) => {
            const isOneForAll = batch.length > 1 && hasDataError(cause)
            return isOneForAll ? split(batch) : Effect.succeed(batch.map((): Outcome => Exit.failCause(cause)))
          }
        })
      )
    })

  /** What was told to wait is written now that what it waited for is there. */
  const writeWaiting = (
    batch: Batch,
    outcomes: ReadonlyArray<Outcome | "wait">
  ): Effect.Effect<ReadonlyArray<Outcome>> => {
    const waiting = batch.filter((_, index) => outcomes[index] === "wait")
    const settled = (outcome: Outcome | "wait"): Outcome => (outcome === "wait" ? missing : outcome)
    if (waiting.length === 0 || waiting.length === batch.length) return Effect.succeed(outcomes.map(settled))
    return Effect.map(write(waiting, false), (later) => {
      const queue = [...later]
      return outcomes.map((outcome) => (outcome === "wait" ? (queue.shift() ?? missing) : outcome))
    })
  }

  /** An earlier try of this very batch was committed, and only its answer was lost: some of it may be left to write. */
  const settleCommitted = Effect.fnUntraced(function* (batch: Batch) {
    const found = yield* find(
      batch,
      batch.map(({ id }) => id)
    )
    const left = batch.filter(({ id }) => !found.has(id))
    const others = left.length === 0 || left.length === batch.length ? [] : yield* write(left, true)
    return batch.map(({ id }): Outcome => {
      const play = found.get(id)
      return play !== undefined
        ? Exit.succeed(play)
        : (others[left.findIndex((other) => other.id === id)] ??
            Exit.die(new Error("a play's id is taken by another play")))
    })
  })

  /** The data of one play spoils the batch: halve it until that one stands alone. */
  const split = (batch: Batch) => {
    const middle = Math.ceil(batch.length / 2)
    // As retries: the answer to an earlier try of the whole batch may have been lost before its data was refused.
    return Effect.zipWith(write(batch.slice(0, middle), true), write(batch.slice(middle), true), (left, right) => [
      ...left,
      ...right
    ])
  }

  return function writeApart(batch): Effect.Effect<ReadonlyArray<Outcome>> {
    // Plays with the same key must not share a statement, which could not see one while it judges the other.
    const keepers = new Map<string, PlaysRepo.Submission>()
    for (const play of batch) if (!keepers.has(nameOf(play))) keepers.set(nameOf(play), play)
    const first = [...keepers.values()]
    if (first.length === batch.length) return batch.length === 0 ? Effect.succeed([]) : write(batch, false)
    return Effect.gen(function* () {
      const outcomes = new Map<PlaysRepo.Submission, Outcome>()
      const note = (plays: Batch, exits: ReadonlyArray<Outcome>) =>
        plays.forEach((play, index) => outcomes.set(play, exits[index] ?? missing))
      note(first, yield* write(first, false))
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
