import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { nilUuid } from "../platform/Ids.ts"
import { array, column, OID } from "../platform/postgres/Arrays.ts"
import { rows } from "../platform/postgres/Rows.ts"

/** Plays of one game that were refused for one reason in one quarter of an hour. */
export interface Count {
  /** As in the request's path: there may be no such game. Empty: not known. */
  readonly slug: string
  readonly reason: string
  readonly quarter: number
  refusals: number
}

const asCounts = rows(Schema.Struct({ period: Schema.Int, reason: Schema.String, refusals: Schema.Int }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Adds to the counts of each game, and to those of all. Rows are written in the order of their keys: two processes never deadlock. */
  const add = (counts: ReadonlyArray<Count>) =>
    sql`
      with counted as (
        select game.id as game_id, refused.quarter, refused.reason, refused.refusals
        from unnest(
          ${column(counts, "slug", OID.text)}, ${column(counts, "quarter", OID.int4)}, ${column(counts, "reason", OID.text)},
          ${column(counts, "refusals", OID.int4)}
        ) as refused (slug, quarter, reason, refusals)
        left join game on game.slug = refused.slug
      )
      insert into statistics_refusal as stored (game_id, quarter, reason, refusals)
      select game_id, quarter, reason, sum(refusals)
      from (
        select game_id, quarter, reason, refusals from counted where game_id is not null
        union all
        select ${nilUuid}::uuid, quarter, reason, refusals from counted
      ) both_ways
      group by game_id, quarter, reason
      order by game_id, quarter, reason
      on conflict on constraint statistics_refusal_pkey do update set refusals = stored.refusals + excluded.refusals`.pipe(
      Effect.withSpan("RefusalsRepo.add")
    )

  /** Refusals by period (from 1) and reason, of a game or, with the nil UUID, of all. `starts` are the first quarters of periods. */
  const find = (gameId: string, starts: ReadonlyArray<number>, end: number) =>
    sql`
      select width_bucket(quarter, ${array(starts, OID.int4)}) as period, reason, sum(refusals)::float8 as refusals
      from statistics_refusal
      where game_id = ${gameId} and quarter >= ${starts[0] ?? 0} and quarter < ${end}
      group by 1, 2
      order by 1, 3 desc, 2`.pipe(asCounts("RefusalsRepo.find"))

  return { add, find }
})
