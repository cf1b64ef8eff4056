import { Deferred, Effect, Exit, Fiber, Latch, Metric, Random } from "effect"
import { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { forEach, isSettled, type Outcomes, type Refusal } from "./PlayOutcome.ts"
import type { PlaysHealth } from "./PlaysHealth.ts"
import type { RecordedPlay } from "./PlaysRepo.ts"
import { type Batch, entryOf, type Submission } from "./Submission.ts"

export interface Options {
  /** The most plays that are parked. Further ones fail with `DatabaseUnavailable` at once. */
  readonly capacity: number
  /** The most plays that are tried together. */
  readonly maxBatch: number
  /** Tries to record plays without waiting for locks. A play whose deadline is over gets another outcome than `EntryLocked`. */
  readonly record: (batch: Batch) => Effect.Effect<Outcomes>
  readonly health: Pick<PlaysHealth, "begin" | "end" | "noteLock">
}

type Awaited = Effect.Effect<RecordedPlay, Refusal>

interface Parked {
  readonly entry: string
  readonly outcome: Deferred.Deferred<RecordedPlay, Refusal>
}

const waiting = Metric.gauge("fairground_plays_locked", {
  description: "Plays that wait for a lock that somebody else holds"
})

const firstPause = 50
const pause = 100

/**
 * Plays whose entries another session has locked. They wait here and not in the queue, so that they do not delay other plays.
 * They are retried, without waiting at the database, until they get the lock or their deadline is over. A scope that closes waits
 * for them.
 */
export const make = Effect.fnUntraced(function* ({ capacity, health, maxBatch, record }: Options) {
  const parked = new Map<Submission, Parked>()
  // The number of parked plays by entry.
  const entries = new Map<string, number>()
  const arrived = yield* Latch.make(false)
  const context = yield* Effect.context()
  let isClosing = false
  yield* Metric.update(waiting, 0)

  const settle = (play: Submission, outcome: Exit.Exit<RecordedPlay, Refusal>) =>
    Effect.suspend(() => {
      const found = parked.get(play)
      if (found === undefined) return Effect.void
      parked.delete(play)
      const others = (entries.get(found.entry) ?? 1) - 1
      if (others === 0) entries.delete(found.entry)
      else entries.set(found.entry, others)
      waiting.updateUnsafe(parked.size, context)
      return Effect.andThen(
        health.end([outcome]),
        Effect.sync(() => Deferred.doneUnsafe(found.outcome, outcome))
      )
    })

  const tryAll = Effect.fnUntraced(function* () {
    let left = [...parked.keys()]
    while (left.length > 0) {
      const batch = left.slice(0, maxBatch)
      left = left.slice(maxBatch)
      const exit = yield* Effect.exit(record(batch))
      const outcomes = Exit.isSuccess(exit) ? exit.value : forEach(batch, Exit.failCause(exit.cause))
      for (const play of batch) {
        const outcome = outcomes.get(play)
        if (outcome !== undefined && isSettled(outcome)) yield* settle(play, outcome)
        else health.noteLock()
      }
    }
  })

  const retry = Effect.gen(function* () {
    while (true) {
      yield* arrived.await
      if (parked.size === 0 && isClosing) return
      yield* Effect.sleep(firstPause)
      while (parked.size > 0) {
        yield* tryAll()
        if (parked.size > 0) yield* Effect.sleep(pause * (0.5 + (yield* Random.next)))
      }
      if (!isClosing) arrived.closeUnsafe()
    }
  })
  yield* Effect.acquireRelease(Effect.forkDetach(retry), (fiber) =>
    Effect.suspend(() => {
      isClosing = true
      arrived.openUnsafe()
      return Effect.ignore(Fiber.join(fiber))
    })
  )

  const park = (play: Submission): Awaited => {
    const entry = entryOf(play)
    const outcome = Deferred.makeUnsafe<RecordedPlay, Refusal>()
    parked.set(play, { entry, outcome })
    entries.set(entry, (entries.get(entry) ?? 0) + 1)
    waiting.updateUnsafe(parked.size, context)
    health.begin()
    health.noteLock()
    arrived.openUnsafe()
    return Deferred.await(outcome)
  }

  return {
    isEmpty: () => parked.size === 0,
    /** Whether a play of the same player in the same game is parked. Then this play has to wait too. */
    holds: (play: Submission) => entries.has(entryOf(play)),
    /** The outcomes of a batch, in its order. Parks plays that met a lock, and plays without an outcome, which were not tried. */
    replaceLocked: Effect.fnUntraced(function* (
      batch: Batch,
      outcomes: Outcomes
    ): Effect.fn.Return<ReadonlyArray<Awaited>> {
      const refused: Array<typeof noRoom> = []
      const awaited = batch.map((play) => {
        const outcome = outcomes.get(play)
        if (outcome !== undefined && isSettled(outcome)) return outcome
        if (parked.size < capacity) return park(play)
        refused.push(noRoom)
        return noRoom
      })
      if (refused.length > 0) {
        health.begin()
        yield* health.end(refused)
      }
      return awaited
    })
  }
})

const noRoom = Exit.fail(new DatabaseUnavailable({}))
