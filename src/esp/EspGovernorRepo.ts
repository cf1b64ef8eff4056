import { PgTypes } from "@effect/sql-pg"
import { Duration, Effect, Result, Schema } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { randomUUID } from "node:crypto"
import {
  type Bucket,
  busyMillis,
  type Decision,
  type GovernorPolicy,
  type GovernorStore,
  type Priority,
  shareOf,
  sliceMillis,
  slicesPerWindow
} from "./GovernorPolicy.ts"

const { OID } = PgTypes
const array = (values: ReadonlyArray<unknown>, oid: number) => Result.getOrThrow(PgTypes.array(values, oid))

const decodeDecisions = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ found: Schema.Int, waitMillis: Schema.Finite }))
)

/** Which slots of one account there are, in the database: an account's rows are locked, judged and written by one statement. */
export const make = (sql: SqlClient.SqlClient): GovernorStore<SqlError.SqlError> => {
  const column = (buckets: ReadonlyArray<Bucket>, of: (bucket: Bucket) => unknown, oid: number) =>
    array(buckets.map(of), oid)

  /**
   * The rows are locked first, and `for update` gives their newest versions whatever the statement's snapshot holds: so
   * everything that is counted stands in them. The time is read once they are locked, or a statement that waited would count
   * in the past.
   *
   * `gone` is how much of a bucket has left the count when its `place`-th slice has.
   */
  const decide = (policy: GovernorPolicy, priority: Priority, lease: string) =>
    sql`
      with wanted as (
        select * from unnest(
          ${column(policy.buckets, ({ name }) => name, OID.text)},
          ${column(policy.buckets, ({ window }) => BigInt(sliceMillis(window)), OID.int8)},
          ${column(policy.buckets, ({ cost, limit }) => Math.max(shareOf(limit, priority), cost), OID.int4)},
          ${column(policy.buckets, ({ cost }) => cost, OID.int4)}
        ) as wanted (bucket, slice_millis, share, cost)
        union all select '', 1, ${policy.concurrency === null ? 0 : shareOf(policy.concurrency.limit, priority)}, 0
      ),
      locked as materialized (
        select * from esp_governor
        where account = ${policy.account} and bucket in (select bucket from wanted)
        order by bucket
        for update
      ),
      clock as materialized (
        select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now
        -- Makes the time wait for the locks.
        from (select count(*) as found from locked) counted where found >= 0
      ),
      shifted as materialized (
        select wanted.*, clock.now, greatest(clock.now / wanted.slice_millis, reading.newest) as newest,
          locked.closed_until, locked.leases,
          locked.slices[reading.shift + 1 :] || array_fill(0, array[reading.shift]) as slices
        from locked
        join wanted using (bucket)
        cross join clock
        cross join lateral (
          -- A window of another length than before is counted anew.
          select case when locked.slice_millis = wanted.slice_millis then locked.newest else 0 end as newest,
            case when locked.slice_millis = wanted.slice_millis
              then least(greatest(clock.now / wanted.slice_millis - locked.newest, 0), ${slicesPerWindow + 1})
              else ${slicesPerWindow + 1}
            end::int as shift
        ) reading
      ),
      judged as materialized (
        select shifted.*, alive.leases as alive_leases,
          greatest(
            extract(epoch from shifted.closed_until) * 1000 - shifted.now,
            case
              when shifted.bucket = '' then
                case when ${policy.concurrency !== null} and alive.count >= shifted.share then ${busyMillis} else 0 end
              when used.total + shifted.cost > shifted.share then (
                select (shifted.newest + min(leaving.place)) * shifted.slice_millis - shifted.now
                from (
                  select place, sum(slice) over (order by place) as gone
                  from unnest(shifted.slices) with ordinality as slice (slice, place)
                ) leaving
                where used.total - leaving.gone + shifted.cost <= shifted.share
              )
              else 0
            end
          ) as wait_millis
        from shifted
        cross join lateral (select coalesce(sum(slice), 0) as total from unnest(shifted.slices) as slice) used
        cross join lateral (
          select coalesce(jsonb_object_agg(key, value), '{}') as leases, count(*) as count
          from jsonb_each(shifted.leases) where value::bigint > shifted.now
        ) alive
      ),
      verdict as materialized (
        select count(*)::int as found, coalesce(greatest(max(wait_millis), 0), 0)::float8 as wait_millis from judged
      ),
      taken as (
        update esp_governor set
          slice_millis = judged.slice_millis,
          newest = judged.newest,
          slices = case when judged.bucket = '' then esp_governor.slices
            else judged.slices[: ${slicesPerWindow}] || (judged.slices[${slicesPerWindow + 1}] + judged.cost) end,
          leases = case
            when judged.bucket = '' and ${policy.concurrency !== null} then
              judged.alive_leases || jsonb_build_object(${lease}::text, judged.now + ${
                policy.concurrency === null ? 0 : Math.ceil(Duration.toMillis(policy.concurrency.hold))
              }::bigint)
            else esp_governor.leases
          end
        from judged, verdict
        where esp_governor.account = ${policy.account} and esp_governor.bucket = judged.bucket
          and verdict.wait_millis = 0 and verdict.found = (select count(*) from wanted)
        returning 1
      )
      select found, wait_millis from verdict`.pipe(
      Effect.flatMap(decodeDecisions),
      Effect.map(([decision]) => decision),
      Effect.catchTag("SchemaError", Effect.die)
    )

  const addRows = (account: string, buckets: ReadonlyArray<string>) =>
    sql`
      insert into esp_governor (account, bucket, slice_millis, newest, slices, leases, closed_until)
      select ${account}, bucket, 1, 0, array_fill(0, array[${slicesPerWindow + 1}]), '{}', 'epoch'
      from unnest(${array(buckets, OID.text)}) as bucket
      order by bucket
      on conflict on constraint esp_governor_pkey do nothing`

  const release = (account: string, lease: string) =>
    Effect.asVoid(
      sql`update esp_governor set leases = leases - ${lease}::text where account = ${account} and bucket = ''`
    )

  const takeAs = Effect.fnUntraced(function* (policy: GovernorPolicy, priority: Priority, lease: string) {
    const names = ["", ...policy.buckets.map(({ name }) => name)]
    let decision = yield* decide(policy, priority, lease)
    if (decision?.found !== names.length) {
      yield* addRows(policy.account, names)
      decision = yield* decide(policy, priority, lease)
    }
    const waitMillis = decision?.waitMillis ?? 0
    return waitMillis > 0
      ? ({ isGranted: false, waitMillis } satisfies Decision)
      : ({ isGranted: true, lease: policy.concurrency === null ? null : lease } satisfies Decision)
  })

  const take = Effect.fn("EspGovernor.take")((policy: GovernorPolicy, priority: Priority) => {
    const lease = randomUUID()
    const taken = takeAs(policy, priority, lease)
    if (policy.concurrency === null) return taken
    // Whoever has given up may have been granted the place all the same, and nobody else would have it until its hold is over.
    return Effect.onInterrupt(taken, () => Effect.forkDetach(Effect.ignore(release(policy.account, lease))))
  })

  return {
    take,
    release,
    close: (account, millis) =>
      Effect.andThen(
        addRows(account, [""]),
        sql`
          update esp_governor
          set closed_until = greatest(closed_until, clock_timestamp() + make_interval(secs => ${millis / 1000}))
          where account = ${account} and bucket = ''`
      ).pipe(Effect.asVoid)
  }
}
