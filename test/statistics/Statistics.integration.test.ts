import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Statistics } from "../../src/statistics/Statistics.ts"
import { addGame, record, Time } from "../support/service/Recording.ts"
import { assertAsByHand, assertTotals, countAll, foldAll, layer as counting } from "./Counting.ts"

layer(counting(), { excludeTestServices: true })("Statistics", (it) => {
  it.effect("count a play as soon as it is answered, and the same once it is added up", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const statistics = yield* Statistics
      const sql = yield* SqlClient.SqlClient
      const slug = yield* addGame({ timeZone: "Europe/Prague" })
      time.set("2026-11-20T22:50:00Z")
      yield* record(slug, "nora@shop.example")
      yield* record(slug, "nora@shop.example")
      yield* record(slug, "adam@shop.example")
      const query = { game: slug, from: "2026-11-20", to: "2026-11-22", by: "day" } as const
      const first = yield* statistics.plays(query)
      assert.deepInclude(first.periods[0]!, {
        name: "2026-11-20",
        plays: 3,
        newPlayers: 2,
        returningPlays: 1,
        players: 2,
        playersAsOf: null,
        playsPerPlayer: 1.5,
        contacts: { asked: 2, existed: 0, created: 2, rejected: 0, unknown: 0 }
      })
      // Eleven o'clock in the evening is tomorrow in Prague.
      time.set("2026-11-20T23:10:00Z")
      yield* record(slug, "nora@shop.example")
      yield* foldAll
      assert.deepStrictEqual(yield* sql`select from statistics_difference`, [])
      yield* record(slug, "nora@shop.example")
      const { periods, total } = yield* assertAsByHand(query)
      assert.deepStrictEqual(
        periods.map(({ newPlayers, players, plays }) => [plays, newPlayers, players]),
        [
          [3, 2, 2],
          [2, 0, 1]
        ]
      )
      assert.deepInclude(total, { plays: 5, newPlayers: 2, returningPlays: 3 })
      for (const by of ["hour", "day", "week"] as const) yield* assertAsByHand({ game: slug, by })
      yield* assertTotals(slug)
      yield* foldAll
      yield* assertTotals(slug)
      yield* assertTotals()
    })
  )

  it.effect("count the last days of several games, each in its own zone", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const statistics = yield* Statistics
      const [prague, kolkata, idle] = [
        yield* addGame({ timeZone: "Europe/Prague" }),
        // Its days begin at half past six in the evening, by UTC.
        yield* addGame({ timeZone: "Asia/Kolkata" }),
        yield* addGame({})
      ]
      const shown = Effect.map(
        statistics.recent([prague, kolkata, idle, "there-is-none" as typeof idle]),
        ({ items }) =>
          Object.fromEntries(
            items.map(({ days, game, plays, timeZone }) => [
              game,
              [
                timeZone,
                plays,
                days.length,
                Object.fromEntries(days.flatMap((day) => (day.plays > 0 ? [[day.name, day.plays]] : [])))
              ]
            ])
          )
      )
      const wanted = {
        [prague]: ["Europe/Prague", 5, 14, { "2026-10-19": 1, "2026-10-25": 1, "2026-11-01": 2 }],
        [kolkata]: ["Asia/Kolkata", 2, 14, { "2026-10-31": 1, "2026-11-01": 1 }],
        [idle]: ["UTC", 0, 14, {}]
      }
      // Too long ago by an hour, the first hour of the first day, and the day on which clocks went back.
      for (const at of ["2026-10-18T21:30:00Z", "2026-10-18T22:30:00Z", "2026-10-25T22:30:00Z"]) {
        time.set(at)
        yield* record(prague, "nora@shop.example")
      }
      time.set("2026-10-31T18:20:00Z")
      yield* record(kolkata, "nora@shop.example")
      time.set("2026-10-31T18:40:00Z")
      yield* record(kolkata, "nora@shop.example")
      yield* foldAll
      time.set("2026-11-01T10:00:00Z")
      yield* record(prague, "nora@shop.example")
      yield* record(prague, "adam@shop.example")
      assert.deepStrictEqual(yield* shown, wanted)
      yield* foldAll
      assert.deepStrictEqual(yield* shown, wanted)
    })
  )

  it.effect("tell different players in zones with the same days at once, and in others once they are counted", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const slug = yield* addGame({ timeZone: "Europe/Prague" })
      time.set("2026-11-25T10:00:00Z")
      yield* record(slug, "nora@shop.example")
      time.set("2026-11-25T23:30:00Z")
      yield* record(slug, "nora@shop.example")
      yield* record(slug, "adam@shop.example")
      yield* foldAll
      const query = { game: slug, from: "2026-11-24", to: "2026-11-27", by: "day" } as const
      yield* assertAsByHand({ ...query, zone: "Europe/Berlin" })
      // Hours are the same in all zones that differ by whole hours.
      yield* assertAsByHand({ ...query, by: "hour", zone: "America/New_York" })
      const statistics = yield* Statistics
      for (const other of [
        { ...query, zone: "Asia/Kolkata" },
        { from: query.from, to: query.to, by: query.by }
      ] as const) {
        const { periods } = yield* statistics.plays(other)
        for (const { players, playersAsOf, plays } of periods) {
          assert.deepStrictEqual([players, playersAsOf], plays === 0 ? [0, null] : [null, null])
        }
        yield* countAll
        yield* assertAsByHand(other)
      }
    })
  )
})
