import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { Plays } from "../../src/plays/Plays.ts"
import { addGame, layer as recording, numbersOf, record, replica, wordOf } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const parallel = <A, E, R>(count: number, effect: (index: number) => Effect.Effect<A, E, R>) =>
  Effect.all(
    Array.from({ length: count }, (_, index) => effect(index)),
    { concurrency: "unbounded" }
  )

const perEver = (plays: number) => ({ limit: { plays, period: "ever" as const, windowSeconds: null } })

describe("Idempotency-Key", () => {
  it.effect("the same key and body give the first answer again, whatever has happened since", () =>
    Effect.gen(function* () {
      const slug = yield* addGame(perEver(2))
      const first = yield* record(slug, "a@shop.example", { score: 1 }, "k")
      yield* TestClock.adjust("1 hour")
      yield* record(slug, "a@shop.example", { score: 1 })
      assert.strictEqual(yield* wordOf(record(slug, "a@shop.example", { score: 1 })), "PlayLimitReached")
      assert.deepStrictEqual(yield* record(slug, "a@shop.example", { score: 1 }, "k"), first)
      const sql = yield* SqlClient.SqlClient
      yield* sql`update game set closes_at = '1970-01-01T00:30:00Z' where slug = ${slug}`
      assert.strictEqual(yield* wordOf(record(slug, "b@shop.example")), "GameNotOpen")
      assert.deepStrictEqual(yield* record(slug, "a@shop.example", { score: 1 }, "k"), first)
    }).pipe(Effect.provide(recording()))
  )

  it.effect("another body is refused, another spelling of the same JSON is not", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const body = { name: "Nora", data: { b: [1, { y: 2, x: 1 }], a: null } }
      const first = yield* record(slug, "a@shop.example", body, "k")
      const turned = { data: { a: null, b: [1, { x: 1, y: 2 }] }, name: "Nora" }
      assert.deepStrictEqual(yield* record(slug, "a@shop.example", turned, "k"), first)
      for (const other of [
        { ...body, name: "nora" },
        { ...body, score: 0 },
        { name: "Nora" },
        { ...body, data: { ...body.data, a: 0 } },
        { ...body, data: { b: [{ y: 2, x: 1 }, 1], a: null } },
        { ...body, consent: { textVersion: "1", language: "en" } }
      ]) {
        assert.strictEqual(yield* wordOf(record(slug, "a@shop.example", other, "k")), "IdempotencyKeyReused")
      }
      assert.strictEqual(yield* wordOf(record(slug, "b@shop.example", body, "k")), "IdempotencyKeyReused")
      assert.strictEqual((yield* record(slug, "a@shop.example", body)).plays, 2, "none of them was counted")
    }).pipe(Effect.provide(recording()))
  )

  it.effect("a refusal is not stored: the retry runs again", () =>
    Effect.gen(function* () {
      const slug = yield* addGame({ limit: { plays: 1, period: "window", windowSeconds: 60 } })
      yield* record(slug, "a@shop.example")
      assert.strictEqual(yield* wordOf(record(slug, "a@shop.example", {}, "k")), "PlayLimitReached")
      yield* TestClock.adjust("1 minute")
      const second = yield* record(slug, "a@shop.example", {}, "k")
      assert.strictEqual(second.plays, 2)
      assert.deepStrictEqual(yield* record(slug, "a@shop.example", {}, "k"), second)
    }).pipe(Effect.provide(recording()))
  )

  it.effect("the same key in another game is another play; keys tell case and every character apart", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* addGame(), yield* addGame()]
      const long = "k".repeat(255)
      const keys = ["k", "K", " k", "k ", "0", long, `${long.slice(1)}K`, "\u00e9"]
      for (const [index, key] of keys.entries()) {
        assert.strictEqual((yield* record(one, "a@shop.example", {}, key)).plays, index + 1)
      }
      assert.strictEqual((yield* record(other, "a@shop.example", {}, "k")).plays, 1)
      assert.strictEqual((yield* record(other, "a@shop.example")).plays, 2, "the one before was counted there")
      assert.strictEqual((yield* record(one, "a@shop.example", {}, long)).plays, 6)
    }).pipe(Effect.provide(recording()))
  )

  it.effect("keys are forgotten when their time is over, and not before", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const plays = yield* Plays
      yield* record(slug, "a@shop.example", {}, "old")
      yield* TestClock.adjust("1 day")
      yield* record(slug, "a@shop.example", {}, "young")
      yield* TestClock.adjust("29 days")
      assert.strictEqual(yield* plays.forgetOldKeys, 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* plays.forgetOldKeys, 1)
      assert.strictEqual(yield* plays.forgetOldKeys, 0)
      assert.strictEqual((yield* record(slug, "a@shop.example", {}, "young")).plays, 2)
      assert.strictEqual((yield* record(slug, "a@shop.example", {}, "old")).plays, 3)
    }).pipe(Effect.provide(recording()))
  )
})

/** A process of the service that runs on the database until the scope closes. */
const start = (url: Parameters<typeof replica>[0], env: Record<string, string>) => Layer.build(replica(url, env))

describe("100 parallel retries of one key", () => {
  for (const { count, limit, writers } of [
    { count: 1, limit: null, writers: 1 },
    { count: 1, limit: 1, writers: 4 },
    { count: 2, limit: null, writers: 2 },
    { count: 2, limit: 1, writers: 2 },
    { count: 2, limit: 3, writers: 1 }
  ]) {
    it.live(`are one play: ${count} processes with ${writers} writers each, limit ${limit}`, () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const processes = yield* Effect.all(
          Array.from({ length: count }, () =>
            start(url, { PLAY_WRITERS: `${writers}`, PLAY_BATCH: "7", DATABASE_CONNECTIONS: "3" })
          )
        )
        const slug = yield* addGame(limit === null ? {} : perEver(limit)).pipe(Effect.provide(processes[0]!))
        for (let round = 0; round < 8; round++) {
          const email = `player${round}@shop.example`
          const exits = yield* parallel(100, (index) =>
            Effect.exit(record(slug, email, { data: { round } }, `k${round}`)).pipe(
              Effect.provide(processes[index % count]!)
            )
          )
          const ids = exits.map((exit) => (exit._tag === "Success" ? exit.value.id : String(exit.cause)))
          assert.deepStrictEqual([...new Set(ids)], [ids[0]], `round ${round}`)
          assert.isTrue(exits.every((exit) => exit._tag === "Success" && exit.value.plays === 1))
          assert.lengthOf(yield* (yield* EspMemory).calls(email), 1)
        }
        const numbers = yield* numbersOf.pipe(Effect.provide(processes[0]!))
        assert.isTrue(numbers.length === 8 && numbers.every(({ isWhole, plays }) => isWhole && plays === 1))
      }).pipe(Effect.provide(EspMemory.layer))
    )
  }

  it.live("of several bodies one is recorded, and all the others are refused", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const processes = yield* Effect.all([start(url, {}), start(url, { PLAY_WRITERS: "3" })])
      const slug = yield* addGame().pipe(Effect.provide(processes[0]))
      const words = yield* parallel(60, (index) =>
        wordOf(record(slug, `player${index % 4}@shop.example`, {}, "k")).pipe(Effect.provide(processes[index % 2]!))
      )
      assert.strictEqual(words.filter((word) => word === 1).length, 15, "all retries of the one body")
      assert.strictEqual(words.filter((word) => word === "IdempotencyKeyReused").length, 45)
    }).pipe(Effect.provide(EspMemory.layer))
  )
})
