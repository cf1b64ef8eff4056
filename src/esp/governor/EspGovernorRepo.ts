import { firstRow, rows } from "../../platform/postgres/Rows.ts"
import { type Cause, Duration, Effect, Exit, Schema, Scope } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { randomUUID } from "node:crypto"
import * as GroupCommit from "../../platform/GroupCommit.ts"
import { leavable } from "../../platform/Leavable.ts"
import { array, OID } from "../../platform/postgres/Arrays.ts"
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

const asDecisions = rows(Schema.Struct({ found: Schema.Int, granted: Schema.Int, waitMillis: Schema.Finite }))

/** A request for one slot. */
interface SlotRequest {
  readonly policy: GovernorPolicy
  readonly priority: Priority
  readonly lease: string
  /** The caller was interrupted and no longer waits for the answer. */
  isAbandoned: boolean
  isGranted: boolean
}

type Failure = SqlError.SqlError | Cause.TimeoutError

/** As long as a background attempt waits for an answer; a live attempt gives up long before. */
const budget = "2 seconds"

/**
 * Counts kept in the database. One statement locks, judges and writes an account's rows. Requests that arrive while a statement
 * runs share the next one, so a replica locks an account's rows at most some hundred times a second, however many calls it makes.
 */
export const make = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient
): Effect.fn.Return<GovernorStore<Failure | GroupCommit.QueueFull>, never, Scope.Scope> {
  const column = (buckets: ReadonlyArray<Bucket>, of: (bucket: Bucket) => unknown, oid: number) =>
    array(buckets.map(of), oid)

  /**
   * Grants as many of the wanted slots as are free, and says how long to wait for the next.
   *
   * The rows are locked first. `for update` reads their newest versions, whatever the statement's snapshot is, so the rows
   * contain every call counted so far. The time is read after the lock: a statement that waited for the lock would otherwise
   * count its calls in the past.
   *
   * `gone` is the sum of a bucket's slices up to its `place`-th: what the count loses once that slice has expired.
   */
  const decide = (policy: GovernorPolicy, priority: Priority, leases: ReadonlyArray<string>) =>
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
        -- Reading "locked" makes the clock wait for the locks.
        from (select count(*) as found from locked) counted where found >= 0
      ),
      shifted as materialized (
        select wanted.*, clock.now, greatest(clock.now / wanted.slice_millis, reading.newest) as newest,
          extract(epoch from locked.closed_until) * 1000 - clock.now as closed_millis, locked.leases,
          locked.slices[reading.shift + 1 :] || array_fill(0, array[reading.shift]) as slices
        from locked
        join wanted using (bucket)
        cross join clock
        cross join lateral (
          -- When the length of the window has changed, the count starts at zero.
          select case when locked.slice_millis = wanted.slice_millis then locked.newest else 0 end as newest,
            case when locked.slice_millis = wanted.slice_millis
              then least(greatest(clock.now / wanted.slice_millis - locked.newest, 0), ${slicesPerWindow + 1})
              else ${slicesPerWindow + 1}
            end::int as shift
        ) reading
      ),
      judged as materialized (
        select shifted.*, alive.leases as alive_leases, used.total as used,
          greatest(case
            when shifted.closed_millis > 0 then 0
            when shifted.bucket <> '' then (shifted.share - used.total) / shifted.cost
            when ${policy.concurrency !== null} then shifted.share - alive.count
            else ${leases.length}
          end, 0) as room
        from shifted
        cross join lateral (select coalesce(sum(slice), 0) as total from unnest(shifted.slices) as slice) used
        cross join lateral (
          select coalesce(jsonb_object_agg(key, value), '{}') as leases, count(*) as count
          from jsonb_each(shifted.leases) where value::bigint > shifted.now
        ) alive
      ),
      verdict as materialized (
        select count(*)::int as found,
          case when count(*) = (select count(*) from wanted) then least(${leases.length}, min(room)) else 0 end::int as granted
        from judged
      ),
      waits as (
        select coalesce(greatest(max(greatest(judged.closed_millis, case
            when judged.room > verdict.granted then 0
            when judged.bucket = '' then case when ${policy.concurrency !== null} then ${busyMillis} else 0 end
            else (
              select (judged.newest + min(leaving.place)) * judged.slice_millis - judged.now
              from (
                select place, sum(slice) over (order by place) as gone
                -- The calls granted now leave the count last, and no wait is that long.
                from unnest(judged.slices) with ordinality as slice (slice, place)
              ) leaving
              where judged.used + verdict.granted * judged.cost - leaving.gone + judged.cost <= judged.share
            )
          end)), 0), 0)::float8 as wait_millis
        from judged, verdict
      ),
      taken as (
        update esp_governor set
          slice_millis = judged.slice_millis,
          newest = judged.newest,
          slices = case when judged.bucket = '' then esp_governor.slices
            else judged.slices[: ${slicesPerWindow}]
              || (judged.slices[${slicesPerWindow + 1}] + judged.cost * verdict.granted) end,
          leases = case
            when judged.bucket = '' and ${policy.concurrency !== null} then
              judged.alive_leases || (
                select jsonb_object_agg(lease, judged.now + ${
                  policy.concurrency === null ? 0 : Math.ceil(Duration.toMillis(policy.concurrency.hold))
                }::bigint)
                from unnest(${array(leases, OID.text)}) with ordinality as request (lease, place)
                where place <= verdict.granted
              )
            else esp_governor.leases
          end
        from judged, verdict
        where esp_governor.account = ${policy.account} and esp_governor.bucket = judged.bucket and verdict.granted > 0
        returning 1
      )
      select found, granted, wait_millis from verdict, waits`.pipe(asDecisions(), firstRow)

  const addRows = (account: string, buckets: ReadonlyArray<string>) =>
    sql`
      insert into esp_governor (account, bucket, slice_millis, newest, slices, leases, closed_until)
      select ${account}, bucket, 1, 0, array_fill(0, array[${slicesPerWindow + 1}]), '{}', 'epoch'
      from unnest(${array(buckets, OID.text)}) as bucket
      order by bucket
      on conflict on constraint esp_governor_pkey do nothing`

  const releaseAll = (account: string, leases: ReadonlyArray<string>) =>
    Effect.asVoid(
      sql`update esp_governor set leases = leases - ${array(leases, OID.text)} where account = ${account} and bucket = ''`
    )

  /** Takes slots for requests of one policy and one priority, by one statement. */
  const takeAlike = Effect.fnUntraced(function* (
    policy: GovernorPolicy,
    priority: Priority,
    requests: ReadonlyArray<SlotRequest>
  ) {
    const names = ["", ...policy.buckets.map(({ name }) => name)]
    const leases = requests.map(({ lease }) => lease)
    let decision = yield* decide(policy, priority, leases)
    if (decision?.found !== names.length) {
      yield* addRows(policy.account, names)
      decision = yield* decide(policy, priority, leases)
    }
    const { granted = 0, waitMillis = 0 } = decision ?? {}
    const isLimited = policy.concurrency !== null
    const lost = requests.filter(({ isAbandoned }, at) => isAbandoned && isLimited && at < granted)
    requests.forEach((request, at) => (request.isGranted = at < granted))
    // The statement also granted slots to abandoned requests. Without a release they would stay taken until their hold ends.
    if (lost.length > 0) {
      yield* Effect.ignore(
        releaseAll(
          policy.account,
          lost.map(({ lease }) => lease)
        )
      )
    }
    return requests.map(({ isGranted, lease }): Decision =>
      isGranted ? { isGranted: true, lease: isLimited ? lease : null } : { isGranted: false, waitMillis }
    )
  })

  const takeBatch = Effect.fnUntraced(function* (batch: ReadonlyArray<SlotRequest>) {
    const decisions = new Map<SlotRequest, Exit.Exit<Decision, Failure>>()
    const groups = new Map<string, Array<SlotRequest>>()
    // Live requests go first: somebody waits for their plays.
    for (const request of batch.toSorted((a, b) => rankOf(a) - rankOf(b))) {
      const name = `${request.priority} ${numberOf(request.policy)}`
      groups.set(name, [...(groups.get(name) ?? []), request])
    }
    for (const group of groups.values()) {
      const [first] = group
      if (first === undefined) continue
      const exit = yield* takeAlike(first.policy, first.priority, group).pipe(
        leavable,
        Effect.timeout(budget),
        Effect.exit
      )
      group.forEach((request, at) =>
        decisions.set(
          request,
          Exit.map(exit, (all) => all[at] ?? busy)
        )
      )
    }
    return batch.map((request) => decisions.get(request) ?? Exit.succeed(busy))
  })

  // Each account has its own queue, so that locked rows of one account do not delay the others.
  const scope = yield* Effect.scope
  const queues = new Map<string, Effect.Effect<GroupCommit.GroupCommit<SlotRequest, Decision, Failure>>>()
  const queueOf = (account: string) => {
    const known = queues.get(account)
    if (known !== undefined) return known
    const made = Effect.runSync(
      Effect.cached(
        GroupCommit.make<SlotRequest, Decision, Failure>({
          name: "governor",
          capacity: 16_384,
          maxBatch: 1024,
          writers: 1,
          run: takeBatch
        }).pipe(Scope.provide(scope))
      )
    )
    queues.set(account, made)
    return made
  }

  const release = (account: string, lease: string) => releaseAll(account, [lease])

  const take = (policy: GovernorPolicy, priority: Priority) =>
    Effect.suspend(() => {
      const request: SlotRequest = { policy, priority, lease: randomUUID(), isAbandoned: false, isGranted: false }
      const taken = Effect.flatMap(queueOf(policy.account), (queue) => queue.submit(request))
      if (policy.concurrency === null) return taken
      return Effect.onInterrupt(taken, () => {
        request.isAbandoned = true
        return request.isGranted
          ? Effect.forkDetach(Effect.ignore(release(policy.account, request.lease)))
          : Effect.void
      })
    }).pipe(Effect.withSpan("EspGovernor.take"))

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
})

const busy: Decision = { isGranted: false, waitMillis: busyMillis }

const rankOf = ({ priority }: SlotRequest) => (priority === "live" ? 0 : 1)

const numbers = new WeakMap<GovernorPolicy, number>()
let policies = 0

/**
 * A number that identifies the policy. The account does not: two of its connections may have different limits. A policy is one
 * object for as long as its connection exists.
 */
const numberOf = (policy: GovernorPolicy): number => {
  const known = numbers.get(policy)
  if (known !== undefined) return known
  numbers.set(policy, ++policies)
  return policies
}
