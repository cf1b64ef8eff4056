import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { nilUuid } from "../platform/Ids.ts"
import { array, column, OID } from "../platform/postgres/Arrays.ts"
import { firstRow, row, rows } from "../platform/postgres/Rows.ts"
import type { Period } from "./Calendar.ts"
import { leastIdIn } from "./PlayIds.ts"

/** A time of a game, or of all games (the nil UUID). */
export interface Wanted extends Period {
  readonly gameId: string
}

const asWanted = row(Schema.Struct({ isWanted: Schema.Boolean }))
const asLocked = row(Schema.Struct({ isLocked: Schema.Boolean }))
const asPeriods = rows(Schema.Struct({ first: Schema.Int, end: Schema.Int, games: Schema.Array(Schema.String) }))
const asPlays = rows(Schema.Struct({ gameId: Schema.String, plays: Schema.Finite }))
const asPlayers = rows(Schema.Struct({ gameId: Schema.String, players: Schema.Finite }))
const asCounts = rows(
  Schema.Struct({ first: Schema.Int, players: Schema.Int, plays: Schema.Finite, countedAt: Schema.Date })
)

/**
 * Statements that count different players from the plays. Such a count is no sum, so that it takes a look at every play of the time: it
 * is made in the background, when somebody wants it.
 */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /**
   * Asks for counts. One that is there is made again, but not so often that counting takes more than a fiftieth of the time, nor more
   * than once in ten seconds.
   */
  const want = (wanted: ReadonlyArray<Wanted>, at: Date) =>
    wanted.length === 0
      ? Effect.void
      : sql`
          insert into statistics_distinct as stored (game_id, first_quarter, end_quarter, wanted_at)
          select distinct game_id, first_quarter, end_quarter, ${at}::timestamptz
          from unnest(
            ${column(wanted, "gameId", OID.uuid)}, ${column(wanted, "first", OID.int4)}, ${column(wanted, "end", OID.int4)}
          ) as wanted (game_id, first_quarter, end_quarter)
          order by game_id, first_quarter, end_quarter
          on conflict on constraint statistics_distinct_pkey do update set wanted_at = excluded.wanted_at
          where stored.wanted_at is null
            and stored.counted_at <= ${at}::timestamptz - greatest(interval '10 seconds', stored.took_ms * interval '50 milliseconds')`.pipe(
          Effect.asVoid,
          Effect.withSpan("DistinctRepo.want")
        )

  /** The counts of these times that there are. */
  const find = (gameId: string, periods: ReadonlyArray<Period>) =>
    sql`
      select first_quarter as first, players, plays::float8 as plays, counted_at
      from statistics_distinct
      join unnest(${column(periods, "first", OID.int4)}, ${column(periods, "end", OID.int4)})
        as period (first_quarter, end_quarter) using (first_quarter, end_quarter)
      where game_id = ${gameId} and counted_at is not null`.pipe(asCounts("DistinctRepo.find"))

  /** False: another process counts. */
  const tryLock = sql`
    select pg_try_advisory_xact_lock(hashtextextended('fairground distinct players', 0)) as is_locked,
      set_config('statement_timeout', '600000', true)`.pipe(
    asLocked(),
    Effect.map(({ isLocked }) => isLocked)
  )

  /** Whether any count is wanted. */
  const isWanted = sql`select exists (select from statistics_distinct where wanted_at is not null) as is_wanted`.pipe(
    asWanted(),
    Effect.map(({ isWanted }) => isWanted)
  )

  /** The time whose count has been wanted for longest, and the games for which it is wanted. */
  const next = sql`
    select first_quarter as first, end_quarter as end, array_agg(game_id) as games
    from statistics_distinct
    join (
      select first_quarter, end_quarter from statistics_distinct where wanted_at is not null order by wanted_at limit 1
    ) oldest using (first_quarter, end_quarter)
    where wanted_at is not null
    group by first_quarter, end_quarter`.pipe(asPeriods("DistinctRepo.next"), firstRow)

  /** The plays of games in a time, as the statistics say. */
  const playsOf = ({ end, first }: Period, games: ReadonlyArray<string>) =>
    sql`
      select game_id, sum(plays)::float8 as plays
      from (
        select game_id, plays from statistics_quarter where quarter >= ${first} and quarter < ${end}
        union all
        select game.id, difference.plays
        from statistics_difference difference cross join lateral (values (difference.game_id), (${nilUuid}::uuid)) game (id)
        where quarter >= ${first} and quarter < ${end} and plays is not null
      ) counted
      where game_id = any(${array(games, OID.uuid)})
      group by game_id`.pipe(
      asPlays("DistinctRepo.playsOf"),
      Effect.map((found) => new Map(found.map(({ gameId, plays }) => [gameId, plays])))
    )

  const isPlayedIn = ({ end, first }: Period) => sql`id >= ${leastIdIn(first)} and id < ${leastIdIn(end)}`

  /**
   * Counts the different players of a time whose hash is `part` modulo `parts`, a power of two: by game, and of all games with the nil
   * UUID. All games need only the key of plays.
   */
  const count = (period: Period, games: ReadonlyArray<string>, part: number, parts: number) => {
    const isOfPart = sql`(uuid_hash(player_id) & ${parts - 1}::int) = ${part}::int`
    const ofAll = sql`
      select ${nilUuid}::uuid as game_id, count(*)::float8 as players
      from (select distinct player_id from play where ${isPlayedIn(period)} and ${isOfPart}) played`
    const single = games.filter((game) => game !== nilUuid)
    const ofEach = sql`
      select game_id, count(*)::float8 as players
      from (
        select distinct game_id, player_id from play
        where ${isPlayedIn(period)} and game_id = any(${array(single, OID.uuid)}) and ${isOfPart}
      ) played
      group by game_id`
    const statement =
      single.length === 0 ? ofAll : single.length === games.length ? ofEach : sql`${ofEach} union all ${ofAll}`
    return statement.pipe(asPlayers("DistinctRepo.count"))
  }

  /** Stores the counts of a time. Those of games that were not counted stay wanted. */
  const store = (
    { end, first }: Period,
    counts: ReadonlyArray<{ readonly gameId: string; readonly players: number; readonly plays: number }>,
    at: Date,
    tookMs: number
  ) =>
    sql`
      update statistics_distinct set players = counted.players, plays = counted.plays, counted_at = ${at}, took_ms = ${tookMs},
        wanted_at = null
      from unnest(
        ${column(counts, "gameId", OID.uuid)}, ${column(counts, "players", OID.int4)}, ${column(counts, "plays", OID.float8)}
      ) as counted (game_id, players, plays)
      where statistics_distinct.game_id = counted.game_id and first_quarter = ${first} and end_quarter = ${end}`.pipe(
      Effect.asVoid,
      Effect.withSpan("DistinctRepo.store")
    )

  return { want, find, isWanted, tryLock, next, playsOf, count, store }
})
