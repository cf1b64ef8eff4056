import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { nilUuid } from "../platform/Ids.ts"
import { column, OID } from "../platform/postgres/Arrays.ts"
import { row, rows } from "../platform/postgres/Rows.ts"
import * as Counts from "./Counts.ts"
import * as StoredSql from "./StoredSql.ts"

/** A game's quarter that has differences, and where its hour, day and week begin in the game's time zone. */
export interface Timed {
  readonly gameId: string
  readonly quarter: number
  readonly timeZone: string
  readonly hourFirst: number
  readonly hourEnd: number
  readonly dayFirst: number
  readonly weekFirst: number
}

const asWaiting = rows(
  Schema.Struct({
    gameId: Schema.String,
    quarter: Schema.Int,
    timeZone: Schema.NullOr(Schema.String),
    differences: Schema.Int
  })
)
const asFolded = row(Schema.Struct({ folded: Schema.Int }))
const asLocked = row(Schema.Struct({ isLocked: Schema.Boolean }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { literal } = sql

  /** The games and quarters with differences, and how many there are. A game that is gone has no time zone. */
  const waiting = sql`
    select waiting.game_id, waiting.quarter, waiting.differences, game.time_zone
    from (select game_id, quarter, count(*)::int as differences from statistics_difference group by game_id, quarter limit 5000) waiting
    left join game on game.id = waiting.game_id`.pipe(asWaiting("FoldingRepo.waiting"))

  /** False: another transaction adds to the sums. */
  const tryLock = sql`select ${literal(StoredSql.lock)} as is_locked`.pipe(
    asLocked(),
    Effect.map(({ isLocked }) => isLocked)
  )

  /**
   * Adds up to `limit` differences of these games and quarters to the sums, and deletes them. Returns how many. It is one statement, so
   * that a difference is always either there or in the sums, whoever is killed meanwhile.
   *
   * A play is the player's first of the hour if the one before was made before the hour began. If the one before was made after the
   * hour's end, this play was recorded out of turn, and it is not known: then it is left out of `timed_plays`.
   */
  const fold = (timed: ReadonlyArray<Timed>, limit: number) =>
    sql`
      with timed as (
        select * from unnest(
          ${column(timed, "gameId", OID.uuid)}, ${column(timed, "quarter", OID.int4)}, ${column(timed, "timeZone", OID.text)},
          ${column(timed, "hourFirst", OID.int4)}, ${column(timed, "hourEnd", OID.int4)},
          ${column(timed, "dayFirst", OID.int4)}, ${column(timed, "weekFirst", OID.int4)}
        ) as timed (game_id, quarter, time_zone, hour_first, hour_end, day_first, week_first)
      ),
      difference as (
        delete from statistics_difference
        where ctid = any(array(
          select statistics_difference.ctid
          from statistics_difference join timed using (game_id, quarter)
          limit ${limit}
          for update of statistics_difference skip locked
        ))
        returning *
      ),
      counted as (
        select difference.game_id, difference.quarter, timed.time_zone,
          coalesce(difference.plays, 0) - players.unsure as timed_plays,
          players.new + players.of_hour as hour_players,
          players.new + players.of_day as day_players,
          players.new + players.of_week as week_players,
          ${literal(Counts.ofDifference)}
        from difference
        join timed using (game_id, quarter)
        ${literal(Counts.differenceLaterals)}
        cross join lateral (
          select coalesce(difference.plays, 0) - coalesce(cardinality(difference.numbers), 0) as new,
            count(*) filter (where gap is null or gap > difference.quarter - timed.hour_first) as of_hour,
            count(*) filter (where gap is null or gap > difference.quarter - timed.day_first) as of_day,
            count(*) filter (where gap is null or gap > difference.quarter - timed.week_first) as of_week,
            count(*) filter (where gap <= difference.quarter - timed.hour_end) as unsure
          from unnest(difference.gaps) gap
        ) players
      ),
      change as (
        select game_id, quarter, time_zone, sum(timed_plays) as timed_plays, sum(hour_players) as hour_players,
          sum(day_players) as day_players, sum(week_players) as week_players, ${literal(Counts.sums)}
        from counted
        group by game_id, quarter, time_zone
        union all
        select ${nilUuid}::uuid, quarter, null, 0, 0, 0, 0, ${literal(Counts.sums)}
        from counted
        group by quarter
      ),
      ${literal(StoredSql.addChange)}
      select count(*)::int as folded from difference`.pipe(
      asFolded("FoldingRepo.fold"),
      Effect.map(({ folded }) => folded)
    )

  return { waiting, tryLock, fold }
})
