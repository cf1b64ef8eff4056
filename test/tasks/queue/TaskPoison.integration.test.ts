import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Fiber } from "effect"
import { TaskFailure } from "../../../src/tasks/TaskErrors.ts"
import type { TaskProgress } from "../../../src/tasks/Task.ts"
import * as Engine from "../../support/tasks/Engine.ts"

const plain = Engine.kindOf("plain")

const run = (input: unknown) => Effect.flatMap(Engine.submit(plain, input), ({ id }) => Engine.ended(id))

describe("Tasks: what cannot be stored", () => {
  it.live("an error's detail is made fit: the attempt counts once, and its end is stored", () =>
    Effect.gen(function* () {
      const [odd, long] = yield* Effect.forEach(["odd", "long"], run, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        [odd!.status, odd!.attempts, odd!.errorCode, odd!.errorDetail],
        ["failed", 1, "odd", "a\ufffdb\ufffdc"]
      )
      assert.strictEqual(long!.errorDetail?.length, 2000)
    }).pipe(
      Effect.provide(
        Engine.layer([plain], (_, { input }) =>
          Effect.fail(TaskFailure.final("odd", input === "odd" ? "a\0b\ud800c" : "x".repeat(1_000_000)))
        )
      )
    )
  )

  it.live("progress is made fit, and one task's does not spoil another's", () => {
    const reports: Readonly<Record<string, TaskProgress>> = {
      beyond: { fraction: 7, message: "a\0b\ud800c" },
      before: { fraction: -1, message: "x".repeat(1_000_000) },
      none: { fraction: Number.NaN, message: "" },
      good: { fraction: 0.5, message: "half" }
    }
    return Effect.gen(function* () {
      yield* Effect.forEach(Object.keys(reports), (name) => Engine.submit(plain, name))
      const tasks = yield* Engine.untilTasks("all have progress", (all) =>
        all.every(({ progress }) => progress !== null)
      )
      const found = Object.fromEntries(tasks.map(({ input, progress }) => [input, progress]))
      assert.deepStrictEqual(found, {
        beyond: { fraction: 1, message: "a\ufffdb\ufffdc" },
        before: { fraction: 0, message: "x".repeat(2000) },
        none: { fraction: null, message: "" },
        good: { fraction: 0.5, message: "half" }
      })
    }).pipe(
      Effect.provide(
        Engine.layer([plain], (_, { input, report }) => Effect.andThen(report(reports[String(input)]!), Effect.never))
      )
    )
  })

  it.live("an input that the database refuses takes no other of its batch along", () =>
    Effect.gen(function* () {
      // The first is a batch of its own; the others gather meanwhile.
      const exits = yield* Effect.forEach(
        ["first", "a\0b", "good", "\ud800"],
        (input) => Effect.exit(Engine.submit(plain, input)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        exits.map(({ _tag }) => _tag),
        ["Success", "Failure", "Success", "Failure"]
      )
      assert.lengthOf(yield* Engine.queued, 2)
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null), { WORKERS: "0" })))
  )

  it.live("a start in the past is one at once: it does not go before what waits, however long ago it is", () =>
    Effect.gen(function* () {
      const first = yield* Engine.submit(plain, "first")
      for (const runAt of ["1970-01-01T00:00:00Z", "-271821-04-20T00:00:00.000Z"]) {
        const task = yield* Engine.submit(plain, runAt, { runAt: DateTime.makeUnsafe(runAt) })
        assert.isTrue(task.runAt.epochMilliseconds >= first.runAt.epochMilliseconds, runAt)
        assert.strictEqual(task.runAt.epochMilliseconds, task.createdAt.epochMilliseconds)
      }
      const last = yield* Engine.submit(plain, "late", { runAt: DateTime.makeUnsafe("+275760-09-13T00:00:00.000Z") })
      assert.strictEqual(last.runAt.epochMilliseconds, 8_640_000_000_000_000)
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null), { WORKERS: "0" })))
  )
})

describe("Tasks: runners that misbehave", () => {
  it.live("one that interrupts itself has failed, and is tried again; its worker works on", () =>
    Effect.gen(function* () {
      const waiting = yield* Effect.forkChild(run("interrupts itself"))
      const task = yield* Fiber.join(waiting)
      assert.deepStrictEqual([task.status, task.attempts, task.errorCode], ["failed", 3, "internal"])
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(run("good"))))
    }).pipe(
      Effect.provide(
        Engine.layer([plain], (_, { input }) => (input === "good" ? Effect.succeed(null) : Effect.interrupt), {
          WORKERS: "1"
        })
      )
    )
  )
})
