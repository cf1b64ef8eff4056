import * as Counts from "./Counts.ts"

/**
 * One transaction at a time adds to the sums, so that two never deadlock over their rows. An advisory lock that is busy is not waited
 * for: what the other one does is what this one would do.
 */
export const lock = "pg_try_advisory_xact_lock(hashtextextended('fairground statistics', 0))"

const timed = ["timed_plays", "hour_players", "day_players", "week_players"]

/** Players of an hour can be added up only in one time zone: that of the game when the row began. */
const addedTimed = timed
  .map(
    (column) => `${column} = case
            when stored.timed_plays = 0 then excluded.${column}
            when stored.time_zone = excluded.time_zone then stored.${column} + excluded.${column}
            else stored.${column}
          end`
  )
  .join(",\n          ")

/**
 * Clauses that add the rows of the clause `change` to the sums: one for each game and quarter, and for the nil UUID, which stands for
 * all games. `change` has `game_id`, `quarter`, `time_zone`, `timed_plays`, `hour_players`, `day_players`, `week_players` and all counts.
 */
export const addChange = `
      by_quarter as (
        insert into statistics_quarter as stored (game_id, quarter, time_zone, ${timed.join(", ")}, ${Counts.names})
        select game_id, quarter, time_zone, ${timed.join(", ")}, ${Counts.names} from change
        order by game_id, quarter
        on conflict on constraint statistics_quarter_pkey do update set
          time_zone = case when stored.timed_plays = 0 then excluded.time_zone else stored.time_zone end,
          ${addedTimed},
          ${Counts.added}
      ),
      by_game as (
        insert into statistics_total as stored (game_id, ${Counts.names})
        select game_id, ${Counts.sums} from change
        group by game_id
        order by game_id
        on conflict on constraint statistics_total_pkey do update set ${Counts.added}
      )`
