import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { counting, follow } from "../../../src/contacts/Following.ts"
import { lineOf, Progress } from "../../../src/platform/cli/Progress.ts"
import { Backlog } from "../../../src/contacts/Backlog.ts"

/** Records what is written to a stream that may be a terminal. */
const stream = (isTTY: boolean) => {
  const written: Array<string> = []
  return { written, isTTY, write: (text: string) => written.push(text) }
}

const clear = "\r\u001b[2K"

/** A backlog that has these sizes from one poll to the next. */
const leaving = (...left: ReadonlyArray<number>) => {
  const looks = [...left]
  return Layer.mock(Backlog, { left: () => Effect.sync(() => (looks.length > 1 ? looks.shift()! : looks[0]!)) })
}

const started = { at: new Date(0), count: 4 }

describe("progress", () => {
  it("shows a bar, the share and the numbers, at its ends too", () => {
    assert.strictEqual(lineOf(0, 8), `${"░".repeat(24)}   0 %  0 of 8`)
    assert.strictEqual(lineOf(2, 8), `${"█".repeat(6)}${"░".repeat(18)}  25 %  2 of 8`)
    assert.strictEqual(lineOf(999, 1000), `${"█".repeat(23)}░  99 %  999 of 1000`)
    assert.strictEqual(lineOf(8, 8), `${"█".repeat(24)} 100 %  8 of 8`)
    assert.strictEqual(lineOf(0, 0), `${"█".repeat(24)} 100 %  0 of 0`)
  })

  it.effect("is written over on a terminal, and taken away at the end", () =>
    Effect.gen(function* () {
      const terminal = stream(true)
      const layers = Layer.merge(leaving(4, 1, 0), Progress.layerOf(terminal))
      const fiber = yield* Effect.forkChild(Effect.provide(follow(started), layers))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      const lines = [lineOf(0, 4), lineOf(3, 4)]
      assert.strictEqual(terminal.written.join(""), `${lines.map((line) => clear + line).join("")}${clear}`)
    })
  )

  it.effect("is not written where there is no terminal", () =>
    Effect.gen(function* () {
      const pipe = stream(false)
      const layers = Layer.merge(leaving(4, 0), Progress.layerOf(pipe))
      const fiber = yield* Effect.forkChild(Effect.provide(follow(started), layers))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      yield* Effect.provide(
        counting("started", (told) => told(3)),
        layers
      )
      assert.deepStrictEqual(pipe.written, [])
    })
  )

  it.effect("is taken away when it is broken off", () =>
    Effect.gen(function* () {
      const terminal = stream(true)
      const layers = Layer.merge(leaving(4), Progress.layerOf(terminal))
      const fiber = yield* Effect.forkChild(Effect.provide(follow(started), layers))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(terminal.written.at(-1), clear)
    })
  )
})
