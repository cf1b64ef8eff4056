import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Counts that every row has, and what each says. */
const counts = {
  plays: "Plays recorded.",
  players: "Plays that were the first of their player in the game.",
  contacts: "Contacts that these plays asked for.",
  existed: "Of these contacts, those that the ESP knew.",
  created: "Those that were new to it.",
  rejected: "Those that it rejected.",
  took_100ms: "Of the contacts with a verdict, those that got it within 100 ms of being asked for.",
  took_250ms: "Later, within 250 ms.",
  took_500ms: "Later, within 500 ms.",
  took_1s: "Later, within a second.",
  took_1500ms: "Later, within 1.5 s.",
  took_3s: "Later, within 3 s.",
  took_10s: "Later, within 10 s.",
  took_1m: "Later, within a minute.",
  took_10m: "Later, within 10 minutes.",
  took_1h: "Later, within an hour.",
  took_1d: "Later, within a day.",
  took_longer: "Later than that."
}

/**
 * Sums of statistics by hour of UTC, beside those by quarter of an hour. The rows of one game lie scattered among those of all games, so
 * that a year by day took 35,000 pages by quarters. Days of most zones consist of hours of UTC; those of the others are read by quarters.
 *
 * The job that adds differences up writes both, and it waits for this transaction: no difference is lost between them. Plays do not.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const names = Object.keys(counts)
  yield* sql.unsafe(`
    create table statistics_hour (
      game_id uuid not null,
      hour integer not null,
      time_zone text,
      timed_plays integer not null,
      day_players integer not null,
      week_players integer not null,
      ${names.map((name) => `${name} integer not null`).join(", ")},
      constraint statistics_hour_pkey primary key (game_id, hour)
    ) with (fillfactor = 80)`)
  yield* sql`comment on table statistics_hour is
    'The sums of statistics_quarter by game and hour; with the nil UUID as the game, those of all games together.'`
  const comments = {
    hour: "Hour in which the plays were made: whole hours since 1970 in UTC. It holds the quarters from hour * 4 to hour * 4 + 3.",
    time_zone: "Time zone of the game in which the next three columns were counted; null: they are zero.",
    timed_plays: "Plays that the next two columns tell of. Less than plays: they are no count of players.",
    day_players: "Plays that were the first of their player in the day.",
    week_players: "Plays that were the first of their player in the week.",
    ...counts
  }
  for (const [column, text] of Object.entries(comments)) {
    yield* sql.unsafe(`comment on column statistics_hour.${column} is '${text}'`)
  }

  yield* sql`lock table statistics_quarter in share mode`
  // Players of quarters add up in one time zone only.
  const timed = ["timed_plays", "day_players", "week_players"]
  const inOneZone = "count(distinct time_zone) filter (where timed_plays <> 0) <= 1"
  yield* sql.unsafe(`
    insert into statistics_hour (game_id, hour, time_zone, ${timed.join(", ")}, ${names.join(", ")})
    select game_id, quarter >> 2 as hour, case when ${inOneZone} then max(time_zone) filter (where timed_plays <> 0) end,
      ${timed.map((name) => `case when ${inOneZone} then sum(${name}) else 0 end`).join(", ")},
      ${names.map((name) => `sum(${name})`).join(", ")}
    from statistics_quarter
    group by game_id, hour
    order by hour, game_id`)
})
