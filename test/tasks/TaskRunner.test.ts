import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import type { Attempt, Run } from "../../src/tasks/TaskKind.ts"
import { TaskRunner } from "../../src/tasks/TaskRunner.ts"
import * as Engine from "../support/tasks/Engine.ts"

const attempt: Attempt<unknown> = { taskId: "", number: 1, input: null, report: () => Effect.void }
const echo: Run<unknown, unknown> = ({ number }) => Effect.succeed(number)

describe("TaskRunner", () => {
  it.effect("makes a kind's runner for its first attempt, once, however many come at once", () =>
    Effect.gen(function* () {
      let made = 0
      const ready = yield* Deferred.make<void>()
      const kind = Engine.kindOf("slow", {
        runner: Effect.andThen(
          Effect.sync(() => made++),
          Effect.as(Deferred.await(ready), echo)
        )
      })
      yield* Effect.gen(function* () {
        const { run } = yield* TaskRunner
        assert.strictEqual(made, 0)
        const all = Effect.forEach([1, 2, 3], (number) => run("slow", { ...attempt, number }), { concurrency: 3 })
        const [contents] = yield* Effect.all(
          [all, Effect.andThen(Effect.yieldNow, Deferred.succeed(ready, undefined))],
          {
            concurrency: 2
          }
        )
        assert.deepStrictEqual([contents, made], [[1, 2, 3], 1])
        yield* run("slow", attempt)
        assert.strictEqual(made, 1)
      }).pipe(Effect.provide(TaskRunner.layerOf([kind])))
    })
  )

  it.effect(
    "tries to make one again that could not be made: the attempt may be repeated, and says nothing of why",
    () =>
      Effect.gen(function* () {
        let tries = 0
        const kind = Engine.kindOf("late", {
          runner: Effect.suspend(() => (++tries === 1 ? Effect.die(new Error("sekret")) : Effect.succeed(echo)))
        })
        yield* Effect.gen(function* () {
          const { run } = yield* TaskRunner
          const { code, detail, isFinal } = yield* Effect.flip(run("late", attempt))
          assert.deepStrictEqual(
            [code, detail, isFinal],
            ["internal", "The runner of this kind cannot be made.", false]
          )
          assert.strictEqual(yield* run("late", attempt), 1)
        }).pipe(Effect.provide(TaskRunner.layerOf([kind])))
      })
  )
})
