import * as Counts from "./Counts.ts"

/** The hour of a quarter: whole hours since 1970 in UTC. The shift rounds down, also before 1970. */
export const hourOf = (quarter: string) => `${quarter} >> 2`

/**
 * One transaction at a time adds to the sums, so that two never deadlock over their rows. An advisory lock that is busy is not waited
 * for: what the other one does is what this one would do.
 */
export const lock = "pg_try_advisory_xact_lock(hashtextextended('fairground statistics', 0))"

const timed = ["timed_plays", "hour_players", "day_players", "week_players"]
const timedOfHours = ["timed_plays", "day_players", "week_players"]

/** Players of an hour can be added up only in one time zone: that of the game when the row began. */
const addedTimed = (columns: ReadonlyArray<string>) =>
  [
    "time_zone = case when stored.timed_plays = 0 then excluded.time_zone else stored.time_zone end",
    ...columns.map(
      (column) => `${column} = case
            when stored.timed_plays = 0 then excluded.${column}
            when stored.time_zone = excluded.time_zone then stored.${column} + excluded.${column}
            else stored.${column}
          end`
    )
  ].join(",\n          ")

/**
 * Clauses that add the rows of the clause `change` to the sums: one for each game and quarter, and for the nil UUID, which stands for
 * all games. `change` has `game_id`, `quarter`, `time_zone`, `timed_plays`, `hour_players`, `day_players`, `week_players` and all counts.
 * All rows of a game have one time zone, or none.
 */
export const addChange = `
      by_quarter as (
        insert into statistics_quarter as stored (game_id, quarter, time_zone, ${timed.join(", ")}, ${Counts.names})
        select game_id, quarter, time_zone, ${timed.join(", ")}, ${Counts.names} from change
        order by game_id, quarter
        on conflict on constraint statistics_quarter_pkey do update set
          ${addedTimed(timed)},
          ${Counts.added}
      ),
      by_hour as (
        insert into statistics_hour as stored (game_id, hour, time_zone, ${timedOfHours.join(", ")}, ${Counts.hourly.names})
        select game_id, ${hourOf("quarter")} as hour, max(time_zone), ${timedOfHours.map((column) => `sum(${column})`).join(", ")},
          ${Counts.hourly.sums}
        from change
        group by game_id, hour
        order by game_id, hour
        on conflict on constraint statistics_hour_pkey do update set
          ${addedTimed(timedOfHours)},
          ${Counts.hourly.added}
      ),
      by_game as (
        insert into statistics_total as stored (game_id, ${Counts.names})
        select game_id, ${Counts.sums} from change
        group by game_id
        order by game_id
        on conflict on constraint statistics_total_pkey do update set ${Counts.added}
      )`
