import { assert, describe, it, layer } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { EspMemory } from "../support/esp/EspMemory.ts"
import type { PlayLimit } from "../../src/games/Game.ts"
import { addGame, layerTime, numbersOf, record, replica, Time, wordOf } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const ever = (plays: number): PlayLimit => ({ plays, period: "ever", windowSeconds: null })

layer(layerTime(), { excludeTestServices: true })("Limits", (it) => {
  /** A game with this limit, a player, and a clock. A play gives its number, or the time of the next possible play. */
  const setup = Effect.fnUntraced(function* (limit: PlayLimit) {
    const clock = yield* Time
    const slug = yield* addGame({ limit })
    const start = clock.now()
    const play = record(slug, "a@shop.example").pipe(
      Effect.map(({ plays }) => plays),
      Effect.catchTag("PlayLimitReached", (refused) => {
        assert.deepStrictEqual(refused.limit, limit)
        const next = refused.nextPlayAt
        return Effect.succeed(next === null ? "never" : `at ${(DateTime.toEpochMillis(next) - start) / 1000} s`)
      })
    )
    return { clock, play, slug }
  })

  it.effect("for ever: no play is left, and none will be", () =>
    Effect.gen(function* () {
      const { clock, play, slug } = yield* setup(ever(2))
      assert.deepStrictEqual([yield* play, yield* play, yield* play], [1, 2, "never"])
      clock.adjust("3650 days")
      assert.strictEqual(yield* play, "never")
      assert.strictEqual((yield* record(slug, "b@shop.example")).plays, 1, "of one player, not of all")
      const other = yield* setup(ever(1))
      assert.strictEqual(yield* other.play, 1, "of one game, not of all")
    })
  )

  it.effect("in a window from the first play in it", () =>
    Effect.gen(function* () {
      const { clock, play } = yield* setup({ plays: 2, period: "window", windowSeconds: 60 })
      assert.strictEqual(yield* play, 1)
      clock.adjust("59 seconds")
      assert.deepStrictEqual([yield* play, yield* play], [2, "at 60 s"])
      clock.adjust("999 millis")
      assert.strictEqual(yield* play, "at 60 s")
      clock.adjust("1 millis")
      assert.strictEqual(yield* play, 3)
      clock.adjust("30 seconds")
      assert.deepStrictEqual([yield* play, yield* play], [4, "at 120 s"])
    })
  )

  it.effect("refused plays do not move the window", () =>
    Effect.gen(function* () {
      const { clock, play } = yield* setup({ plays: 1, period: "window", windowSeconds: 10 })
      for (let second = 0; second < 25; second++) {
        assert.strictEqual(
          yield* play,
          second % 10 === 0 ? 1 + second / 10 : `at ${10 * Math.ceil(second / 10)} s`,
          `second ${second}`
        )
        clock.adjust("1 second")
      }
    })
  )

  it.effect("one that is changed meanwhile holds from then on, and takes back no play", () =>
    Effect.gen(function* () {
      const clock = yield* Time
      const sql = yield* SqlClient.SqlClient
      const slug = yield* addGame()
      const play = wordOf(record(slug, "a@shop.example"))
      const change = ({ period, plays, windowSeconds }: PlayLimit) =>
        sql`
          update game set limit_plays = ${plays}, limit_period = ${period}, limit_window_seconds = ${windowSeconds}
          where slug = ${slug}`
      assert.deepStrictEqual([yield* play, yield* play, yield* play], [1, 2, 3])
      yield* change(ever(2))
      assert.deepStrictEqual([yield* play, yield* play], ["PlayLimitReached", "PlayLimitReached"])
      yield* change(ever(4))
      assert.deepStrictEqual([yield* play, yield* play], [4, "PlayLimitReached"])
      yield* change({ plays: 1, period: "window", windowSeconds: 60 })
      assert.deepStrictEqual(
        [yield* play, yield* play],
        [5, "PlayLimitReached"],
        "the window begins with the next play"
      )
      clock.adjust("1 minute")
      assert.strictEqual(yield* play, 6)
      yield* change(ever(6))
      clock.adjust("1 hour")
      assert.strictEqual(yield* play, "PlayLimitReached", "for ever counts what was played in windows")
      yield* change(ever(7))
      assert.strictEqual(yield* play, 7)
    })
  )

  it.effect("a clock that was set back takes no play out of turn", () =>
    Effect.gen(function* () {
      const { clock, play } = yield* setup({ plays: 1, period: "window", windowSeconds: 60 })
      assert.strictEqual(yield* play, 1)
      clock.adjust("-1 hour")
      assert.strictEqual(yield* play, "at 60 s")
    })
  )
})

describe("200 parallel plays at a limit of k are exactly k", () => {
  for (const { k, processes, writers, keyed } of [
    { k: 1, processes: 1, writers: 1, keyed: false },
    { k: 7, processes: 1, writers: 4, keyed: true },
    { k: 7, processes: 2, writers: 4, keyed: false },
    { k: 1, processes: 2, writers: 4, keyed: true },
    { k: 199, processes: 2, writers: 4, keyed: false }
  ]) {
    it.live(`k = ${k}, ${processes} processes, ${writers} writers each, keys: ${keyed}`, () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const env = { PLAY_WRITERS: `${writers}`, PLAY_BATCH: "16", DATABASE_CONNECTIONS: "3" }
        const contexts = yield* Effect.all(Array.from({ length: processes }, () => Layer.build(replica(url, env))))
        const [first] = contexts
        for (const limit of [ever(k), { plays: k, period: "day", windowSeconds: null } as const]) {
          const slug = yield* addGame({ limit }).pipe(Effect.provide(first!))
          const words = yield* Effect.all(
            Array.from({ length: 200 }, (_, index) =>
              wordOf(record(slug, "a@shop.example", {}, keyed ? `${index}` : undefined)).pipe(
                Effect.provide(contexts[index % processes]!)
              )
            ),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(
            words.filter((word) => typeof word === "number").sort((a, b) => a - b),
            Array.from({ length: k }, (_, index) => index + 1)
          )
          assert.strictEqual(words.filter((word) => word === "PlayLimitReached").length, 200 - k)
        }
        const numbers = yield* numbersOf.pipe(Effect.provide(first!))
        assert.isTrue(numbers.length === 2 && numbers.every(({ isWhole, plays }) => isWhole && plays === k))
      }).pipe(Effect.provide(EspMemory.layer))
    )
  }
})
