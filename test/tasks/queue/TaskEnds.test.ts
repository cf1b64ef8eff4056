import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, Fiber, Metric } from "effect"
import { TestClock } from "effect/testing"
import { layerWith } from "../../support/Settings.ts"
import { commonErrors } from "../../../src/tasks/Task.ts"
import * as TaskEnds from "../../../src/tasks/queue/TaskEnds.ts"
import { TaskFailure } from "../../../src/tasks/TaskErrors.ts"
import { TaskClaim } from "../../../src/tasks/queue/TaskClaim.ts"
import { observed } from "../../support/esp/Observed.ts"
import { faults, queueTable } from "../../support/tasks/QueueTable.ts"

/** The ends of a process with three workers; DATABASE_DEADLINE is 8 seconds, TASK_LEASE 20. */
const started = Effect.gen(function* () {
  const table = queueTable()
  const heard: Array<string> = []
  const log = observed()
  const ends = yield* TaskEnds.make(table.repo, {
    ended: ({ row }) => heard.push(`${row.id} gone`),
    stored: ({ row }, delay, now) => heard.push(`${row.id} stored ${delay} at ${now}`)
  }).pipe(Effect.provide(layerWith({ WORKERS: "3", DATABASE_DEADLINE: "8 seconds", TASK_LEASE: "20 seconds" })))
  const hold = (id: string, attempts = 1) => {
    table.add("a", id, { attempts, lock: `lock of ${id}`, visibleAt: 1e9 })
    return new TaskClaim({ id, kind: "a", attempts, task: undefined }, `lock of ${id}`)
  }
  const succeed = (claim: TaskClaim) => ends.succeed(claim, "1").pipe(Effect.provide(log.layer))
  const told = (words: string) => log.logs.filter((line) => line.includes(words)).length
  return { ...ends, table, heard, hold, succeed, log, told }
})

const options = {
  name: "a",
  maxAttempts: 3,
  retryDelay: () => Effect.succeed(Duration.seconds(5))
} as unknown as Parameters<Effect.Success<typeof started>["finish"]>[2]

const counts = Effect.map(Metric.snapshot, (all) =>
  all.flatMap(({ attributes, id, state }) =>
    id === "fairground_task_ends_total"
      ? [[attributes?.["outcome"], Number((state as { readonly count: unknown }).count)] as const]
      : []
  )
)
const outcomes = Effect.map(counts, (all) => all.map(([outcome]) => outcome))
const countOf = (outcome: string) => Effect.map(counts, (all) => new Map(all).get(outcome))

describe("how an attempt ended", () => {
  const internal = { errorCode: "internal", errorDetail: commonErrors.internal }
  const busy = { errorCode: "busy", errorDetail: "Not now." }
  const over = { status: "failed", content: null, delay: null, isCounted: true }
  const again = { status: "queued", content: null, delay: 5, isCounted: true }
  const passing = (retryAfter?: Duration.Duration) => Exit.fail(TaskFailure.passing("busy", "Not now.", retryAfter))

  const cases: ReadonlyArray<
    readonly [name: string, attempts: number, exit: Exit.Exit<unknown, unknown>, ending: object, outcome: string | null]
  > = [
    [
      "success",
      3,
      Exit.succeed({ status: "succeeded", content: "1" }),
      { ...over, status: "succeeded", content: "1", errorCode: null, errorDetail: null },
      "succeeded"
    ],
    [
      "a failure that is final",
      1,
      Exit.succeed({ status: "failed", code: "busy", detail: "Not now." }),
      { ...over, ...busy },
      "failed"
    ],
    ["success of one that has begun nothing", 1, Exit.void, { ...over, ...internal }, null],
    ["success with what is no end", 1, Exit.succeed({ status: "succeeded" }), { ...over, ...internal }, null],
    [
      "interruption",
      3,
      Exit.interrupt(1),
      { ...again, errorCode: null, errorDetail: null, delay: 0, isCounted: false },
      "released"
    ],
    ["a failure that may pass", 2, passing(), { ...again, ...busy }, "retried"],
    ["one that asks for a longer pause", 1, passing(Duration.seconds(60)), { ...again, ...busy, delay: 60 }, "retried"],
    ["one that asks for a shorter pause", 1, passing(Duration.seconds(1)), { ...again, ...busy }, "retried"],
    ["the same in the last attempt", 3, passing(), { ...over, ...busy }, "failed"],
    ["a defect", 1, Exit.die(new Error("sekret")), { ...again, ...internal }, "retried"],
    ["a defect in the last attempt", 3, Exit.die(new Error("sekret")), { ...over, ...internal }, "failed"],
    ...[null, "odd", {}, { _tag: "Odd" }].map(
      (error) =>
        [
          `the unknown error ${JSON.stringify(error)}`,
          1,
          Exit.fail(error),
          { ...again, ...internal },
          "retried"
        ] as const
    ),
    [
      "an interruption after a failure",
      1,
      Exit.failCause(Cause.combine(Cause.fail(TaskFailure.passing("busy", "Not now.")), Cause.interrupt(1))),
      { ...again, ...busy },
      "retried"
    ],
    [
      "words that cannot be stored as they are",
      1,
      Exit.succeed({ status: "failed", code: "bu\u0000sy", detail: "Not\u0000 now." }),
      { ...over, errorCode: "bu\uFFFDsy", errorDetail: "Not\uFFFD now." },
      "failed"
    ]
  ]

  it.effect.each(cases)("%s", ([, attempts, exit, expected, outcome]) =>
    Effect.gen(function* () {
      const { heard, hold, fail, finish, table } = yield* started
      const claim = hold("one", attempts)
      yield* finish(claim, exit, options)
      assert.lengthOf(table.endings, 1)
      assert.deepStrictEqual(
        { ...table.endings[0] },
        {
          ...expected,
          id: "one",
          lock: "lock of one"
        }
      )
      const { delay } = table.endings[0]!
      assert.deepStrictEqual(heard, [`one stored ${delay} at 0`, "one gone"])
      assert.deepStrictEqual(yield* outcomes, outcome === null ? [] : [outcome])
      // The attempt has ended, and does not end again.
      assert.isFalse(yield* fail(claim, "busy", "Not now."))
      assert.deepStrictEqual([table.statements(), heard.length], [["end one"], 2])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  const exits = [
    Exit.succeed({ status: "succeeded", content: "1" }),
    Exit.succeed({ status: "failed", code: "busy", detail: "Not now." }),
    Exit.fail(TaskFailure.passing("busy", "Not now."))
  ]

  it.effect("counts as lost where the task is another's by now, or where it cannot be stored", () =>
    Effect.gen(function* () {
      const { finish, hold, table } = yield* started
      for (const [place, exit] of exits.entries()) {
        const claim = hold(`other ${place}`, 3)
        table.add("a", `other ${place}`, { lock: "another's" })
        yield* finish(claim, exit, options)
      }
      assert.deepStrictEqual(table.endings, [])
      yield* finish(hold("spoilt", 3), Exit.succeed({ status: "failed", code: "busy", detail: "poison" }), options)
      assert.deepStrictEqual(yield* outcomes, ["lost"])
      assert.strictEqual(yield* countOf("lost"), 4)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  for (const reason of ["cancelled", "lost"] as const) {
    it.effect(`of one that was stopped counts as ${reason}, however it came, and nothing is stored`, () =>
      Effect.gen(function* () {
        const { finish, heard, hold, table } = yield* started
        for (const [place, exit] of [...exits, Exit.void, Exit.interrupt(1)].entries()) {
          const claim = hold(`stopped ${place}`)
          claim.stop(reason)
          yield* finish(claim, exit, options)
        }
        assert.deepStrictEqual([table.statements(), heard.length], [[], 5])
        assert.deepStrictEqual([yield* outcomes, yield* countOf(reason)], [[reason], 5])
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
    )
  }

  it.effect(
    "is true of those that were this process's to end, and nothing is stored twice or of one that was stopped",
    () =>
      Effect.gen(function* () {
        const { heard, hold, release, succeed, table } = yield* started
        const [mine, lost, stopped] = [hold("mine"), hold("lost"), hold("stopped")]
        assert.isTrue(yield* succeed(mine))
        assert.isFalse(yield* succeed(mine))
        assert.isFalse(yield* release(mine))
        table.add("a", "lost", { lock: "another's" })
        assert.isFalse(yield* succeed(lost))
        stopped.stop("cancelled")
        assert.isFalse(yield* succeed(stopped))
        assert.deepStrictEqual(table.statements(), ["end mine", "end lost"])
        assert.deepStrictEqual(heard, [
          "mine stored null at 0",
          "mine gone",
          "lost stored null at 0",
          "lost gone",
          "stopped gone"
        ])
        assert.deepStrictEqual(
          table.endings.map(({ content, isCounted, status }) => [status, content, isCounted]),
          [["succeeded", "1", true]]
        )
      })
  )

  it.effect("is said in the log where a task has failed, by its code alone; the crashed are counted", () =>
    Effect.gen(function* () {
      const { fail, hold, log, retry, succeed, table, told } = yield* started
      yield* succeed(hold("fine"))
      yield* Effect.gen(function* () {
        yield* retry(hold("again"), 5, { code: "busy", detail: "sekret" })
        const lost = hold("lost")
        table.add("a", "lost", { lock: "another's" })
        yield* fail(lost, "crashed", "sekret")
        assert.strictEqual(told("A task has failed"), 0)
        yield* fail(hold("failed"), "busy", "sekret")
        yield* fail(hold("crashed"), "crashed", "sekret", false)
      }).pipe(Effect.provide(log.layer))
      assert.strictEqual(told("A task has failed"), 2)
      assert.notInclude(log.text(), "sekret")
      const metrics = yield* Metric.snapshot
      assert.deepStrictEqual(
        metrics.flatMap(({ attributes, id, state }) =>
          id === "fairground_task_ends_total" ? [[attributes, (state as { readonly count: unknown }).count]] : []
        ),
        [[{ kind: "a", outcome: "crashed" }, 1]]
      )
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})

describe("ends that cannot be stored", () => {
  /** When the statements ran, and when storing the end was given up. */
  const until = Effect.fnUntraced(function* (
    statements: () => ReadonlyArray<string>,
    end: Effect.Effect<boolean>,
    meanwhile: (now: number) => Effect.Effect<unknown>
  ) {
    const fiber = yield* Effect.forkScoped(end, { startImmediately: true })
    const times: Array<number> = []
    const begin = yield* Clock.currentTimeMillis
    yield* TestClock.adjust(0)
    for (let second = 0; second <= 60; second++) {
      times.push(...statements().map(() => second))
      if (fiber.pollUnsafe() !== undefined) return { times, over: second, stored: yield* Fiber.join(fiber) }
      yield* meanwhile(begin + 1000 * second)
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust(0)
    }
    return { times, over: undefined, stored: undefined }
  })
  const nothing = () => Effect.void
  const hanging = Array.from({ length: 9 }, () => faults.hangs)

  it.effect("are tried anew after each DATABASE_DEADLINE, until the lease has run out", () =>
    Effect.gen(function* () {
      const { heard, hold, succeed, table, told } = yield* started
      yield* TestClock.adjust("100 seconds")
      table.next("end", ...hanging)
      const one = yield* until(table.statements, succeed(hold("one")), nothing)
      assert.deepStrictEqual(one, { times: [0, 8, 16], over: 24, stored: false })
      assert.deepStrictEqual(heard, ["one gone"])
      assert.strictEqual(told("could not be stored"), 1)
      assert.strictEqual(table.rows.get("one")!.lock, "lock of one")
    })
  )

  it.effect("are stored by the second connection where the first goes into the void", () =>
    Effect.gen(function* () {
      const { hold, succeed, table } = yield* started
      table.next("end", faults.hangs)
      const one = yield* until(table.statements, succeed(hold("one")), nothing)
      assert.deepStrictEqual(one, { times: [0, 8], over: 8, stored: true })
    })
  )

  it.effect("are left to the lease after one deadline where all are only given back", () =>
    Effect.gen(function* () {
      const { hold, release, succeed, table } = yield* started
      table.next("end", ...hanging)
      const back = yield* until(table.statements, release(hold("one")), nothing)
      assert.deepStrictEqual(back, { times: [0], over: 8, stored: false })
      // In a batch with an end that counts, they get as much time as that end.
      const both = Effect.all([release(hold("two")), succeed(hold("three"))], {
        concurrency: "unbounded"
      })
      const together = yield* until(
        table.statements,
        Effect.map(both, ([first]) => first),
        nothing
      )
      assert.deepStrictEqual(together, { times: [0, 8, 16], over: 24, stored: false })
    })
  )

  it.effect("have one deadline in all from when a stopping service hurries", () =>
    Effect.gen(function* () {
      const { hold, finishWithinDeadline, succeed, table } = yield* started
      yield* TestClock.adjust("100 seconds")
      table.next("end", ...hanging)
      // A write that is under way keeps its own deadline, and gets no second one.
      const first = yield* until(table.statements, succeed(hold("one")), (now) =>
        now === 103_000 ? finishWithinDeadline : Effect.void
      )
      assert.deepStrictEqual(first, { times: [0], over: 8, stored: false })
      yield* finishWithinDeadline
      yield* TestClock.adjust("3 seconds")
      const second = yield* until(table.statements, succeed(hold("two")), nothing)
      assert.deepStrictEqual(second, { times: [0], over: 5, stored: false })
      const third = yield* until(table.statements, succeed(hold("three")), nothing)
      assert.deepStrictEqual([third.over, third.stored], [0, false])
    })
  )

  it.effect("for their data spoil none of their batch", () =>
    Effect.gen(function* () {
      const { fail, heard, hold, succeed, table } = yield* started
      const results = yield* Effect.all(
        [succeed(hold("one")), fail(hold("two"), "busy", "poison"), succeed(hold("three"))],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(results, [true, false, true])
      assert.deepStrictEqual(table.statements(), ["end one two three", "end one", "end two", "end three"])
      assert.includeMembers(heard, ["one gone", "two gone", "three gone"])
      yield* fail(hold("four"), "busy", "poison")
      assert.deepStrictEqual(table.statements(), ["end four"])
    })
  )

  it.effect("a batch is stored once where it is stored, and once a deadline where nobody answers", () =>
    Effect.gen(function* () {
      const { hold, succeed, table } = yield* started
      const all = (ids: ReadonlyArray<string>) => Effect.forEach(ids, (id) => succeed(hold(id)), { concurrency: 9 })
      assert.deepStrictEqual(yield* all(["one", "two", "three"]), [true, true, true])
      assert.deepStrictEqual(table.statements(), ["end one two three"])
      table.next("end", ...hanging)
      const two = Effect.map(all(["four", "five"]), (results) => results.some(Boolean))
      assert.deepStrictEqual(yield* until(table.statements, two, nothing), {
        times: [0, 8, 16],
        over: 24,
        stored: false
      })
    })
  )
})
