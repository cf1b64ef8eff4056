import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { every, untilNone } from "../../src/platform/Periodic.ts"
import { DatabaseUnavailable } from "../../src/platform/contract/Problems.ts"

describe("every", () => {
  it.effect("does the job at once and after each pause, whatever became of it, until the scope closes", () =>
    Effect.gen(function* () {
      let runs = 0
      const job = Effect.suspend((): Effect.Effect<void, DatabaseUnavailable> => {
        runs++
        if (runs === 1) return Effect.fail(new DatabaseUnavailable({}))
        return runs === 2 ? Effect.die(new Error("a defect")) : Effect.void
      })
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* every("1 hour", "The job", job)
          yield* TestClock.adjust("1 second")
          assert.strictEqual(runs, 1)
          // With jitter a pause is 0.8 to 1.2 times as long.
          yield* TestClock.adjust("73 minutes")
          assert.strictEqual(runs, 2)
          yield* TestClock.adjust("73 minutes")
          assert.strictEqual(runs, 3)
        })
      )
      yield* TestClock.adjust("1 day")
      assert.strictEqual(runs, 3)
    })
  )
})

it.effect("a piece of work is repeated until it finds nothing", () =>
  Effect.gen(function* () {
    const left = [3, 2, 0, 5]
    assert.strictEqual(yield* untilNone(Effect.sync(() => left.shift() ?? 0)), 0)
    assert.deepStrictEqual(left, [5])
  })
)
