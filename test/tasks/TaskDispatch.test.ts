import { assert, describe, it } from "@effect/vitest"
import { Deferred, type Duration, Effect, Exit, Fiber, Latch, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { Settings } from "../../src/platform/Settings.ts"
import * as TaskDispatch from "../../src/tasks/TaskDispatch.ts"
import { TaskKinds } from "../../src/tasks/TaskKinds.ts"
import { TaskSignals } from "../../src/tasks/TaskSignals.ts"
import * as TasksInHand from "../../src/tasks/TasksInHand.ts"
import { observed } from "../support/esp/Observed.ts"
import * as Engine from "../support/tasks/Engine.ts"
import { faults, queueTable } from "../support/tasks/QueueTable.ts"

const kinds = [
  ...["a", "b", "c"].map((name) => Engine.kindOf(name)),
  ...["two", "pair"].map((name) => Engine.kindOf(name, { concurrency: 2 })),
  Engine.kindOf("many", { concurrency: 100 })
]

/** Lets every fiber that can run, run, and those that it wakes: what comes without time comes of the right wake-up. */
const settle = Effect.replicateEffect(TestClock.adjust(0), 20, { discard: true })

const after = (time: Duration.Input) => Effect.andThen(settle, Effect.andThen(TestClock.adjust(time), settle))

/** A process's dispatcher on a table in memory, that looks by itself once in an hour. */
const started = Effect.fnUntraced(function* (workers: number, env: Record<string, string> = {}) {
  const table = queueTable()
  const hearers: Array<readonly [string, (words: ReadonlyArray<string>) => void]> = []
  const signals = TaskSignals.of({ on: (signal, hear) => Effect.sync(() => void hearers.push([signal, hear])) })
  const scope = yield* Effect.acquireRelease(Scope.make(), (made) => Scope.close(made, Exit.void))
  const log = observed()
  let looks = 0
  const dispatch = yield* Effect.gen(function* () {
    const inHand = yield* TasksInHand.make(table.repo)
    const count = () => {
      looks++
      return inHand.count()
    }
    const made = yield* TaskDispatch.make(table.repo, { ...inHand, count })
    yield* made.run
    return made
  }).pipe(
    Effect.provide([
      Settings.layerWith({ WORKERS: String(workers), TASK_POLL: "1 hour", TASK_LEASE: "1 day", ...env }),
      TaskKinds.layerOf(kinds),
      Layer.succeed(TaskSignals, signals),
      log.layer
    ]),
    Scope.provide(scope)
  )

  /** Somebody who waits for a task of a kind, and what he has been given. */
  const want = Effect.fnUntraced(function* (kind: string, maxAttempts = 3) {
    const taker = dispatch.join(kind, maxAttempts)
    const given = yield* Effect.forkScoped(Deferred.await(taker.given), { startImmediately: true })
    const entry = () => {
      const exit = given.pollUnsafe()
      return exit !== undefined && Exit.isSuccess(exit) ? exit.value : undefined
    }
    return {
      entry,
      has: () => entry()?.row.id,
      leave: Effect.suspend(() => dispatch.leave(taker)),
      ends: Effect.suspend(() =>
        dispatch.ends.settle(entry()!, {
          status: "succeeded",
          content: "null",
          errorCode: null,
          errorDetail: null,
          delay: null
        })
      ),
      putOff: (seconds: number) => Effect.suspend(() => dispatch.ends.again(entry()!, seconds, undefined, true))
    }
  })

  return {
    ...dispatch,
    table,
    want,
    /** So many who wait for the kind. */
    wants: (kind: string, count: number) => Effect.replicateEffect(want(kind), count),
    /** Tasks of the kind, named for it, the oldest first. */
    add: (kind: string, count: number) => {
      for (let place = 1; place <= count; place++) table.add(kind, `${kind}${place}`, { visibleAt: place - count })
    },
    say: (signal: string, ...words: ReadonlyArray<string>) => {
      for (const [name, hear] of hearers) if (name === signal) hear(words)
    },
    warnings: () => log.logs.filter((line) => line.includes("Tasks cannot be claimed")).length,
    /** How often it has asked itself how many tasks are held: at rest it does not. */
    looks: () => looks,
    close: Scope.close(scope, Exit.void)
  }
})

type Worker = Effect.Success<ReturnType<Effect.Success<ReturnType<typeof started>>["want"]>>

const held = (workers: ReadonlyArray<Worker>) => workers.flatMap((worker) => worker.has() ?? [])

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
      // Nothing is left: this asks once, and the others' ends do not ask again.
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
      const { add, look, nudge, say, table, want, wants } = yield* started(8)
      add("a", 1)
      yield* after("1 minute")
      assert.deepStrictEqual(table.statements(), [])
      // He who comes first finds out what is there.
      const first = yield* want("a")
      yield* after("1 minute")
      assert.deepStrictEqual([first.has(), table.statements()], ["a1", ["claim a:1 of 8"]])
      const gone = yield* want("b")
      yield* settle
      yield* gone.leave
      const workers = yield* wants("a", 4)
      yield* after("20 minutes")
      table.statements()

      // None of these has work for anybody here.
      nudge(["c"])
      say("kinds", "c", "unknown")
      say("changed", "a")
      yield* want("a")
      yield* after("1 minute")
      assert.deepStrictEqual(table.statements(), [])

      const wakes = [
        () => nudge(["c", "a"]),
        () => say("kinds", "a"),
        () => say("connected"),
        () => {
          look()
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
      const { add, nudge, table, want, wants } = yield* started(4)
      yield* after("10 seconds")
      add("a", 3)
      const workers = yield* wants("a", 3)
      yield* settle
      yield* workers[0]!.putOff(60)
      yield* workers[1]!.putOff(30)
      yield* workers[2]!.ends
      const later = [yield* want("a"), yield* want("a"), yield* want("a")]
      nudge(["a"])
      yield* settle
      table.statements()
      yield* after(29_999)
      assert.deepStrictEqual([held(later), table.statements()], [[], []])
      yield* after(1)
      assert.deepStrictEqual(held(later), ["a2"])
      yield* after("20 seconds")
      assert.deepStrictEqual(table.statements(), ["claim a:3 of 4"])
      assert.strictEqual(later[0]!.entry()!.row.attempts, 2)
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
        workers.map((worker) => [worker.has(), worker.entry()?.row.attempts]),
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

describe("kinds with limits", () => {
  it.effect("are asked for in a statement of their own, and only when something is due of them", () =>
    Effect.gen(function* () {
      const { add, nudge, table, want } = yield* started(8)
      add("a", 1)
      const workers = [yield* want("a"), yield* want("two"), yield* want("pair")]
      yield* settle
      assert.deepStrictEqual(table.statements(), ["claim a:1 of 8"])
      add("pair", 1)
      nudge(["pair"])
      yield* settle
      assert.deepStrictEqual(held(workers), ["a1", "pair1"])
      const statements = table.statements()
      assert.deepStrictEqual(statements.slice(0, 2), ["claim of 7", "claimLimited pair:1 of 7"])
      assert.lengthOf(
        statements.filter((one) => one.startsWith("claimLimited")),
        1
      )
      assert.notInclude(statements.join(), "two:")
      // What was given shows that there is room: the next is not put off.
      workers.push(yield* want("pair"))
      table.add("pair", "pair2")
      nudge(["pair"])
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
      const { add, nudge, table, want } = yield* started(8)
      yield* after("1 second")
      for (const id of ["x", "y"]) table.add("two", id, { lock: "another's", isCounted: true, visibleAt: 1e9 })
      add("two", 1)
      const worker = yield* want("two")
      yield* settle
      const limited = () => table.statements().filter((one) => one.startsWith("claimLimited")).length
      assert.strictEqual(limited(), 1)
      yield* after("1 second")
      assert.strictEqual(limited(), 0)
      nudge(["two"])
      yield* settle
      assert.strictEqual(limited(), 1)
      table.rows.delete("x")
      for (let told = 0; told < 9; told++) {
        yield* after(11)
        nudge(["two"])
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
        const { add, nudge, table, wants } = yield* started(2)
        add("a", 2)
        table.next("claim", fault)
        const workers = yield* wants("a", 3)
        yield* after(pause - 1)
        assert.deepStrictEqual(table.statements(), ["claim a:3 of 2"])
        table.next("abandon", faults.fails)
        yield* after(100)
        assert.deepStrictEqual(table.statements(), ["abandon 1", "abandon 1", "claim a:3 of 2"])
        assert.deepStrictEqual(
          workers.slice(0, 2).map((worker) => [worker.has(), worker.entry()?.row.attempts]),
          [
            ["a1", 1],
            ["a2", 1]
          ]
        )
        yield* workers[0]!.ends
        nudge(["a"])
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
      const { add, nudge, table, wants } = yield* started(2, { TASK_LEASE: "20 seconds" })
      add("a", 1)
      const workers = yield* wants("a", 2)
      // Nobody here prolongs them: as after an outage, the lease has run out.
      yield* after("21 seconds")
      table.statements()
      nudge(["a"])
      yield* settle
      assert.deepStrictEqual([held(workers), table.statements()], [["a1"], ["renew a1", "claim a:1 of 1"]])
    })
  )
})

describe("who leaves", () => {
  it.effect("is in line no more", () =>
    Effect.gen(function* () {
      const { add, look, looks, nudge, table, want, wants } = yield* started(8)
      yield* (yield* want("a")).leave
      look()
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
      nudge(["a"])
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
      assert.deepStrictEqual([next.has(), next.entry()?.row.attempts], ["a1", 1])
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
      const { add, look, looks, nudge, pause, table, wants } = yield* started(2)
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
      nudge(["a"])
      const before = looks()
      yield* after("2 hours")
      look()
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
      const { add, awaitIdle, nudge, table, wants } = yield* started(1)
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

      // There is news: what the last look said does not count.
      const answered = yield* Latch.make(false)
      table.next("claim", { commits: true, answer: answered.await })
      nudge(["a"])
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
      wide.nudge(["a"])
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
      const { add, awaitIdle, nudge, table, want } = yield* started(1)
      for (const id of ["x", "y"]) table.add("two", id, { lock: "another's", isCounted: true, visibleAt: 1e9 })
      add("two", 1)
      yield* want("two")
      const idle = yield* Effect.forkScoped(awaitIdle, { startImmediately: true })
      yield* after("1 second")
      assert.isUndefined(idle.pollUnsafe())
      table.rows.delete("two1")
      nudge(["two"])
      yield* settle
      assert.isDefined(idle.pollUnsafe())
    })
  )
})
