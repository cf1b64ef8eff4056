import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { ConnectionError, SqlError, UnknownError } from "effect/sql/SqlError"
import { TestClock } from "effect/testing"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { BackgroundSql } from "../../../src/platform/postgres/Sql.ts"
import { layerWith } from "../../support/Settings.ts"
import { TaskSignals } from "../../../src/tasks/watch/TaskSignals.ts"
import { TaskWatch } from "../../../src/tasks/watch/TaskWatch.ts"
import { observed } from "../../support/esp/Observed.ts"
import { settle, spoken } from "../../support/tasks/Signals.ts"

/** Tasks in memory of which the versions alone change, and what was asked of them. */
const started = Effect.gen(function* () {
  const versions = new Map<string, number>()
  const asked: Array<ReadonlyArray<readonly [string, number]>> = []
  const failures: Array<SqlError> = []
  const answers = yield* Latch.make(true)
  const answer = (ids: ReadonlyArray<string>, known: ReadonlyArray<number>) =>
    Effect.suspend(() => {
      asked.push(ids.map((id, place) => [id, known[place]!] as const))
      const failure = failures.shift()
      if (failure !== undefined) return Effect.fail(failure)
      return Effect.as(
        answers.await,
        ids.flatMap((id, place) => {
          const version = versions.get(id) ?? 0
          if (version <= known[place]!) return []
          const [moment, nothing] = [new Date(0), null]
          const none = {
            errorCode: nothing,
            errorDetail: nothing,
            progress: nothing,
            startedAt: nothing,
            finishedAt: nothing
          }
          const task = { id, kind: "a", status: "queued", priority: "normal", input: 1, content: null, attempts: 0 }
          return [{ ...none, ...task, version, runAt: moment, createdAt: moment }]
        })
      )
    })
  const sql = Object.assign(
    (_: unknown, ...[, ids, known]: ReadonlyArray<{ readonly value: never }>) =>
      answer(ids?.value ?? [], known?.value ?? []),
    { literal: (text: string) => text }
  ) as unknown as SqlClient.SqlClient
  const { say, signals } = spoken()
  const log = observed()
  const context = yield* Layer.build(
    TaskWatch.layer.pipe(
      Layer.provide([
        Layer.succeed(SqlClient.SqlClient, sql),
        Layer.succeed(BackgroundSql, sql as never),
        Layer.succeed(TaskSignals, signals),
        layerWith({}),
        log.layer
      ])
    )
  )
  const { next } = yield* Effect.provide(TaskWatch, context)
  return {
    versions,
    failures,
    /** Closed: what is asked is not answered. */
    answers,
    log,
    /** Waits, and gives what has been heard so far: a version or what went wrong. */
    wait: Effect.fnUntraced(function* (id: string, version: number) {
      const fiber = yield* next(id, version).pipe(
        Effect.map((task): number | string => task.version),
        Effect.catchCause((cause) => Effect.succeed(cause.reasons.map(({ _tag }) => _tag).join())),
        Effect.forkScoped({ startImmediately: true })
      )
      return {
        heard: () => {
          const exit = fiber.pollUnsafe()
          return exit?._tag === "Success" ? exit.value : undefined
        },
        leave: Fiber.interrupt(fiber)
      }
    }),
    say,
    asked: () => asked.splice(0)
  }
})

const [one, two] = [uuidV7At(1), uuidV7At(2)]

describe("TaskWatch", () => {
  it.effect(
    "a change of before is seen at once, a later one when it is told of, by those alone who do not know it",
    () =>
      Effect.gen(function* () {
        const { asked, say, versions, wait } = yield* started
        versions.set(one, 3)
        const [old, knowing, other] = [yield* wait(one, 1), yield* wait(one, 3), yield* wait(two, 0)]
        yield* settle
        assert.deepStrictEqual([old.heard(), knowing.heard(), other.heard()], [3, undefined, undefined])
        // Read together, for whoever knows least.
        assert.deepStrictEqual(asked(), [
          [
            [one, 1],
            [two, 0]
          ]
        ])
        say("changed", uuidV7At(3))
        yield* settle
        assert.deepStrictEqual(asked(), [], "nobody waits for that")
        versions.set(one, 4)
        say("changed", one)
        yield* settle
        assert.deepStrictEqual([knowing.heard(), other.heard(), asked()], [4, undefined, [[[one, 3]]]])
        versions.set(one, 5)
        say("changed", one)
        yield* settle
        assert.deepStrictEqual(asked(), [])
      })
  )

  it.effect("who leaves between a change and its reading is not asked for", () =>
    Effect.gen(function* () {
      const { answers, asked, say, wait } = yield* started
      const [leaving] = [yield* wait(one, 1), yield* wait(two, 2)]
      yield* settle
      asked()
      // Another change is being read meanwhile.
      yield* answers.close
      say("changed", two)
      yield* settle
      say("changed", one)
      yield* leaving.leave
      yield* answers.open
      yield* settle
      assert.deepStrictEqual(asked(), [[[two, 2]]])
    })
  )

  it.effect("what was not heard is looked for when the connection comes, and every five seconds", () =>
    Effect.gen(function* () {
      const { asked, say, versions, wait } = yield* started
      const [first, second] = [yield* wait(one, 0), yield* wait(two, 0)]
      yield* settle
      asked()
      versions.set(one, 1)
      say("connected")
      yield* settle
      assert.strictEqual(first.heard(), 1)
      asked()
      versions.set(two, 1)
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual([second.heard(), asked()], [undefined, []])
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual([second.heard(), asked().length], [1, 1])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(asked(), [], "nobody waits any more")
    })
  )

  it.effect(
    "a database that does not answer fails those who wait, and says nothing; a defect is logged; later ones are answered",
    () =>
      Effect.gen(function* () {
        const { asked, failures, log, versions, wait } = yield* started
        const lost = new SqlError({ reason: new ConnectionError({ cause: new Error("ECONNRESET") }) })
        failures.push(...Array.from({ length: 100 }, () => lost))
        const all = [yield* wait(one, 0), yield* wait(two, 0)]
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(
          all.map((waiter) => waiter.heard()),
          ["Fail", "Fail"]
        )
        assert.notInclude(log.text(), "cannot be read")
        failures.splice(0)
        failures.push(new SqlError({ reason: new UnknownError({ cause: { code: "42703" } }) }))
        const third = yield* wait(one, 0)
        yield* settle
        assert.strictEqual(third.heard(), "Die")
        assert.include(log.text(), "Watched tasks cannot be read")
        versions.set(one, 1)
        asked()
        const fourth = yield* wait(one, 0)
        yield* settle
        assert.deepStrictEqual([fourth.heard(), asked().length], [1, 1])
      })
  )
})
