import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Counts that every row of statistics has, and what each says. */
const counts = {
  plays: "Plays recorded.",
  players: "Plays that were the first of their player in the game.",
  reached_2: "Plays that were their player''s second in the game: so many players have reached 2 plays.",
  reached_3: "The same for the third.",
  reached_5: "The same for the 5th.",
  reached_10: "The same for the 10th.",
  reached_20: "The same for the 20th.",
  reached_50: "The same for the 50th.",
  reached_100: "The same for the 100th.",
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

const quarter =
  "Quarter of an hour in which the plays were made: whole quarters since 1970 in UTC. It begins at to_timestamp(quarter * 900)."

/**
 * Statistics: counts by game and quarter of an hour. Quarters, because the clocks of all zones differ by whole quarters, so that
 * hours and days of any zone are sums of them.
 *
 * The statement that records plays inserts differences and updates nothing, so that no two batches wait for a row of statistics. A
 * job adds the differences up in `statistics_quarter` and `statistics_total`. Whoever reads adds both in one snapshot.
 *
 * The two columns of `entry` cost the statement nothing: it writes that row anyway. Columns without a default are added without a
 * rewrite, whatever the table's size.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const columns = (type: string) =>
    Object.keys(counts)
      .map((name) => `${name} ${type}`)
      .join(", ")
  const explain = Effect.fnUntraced(function* (table: string, more: Record<string, string>) {
    for (const [column, text] of Object.entries(more)) {
      yield* sql.unsafe(`comment on column ${table}.${column} is '${text}'`)
    }
  })

  yield* sql`alter table entry add column last_quarter integer, add column prior_quarter integer`
  yield* explain("entry", {
    last_quarter:
      "Quarter of an hour of the newest play: whole quarters since 1970 in UTC. Kept by the module statistics; null: no play while it was on.",
    prior_quarter:
      "last_quarter before the statement that last wrote this row: before PostgreSQL 18, returning cannot tell old from new."
  })

  // No key and few columns: the statement that records a single play would take a hundredth longer for each. Vacuumed soon, because
  // whoever reads statistics reads the whole of it.
  yield* sql`
    create table statistics_difference (
      game_id uuid not null,
      quarter integer not null,
      plays integer,
      numbers integer[],
      gaps integer[],
      contacts integer,
      existed integer,
      created integer,
      rejected integer,
      waits double precision[],
      waits_taken_back double precision[]
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)`
  // For installations that replicate all tables logically: without a key, only whole rows tell which one was deleted.
  yield* sql`alter table statistics_difference replica identity full`
  yield* sql`comment on table statistics_difference is
    'What one batch of plays or verdicts adds to the statistics. The job of the module statistics adds the rows up and deletes them.'`
  yield* explain("statistics_difference", {
    quarter,
    plays: `${counts.plays} Null in a row of verdicts.`,
    numbers: "The numbers of those plays that were not their player''s first in the game.",
    gaps: "As many quarters before each of these plays the player had played the game last; null: not while the module was on.",
    contacts: counts.contacts,
    existed: counts.existed,
    created: counts.created,
    rejected: `${counts.rejected} Negative where a rejection is taken back.`,
    waits: "How many seconds each of these contacts waited for its verdict.",
    waits_taken_back: "The same of verdicts that are taken back."
  })

  yield* sql.unsafe(`
    create table statistics_quarter (
      game_id uuid not null,
      quarter integer not null,
      time_zone text,
      timed_plays integer not null,
      hour_players integer not null,
      day_players integer not null,
      week_players integer not null,
      ${columns("integer not null")},
      constraint statistics_quarter_pkey primary key (game_id, quarter)
    ) with (fillfactor = 80)`)
  yield* sql`create index statistics_quarter_quarter_idx on statistics_quarter (quarter)`
  yield* sql`comment on table statistics_quarter is
    'Sums of differences by game and quarter of an hour; with the nil UUID as the game, those of all games together.'`
  yield* explain("statistics_quarter", {
    quarter,
    time_zone: "Time zone of the game in which the next four columns were counted; null: they are zero.",
    timed_plays: "Plays that the next three columns tell of. Less than plays: they are no count of players.",
    hour_players: "Plays that were the first of their player in the hour.",
    day_players: "Plays that were the first of their player in the day.",
    week_players: "Plays that were the first of their player in the week.",
    ...counts
  })

  yield* sql.unsafe(`
    create table statistics_total (
      game_id uuid not null,
      ${columns("bigint not null")},
      constraint statistics_total_pkey primary key (game_id)
    ) with (fillfactor = 50)`)
  yield* sql`comment on table statistics_total is
    'Sums of the same differences over all time; with the nil UUID as the game, those of all games together.'`
  yield* explain("statistics_total", counts)

  yield* sql`
    create table statistics_distinct (
      game_id uuid not null,
      first_quarter integer not null,
      end_quarter integer not null,
      players integer,
      plays bigint,
      counted_at timestamptz,
      took_ms integer,
      wanted_at timestamptz,
      constraint statistics_distinct_pkey primary key (game_id, first_quarter, end_quarter),
      constraint statistics_distinct_counted_check check ((players is null) = (counted_at is null))
    )`
  yield* sql`create index statistics_distinct_wanted_at_idx on statistics_distinct (wanted_at) where wanted_at is not null`
  yield* sql`comment on table statistics_distinct is
    'Different players in a time, counted in the background from the plays; with the nil UUID as the game, over all games.'`
  yield* explain("statistics_distinct", {
    first_quarter: "The first quarter of the time: whole quarters of an hour since 1970 in UTC.",
    end_quarter: "The first quarter behind it.",
    players: "The count; null: not counted yet.",
    plays: "Plays of this time when the count began: the count is still right while there are no more.",
    counted_at: "When the count began.",
    took_ms: "How long it took.",
    wanted_at: "Since when a count is wanted; null: none is."
  })

  yield* sql`
    create table statistics_forgotten (
      id bigint generated always as identity,
      game_id uuid not null,
      quarter integer not null,
      verdict text not null,
      wait double precision,
      constraint statistics_forgotten_pkey primary key (id)
    )`
  yield* sql`create index statistics_forgotten_quarter_idx on statistics_forgotten (quarter)`
  yield* sql`comment on table statistics_forgotten is
    'Verdicts whose contacts were deleted because their persons were forgotten: statistics made again still count them. Names nobody.'`
  yield* explain("statistics_forgotten", {
    quarter,
    verdict: "The verdict that the contact had.",
    wait: "How many seconds it waited for the verdict; null: it had none."
  })

  yield* sql`
    create table statistics_refusal (
      game_id uuid not null,
      quarter integer not null,
      reason text collate "C" not null,
      refusals integer not null,
      constraint statistics_refusal_pkey primary key (game_id, quarter, reason)
    ) with (fillfactor = 80)`
  yield* sql`comment on table statistics_refusal is
    'Plays that were refused, by game and quarter of an hour; with the nil UUID as the game, those of all games and of none.'`
  yield* explain("statistics_refusal", {
    quarter: "Quarter of an hour: whole quarters since 1970 in UTC.",
    reason: "The name of the problem that was answered.",
    refusals: "How many."
  })

  yield* sql`
    create table statistics_state (
      is_only boolean not null default true,
      checked_until integer not null,
      complete_from integer not null,
      seen_at timestamptz not null,
      constraint statistics_state_pkey primary key (is_only),
      constraint statistics_state_is_only_check check (is_only)
    )`
  yield* sql`comment on table statistics_state is 'One row: how far the statistics have been compared with the plays.'`
  yield* explain("statistics_state", {
    is_only: "Always true: there is one row.",
    checked_until: "All quarters of an hour before this one agree with the plays.",
    complete_from:
      "From this quarter on they are taken to be complete; those between may lack something, and are made again.",
    seen_at: "When a process with the module last said that it runs."
  })
})
