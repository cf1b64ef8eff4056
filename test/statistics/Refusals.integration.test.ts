import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { OnProblem } from "../../src/platform/edge/OnProblem.ts"
import { Refusals } from "../../src/statistics/Refusals.ts"
import { Statistics } from "../../src/statistics/Statistics.ts"
import { addGame, Time } from "../support/service/Recording.ts"
import { layer as counting } from "./Counting.ts"

const none = { refusals: 0, reasons: [] }

layer(counting(), { excludeTestServices: true })("refusals", (it) => {
  it.effect("are counted by game, reason and time, and those of no game for all", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const statistics = yield* Statistics
      const refusals = yield* Refusals
      const note = (yield* OnProblem)!
      const [game, other] = [yield* addGame(), yield* addGame({ timeZone: "Asia/Kolkata" })]
      const refuse = (slug: string, reason: string, times = 1) => {
        for (let at = 0; at < times; at++) note("POST", `/api/v1/games/${slug}/plays`, reason)
      }
      time.set("2026-11-20T18:10:00Z")
      refuse(game, "play-limit-reached", 3)
      refuse(other, "game-not-open", 2)
      refuse("nobody", "game-not-found")
      // None of these is a refused play.
      note("GET", `/api/v1/games/${game}/plays`, "method-not-allowed")
      note("POST", "/api/v1/tasks", "validation-failed")
      note("POST", `/api/v1/games/${game}/plays/x`, "not-found")
      assert.strictEqual(yield* refusals.store, 3)
      assert.strictEqual(yield* refusals.store, 0)
      time.set("2026-11-20T18:40:00Z")
      refuse(game, "too-many-requests")
      refuse(other, "game-not-open")
      yield* refusals.store
      const day = { from: "2026-11-20", to: "2026-11-22" } as const
      const shown = yield* statistics.refusals({ game, ...day })
      assert.deepInclude(shown, {
        game,
        timeZone: "UTC",
        by: "day",
        refusals: 4,
        reasons: [
          { reason: "play-limit-reached", refusals: 3 },
          { reason: "too-many-requests", refusals: 1 }
        ]
      })
      assert.deepInclude(shown.periods[1]!, { name: "2026-11-21", ...none })
      // The second time was past midnight in Kolkata.
      const elsewhere = yield* statistics.refusals({ game: other, ...day })
      assert.deepStrictEqual(
        elsewhere.periods.map(({ name, refusals }) => [name, refusals]),
        [
          ["2026-11-20", 2],
          ["2026-11-21", 1]
        ]
      )
      const all = yield* statistics.refusals({ ...day, by: "hour" })
      assert.deepStrictEqual(
        all.periods.filter(({ refusals }) => refusals > 0).map(({ name, reasons }) => [name, reasons]),
        [
          [
            "2026-11-20T18:00+00:00",
            [
              { reason: "game-not-open", refusals: 3 },
              { reason: "play-limit-reached", refusals: 3 },
              { reason: "game-not-found", refusals: 1 },
              { reason: "too-many-requests", refusals: 1 }
            ]
          ]
        ]
      )
      const sql = yield* SqlClient.SqlClient
      // Statistics that are made again leave them alone, because no play tells of them.
      assert.lengthOf(
        yield* sql`select from statistics_refusal where game_id = '00000000-0000-0000-0000-000000000000'`,
        5
      )
    })
  )

  it.effect("under a thousand times as many names as there are games take bounded memory, and are all counted", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const statistics = yield* Statistics
      const refusals = yield* Refusals
      const note = (yield* OnProblem)!
      const game = yield* addGame()
      time.set("2027-01-20T18:10:00Z")
      note("POST", `/api/v1/games/${game}/plays`, "game-not-open")
      for (let at = 0; at < 50_000; at++) note("POST", `/api/v1/games/nobody-${at}/plays`, "game-not-found")
      note("POST", `/api/v1/games/${game}/plays`, "game-not-open")
      assert.isBelow(yield* refusals.store, 5010)
      const range = { from: "2027-01-20", to: "2027-01-21" } as const
      assert.deepInclude(yield* statistics.refusals({ game, ...range }), { refusals: 2 })
      assert.deepInclude(yield* statistics.refusals(range), { refusals: 50_002 })
    })
  )
})
