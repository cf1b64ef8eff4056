import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { readdirSync } from "node:fs"
import { nilUuid } from "../../src/platform/Ids.ts"
import { counts } from "../../src/statistics/Counts.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** The migration that adds the sums of hours, whatever its number. */
const migration = Effect.promise(async () => {
  const directory = new URL("../../migrations/", import.meta.url)
  const name = readdirSync(directory).find((name) => name.endsWith("_create_statistics_hour.ts"))
  const found = (await import(new URL(name!, directory).href)) as {
    readonly default: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient>
  }
  return found.default
})

layer(TestDatabase.layer, { excludeTestServices: true })("The sums of hours", (it) => {
  it.effect("are made of the quarters that there are, with players only where all were counted in one zone", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const game = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"
      const others = counts.filter((name) => name !== "plays" && name !== "took_1s")
      yield* sql`drop table statistics_hour`
      // The last one is before 1970, in the hour −1.
      for (const [id, quarter, zone, timed, plays] of [
        [game, 8, "Europe/Prague", 5, 5],
        [game, 9, "Europe/Prague", 2, 3],
        [game, 11, null, 0, 4],
        [nilUuid, 8, null, 0, 5],
        [game, 12, "Europe/Prague", 1, 1],
        [game, 13, "UTC", 2, 2],
        [game, -1, "UTC", 2, 2]
      ] as const) {
        yield* sql`
          insert into statistics_quarter (
            game_id, quarter, time_zone, timed_plays, hour_players, day_players, week_players, plays, took_1s,
            ${sql.literal(others.join(", "))}
          )
          values (${id}, ${quarter}, ${zone}, ${timed}, ${timed}, ${timed}, ${timed}, ${plays}, 1, ${sql.literal(others.map(() => "0").join(", "))})`
      }
      yield* sql.withTransaction(yield* migration)
      assert.deepStrictEqual(
        yield* sql`
          select game_id, hour, time_zone, timed_plays, day_players, week_players, plays, took_1s as took, players
          from statistics_hour order by game_id desc, hour`,
        (
          [
            [game, -1, "UTC", 2, 2, 1],
            [game, 2, "Europe/Prague", 7, 12, 3],
            [game, 3, null, 0, 3, 2],
            [nilUuid, 2, null, 0, 5, 1]
          ] as const
        ).map(([gameId, hour, timeZone, timed, plays, took]) => ({
          gameId,
          hour,
          timeZone,
          timedPlays: timed,
          dayPlayers: timed,
          weekPlayers: timed,
          plays,
          took,
          players: 0
        }))
      )
    })
  )
})
