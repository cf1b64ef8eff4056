import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Metric, Scope } from "effect"
import { layerWith } from "../../support/Settings.ts"
import { TaskWaiters } from "../../../src/tasks/watch/TaskWaiters.ts"

const layer = TaskWaiters.layer.pipe(Layer.provide(layerWith({ TASK_WAITERS: "3", TASK_WAITERS_ADDRESS: "2" })))

/** Enters as a request does: the place is its own until it is closed. */
const enter = Effect.fnUntraced(function* (name: string) {
  const { enter } = yield* TaskWaiters
  const scope = yield* Scope.make()
  const exit = yield* Effect.exit(Scope.provide(enter({ by: "address", name }), scope))
  return {
    outcome: Exit.isSuccess(exit) ? "in" : yield* Effect.flip(exit),
    leave: Scope.close(scope, Exit.void)
  }
})

const refused = (detail: string) => ({ _tag: "TooManyRequests" as const, retryAfterSeconds: 5, detail })

describe("places for those who wait for tasks", () => {
  it.effect(
    "none has more than its share, whoever else waits; each place is good again when it is left, and once",
    () =>
      Effect.gen(function* () {
        const [one, two] = [yield* enter("192.0.2.1"), yield* enter("192.0.2.1")]
        assert.deepStrictEqual([one.outcome, two.outcome], ["in", "in"])
        const third = yield* enter("192.0.2.1")
        assert.deepInclude(third.outcome, refused("As many requests of this address wait for tasks as may: 2."))
        // One that was refused has no place to leave.
        yield* third.leave
        assert.deepInclude((yield* enter("192.0.2.1")).outcome, { _tag: "TooManyRequests" })
        const other = yield* enter("192.0.2.2")
        assert.strictEqual(other.outcome, "in")
        yield* one.leave
        assert.strictEqual((yield* enter("192.0.2.1")).outcome, "in")
        assert.deepInclude((yield* enter("192.0.2.1")).outcome, { _tag: "TooManyRequests" })
      }).pipe(Effect.provide(layer))
  )

  it.effect("all together have no more than there are, and the metric says how many they have", () =>
    Effect.gen(function* () {
      const count = Effect.map(
        Metric.snapshot,
        (all) => all.find(({ id }) => id === "fairground_task_waiters")?.state as { readonly value: number }
      )
      const waiting = yield* Effect.forEach(["192.0.2.1", "192.0.2.2", "192.0.2.3"], enter)
      assert.deepStrictEqual(
        waiting.map(({ outcome }) => outcome),
        ["in", "in", "in"]
      )
      assert.deepInclude((yield* enter("192.0.2.4")).outcome, { _tag: "Overloaded" })
      assert.strictEqual((yield* count).value, 3)
      yield* Effect.forEach(waiting, ({ leave }) => leave)
      assert.strictEqual((yield* count).value, 0)
      assert.strictEqual((yield* enter("192.0.2.4")).outcome, "in")
    }).pipe(Effect.provide(layer), Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})
