import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { after, held, started } from "../../support/tasks/Dispatcher.ts"
import { settle } from "../../support/tasks/Signals.ts"

describe("kinds with limits", () => {
  it.effect("are asked for in a statement of their own, and only when something is due of them", () =>
    Effect.gen(function* () {
      const { add, wake, table, want } = yield* started(8)
      add("a", 1)
      const workers = [yield* want("a"), yield* want("two"), yield* want("pair")]
      yield* settle
      assert.deepStrictEqual(table.statements(), ["claim a:1 of 8"])
      add("pair", 1)
      wake(["pair"])
      yield* settle
      assert.deepStrictEqual(held(workers), ["a1", "pair1"])
      const statements = table.statements()
      assert.deepStrictEqual(statements.slice(0, 2), ["claim of 7", "claimLimited pair:1 of 7"])
      assert.lengthOf(
        statements.filter((one) => one.startsWith("claimLimited")),
        1
      )
      assert.notInclude(statements.join(), "two:")
      // The claim found tasks, so there is room: the next claim is not delayed.
      workers.push(yield* want("pair"))
      table.add("pair", "pair2")
      wake(["pair"])
      yield* settle
      assert.strictEqual(workers[3]!.has(), "pair2")
    })
  )

  it.effect("run no more than they may; one more as soon as one ends here, and nobody asks meanwhile", () =>
    Effect.gen(function* () {
      const { add, looks, table, wants } = yield* started(8)
      add("two", 5)
      add("a", 1)
      const [plain] = yield* wants("a", 1)
      const workers = yield* wants("two", 5)
      yield* after("1 second")
      assert.deepStrictEqual(held(workers), ["two1", "two2"])
      table.statements()
      const before = looks()
      yield* plain!.ends
      yield* after("20 minutes")
      assert.deepStrictEqual(table.statements(), ["end a1"])
      assert.isBelow(looks() - before, 10)
      yield* workers[0]!.ends
      yield* settle
      assert.deepStrictEqual(held(workers), ["two1", "two2", "two3"])
      yield* workers[1]!.putOff(3600)
      yield* settle
      assert.deepStrictEqual(held(workers), ["two1", "two2", "two3", "two4"])
    })
  )

  it.effect("one that another replica is claiming of is asked for again after 25 ms", () =>
    Effect.gen(function* () {
      const { add, looks, table, want } = yield* started(8)
      yield* after("1 second")
      table.claimedElsewhere.add("two")
      add("two", 1)
      const worker = yield* want("two")
      yield* settle
      const limited = () => table.statements().filter((one) => one.startsWith("claimLimited")).length
      assert.strictEqual(limited(), 1)
      for (let time = 0; time < 3; time++) {
        yield* after(24)
        assert.strictEqual(limited(), 0)
        yield* after(1)
        assert.strictEqual(limited(), 1)
      }
      table.claimedElsewhere.clear()
      yield* after(24)
      assert.isUndefined(worker.has())
      yield* after(1)
      assert.strictEqual(worker.has(), "two1")
      table.statements()
      const before = looks()
      yield* after("20 minutes")
      assert.deepStrictEqual(table.statements(), [])
      assert.isBelow(looks() - before, 10)
    })
  )

  it.effect("where as many run as may, nobody asks for 100 ms whatever he is told, and then he does", () =>
    Effect.gen(function* () {
      const { add, wake, table, want } = yield* started(8)
      yield* after("1 second")
      for (const id of ["x", "y"]) table.add("two", id, { lock: "another's", isCounted: true, visibleAt: 1e9 })
      add("two", 1)
      const worker = yield* want("two")
      yield* settle
      const limited = () => table.statements().filter((one) => one.startsWith("claimLimited")).length
      assert.strictEqual(limited(), 1)
      yield* after("1 second")
      assert.strictEqual(limited(), 0)
      wake(["two"])
      yield* settle
      assert.strictEqual(limited(), 1)
      table.rows.delete("x")
      for (let told = 0; told < 9; told++) {
        yield* after(11)
        wake(["two"])
        yield* settle
      }
      assert.deepStrictEqual([worker.has(), limited()], [undefined, 0])
      yield* after(1)
      assert.deepStrictEqual([worker.has(), limited()], ["two1", 1])
    })
  )

  it.effect("take turns with those without, and together they have no more than the free workers", () =>
    Effect.gen(function* () {
      for (const workers of [1, 2, 4]) {
        const { add, table, wants } = yield* started(workers)
        add("a", 24)
        add("many", 24)
        const all = [...(yield* wants("a", 24)), ...(yield* wants("many", 24))]
        const over = new Set<string>()
        while (over.size < 24) {
          yield* settle
          const now = all.filter((worker) => worker.has() !== undefined && !over.has(worker.has()!))
          assert.lengthOf(now, workers)
          yield* Effect.forEach(now, (worker) => worker.ends, { concurrency: "unbounded" })
          for (const worker of now) over.add(worker.has()!)
        }
        const limited = [...over].filter((id) => id.startsWith("many")).length
        assert.isTrue(limited >= 4 && limited <= 20, `${limited} of 24 with ${workers} workers`)
        assert.notInclude(table.statements().join(), "of 0")
      }
    })
  )

  it.effect("no more are claimed than there are workers that wait, also where a round asks twice", () =>
    Effect.gen(function* () {
      const { add, table, wants } = yield* started(32)
      add("many", 24)
      for (let round = 1; round <= 4; round++) {
        const workers = yield* wants("many", 3)
        yield* settle
        assert.lengthOf(held(workers), 3)
        assert.lengthOf(
          [...table.rows.values()].filter(({ lock }) => lock !== null),
          3 * round
        )
      }
      assert.notInclude(table.statements().join(), "many:0")
    })
  )
})
