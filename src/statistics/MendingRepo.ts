import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { nilUuid } from "../platform/Ids.ts"
import { firstRow, row, rows } from "../platform/postgres/Rows.ts"
import { waitOf } from "../contacts/ContactPart.ts"
import type { Period } from "./Calendar.ts"
import * as Counts from "./Counts.ts"
import { leastIdIn } from "./PlayIds.ts"
import { quarterAt } from "./Quarter.ts"
import * as StoredSql from "./StoredSql.ts"

const State = Schema.Struct({ checkedUntil: Schema.Int, completeFrom: Schema.Int, seenAt: Schema.Date })

/** How far the statistics have been compared with the plays. */
export type State = typeof State.Type

const asStates = rows(State)
const asLocked = row(Schema.Struct({ isLocked: Schema.Boolean }))
const asNext = row(
  Schema.Struct({
    playId: Schema.NullOr(Schema.String),
    quarter: Schema.NullOr(Schema.Int),
    waiting: Schema.NullOr(Schema.Int)
  })
)
const asIds = rows(Schema.Struct({ id: Schema.String }))
const asChanged = rows(Schema.Struct({ gameId: Schema.String, quarter: Schema.Int, timeZone: Schema.String }))
const asCompared = row(Schema.Struct({ isEqual: Schema.Boolean }))

/** The quarter of a play, by its id. */
const quarterOfId = (id: string): number => quarterAt(Number.parseInt(id.replace("-", "").slice(0, 12), 16))

/** Statements that compare the statistics with the plays and put them right. */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { literal } = sql

  /** False: another transaction adds to the sums. The statements of this transaction may take as long as a quarter of plays needs. */
  const tryLock = sql`
    select ${literal(StoredSql.lock)} as is_locked, set_config('statement_timeout', '600000', true)`.pipe(
    asLocked(),
    Effect.map(({ isLocked }) => isLocked)
  )

  /** Undefined: no process with this module has run yet. */
  const state = sql`select checked_until, complete_from, seen_at from statistics_state`.pipe(
    asStates("MendingRepo.state"),
    firstRow
  )

  const store = ({ checkedUntil, completeFrom, seenAt }: State) => sql`
    insert into statistics_state (checked_until, complete_from, seen_at)
    values (${checkedUntil}, ${completeFrom}, ${seenAt})
    on conflict on constraint statistics_state_pkey do update set
      checked_until = excluded.checked_until, complete_from = excluded.complete_from, seen_at = excluded.seen_at`

  /** Says that a process with the module runs. */
  const see = (now: Date) =>
    sql`update statistics_state set seen_at = ${now} where seen_at < ${now}`.pipe(
      Effect.asVoid,
      Effect.withSpan("MendingRepo.see")
    )

  const isIn = ({ end, first }: Period) => sql`quarter >= ${first} and quarter < ${end}`
  const isPlayedIn = ({ end, first }: Period) => sql`play.id >= ${leastIdIn(first)} and play.id < ${leastIdIn(end)}`

  /** The first quarter from this one on that has plays or counts; undefined: there is none. */
  const next = (quarter: number) =>
    sql`
      select
        (select id from play where id >= ${leastIdIn(quarter)} order by id limit 1) as play_id,
        (
          select quarter from statistics_quarter where quarter >= ${quarter} and (${literal(Counts.isSome)})
          order by quarter limit 1
        ) as quarter,
        (select min(quarter) from statistics_difference where quarter >= ${quarter}) as waiting`.pipe(
      asNext("MendingRepo.next"),
      Effect.map(({ playId, quarter, waiting }): number | undefined => {
        const found = [playId === null ? null : quarterOfId(playId), quarter, waiting].filter((one) => one !== null)
        return found.length === 0 ? undefined : Math.min(...found)
      })
    )

  /** The quarter of the play that is `plays` behind the first one of a quarter; undefined: there are fewer. */
  const quarterAfter = (quarter: number, plays: number) =>
    sql`select id from play where id >= ${leastIdIn(quarter)} order by id offset ${plays} limit 1`.pipe(
      asIds("MendingRepo.quarterAfter"),
      Effect.map(([play]) => (play === undefined ? undefined : quarterOfId(play.id)))
    )

  /**
   * Adds to the sums of these quarters what the plays and contacts say more, or less, than they do. Returns the games and quarters whose
   * number of plays has changed.
   *
   * The plays and the counts are read in one snapshot. What is committed later adds a play together with its difference, and so keeps
   * the two equal: nobody has to wait. A game's quarter is always read whole, so that a play is never missed between two of these.
   */
  const mend = (range: Period) =>
    sql`
      with made as (
        select game_id, quarter, ${literal(Counts.sums)}
        from (
          select game_id, quarter, ${literal(Counts.overPlays)}
          from (
            select game_id, number, least(greatest(${literal(Counts.quarterOf("played_at"))}, ${range.first}), ${range.end - 1}) as quarter
            from play where ${isPlayedIn(range)}
          ) played
          group by game_id, quarter
          union all
          select game_id, quarter, ${literal(Counts.overContacts)}
          from (
            select play.game_id, contact.verdict, contact.wait,
              least(greatest(${literal(Counts.quarterOf("play.played_at"))}, ${range.first}), ${range.end - 1}) as quarter
            from play
            cross join lateral (
              select verdict, ${literal(waitOf("contact"))} as wait from contact
              where contact.player_id = play.player_id and contact.play_id = play.id offset 0
            ) contact
            where ${isPlayedIn(range)}
          ) asked
          group by game_id, quarter
          union all
          select game_id, quarter, ${literal(Counts.overContacts)}
          from statistics_forgotten where ${isIn(range)}
          group by game_id, quarter
        ) parts
        group by game_id, quarter
      ),
      waiting as (
        select difference.game_id, difference.quarter, ${literal(Counts.ofDifference)}
        from statistics_difference difference
        ${literal(Counts.differenceLaterals)}
        where difference.quarter >= ${range.first} and difference.quarter < ${range.end}
      ),
      change as (
        select game_id, quarter, null::text as time_zone, 0 as timed_plays, 0 as hour_players, 0 as day_players,
          0 as week_players, ${literal(Counts.sums)}
        from (
          select game_id, quarter, ${literal(Counts.names)} from made
          union all select ${nilUuid}::uuid, quarter, ${literal(Counts.names)} from made
          union all select game_id, quarter, ${literal(Counts.negatives)} from statistics_quarter where ${isIn(range)}
          union all select game_id, quarter, ${literal(Counts.negatives)} from waiting
          union all select ${nilUuid}::uuid, quarter, ${literal(Counts.negatives)} from waiting
        ) both_sides
        group by game_id, quarter
        having ${literal(Counts.isSomeSum)}
      ),
      ${literal(StoredSql.addChange)}
      select change.game_id, change.quarter, game.time_zone
      from change join game on game.id = change.game_id
      where change.plays <> 0`.pipe(asChanged("MendingRepo.mend"))

  /** Whether as many plays are counted in these quarters as there are. Cheaper than `mend`: it reads the key of plays only. */
  const isEqual = (range: Period) =>
    sql`
      select (select count(*) from play where ${isPlayedIn(range)}) = (
        select coalesce(sum(plays), 0) from (
          select plays from statistics_quarter where game_id = ${nilUuid} and ${isIn(range)}
          union all
          select plays from statistics_difference where ${isIn(range)}
        ) counted
      ) as is_equal`.pipe(
      asCompared("MendingRepo.isEqual"),
      Effect.map(({ isEqual }) => isEqual)
    )

  /** The next `limit` games after this one; the nil UUID comes first. */
  const gamesAfter = (gameId: string, limit: number) =>
    sql`select id from game where id > ${gameId} order by id limit ${limit}`.pipe(
      asIds("MendingRepo.gamesAfter"),
      Effect.map((games) => games.map(({ id }) => id))
    )

  /** Makes the sums of a game over all time those of its quarters. */
  const total = (gameId: string) =>
    sql`
      insert into statistics_total as stored (game_id, ${literal(Counts.names)})
      select ${gameId}::uuid, ${literal(Counts.sums)}
      from (
        select ${literal(Counts.names)} from statistics_quarter where game_id = ${gameId}
        union all select ${literal(Counts.negatives)} from statistics_total where game_id = ${gameId}
      ) both_sides
      having ${literal(Counts.isSomeSum)}
      on conflict on constraint statistics_total_pkey do update set ${literal(Counts.added)}`.pipe(
      Effect.asVoid,
      Effect.withSpan("MendingRepo.total")
    )

  /** Makes the sums of a game's hours those of its quarters. */
  const hours = (gameId: string) =>
    sql`
      insert into statistics_hour as stored (game_id, hour, timed_plays, day_players, week_players, ${literal(Counts.hourly.names)})
      select ${gameId}::uuid, hour, 0, 0, 0, ${literal(Counts.hourly.sums)}
      from (
        select ${literal(StoredSql.hourOf("quarter"))} as hour, ${literal(Counts.hourly.names)}
        from statistics_quarter where game_id = ${gameId}
        union all select hour, ${literal(Counts.hourly.negatives)} from statistics_hour where game_id = ${gameId}
      ) both_sides
      group by hour
      having ${literal(Counts.hourly.isSomeSum)}
      order by hour
      on conflict on constraint statistics_hour_pkey do update set ${literal(Counts.hourly.added)}`.pipe(
      Effect.asVoid,
      Effect.withSpan("MendingRepo.hours")
    )

  return { tryLock, state, store, see, next, quarterAfter, mend, isEqual, gamesAfter, total, hours }
})

export type MendingRepo = Effect.Success<typeof make>
