import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch } from "effect"
import { after, held, started } from "../../support/tasks/Dispatcher.ts"
import { faults } from "../../support/tasks/QueueTable.ts"
import { settle } from "../../support/tasks/Signals.ts"

describe("who claims, and when", () => {
  it.effect("as many as workers are free, and no more; the next as soon as one is, while there are any", () =>
    Effect.gen(function* () {
      const { add, ended, looks, table, wants } = yield* started(3)
      add("a", 5)
      const workers = yield* wants("a", 6)
      yield* settle
      assert.deepStrictEqual(held(workers), ["a1", "a2", "a3"])
      assert.deepStrictEqual(table.statements(), ["claim a:6 of 3"])
      const before = looks()
      yield* after("20 minutes")
      assert.isBelow(looks() - before, 5)
      yield* workers[1]!.ends
      yield* settle
      assert.deepStrictEqual(table.statements(), ["end a2", "claim a:3 of 1"])
      yield* workers[0]!.ends
      yield* settle
      assert.deepStrictEqual(held(workers), ["a1", "a2", "a3", "a4", "a5"])
      table.statements()
      // Nothing is left: this end claims once, and the others' ends do not claim again.
      yield* workers[2]!.ends
      yield* settle
      assert.deepStrictEqual(table.statements(), ["end a3", "claim a:1 of 1"])
      yield* workers[3]!.ends
      yield* workers[4]!.ends
      yield* after("20 minutes")
      assert.deepStrictEqual([table.statements(), ended()], [["end a4", "end a5"], 5])
    })
  )

  it.effect("an end's worker is free when the end is stored, and not before", () =>
    Effect.gen(function* () {
      const { add, table, wants } = yield* started(1)
      add("a", 2)
      const workers = yield* wants("a", 2)
      yield* settle
      const stored = yield* Latch.make(false)
      table.next("end", { commits: true, answer: stored.await })
      const ending = yield* Effect.forkScoped(workers[0]!.ends)
      yield* settle
      assert.deepStrictEqual(held(workers), ["a1"])
      yield* stored.open
      yield* Fiber.join(ending)
      yield* settle
      assert.deepStrictEqual(held(workers), ["a1", "a2"])
    })
  )

  it.effect("nothing while nobody waits, and nothing at rest; what may be due is asked for at once", () =>
    Effect.gen(function* () {
      const { add, poll, wake, say, table, want, wants } = yield* started(8)
      add("a", 1)
      yield* after("1 minute")
      assert.deepStrictEqual(table.statements(), [])
      // The first worker's claim finds out what is due.
      const first = yield* want("a")
      yield* after("1 minute")
      assert.deepStrictEqual([first.has(), table.statements()], ["a1", ["claim a:1 of 8"]])
      const gone = yield* want("b")
      yield* settle
      yield* gone.leave
      const workers = yield* wants("a", 4)
      yield* after("20 minutes")
      table.statements()

      // No worker here waits for any of these kinds.
      wake(["c"])
      say("kinds", "c", "unknown")
      say("changed", "a")
      yield* want("a")
      yield* after("1 minute")
      assert.deepStrictEqual(table.statements(), [])

      const wakes = [
        () => wake(["c", "a"]),
        () => say("kinds", "a"),
        () => say("connected"),
        () => {
          poll()
        }
      ]
      for (const [place, wake] of wakes.entries()) {
        table.add("a", `woken ${place}`)
        wake()
        yield* settle
        assert.strictEqual(held(workers).at(-1), `woken ${place}`)
        yield* after("1 minute")
        assert.deepStrictEqual(table.statements(), [`claim a:${5 - place} of ${7 - place}`])
      }
    })
  )

  it.effect("whoever was told of nothing looks about once in TASK_POLL", () =>
    Effect.gen(function* () {
      const { table, want } = yield* started(1)
      const worker = yield* want("a")
      yield* after("44 minutes")
      assert.lengthOf(table.statements(), 1)
      yield* after("20 hours")
      const { length } = table.statements()
      assert.isTrue(length >= 16 && length <= 28, `${length} looks in 20 hours`)
      table.add("a", "late")
      yield* after("75 minutes")
      assert.strictEqual(worker.has(), "late")
    })
  )

  it.effect(
    "where as many were claimed as were wanted, the next who comes asks, and hears when there are no more",
    () =>
      Effect.gen(function* () {
        const { add, table, want } = yield* started(8)
        add("a", 2)
        const workers = [yield* want("a"), yield* want("b")]
        yield* settle
        table.statements()
        workers.push(yield* want("b"))
        yield* settle
        assert.deepStrictEqual(table.statements(), [], "there was less of this kind than was wanted")
        workers.push(yield* want("a"))
        yield* settle
        assert.deepStrictEqual(held(workers), ["a1", "a2"])
        table.statements()
        yield* want("a")
        yield* settle
        assert.lengthOf(table.statements(), 1)
        yield* want("a")
        yield* settle
        assert.deepStrictEqual(table.statements(), [])
      })
  )

  it.effect("a task that was put off is asked for when it is due, once, whatever ended meanwhile", () =>
    Effect.gen(function* () {
      const { add, wake, table, want, wants } = yield* started(4)
      yield* after("10 seconds")
      add("a", 3)
      const workers = yield* wants("a", 3)
      yield* settle
      yield* workers[0]!.putOff(60)
      yield* workers[1]!.putOff(30)
      yield* workers[2]!.ends
      const later = [yield* want("a"), yield* want("a"), yield* want("a")]
      wake(["a"])
      yield* settle
      table.statements()
      yield* after(29_999)
      assert.deepStrictEqual([held(later), table.statements()], [[], []])
      yield* after(1)
      assert.deepStrictEqual(held(later), ["a2"])
      yield* after("20 seconds")
      assert.deepStrictEqual(table.statements(), ["claim a:3 of 4"])
      assert.strictEqual(later[0]!.claim()!.row.attempts, 2)
    })
  )

  it.effect("one that was put off while nothing else is due does not wait for the poll either", () =>
    Effect.gen(function* () {
      const { add, table, want } = yield* started(4)
      add("a", 1)
      const first = yield* want("a")
      const next = yield* want("a")
      yield* after("1 minute")
      table.statements()
      yield* first.putOff(30)
      yield* settle
      assert.deepStrictEqual(table.statements(), ["end a1"])
      yield* after(29_999)
      assert.deepStrictEqual([next.has(), table.statements()], [undefined, []])
      yield* after(1)
      assert.strictEqual(next.has(), "a1")
      yield* after("10 minutes")
      assert.lengthOf(table.statements(), 1)
    })
  )

  it.effect("no kind whose turn it is waits for another, and who has least running comes first", () =>
    Effect.gen(function* () {
      const { add, table, wants } = yield* started(1)
      for (const kind of ["a", "b", "c"]) add(kind, 3)
      const workers = [...(yield* wants("a", 3)), ...(yield* wants("b", 3)), ...(yield* wants("c", 3))]
      const order: Array<string> = []
      for (let turn = 0; turn < 9; turn++) {
        yield* settle
        const now = workers.filter((worker) => worker.has() !== undefined && !order.includes(worker.has()!))
        assert.lengthOf(now, 1)
        order.push(...held(now))
        yield* now[0]!.ends
      }
      assert.deepStrictEqual(order, ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"])
      assert.isEmpty(table.rows)

      const wide = yield* started(3)
      wide.add("a", 4)
      const first = yield* wide.wants("a", 4)
      yield* settle
      wide.add("b", 2)
      const second = yield* wide.wants("b", 2)
      yield* first[0]!.ends
      yield* settle
      assert.deepStrictEqual([held(first), held(second)], [["a1", "a2", "a3"], ["b1"]])
    })
  )

  it.effect("no attempt is begun beyond the last: such a task has failed as crashed, and its worker is free", () =>
    Effect.gen(function* () {
      const { table, wants } = yield* started(2)
      table.add("a", "over", { attempts: 3, visibleAt: -3 })
      table.add("a", "last", { attempts: 2, visibleAt: -2 })
      table.add("a", "fresh", { visibleAt: -1 })
      const workers = yield* wants("a", 3)
      yield* settle
      assert.deepStrictEqual(
        workers.map((worker) => [worker.has(), worker.claim()?.row.attempts]),
        [
          ["last", 3],
          ["fresh", 1],
          [undefined, undefined]
        ]
      )
      assert.lengthOf(table.endings, 1)
      assert.deepInclude(table.endings[0], {
        id: "over",
        status: "failed",
        errorCode: "crashed",
        delay: null,
        isCounted: false
      })
    })
  )
})

describe("claims that fail", () => {
  it.effect("are said once an outage, and tried again each half second", () =>
    Effect.gen(function* () {
      const { add, say, table, want, warnings } = yield* started(2)
      table.next("claim", faults.fails, faults.fails, faults.fails)
      const worker = yield* want("a")
      add("a", 1)
      yield* settle
      assert.deepStrictEqual([table.statements().length, warnings()], [1, 1])
      yield* after(499)
      assert.deepStrictEqual(table.statements(), [])
      yield* after(1)
      assert.strictEqual(table.statements().at(-1), "claim a:1 of 2")
      yield* after("1 second")
      assert.deepStrictEqual([worker.has(), warnings()], ["a1", 1])
      table.next("claim", faults.fails)
      const next = yield* want("a")
      say("kinds", "a")
      yield* settle
      assert.strictEqual(warnings(), 2)
      add("a", 1)
      yield* after(500)
      assert.strictEqual(next.has(), "a1")
    })
  )

  for (const [name, fault, pause] of [
    ["whose answer was lost", faults.loses, 500],
    ["that was not answered within DATABASE_DEADLINE", faults.hangsAfter, 8_500]
  ] as const) {
    it.effect(`what one took ${name} is given back before the next, once`, () =>
      Effect.gen(function* () {
        const { add, wake, table, wants } = yield* started(2)
        add("a", 2)
        table.next("claim", fault)
        const workers = yield* wants("a", 3)
        yield* after(pause - 1)
        assert.deepStrictEqual(table.statements(), ["claim a:3 of 2"])
        table.next("abandon", faults.fails)
        yield* after(100)
        assert.deepStrictEqual(table.statements(), ["abandon 1", "abandon 1", "claim a:3 of 2"])
        assert.deepStrictEqual(
          workers.slice(0, 2).map((worker) => [worker.has(), worker.claim()?.row.attempts]),
          [
            ["a1", 1],
            ["a2", 1]
          ]
        )
        yield* workers[0]!.ends
        wake(["a"])
        yield* settle
        assert.deepStrictEqual(table.statements(), ["end a1", "claim a:1 of 1"])
      })
    )
  }

  it.effect("nothing is claimed while what was taken cannot be given back", () =>
    Effect.gen(function* () {
      const { add, table, want } = yield* started(2)
      add("a", 1)
      table.next("claim", faults.loses)
      table.next("abandon", faults.hangs)
      const worker = yield* want("a")
      yield* after("8 seconds")
      assert.deepStrictEqual(table.statements(), ["claim a:1 of 2", "abandon 1"])
      yield* after("1 second")
      assert.deepStrictEqual(table.statements(), ["abandon 1", "claim a:1 of 2"])
      assert.strictEqual(worker.has(), "a1")
    })
  )

  it.effect("leases that were due to be prolonged are so before anything is claimed", () =>
    Effect.gen(function* () {
      const { add, wake, table, wants } = yield* started(2, { TASK_LEASE: "20 seconds" })
      add("a", 1)
      const workers = yield* wants("a", 2)
      // Nothing prolongs the leases here: as after an outage, they have run out.
      yield* after("21 seconds")
      table.statements()
      wake(["a"])
      yield* settle
      assert.deepStrictEqual([held(workers), table.statements()], [["a1"], ["renew a1", "claim a:1 of 1"]])
    })
  )
})
