import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Slug } from "../games/Game.ts"
import { nilUuid } from "../platform/Ids.ts"
import { array, column, OID } from "../platform/postgres/Arrays.ts"
import { firstRow, row, rows } from "../platform/postgres/Rows.ts"
import type { Period, Unit } from "./Calendar.ts"
import * as Counts from "./Counts.ts"
import { quartersInHour } from "./Quarter.ts"

const count = Schema.Finite
const plays = { plays: count, players: count }
const contacts = { contacts: count, existed: count, created: count, rejected: count }

const InPeriod = Schema.Struct({
  /** Its place among the periods, from 1. */
  period: Schema.Int,
  timeZone: Schema.NullOr(Schema.String),
  isWaiting: Schema.Boolean,
  timedPlays: count,
  timedPlayers: count,
  ...plays,
  ...contacts
})

/**
 * Counts of one period. `timedPlayers` of `timedPlays` were their player's first of the period: of an hour, day or week in `timeZone`, or,
 * with `isWaiting`, of the very period.
 */
export type InPeriod = typeof InPeriod.Type

const asPeriods = rows(InPeriod)
const asStates = rows(Schema.Struct({ checkedUntil: Schema.Int, completeFrom: Schema.Int }))
const Total = Schema.Struct({ gameId: Schema.String, ...plays, ...contacts, reached: Schema.Array(count) })

/** Counts over all time. `reached` are those of `Counts.reaches`. */
export type Total = typeof Total.Type

const asTotals = rows(Total)
const asMostPlayed = rows(Schema.Struct({ slug: Slug, title: Schema.String, ...plays, ...contacts }))
const asWaits = row(Schema.Struct({ contacts: count, waits: Schema.Array(count) }))
const asZoned = rows(Schema.Struct({ id: Schema.String, slug: Slug, timeZone: Schema.String }))
const asPlays = rows(Schema.Struct({ gameId: Schema.String, place: Schema.Int, plays: count }))
const asGames = rows(Schema.Struct({ id: Schema.String, slug: Slug }))

const list = (columns: ReadonlyArray<string>) =>
  `array[${columns.map((column) => `coalesce(sum(${column}), 0)::float8`).join(", ")}]`
const reached = list(Counts.reaches.map((reach) => `reached_${reach}`))
const waits = list(Counts.waits.map(([name]) => name))
const floats = (columns: ReadonlyArray<string>) =>
  columns.map((column) => `coalesce(sum(${column}), 0)::float8 as ${column}`).join(", ")
const shown = floats(["plays", "players", "contacts", "existed", "created", "rejected"])

/**
 * Whether all of these begin and end with hours of UTC, as days do in most zones. Their sums are in the rows of hours, which are a quarter
 * as many: a year of one game lies scattered among the rows of the others.
 */
const areWholeHours = (periods: ReadonlyArray<Period>) =>
  periods.every(({ end, first }) => first % quartersInHour === 0 && end % quartersInHour === 0)

const hoursOf = ({ end, first }: Period): Period => ({ first: first / quartersInHour, end: end / quartersInHour })

const hours = (periods: ReadonlyArray<Period>) =>
  array(
    periods.map((period) => hoursOf(period).first),
    OID.int4
  )

/** Statements that read the statistics: sums and the differences that are not added up yet, in one snapshot. */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { literal } = sql

  const isOf = (gameId: string) => (gameId === nilUuid ? sql`true` : sql`difference.game_id = ${gameId}`)

  /** The counts by period, of periods that follow each other. A period has several rows where the game's zone has changed, or none. */
  const inPeriods = (gameId: string, unit: Unit, periods: ReadonlyArray<Period>) => {
    const starts = array(
      periods.map(({ first }) => first),
      OID.int4
    )
    // A player of two games is the first of the hour in both.
    const timedPlays = gameId === nilUuid ? sql`0` : sql`coalesce(difference.plays, 0) - players.unsure`
    const first = periods[0]?.first ?? 0
    const end = periods.at(-1)?.end ?? 0
    const players = literal(`${unit}_players`)
    const columns = sql`time_zone, false as is_waiting, timed_plays, ${players} as timed_players, plays, players, contacts, existed, created,
          rejected`
    // Periods of hours are few rows anyway.
    const stored =
      unit !== "hour" && areWholeHours(periods)
        ? sql`
        select width_bucket(hour, ${hours(periods)}) as period, ${columns}
        from statistics_hour
        where game_id = ${gameId} and hour >= ${first / quartersInHour} and hour < ${end / quartersInHour}`
        : sql`
        select width_bucket(quarter, ${starts}) as period, ${columns}
        from statistics_quarter
        where game_id = ${gameId} and quarter >= ${first} and quarter < ${end}`
    return sql`
      select period, time_zone, is_waiting, sum(timed_plays)::float8 as timed_plays, sum(timed_players)::float8 as timed_players,
        ${literal(shown)}
      from (${stored}
        union all
        select difference.period, null, true, ${timedPlays}, players.new + players.returning,
          coalesce(difference.plays, 0), players.new, coalesce(contacts, 0), coalesce(existed, 0), coalesce(created, 0),
          coalesce(rejected, 0)
        from (
          select difference.*, starts[period] as first, coalesce(starts[period + 1], ${end}) as end
          from (
            select difference.*, width_bucket(difference.quarter, ${starts}) as period, ${starts} as starts
            from statistics_difference difference
            where ${isOf(gameId)} and difference.quarter >= ${first} and difference.quarter < ${end}
          ) difference
        ) difference
        cross join lateral (
          select coalesce(difference.plays, 0) - coalesce(cardinality(difference.numbers), 0) as new,
            count(*) filter (where gap is null or gap > difference.quarter - difference.first) as returning,
            count(*) filter (where gap <= difference.quarter - difference.end) as unsure
          from unnest(difference.gaps) gap
        ) players
      ) counted
      group by period, time_zone, is_waiting
      order by period`.pipe(asPeriods("StatisticsRepo.inPeriods"))
  }

  /** The counts of games over all time, or with the nil UUID of all games. Games that nobody has played are left out. */
  const totals = (games: ReadonlyArray<string>) =>
    sql`
      select game_id, ${literal(shown)}, ${literal(reached)} as reached
      from (
        select game_id, ${literal(Counts.names)} from statistics_total where game_id = any(${array(games, OID.uuid)})
        union all
        select counted_for.game_id, ${literal(Counts.ofDifference)}
        from statistics_difference difference
        ${literal(Counts.differenceLaterals)}
        cross join lateral (values (difference.game_id), (${nilUuid}::uuid)) counted_for (game_id)
        where counted_for.game_id = any(${array(games, OID.uuid)})
      ) counted
      group by game_id`.pipe(asTotals("StatisticsRepo.totals"))

  /** How long contacts waited for their verdicts: those whose plays are in these quarters, or all. */
  const waitsIn = (gameId: string, period: Period | undefined) => {
    const isIn = ({ end, first }: Period, place: string) =>
      sql`${literal(place)} >= ${first} and ${literal(place)} < ${end}`
    const isWaitingIn = period === undefined ? sql`true` : isIn(period, "difference.quarter")
    const stored =
      period === undefined
        ? sql`statistics_total where game_id = ${gameId}`
        : areWholeHours([period])
          ? sql`statistics_hour where game_id = ${gameId} and ${isIn(hoursOf(period), "hour")}`
          : sql`statistics_quarter where game_id = ${gameId} and ${isIn(period, "quarter")}`
    const columns = literal(Counts.ofContacts.join(", "))
    return sql`
      select coalesce(sum(contacts), 0)::float8 as contacts, ${literal(waits)} as waits
      from (
        select ${columns} from ${stored}
        union all
        select ${columns} from (
          select ${literal(Counts.ofDifference)}
          from statistics_difference difference
          ${literal(Counts.differenceLaterals)}
          where ${isOf(gameId)} and ${isWaitingIn}
        ) waiting
      ) counted`.pipe(asWaits("StatisticsRepo.waitsIn"))
  }

  /** The games with the most plays in a time, those with the most first. */
  const mostPlayed = ({ end, first }: Period, limit: number) =>
    sql`
      select game.slug, game.title, counted.*
      from (
        select game_id, ${literal(shown)}
        from (
          select game_id, plays, players, contacts, existed, created, rejected from statistics_quarter
          where quarter >= ${first} and quarter < ${end} and game_id <> ${nilUuid}
          union all
          select game_id, coalesce(plays, 0), coalesce(plays, 0) - coalesce(cardinality(numbers), 0), coalesce(contacts, 0),
            coalesce(existed, 0), coalesce(created, 0), coalesce(rejected, 0)
          from statistics_difference where quarter >= ${first} and quarter < ${end}
        ) counted
        group by game_id
      ) counted
      join game on game.id = counted.game_id
      where counted.plays > 0
      order by counted.plays desc, game.slug limit ${limit}`.pipe(asMostPlayed("StatisticsRepo.mostPlayed"))

  /** Which quarters may lack something: from `checkedUntil` to the one before `completeFrom`. Undefined: nobody has looked yet. */
  const state = sql`select checked_until, complete_from from statistics_state`.pipe(
    asStates("StatisticsRepo.state"),
    firstRow
  )

  /** The next games by slug. */
  const games = (after: string | null, limit: number) =>
    sql`
      select id, slug from game where ${after}::text is null or slug > ${after}::text
      order by slug limit ${limit}`.pipe(asGames("StatisticsRepo.games"))

  /** These games, by slug. */
  const gamesOf = (slugs: ReadonlyArray<Slug>) =>
    sql`select id, slug, time_zone from game where slug = any(${array(slugs, OID.text)}) order by slug`.pipe(
      asZoned("StatisticsRepo.gamesOf")
    )

  /**
   * The plays of games, each in periods of its own; those without plays are left out. Each period is looked up by the key of its rows:
   * the laterals leave the planner no other way, however many games are asked for.
   */
  const playsIn = (asked: ReadonlyArray<Period & { readonly gameId: string; readonly place: number }>) =>
    sql`
      with asked as materialized (
        select * from unnest(${column(asked, "gameId", OID.uuid)}, ${column(asked, "place", OID.int4)},
          ${column(asked, "first", OID.int4)}, ${column(asked, "end", OID.int4)}) asked (game_id, place, first, behind)
      )
      select game_id, place, sum(plays)::float8 as plays
      from (
        select asked.game_id, place, stored.plays from asked cross join lateral (
          select sum(plays) as plays from statistics_hour
          where (first | behind) & 3 = 0 and game_id = asked.game_id and hour >= first >> 2 and hour < behind >> 2
          union all
          select sum(plays) from statistics_quarter
          where (first | behind) & 3 <> 0 and game_id = asked.game_id and quarter >= first and quarter < behind
        ) stored
        union all
        select asked.game_id, place, difference.plays
        from asked
        join statistics_difference difference
          on difference.game_id = asked.game_id and difference.quarter >= first and difference.quarter < behind
      ) counted
      where plays is not null
      group by game_id, place`.pipe(asPlays("StatisticsRepo.playsIn"))

  return { inPeriods, totals, waitsIn, mostPlayed, state, games, gamesOf, playsIn }
})
