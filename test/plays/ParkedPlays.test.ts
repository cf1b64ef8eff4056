import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Metric, Scope } from "effect"
import { TestClock } from "effect/testing"
import { DatabaseUnavailable } from "../../src/platform/contract/Problems.ts"
import * as ParkedPlays from "../../src/plays/ParkedPlays.ts"
import { forEach, locked, type Outcome } from "../../src/plays/PlayOutcome.ts"
import type { RecordedPlay } from "../../src/plays/PlaysRepo.ts"
import type { Batch, Submission } from "../../src/plays/Submission.ts"
import { submission } from "../support/service/PlayTables.ts"

const recordedOf = (play: Submission): RecordedPlay => ({
  id: play.id,
  slug: play.slug,
  number: 1,
  playedAt: play.playedAt,
  playerId: play.playerId,
  esp: "sandbox",
  espList: null,
  espTags: [],
  verdict: "unknown",
  isNewContact: false,
  fields: {}
})

const outcomesOf = (batch: Batch, outcomeOf: (play: Submission) => Outcome) =>
  new Map(batch.map((play) => [play, outcomeOf(play)]))

const make = Effect.fnUntraced(function* (options: Partial<ParkedPlays.Options> = {}) {
  const tries: Array<ReadonlyArray<string>> = []
  const state = { isLocked: true }
  const parked = yield* ParkedPlays.make({
    capacity: 10,
    maxBatch: 4,
    record: (batch) =>
      Effect.sync(() => {
        tries.push(batch.map(({ email }) => email))
        return outcomesOf(batch, (play) => (state.isLocked ? locked : Exit.succeed(recordedOf(play))))
      }),
    health: { begin: () => {}, end: () => Effect.void, noteLock: () => {} },
    ...options
  })
  /** All plays of the batch meet a lock. */
  const park = (batch: Batch) =>
    Effect.flatMap(
      parked.replaceLocked(batch, forEach(batch, locked)),
      Effect.forEach((awaited) => Effect.forkChild(awaited, { startImmediately: true }))
    )
  return { parked, park, state, tries }
})

/** The value of the gauge of parked plays. */
const shown = Effect.map(Metric.snapshot, (metrics) => {
  const found = metrics.find(({ id }) => id === "fairground_plays_locked")
  return found?.type === "Gauge" ? found.state.value : undefined
})

const plays = (count: number) => Array.from({ length: count }, (_, index) => submission(`player${index}@shop.example`))

describe("ParkedPlays", () => {
  it.effect("tries again and again, some at a time, until the lock is gone", () =>
    Effect.gen(function* () {
      const { park, parked, state, tries } = yield* make()
      const fibers = yield* park(plays(6))
      yield* TestClock.adjust("1 second")
      assert.isAtLeast(tries.length, 8)
      assert.deepStrictEqual(
        tries.slice(0, 2).map((batch) => batch.length),
        [4, 2]
      )
      assert.isTrue(fibers.every((fiber) => fiber.pollUnsafe() === undefined))
      state.isLocked = false
      yield* TestClock.adjust("1 second")
      const outcomes = yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(
        outcomes.map(({ number }) => number),
        [1, 1, 1, 1, 1, 1]
      )
      assert.isTrue(parked.isEmpty())
      const before = tries.length
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(tries, before, "nothing is tried any more")
      // And it begins again.
      state.isLocked = true
      yield* park(plays(1))
      yield* TestClock.adjust("1 second")
      assert.isAbove(tries.length, before)
      state.isLocked = false
      yield* TestClock.adjust("1 second")
    })
  )

  it.effect("knows whose plays wait, until the last of them has ended", () =>
    Effect.gen(function* () {
      const { park, parked, state } = yield* make()
      const [one, same, other] = ["a", "a", "b"].map((name) => submission(`${name}@shop.example`)) as [
        Submission,
        Submission,
        Submission
      ]
      const elsewhere = submission("a@shop.example", { slug: "other" as never })
      assert.isFalse(parked.holds(one))
      yield* park([one])
      assert.deepStrictEqual([same, other, elsewhere].map(parked.holds), [true, false, false])
      // Not tried, because its entry is known to be locked: it waits too.
      const [awaited, free] = yield* parked.replaceLocked(
        [same, other],
        new Map([[other, Exit.succeed(recordedOf(other))]])
      )
      assert.deepStrictEqual(yield* free!, recordedOf(other))
      const fiber = yield* Effect.forkChild(
        Effect.suspend(() => awaited!),
        { startImmediately: true }
      )
      state.isLocked = false
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).id, same.id)
      assert.isFalse(parked.holds(one))
    })
  )

  it.effect("one of a player's plays has ended: whoever comes still waits behind the other", () =>
    Effect.gen(function* () {
      const [one, other] = plays(2).map(({ id }) => submission("a@shop.example", { id })) as [Submission, Submission]
      let free: ReadonlyArray<Submission> = [one]
      const { park, parked } = yield* make({
        record: (batch) =>
          Effect.sync(() =>
            outcomesOf(batch, (play) => (free.includes(play) ? Exit.succeed(recordedOf(play)) : locked))
          )
      })
      const [first, second] = yield* park([one, other])
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(first!)).id, one.id)
      const isHeld = parked.holds(one)
      free = [one, other]
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(second!)).id, other.id)
      assert.deepStrictEqual([isHeld, parked.holds(one)], [true, false])
    })
  )

  it.effect("more than there is room for are DatabaseUnavailable at once", () =>
    Effect.gen(function* () {
      const counts = { begun: 0, failed: 0 }
      const { park, state } = yield* make({
        capacity: 2,
        health: {
          begin: () => counts.begun++,
          end: (exits) =>
            Effect.sync(() => {
              counts.begun--
              counts.failed += [...exits].filter(Exit.isFailure).length
            }),
          noteLock: () => {}
        }
      })
      const fibers = yield* park(plays(5))
      assert.deepStrictEqual(
        fibers.map((fiber) => fiber.pollUnsafe() === undefined),
        [true, true, false, false, false]
      )
      const refused = yield* Effect.flip(Fiber.join(fibers[4]!))
      assert.strictEqual(refused._tag, "DatabaseUnavailable")
      assert.deepStrictEqual(counts, { begun: 2, failed: 3 }, "and they are counted as failed")
      state.isLocked = false
      yield* TestClock.adjust("1 second")
    })
  )

  it.effect("are shown while they wait, and each try that meets the lock is noted as its cause", () =>
    Effect.gen(function* () {
      const counts = { begun: 0, locks: 0 }
      const { park, parked, state, tries } = yield* make({
        health: {
          begin: () => counts.begun++,
          end: () => Effect.sync(() => counts.begun--),
          noteLock: () => counts.locks++
        }
      })
      const [one, two, free] = plays(3) as [Submission, Submission, Submission]
      assert.strictEqual(yield* shown, 0)
      yield* park([one])
      yield* parked.replaceLocked(
        [two, free],
        outcomesOf([two, free], (play) => (play === two ? locked : Exit.succeed(recordedOf(play))))
      )
      assert.deepStrictEqual([yield* shown, counts], [2, { begun: 2, locks: 2 }])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(counts.locks, 2 + tries.flat().length)
      state.isLocked = false
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* shown, counts.begun], [0, 0])
    })
  )

  it.effect("a try that ends in a defect ends its plays, and not the others", () =>
    Effect.gen(function* () {
      let isBroken = true
      const { park } = yield* make({
        record: (batch) =>
          isBroken
            ? Effect.die(new Error("broken"))
            : Effect.succeed(outcomesOf(batch, (play) => Exit.succeed(recordedOf(play))))
      })
      const first = yield* park(plays(1))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Exit.isFailure(yield* Fiber.await(first[0]!)))
      isBroken = false
      const second = yield* park(plays(1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(second[0]!)).number, 1)
    })
  )

  it.effect("when the scope closes, they are still tried until they have ended", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { park, state } = yield* make().pipe(Scope.provide(scope))
      const [fiber] = yield* park(plays(1))
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* TestClock.adjust("2 seconds")
      assert.isUndefined(closing.pollUnsafe())
      state.isLocked = false
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.strictEqual((yield* Fiber.join(fiber!)).number, 1)
    })
  )

  it.effect("without any, the scope closes at once", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* make().pipe(Scope.provide(scope))
      yield* Scope.close(scope, Exit.void)
    })
  )

  it.effect("whose deadline is over is answered so", () =>
    Effect.gen(function* () {
      let isOver = false
      const over: Outcome = Exit.fail(new DatabaseUnavailable({}))
      const { park } = yield* make({ record: (batch) => Effect.sync(() => forEach(batch, isOver ? over : locked)) })
      const [fiber] = yield* park(plays(1))
      yield* TestClock.adjust("1 second")
      assert.isUndefined(fiber!.pollUnsafe())
      isOver = true
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Effect.flip(Fiber.join(fiber!)))._tag, "DatabaseUnavailable")
    })
  )
})
