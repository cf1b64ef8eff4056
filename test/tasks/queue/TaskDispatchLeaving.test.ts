import { assert, describe, it } from "@effect/vitest"
import { Effect, Latch } from "effect"
import { after, held, started } from "../../support/tasks/Dispatcher.ts"
import { faults } from "../../support/tasks/QueueTable.ts"
import { settle } from "../../support/tasks/Signals.ts"

describe("who leaves", () => {
  it.effect("is in line no more", () =>
    Effect.gen(function* () {
      const { add, poll, looks, wake, table, want, wants } = yield* started(8)
      yield* (yield* want("a")).leave
      poll()
      yield* settle
      const before = looks()
      yield* after("20 minutes")
      assert.deepStrictEqual(table.statements(), [])
      assert.isBelow(looks() - before, 5)
      const workers = yield* wants("a", 3)
      yield* settle
      table.statements()
      yield* workers[1]!.leave
      yield* workers[0]!.leave
      add("a", 2)
      wake(["a"])
      yield* settle
      assert.deepStrictEqual(
        workers.map((worker) => worker.has()),
        [undefined, undefined, "a1"]
      )
      assert.deepStrictEqual(table.statements(), ["claim a:1 of 8"])
    })
  )

  it.effect("gives back what he was given at the last moment: the attempt does not count", () =>
    Effect.gen(function* () {
      const { add, ended, table, want } = yield* started(8)
      add("a", 1)
      const worker = yield* want("a")
      yield* settle
      assert.strictEqual(worker.has(), "a1")
      yield* worker.leave
      assert.deepInclude(table.rows.get("a1"), { lock: null, attempts: 0, visibleAt: 0 })
      assert.strictEqual(ended(), 1)
      const next = yield* want("a")
      yield* after(1)
      assert.deepStrictEqual([next.has(), next.claim()?.row.attempts], ["a1", 1])
    })
  )

  it.effect("what was claimed for him is the next one's, or goes back when the scope closes", () =>
    Effect.gen(function* () {
      const { add, close, table, want, wants } = yield* started(8)
      add("a", 3)
      const answered = yield* Latch.make(false)
      table.next("claim", { commits: true, answer: answered.await })
      const workers = yield* wants("a", 3)
      yield* settle
      for (const worker of workers) yield* worker.leave
      yield* answered.open
      yield* settle
      table.statements()
      const next = yield* want("a")
      yield* settle
      assert.deepStrictEqual([next.has(), table.statements()], ["a1", []])
      yield* close
      assert.deepStrictEqual(
        [...table.rows.values()].map(({ attempts, id, lock }) => [id, attempts, lock === null]),
        [
          ["a1", 1, false],
          ["a2", 0, true],
          ["a3", 0, true]
        ]
      )
    })
  )
})

describe("who stops or waits for the end", () => {
  it.effect("paused, nothing is claimed, not even by a claim that was about to begin", () =>
    Effect.gen(function* () {
      const { add, poll, looks, wake, pause, table, wants } = yield* started(2)
      const [begun, abandoned] = [faults.loses, yield* Latch.make(false)]
      add("a", 3)
      table.next("claim", begun)
      table.next("abandon", { commits: true, answer: abandoned.await })
      const workers = yield* wants("a", 3)
      yield* after(500)
      assert.strictEqual(table.statements().at(-1), "abandon 1")
      yield* pause
      yield* abandoned.open
      yield* settle
      wake(["a"])
      const before = looks()
      yield* after("2 hours")
      poll()
      yield* settle
      assert.deepStrictEqual([held(workers), table.statements()], [[], []])
      assert.isBelow(looks() - before, 20)
    })
  )

  it.effect("empty: no task is held, and the end of each is stored", () =>
    Effect.gen(function* () {
      const { add, awaitEmpty, pause, wants } = yield* started(2)
      yield* awaitEmpty
      add("a", 3)
      const workers = yield* wants("a", 3)
      yield* settle
      const empty = yield* Effect.forkScoped(awaitEmpty, { startImmediately: true })
      yield* pause
      yield* workers[0]!.ends
      yield* settle
      assert.isUndefined(empty.pollUnsafe())
      yield* workers[1]!.ends
      yield* settle
      assert.isDefined(empty.pollUnsafe())
    })
  )

  it.effect("idle: nothing is held and nothing is due, as the last look says", () =>
    Effect.gen(function* () {
      const { add, awaitIdle, wake, table, wants } = yield* started(1)
      const waits = Effect.forkScoped(awaitIdle, { startImmediately: true })
      const first = yield* waits
      yield* settle
      assert.isUndefined(first.pollUnsafe(), "nobody has looked")
      add("a", 2)
      const workers = yield* wants("a", 3)
      yield* settle
      assert.isUndefined(first.pollUnsafe(), "one is held")
      yield* workers[0]!.ends
      yield* settle
      assert.isUndefined(first.pollUnsafe(), "the second is held")
      yield* workers[1]!.ends
      yield* settle
      assert.isDefined(first.pollUnsafe())
      assert.isDefined((yield* waits).pollUnsafe())

      // A notice came meanwhile: the result of the last claim is outdated.
      const answered = yield* Latch.make(false)
      table.next("claim", { commits: true, answer: answered.await })
      wake(["a"])
      const second = yield* waits
      yield* settle
      assert.isUndefined(second.pollUnsafe())
      yield* answered.open
      yield* settle
      assert.isDefined(second.pollUnsafe())

      const wide = yield* started(2)
      wide.add("a", 1)
      const [holder] = yield* wide.wants("a", 2)
      yield* settle
      wide.wake(["a"])
      yield* settle
      const third = yield* Effect.forkScoped(wide.awaitIdle, { startImmediately: true })
      yield* settle
      assert.isUndefined(third.pollUnsafe(), "nothing is left, and one is held")
      yield* holder!.ends
      yield* settle
      assert.isDefined(third.pollUnsafe())
    })
  )

  it.effect("not idle: a task of a kind of which as many run as may is due still", () =>
    Effect.gen(function* () {
      const { add, awaitIdle, wake, table, want } = yield* started(1)
      for (const id of ["x", "y"]) table.add("two", id, { lock: "another's", isCounted: true, visibleAt: 1e9 })
      add("two", 1)
      yield* want("two")
      const idle = yield* Effect.forkScoped(awaitIdle, { startImmediately: true })
      yield* after("1 second")
      assert.isUndefined(idle.pollUnsafe())
      table.rows.delete("two1")
      wake(["two"])
      yield* settle
      assert.isDefined(idle.pollUnsafe())
    })
  )

  it.effect("not idle: of a kind whose workers were all busy when another kind had nothing left, more is due", () =>
    Effect.gen(function* () {
      const { add, awaitIdle, table, wake, want, wants } = yield* started(8)
      for (const kind of ["a", "two"]) {
        add(kind, 3)
        const busy = yield* wants(kind, 2)
        wake([kind])
        const other = yield* want("b")
        yield* settle
        assert.lengthOf(held(busy), 2)
        wake(["b"])
        yield* settle
        const idle = yield* Effect.forkScoped(awaitIdle, { startImmediately: true })
        yield* Effect.forEach(busy, (worker) => worker.ends)
        yield* settle
        assert.isUndefined(idle.pollUnsafe(), "they are about to ask for more")
        const last = yield* want(kind)
        yield* settle
        assert.strictEqual(last.has(), `${kind}3`)
        yield* last.ends
        yield* settle
        assert.isUndefined(idle.pollUnsafe())
        const none = yield* want(kind)
        yield* settle
        assert.isDefined(idle.pollUnsafe())
        yield* none.leave
        yield* other.leave
        assert.isEmpty(table.rows)
      }
    })
  )

  it.effect("not idle: what is told of while a claim finds nothing is asked for first", () =>
    Effect.gen(function* () {
      const { add, awaitIdle, table, wake, want } = yield* started(2)
      const answered = yield* Latch.make(false)
      table.next("claim", { commits: true, answer: answered.await })
      const worker = yield* want("a")
      yield* settle
      const idle = yield* Effect.forkScoped(awaitIdle, { startImmediately: true })
      add("a", 1)
      wake(["a"])
      table.next("claim", faults.fails)
      yield* answered.open
      yield* settle
      assert.isUndefined(idle.pollUnsafe())
      yield* after(500)
      assert.strictEqual(worker.has(), "a1")
      yield* worker.ends
      yield* want("a")
      yield* settle
      assert.isDefined(idle.pollUnsafe())
    })
  )
})
