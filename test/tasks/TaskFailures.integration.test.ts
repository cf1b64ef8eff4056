import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TaskFailure } from "../../src/tasks/TaskErrors.ts"
import * as Engine from "../support/tasks/Engine.ts"

const plain = Engine.kindOf("plain")

describe("Tasks: failures", () => {
  const outcomes: Engine.Behaviour = (_, { input, number }) => {
    switch (input) {
      case "final":
        return Effect.fail(TaskFailure.final("refused", "Not ever."))
      case "passing":
        return number < 3 ? Effect.fail(TaskFailure.passing("busy", "Not yet.")) : Effect.succeed("at last")
      case "always":
        return Effect.fail(TaskFailure.passing("busy", "Never."))
      case "defect":
        return Effect.die(new Error("secret"))
      case "silent":
        return Effect.uninterruptible(Effect.never)
      case "unstorable":
        return Effect.succeed("a\0b")
      default:
        return Effect.succeed(input)
    }
  }
  const kind = Engine.kindOf("fails", { timeout: "300 millis", retry: plain.retry })

  it.live("a permanent one ends the task, a passing one is tried again, and each ends with its code", () =>
    Effect.gen(function* () {
      const run = (input: string) => Effect.flatMap(Engine.submit(kind, input), ({ id }) => Engine.ended(id))
      const inputs = ["final", "passing", "always", "defect", "silent", "unstorable"]
      const tasks = yield* Effect.forEach(inputs, run, { concurrency: "unbounded" })
      assert.deepStrictEqual(tasks.map(Engine.short), [
        ["failed", 1, "refused", null],
        ["succeeded", 3, null, "at last"],
        ["failed", 3, "busy", null],
        ["failed", 3, "internal", null],
        ["failed", 3, "timeout", null],
        ["failed", 1, "content-refused", null]
      ])
      assert.notInclude(JSON.stringify(tasks), "secret")
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(Engine.layer([kind], outcomes)))
  )

  it.live("a wait that the integration named is kept to where it is longer than the kind's own", () =>
    Effect.gen(function* () {
      const starts: Array<number> = []
      const behaviour: Engine.Behaviour = () => {
        starts.push(performance.now())
        return starts.length === 1
          ? Effect.fail(TaskFailure.passing("busy", "Later.", Duration.millis(600)))
          : Effect.succeed(null)
      }
      const task = yield* Effect.flatMap(Engine.submit(kind), ({ id }) => Engine.ended(id)).pipe(
        Effect.provide(Engine.layer([kind], behaviour))
      )
      assert.deepStrictEqual(Engine.short(task), ["succeeded", 2, null, null])
      assert.isAtLeast(starts[1]! - starts[0]!, 590)
    })
  )
})
