import { Deferred, Effect, Exit, Fiber, Latch, Metric, Random } from "effect"
import { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { forEach, isSettled, type Outcomes, type Refusal } from "./PlayOutcome.ts"
import type { PlaysHealth } from "./PlaysHealth.ts"
import type { RecordedPlay } from "./PlaysRepo.ts"
import { type Batch, entryOf, type Submission } from "./Submission.ts"

export interface Options {
  /** Plays that may be parked; further ones are `DatabaseUnavailable` at once. */
  readonly capacity: number
  /** The most plays that are tried together. */
  readonly maxBatch: number
  /** Tries plays without waiting for a lock. Those whose deadline is over are no longer `EntryLocked`. */
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
 * Plays that wait for a lock that somebody else holds, apart from the queue, so that they keep nobody waiting: tried again and
 * again, without a wait at the database, until they get it or their deadline is over. When the scope closes, they still are.
 */
export const make = Effect.fnUntraced(function* ({ capacity, health, maxBatch, record }: Options) {
  const parked = new Map<Submission, Parked>()
  // How many plays of an entry are parked.
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
    /** A play of the same player in the same game is parked: this one is to wait behind it. */
    holds: (play: Submission) => entries.has(entryOf(play)),
    /** The outcomes of a batch, in its order: who met a lock is parked, and so is who was not tried and has none. */
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
