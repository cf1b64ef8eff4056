import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { nextDayAt } from "../../src/games/Days.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

interface Day {
  readonly zone: string
  readonly at: Date
  readonly said: Date
  readonly next: Date
}

layer(TestDatabase.layer, { excludeTestServices: true })("The days of all time zones", (it) => {
  it.effect("begin at their first moment, 2020 to 2035", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      // All days without a clock change nearby are alike, so only the time around the changes is checked, in quarter hours.
      yield* sql`
        create temporary table change as
        with zone as (
          select name from pg_timezone_names where name !~ '^(posix|right)/' and name <> 'Factory'
        ),
        look as (
          select name, at, (at at time zone name) - (at at time zone 'UTC') as ahead
          from zone, generate_series(timestamptz '2020-01-01Z', timestamptz '2036-01-01Z', interval '5 days') as at
        ),
        step as (select *, lag(ahead) over (partition by name order by at) as ahead_before from look)
        select step.name, step.ahead, hour.at
        from step
        cross join lateral (
          select at from generate_series(step.at - interval '5 days', step.at, interval '1 hour') as at
          where (at at time zone step.name) - (at at time zone 'UTC') = step.ahead
          order by at limit 1
        ) hour
        where step.ahead <> step.ahead_before`
      yield* sql`
        create temporary table day as
        -- Zones with the same changes are one.
        with alike as (
          select min(name) as name
          from (select name, array_agg((at, ahead) order by at) as changes from change group by name) zone
          group by changes
        ),
        first as (
          select change.name, change.at as change, (quarter at time zone change.name)::date as date, min(quarter) as begins
          from alike join change using (name)
          cross join lateral generate_series(change.at - interval '60 hours', change.at + interval '60 hours', interval '15 minutes') as quarter
          group by 1, 2, 3
        )
        select name as zone, begins, lead(begins) over days as next
        from (select *, row_number() over days as nth from first window days as (partition by name, change order by date)) first
        -- The first day is cut, and so is the last.
        where nth > 1
        window days as (partition by name, change order by date)`
      const [counted] = yield* sql<{ days: number; zones: number }>`
        select count(*)::int as days, count(distinct zone)::int as zones from day where next is not null`
      assert.isAbove(counted!.days, 2000)
      assert.isAbove(counted!.zones, 30)

      const wrong = yield* sql<Day>`
        select * from (
          select zone, moment as at, ${sql.literal(nextDayAt("moment", "zone"))} as said, next
          from day
          cross join lateral (
            select begins + (next - begins) * part as moment from unnest('{0, 0.04, 0.3, 0.5, 0.96}'::float8[]) as part
            union all select next - interval '1 millisecond'
          ) moment
          where next is not null
        ) judged
        where said is distinct from next
        order by zone, at limit 20`
      assert.deepStrictEqual(wrong, [])
    })
  )

  it.effect("and where a day is left out, the next one begins", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [row] = yield* sql<{ next: Date }>`
        select ${sql.literal(nextDayAt("timestamptz '2011-12-29T12:00-10'", "'Pacific/Apia'"))} as next`
      assert.strictEqual(row?.next.toISOString(), "2011-12-30T10:00:00.000Z")
    })
  )
})
