import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, column, OID } from "../platform/postgres/Arrays.ts"
import { rows } from "../platform/postgres/Rows.ts"

/** What pages of one origin told of a game in one quarter of an hour. */
export interface Count {
  /** As in the request's path: there may be no such game. */
  readonly slug: string
  readonly quarter: number
  /** Empty: none was named. */
  readonly origin: string
  views: number
  starts: number
  consents: number
}

const sums = { views: Schema.Finite, starts: Schema.Finite, consents: Schema.Finite }
const asPeriods = rows(Schema.Struct({ period: Schema.Int, ...sums }))
const asOrigins = rows(Schema.Struct({ origin: Schema.String, ...sums }))

/** What stands for all origins of a game beyond those that are counted each. */
export const otherOrigin = "other"

/** Origins that are counted each, for every game. Anybody can name any origin, and each is a row an hour. */
export const mostOrigins = 100

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Adds to the counts of each game. Rows are written in the order of their keys: two processes never deadlock. */
  const add = (counts: ReadonlyArray<Count>) =>
    sql`
      with told as (
        select game.id as game_id, told.quarter, told.origin, told.views, told.starts, told.consents
        from unnest(
          ${column(counts, "slug", OID.text)}, ${column(counts, "quarter", OID.int4)},
          ${column(counts, "origin", OID.text)}, ${column(counts, "views", OID.int4)},
          ${column(counts, "starts", OID.int4)}, ${column(counts, "consents", OID.int4)}
        ) as told (slug, quarter, origin, views, starts, consents)
        join game on game.slug = told.slug
      ),
      named as (
        select told.game_id, told.origin, sum(told.views) as views, known.origin is not null as is_known
        from told left join game_view_origin known using (game_id, origin)
        where told.origin not in ('', ${otherOrigin})
        group by told.game_id, told.origin, known.origin
      ),
      -- Of new ones, those with the most views first: a flood of names that were made up does not push out real pages.
      fresh as (
        select game_id, origin, row_number() over (partition by game_id order by views desc, origin) as nth
        from named where not is_known
      ),
      taken as (
        select fresh.game_id, fresh.origin from fresh
        where fresh.nth + (select count(*) from game_view_origin known where known.game_id = fresh.game_id) <= ${mostOrigins}
      ),
      new_origin as (
        insert into game_view_origin (game_id, origin) select game_id, origin from taken order by game_id, origin
        on conflict on constraint game_view_origin_pkey do nothing
      ),
      counted as (
        select told.game_id, told.quarter, told.views, told.starts, told.consents,
          case
            when told.origin = '' or taken.origin is not null or named.is_known then told.origin
            else ${otherOrigin}
          end as origin
        from told
        left join named using (game_id, origin)
        left join taken using (game_id, origin)
      )
      insert into game_view as stored (game_id, quarter, origin, views, starts, consents)
      select game_id, quarter, origin, sum(views), sum(starts), sum(consents)
      from counted
      group by game_id, quarter, origin
      order by game_id, quarter, origin
      on conflict on constraint game_view_pkey do update set
        views = stored.views + excluded.views, starts = stored.starts + excluded.starts,
        consents = stored.consents + excluded.consents`.pipe(Effect.asVoid, Effect.withSpan("ViewsRepo.add"))

  const counts = sql`sum(views)::float8 as views, sum(starts)::float8 as starts, sum(consents)::float8 as consents`

  /** The counts of a game by period (from 1). `starts` are the first quarters of the periods. */
  const inPeriods = (gameId: string, starts: ReadonlyArray<number>, end: number) =>
    sql`
      select width_bucket(quarter, ${array(starts, OID.int4)}) as period, ${counts}
      from game_view
      where game_id = ${gameId} and quarter >= ${starts[0] ?? 0} and quarter < ${end}
      group by 1
      order by 1`.pipe(asPeriods("ViewsRepo.inPeriods"))

  /** The same of all games together: a range of the key for each, as the key begins with the game. */
  const ofAllInPeriods = (starts: ReadonlyArray<number>, end: number) =>
    sql`
      select width_bucket(quarter, ${array(starts, OID.int4)}) as period, ${counts}
      from game cross join lateral (
        select quarter, views, starts, consents from game_view
        where game_id = game.id and quarter >= ${starts[0] ?? 0} and quarter < ${end}
      ) as seen
      group by 1
      order by 1`.pipe(asPeriods("ViewsRepo.ofAllInPeriods"))

  /** The counts of a game by origin, the most views first. */
  const byOrigin = (gameId: string, first: number, end: number) =>
    sql`
      select origin, ${counts}
      from game_view
      where game_id = ${gameId} and quarter >= ${first} and quarter < ${end}
      group by origin
      order by views desc, origin`.pipe(asOrigins("ViewsRepo.byOrigin"))

  return { add, inPeriods, ofAllInPeriods, byOrigin }
})
