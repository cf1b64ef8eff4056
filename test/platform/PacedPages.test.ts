import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { pacedPages } from "../../src/platform/PacedPages.ts"

/** Three pages, the second of which is empty; each takes this long. Says which were read. */
const pages = (millis: number) => {
  const read: Array<number> = []
  return {
    read,
    stream: pacedPages(0, (after: number) =>
      Effect.gen(function* () {
        read.push(after)
        yield* Effect.sleep(millis)
        return [
          after === 1 ? [] : [`${after}a`, `${after}b`],
          after === 2 ? Option.none<number>() : Option.some(after + 1)
        ] as const
      })
    )
  }
}

describe("paced pages", () => {
  it.effect("give the rows of all pages, with a rest after each that is as long as it took", () =>
    Effect.gen(function* () {
      const { read, stream } = pages(100)
      const all = yield* Effect.forkChild(Stream.runCollect(stream), { startImmediately: true })
      yield* TestClock.adjust("199 millis")
      assert.deepStrictEqual(read, [0])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(read, [0, 1])
      yield* TestClock.adjust("300 millis")
      assert.deepStrictEqual(yield* Fiber.join(all), ["0a", "0b", "2a", "2b"])
    })
  )

  it.effect("rest half a second at most", () =>
    Effect.gen(function* () {
      const { read, stream } = pages(60_000)
      yield* Effect.forkChild(Stream.runDrain(stream), { startImmediately: true })
      yield* TestClock.adjust("60500 millis")
      assert.deepStrictEqual(read, [0, 1])
    })
  )

  it.effect("read no page that nobody asks for", () =>
    Effect.gen(function* () {
      const { read, stream } = pages(0)
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(stream, 2)), ["0a", "0b"])
      assert.deepStrictEqual(read, [0])
    })
  )
})
