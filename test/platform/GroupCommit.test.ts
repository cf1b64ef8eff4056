import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Latch, Metric, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as GroupCommit from "../../src/platform/GroupCommit.ts"
import { observed } from "../support/esp/Observed.ts"

type Options = Partial<GroupCommit.Options<number, string, string>>

/** A group commit whose batches wait for `release`, and the batches so far. */
const gated = Effect.fnUntraced(function* (options: Options = {}) {
  const batches: Array<ReadonlyArray<number>> = []
  const gate = yield* Latch.make(false)
  let underWay = 0
  let most = 0
  const group = yield* GroupCommit.make<number, string, string>({
    name: "test",
    capacity: 100,
    maxBatch: 10,
    writers: 1,
    run: (batch) =>
      Effect.gen(function* () {
        batches.push(batch)
        most = Math.max(most, ++underWay)
        yield* gate.await
        underWay--
        return batch.map((item) => Exit.succeed(`done ${item}`))
      }),
    ...options
  })
  return { group, batches, gate, most: () => most }
})

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** Runs all fibers that are ready. */
const settle = TestClock.adjust(0)

describe("GroupCommit", () => {
  it.effect("a lone item waits for nobody", () =>
    Effect.gen(function* () {
      const { batches, gate, group } = yield* gated()
      yield* gate.open
      assert.strictEqual(yield* group.submit(1), "done 1")
      assert.deepStrictEqual(batches, [[1]])
    })
  )

  it.effect("what comes while a batch is under way shares the next, in order and up to the limit", () =>
    Effect.gen(function* () {
      const { batches, gate, group, most } = yield* gated()
      const first = yield* Effect.forkChild(group.submit(0), { startImmediately: true })
      yield* settle
      assert.deepStrictEqual(batches, [[0]])
      const others = yield* Effect.forkChild(Effect.all(numbers(1, 25).map(group.submit), { concurrency: "unbounded" }))
      yield* settle
      assert.deepStrictEqual(batches, [[0]], "one batch at a time")
      yield* gate.open
      assert.strictEqual(yield* Fiber.join(first), "done 0")
      assert.deepStrictEqual(
        yield* Fiber.join(others),
        numbers(1, 25).map((item) => `done ${item}`)
      )
      assert.deepStrictEqual(batches, [[0], numbers(1, 10), numbers(11, 20), numbers(21, 25)])
      assert.strictEqual(most(), 1)
    })
  )

  it.effect("as many batches are under way as there are writers", () =>
    Effect.gen(function* () {
      const { gate, group, most } = yield* gated({ writers: 3, maxBatch: 1 })
      const all = yield* Effect.forkChild(Effect.all(numbers(1, 9).map(group.submit), { concurrency: "unbounded" }))
      yield* settle
      assert.strictEqual(most(), 3)
      yield* gate.open
      yield* Fiber.join(all)
      assert.strictEqual(most(), 3)
    })
  )

  it.effect("each item gets its own outcome", () =>
    Effect.gen(function* () {
      const { group } = yield* gated({
        run: (batch) =>
          Effect.succeed(batch.map((item) => (item % 2 === 0 ? Exit.succeed(`${item}`) : Exit.fail(`no ${item}`))))
      })
      const results = yield* Effect.all(
        numbers(1, 4).map((item) => Effect.result(group.submit(item))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        results.map((result) => (result._tag === "Success" ? result.success : result.failure)),
        ["no 1", "2", "no 3", "4"]
      )
    })
  )

  it.effect("an item without an outcome has a defect, the others have theirs", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const { group } = yield* gated({
        run: (batch) =>
          Effect.as(
            Deferred.await(started),
            batch.slice(0, 2).map((item) => Exit.succeed(`${item}`))
          )
      })
      const first = yield* Effect.forkChild(group.submit(0), { startImmediately: true })
      yield* settle
      const others = yield* Effect.forkChild(
        Effect.all(
          numbers(1, 3).map((item) => Effect.exit(group.submit(item))),
          { concurrency: "unbounded" }
        )
      )
      yield* settle
      yield* Deferred.succeed(started, undefined)
      yield* Fiber.join(first)
      const exits = yield* Fiber.join(others)
      assert.deepStrictEqual(exits.slice(0, 2), [Exit.succeed("1"), Exit.succeed("2")])
      assert.isTrue(Exit.isFailure(exits[2]!) && Cause.hasDies(exits[2].cause))
    })
  )

  it.effect("a defect of the batch reaches every waiter, and the next batch is carried out", () =>
    Effect.gen(function* () {
      let isBroken = true
      const { group } = yield* gated({
        run: (batch) =>
          isBroken ? Effect.die(new Error("broken")) : Effect.succeed(batch.map((item) => Exit.succeed(`done ${item}`)))
      })
      const exits = yield* Effect.all(
        numbers(1, 3).map((item) => Effect.exit(group.submit(item))),
        { concurrency: "unbounded" }
      )
      assert.isTrue(exits.every((exit) => Exit.isFailure(exit) && Cause.hasDies(exit.cause)))
      isBroken = false
      assert.strictEqual(yield* group.submit(4), "done 4")
    })
  )

  it.effect("a run that throws before it is an effect is a defect of its batch alone", () =>
    Effect.gen(function* () {
      let isBroken = true
      const { group } = yield* gated({
        run: (batch) => {
          if (isBroken) throw new Error("broken")
          return Effect.succeed(batch.map((item) => Exit.succeed(`done ${item}`)))
        }
      })
      const exit = yield* Effect.exit(group.submit(1)).pipe(Effect.timeoutOption("1 second"), Effect.forkChild)
      yield* TestClock.adjust("2 seconds")
      const ended = yield* Fiber.join(exit)
      assert.isTrue(ended._tag === "Some" && Exit.isFailure(ended.value) && Cause.hasDies(ended.value.cause))
      isBroken = false
      assert.strictEqual(yield* group.submit(2), "done 2")
    })
  )

  it.effect("a waiter that is interrupted does not take its item back", () =>
    Effect.gen(function* () {
      const { batches, gate, group } = yield* gated()
      const first = yield* Effect.forkChild(group.submit(0), { startImmediately: true })
      yield* settle
      const [one, two] = [
        yield* Effect.forkChild(group.submit(1), { startImmediately: true }),
        yield* Effect.forkChild(group.submit(2), { startImmediately: true })
      ]
      yield* Fiber.interrupt(one)
      yield* gate.open
      assert.strictEqual(yield* Fiber.join(two), "done 2")
      yield* Fiber.join(first)
      assert.deepStrictEqual(batches, [[0], [1, 2]])
    })
  )

  it.effect("a full queue refuses at once, counts it, and takes again when there is room", () =>
    Effect.gen(function* () {
      const { batches, gate, group } = yield* gated({ name: "full", capacity: 3 })
      const first = yield* Effect.forkChild(group.submit(0), { startImmediately: true })
      yield* settle
      const waiting = yield* Effect.forkChild(Effect.all(numbers(1, 3).map(group.submit), { concurrency: "unbounded" }))
      yield* settle
      assert.isTrue(yield* group.isFull)
      const refused = yield* Effect.flip(group.submit(4))
      assert.isTrue(refused instanceof GroupCommit.QueueFull)
      yield* TestClock.adjust("1500 millis")
      yield* gate.open
      yield* Fiber.join(waiting)
      yield* Fiber.join(first)
      assert.isFalse(yield* group.isFull)
      assert.strictEqual(yield* group.submit(5), "done 5")
      assert.deepStrictEqual(batches, [[0], [1, 2, 3], [5]])

      yield* settle
      const mine = (yield* Metric.snapshot).filter((metric) => metric.attributes?.["queue"] === "full")
      const stateOf = (id: string) => mine.find((metric) => metric.id === id)?.state
      assert.deepInclude(stateOf("fairground_queue_rejected_total"), { count: 1 })
      assert.deepInclude(stateOf("fairground_batch_size"), { count: 3, min: 1, max: 3, sum: 5 })
      assert.deepInclude(stateOf("fairground_batch_wait_seconds"), { count: 5, sum: 4.5 })
      assert.deepInclude(stateOf("fairground_batch_commit_seconds"), { count: 3, sum: 1.5 })
      assert.deepInclude(stateOf("fairground_queue_depth"), { value: 0 })
    })
  )

  it.effect("the depth that is shown is what the batch under way has left waiting", () =>
    Effect.gen(function* () {
      const depths: Array<unknown> = []
      const gate = yield* Latch.make(false)
      const { group } = yield* gated({
        name: "deep",
        run: Effect.fnUntraced(function* (batch) {
          const depth = (yield* Metric.snapshot).find(
            ({ attributes, id }) => id === "fairground_queue_depth" && attributes?.["queue"] === "deep"
          )
          depths.push(depth?.state)
          yield* gate.await
          return batch.map((item) => Exit.succeed(`${item}`))
        })
      })
      const first = yield* Effect.forkChild(group.submit(0), { startImmediately: true })
      yield* settle
      const others = yield* Effect.forkChild(Effect.all(numbers(1, 25).map(group.submit), { concurrency: "unbounded" }))
      yield* settle
      yield* gate.open
      yield* Fiber.join(first)
      yield* Fiber.join(others)
      assert.deepStrictEqual(depths, [{ value: 0 }, { value: 15 }, { value: 5 }, { value: 0 }])
    })
  )

  it.effect(
    "a batch is shown in the trace of its first item, with links to the others'; without one it has its own",
    () =>
      Effect.gen(function* () {
        const { layer, spans } = observed()
        yield* Effect.gen(function* () {
          const { gate, group } = yield* gated()
          const first = yield* Effect.forkChild(group.submit(0), { startImmediately: true })
          yield* settle
          const others = yield* Effect.forkChild(
            Effect.all(
              ["a", "b", "c"].map((name, index) => Effect.withSpan(group.submit(index), name)),
              { concurrency: "unbounded" }
            )
          )
          yield* settle
          yield* gate.open
          yield* Fiber.join(first)
          yield* Fiber.join(others)
        }).pipe(Effect.provide(layer), Effect.scoped)
        const idOf = (name: string) => spans.find((span) => span.name === name)!.spanId
        const batches = spans.filter(({ name }) => name === "test.batch")
        assert.deepStrictEqual(
          batches.map(({ attributes, links, parent }) => ({
            parent: Option.getOrUndefined(parent)?.spanId,
            links: links.map(({ span }) => span.spanId),
            size: attributes.get("fairground.batch.size")
          })),
          [
            { parent: undefined, links: Array<string>(), size: 1 },
            { parent: idOf("a"), links: [idOf("b"), idOf("c")], size: 3 }
          ]
        )
      })
  )

  it.effect("an item that spoils its batch fails alone; where the batch fails for another reason, all of it does", () =>
    Effect.gen(function* () {
      const batches: Array<ReadonlyArray<number>> = []
      const group = yield* GroupCommit.make<number, string, string>({
        name: "test",
        capacity: 100,
        maxBatch: 10,
        writers: 1,
        run: (batch) => {
          batches.push(batch)
          if (batch.includes(13)) return Effect.fail("spoilt")
          if (batch.includes(99)) return Effect.die(new Error("a defect"))
          return Effect.succeed(batch.map((item) => Exit.succeed(`done ${item}`)))
        },
        isSpoilt: (cause) => Option.getOrUndefined(Cause.findErrorOption(cause)) === "spoilt"
      })
      const submit = (...items: ReadonlyArray<number>) =>
        Effect.map(
          Effect.all(
            items.map((item) => Effect.exit(group.submit(item))),
            { concurrency: "unbounded" }
          ),
          (exits) => exits.map((exit) => (Exit.isSuccess(exit) ? exit.value : Cause.pretty(exit.cause).split("\n")[0]))
        )
      const outcomes = yield* submit(1, 2, 13, 3)
      assert.deepStrictEqual([outcomes[0], outcomes[1], outcomes[3]], ["done 1", "done 2", "done 3"])
      assert.include(outcomes[2], "spoilt")
      assert.deepStrictEqual(batches, [[1, 2, 13, 3], [1], [2], [13], [3]])
      // One that is spoilt beside one with a defect: each its own.
      const both = yield* submit(4, 13, 99, 5)
      assert.deepStrictEqual([both[0], both[3]], ["done 4", "done 5"])
      assert.include(both[1], "spoilt")
      assert.include(both[2], "a defect")
      for (const outcome of yield* submit(6, 99, 7)) assert.include(outcome, "a defect")
    })
  )

  it.effect("when the scope closes, what waits is carried out and what comes is refused", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { batches, gate, group } = yield* gated().pipe(Scope.provide(scope))
      const waiting = yield* Effect.forkChild(
        Effect.all(numbers(0, 15).map(group.submit), { concurrency: "unbounded" }),
        { startImmediately: true }
      )
      yield* settle
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* settle
      assert.isUndefined(closing.pollUnsafe(), "closing waits")
      const refused = yield* Effect.exit(group.submit(99))
      assert.isTrue(Exit.isFailure(refused))
      yield* gate.open
      yield* Fiber.join(closing)
      assert.lengthOf(yield* Fiber.join(waiting), 16)
      assert.deepStrictEqual(batches.flat(), numbers(0, 15))
    })
  )
})
