import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { resting } from "../../src/statistics/StatisticsJobs.ts"

it.effect("work in the background rests for as long as it took, and not where there was nothing to do", () =>
  Effect.gen(function* () {
    for (const [isDone, after] of [
      [true, 6000],
      [false, 3000]
    ] as const) {
      const begun = yield* Clock.currentTimeMillis
      const fiber = yield* resting(Effect.as(Effect.sleep("3 seconds"), isDone)).pipe(
        Effect.zip(Clock.currentTimeMillis),
        Effect.forkChild
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.join(fiber), [isDone, begun + after])
    }
  })
)
