import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Distinct } from "../../src/statistics/Distinct.ts"
import { Mending } from "../../src/statistics/Mending.ts"
import { Statistics } from "../../src/statistics/Statistics.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { held } from "../support/service/Held.ts"
import { addGame, record, replica, Time } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { assertAsByHand, assertTotals, countAll, counting, foldAll, mendAll } from "./Counting.ts"

const outside = Layer.merge(EspMemory.layer, Time.layer)

/** A process with the module, and one without it, on one database. */
const both = Effect.gen(function* () {
  const url = yield* TestDatabase.makeUrl
  const on = yield* Layer.build(counting(url))
  const off = yield* Layer.build(replica(url))
  return { url, on, off }
})

const day = { by: "day", from: "2026-11-20" } as const

describe("mending", () => {
  it.live(
    "finds the plays of a replica without the module once their quarter is over, and mends no other quarter",
    () =>
      Effect.gen(function* () {
        const time = yield* Time
        const { off, on } = yield* both
        yield* Effect.gen(function* () {
          const mending = yield* Mending
          yield* mending.begin
          yield* mendAll
          assert.strictEqual(yield* mending.step, "idle")
          const game = yield* addGame()
          time.set("2026-11-20T12:20:00Z")
          yield* mending.see
          yield* record(game, "nora@shop.example")
          yield* Effect.provide(record(game, "adam@shop.example"), off)
          yield* record(game, "adam@shop.example")
          time.set("2026-11-20T12:31:59Z")
          yield* mending.see
          assert.strictEqual(yield* mending.step, "idle", "a play may still be on its way")
          time.set("2026-11-20T12:32:00Z")
          assert.strictEqual(yield* mending.step, "mended")
          const { periods } = yield* assertAsByHand({ game, ...day }, "as known")
          assert.deepInclude(periods[0]!, { plays: 3, newPlayers: 2, players: null })
          yield* countAll
          yield* assertAsByHand({ game, ...day })
          time.set("2026-11-20T13:00:00Z")
          yield* record(game, "vera@shop.example")
          time.set("2026-11-20T15:00:00Z")
          const steps = []
          for (let step = yield* mending.step; step !== "idle"; step = yield* mending.step) steps.push(step)
          assert.isNotEmpty(steps)
          assert.deepStrictEqual([...new Set(steps)], ["compared"])
          yield* assertTotals(game)
        }).pipe(Effect.provide(on))
      }).pipe(Effect.provide(outside))
  )

  it.live("looks for what was recorded while no process had the module, and for the verdicts that came meanwhile", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const { off, on } = yield* both
      yield* Effect.gen(function* () {
        const mending = yield* Mending
        const statistics = yield* Statistics
        yield* mending.begin
        yield* mendAll
        const game = yield* addGame()
        yield* record(game, "nora@shop.example")
        time.adjust("29 seconds")
        yield* mending.begin
        assert.isUndefined(yield* mending.progress, "as if another one had started")
        time.adjust("31 seconds")
        yield* Effect.provide(record(game, "adam@shop.example"), off)
        assert.isTrue((yield* statistics.plays({ game, ...day })).isComplete, "nobody can know")
        yield* mending.begin
        const incomplete = yield* statistics.plays({ game, ...day })
        assert.deepInclude(incomplete, { isComplete: false })
        assert.deepInclude(incomplete.periods[0]!, { plays: 1 })
        // Months that are not concerned are complete.
        assert.isTrue((yield* statistics.plays({ game, by: "day", from: "2026-10-01", to: "2026-10-10" })).isComplete)
        yield* mendAll
        assert.isTrue((yield* statistics.plays({ game, ...day })).isComplete)
        yield* assertTotals(game)
      }).pipe(Effect.provide(on))
    }).pipe(Effect.provide(outside))
  )

  it.live("begins anew in one transaction with what is told of it", () =>
    Effect.gen(function* () {
      const { on } = yield* both
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const mending = yield* Mending
        yield* mending.begin
        yield* mendAll
        assert.isUndefined(yield* mending.progress)
        const failed = yield* Effect.exit(mending.restart(0, Effect.asVoid(sql`select 1 / 0`)))
        assert.isTrue(Exit.isFailure(failed))
        assert.isUndefined(yield* mending.progress, "what cannot be told of is not begun")
        yield* mending.restart(0, Effect.asVoid(sql`create table told ()`))
        assert.isDefined(yield* mending.progress)
        assert.deepStrictEqual(yield* sql`select from told`, [])
      }).pipe(Effect.provide(on))
    }).pipe(Effect.provide(outside))
  )

  it.live("goes on where it was stopped, and does not wait for a process that is at it", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const { off, on, url } = yield* both
      const game = yield* Effect.gen(function* () {
        const game = yield* addGame()
        for (let at = 0; at < 5; at++) {
          yield* record(game, `player${at}@shop.example`)
          time.adjust("60 days")
        }
        return game
      }).pipe(Effect.provide(off))
      yield* Effect.gen(function* () {
        const mending = yield* Mending
        yield* mending.begin
        const start = yield* mending.progress
        const { release } = yield* held(
          url,
          (sql) => sql`select pg_advisory_xact_lock(hashtextextended('fairground statistics', 0))`
        )
        assert.strictEqual(yield* mending.step, "busy")
        yield* release
        const seen = [start?.checkedUntil ?? 0]
        for (let left = start; left !== undefined; left = yield* mending.progress) {
          assert.strictEqual(yield* mending.step, "mended")
          assert.isAtLeast(left.checkedUntil, seen.at(-1)!)
          seen.push(left.checkedUntil)
        }
        assert.isAbove(seen.length, 4, "in several pieces")
        yield* assertTotals(game)
        yield* countAll
        yield* assertAsByHand({ game, by: "day", from: "2026-11-01" })
      }).pipe(Effect.provide(on))
    }).pipe(Effect.provide(outside))
  )

  it.live(
    "a game's new time zone has days of its own: of days before, different players are counted in the background",
    () =>
      Effect.gen(function* () {
        const time = yield* Time
        const { on } = yield* both
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const game = yield* addGame({ timeZone: "Europe/Prague" })
          const play = (at: string, ...names: ReadonlyArray<string>) =>
            Effect.gen(function* () {
              time.set(at)
              for (const name of names) yield* record(game, `${name}@shop.example`)
              yield* foldAll
            })
          yield* play("2026-11-20T22:30:00Z", "nora", "adam")
          yield* play("2026-11-20T23:30:00Z", "nora")
          yield* sql`update game set time_zone = 'America/New_York' where slug = ${game}`
          yield* play("2026-11-20T23:40:00Z", "adam", "vera")
          yield* play("2026-11-21T08:00:00Z", "adam")
          const { periods } = yield* assertAsByHand({ game, ...day }, "as known")
          assert.deepStrictEqual(
            periods.map(({ name, players, plays }) => [name, plays, players]),
            [
              ["2026-11-20", 5, null],
              ["2026-11-21", 1, 1]
            ]
          )
          yield* countAll
          yield* assertAsByHand({ game, ...day })
          yield* assertAsByHand({ game, ...day, zone: "Europe/Prague" }, "as known")
        }).pipe(Effect.provide(on))
      }).pipe(Effect.provide(outside))
  )

  it.live(
    "a count of different players says as of when it is, and is made again when it is asked for, but not all the time",
    () =>
      Effect.gen(function* () {
        const time = yield* Time
        const { on } = yield* both
        yield* Effect.gen(function* () {
          const statistics = yield* Statistics
          const distinct = yield* Distinct
          const game = yield* addGame()
          yield* record(game, "nora@shop.example")
          const ask = Effect.map(statistics.plays(day), ({ periods }) => {
            const { players, playersAsOf, playsPerPlayer } = periods.at(-1)!
            return [players, playersAsOf === null ? null : playersAsOf.epochMilliseconds - time.now(), playsPerPlayer]
          })
          assert.deepStrictEqual(yield* ask, [null, null, null])
          assert.isTrue(yield* distinct.countNext)
          assert.isFalse(yield* distinct.countNext)
          assert.deepStrictEqual(yield* ask, [1, null, 1])
          assert.isFalse(yield* distinct.countNext, "it is still right")
          time.adjust("9 seconds")
          yield* record(game, "nora@shop.example")
          yield* record(game, "adam@shop.example")
          assert.deepStrictEqual(yield* ask, [1, -9000, 1])
          assert.isFalse(yield* distinct.countNext, "counted a moment ago")
          time.adjust("1 second")
          assert.deepStrictEqual(yield* ask, [1, -10_000, 1])
          assert.isTrue(yield* distinct.countNext)
          assert.deepStrictEqual(yield* ask, [2, null, 1.5])
        }).pipe(Effect.provide(on))
      }).pipe(Effect.provide(outside))
  )
})
