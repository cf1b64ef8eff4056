import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { created, EspClient, plain } from "../../../src/esp/EspClient.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"
import { layerWith } from "../../support/Settings.ts"
import { EspGovernor } from "../../../src/esp/governor/EspGovernor.ts"
import * as EspGovernorRepo from "../../../src/esp/governor/EspGovernorRepo.ts"
import { bucket, type GovernorPolicy, slicesPerWindow } from "../../../src/esp/governor/GovernorPolicy.ts"
import { espGovernorSuite } from "../../support/esp/EspGovernorSuite.ts"
import { held } from "../../support/service/Held.ts"
import { until } from "../../support/service/Service.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

/** Lets time pass: moves the stored times into the past, because the database's clock cannot be set. */
const advance = (millis: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`
      update esp_governor set
        newest = case when bucket = '' then newest else newest - ${millis} / slice_millis end,
        closed_until = closed_until - make_interval(secs => ${millis / 1000}),
        leases = (select coalesce(jsonb_object_agg(key, value::bigint - ${millis}::bigint), '{}') from jsonb_each(leases))`
  }).pipe(Effect.orDie)

espGovernorSuite("PostgreSQL", {
  layer: EspGovernor.layer.pipe(Layer.provideMerge(TestDatabase.layer)),
  advance
})

const replica = Layer.fresh(EspGovernor.layer)
const policy = { account: "shared", buckets: [bucket("hour", 40, "1 hour")], concurrency: null }

const taken = (count: number, priority: "live" | "background" = "live") =>
  Effect.gen(function* () {
    const governor = yield* EspGovernor
    const slots = yield* Effect.all(
      Array.from({ length: count }, () => governor.take(policy, priority)),
      { concurrency: "unbounded" }
    )
    return slots.filter(({ _tag }) => _tag === "Slot").length
  })

/** Lets a statement for `first` wait for a lock, so that further requests for the account share the next statement. */
const behindAnother = Effect.fnUntraced(function* (first: GovernorPolicy) {
  const url = yield* TestDatabase.makeUrl
  const context = yield* Layer.build(TestDatabase.clientLayer(url))
  return yield* Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { release, take } = yield* EspGovernorRepo.make(sql)
    const lock = yield* held(url, (sql) => sql`lock table esp_governor in access exclusive mode`)
    const asked = yield* Effect.forkChild(Effect.exit(take(first, "live")), { startImmediately: true })
    yield* until(
      "the statement waits",
      Effect.map(sql`select from pg_locks where not granted`, (rows) => (rows.length > 0 ? true : undefined))
    )
    return { asked, release, take, unlock: lock.release }
  }).pipe(Effect.provide(context))
})

describe("EspGovernor on PostgreSQL", () => {
  it.live("of those that share a statement, whoever waits for a play goes first", () =>
    Effect.gen(function* () {
      const only = { account: "queue", buckets: [bucket("hour", 1, "1 hour")], concurrency: null }
      const { take, unlock } = yield* behindAnother({ ...only, buckets: [bucket("day", 9, "1 day")] })
      const fibers = yield* Effect.forEach(["background", "live"] as const, (priority) =>
        Effect.forkChild(take(only, priority), { startImmediately: true })
      )
      yield* unlock
      assert.deepStrictEqual(
        (yield* Fiber.joinAll(fibers)).map(({ isGranted }) => isGranted),
        [false, true]
      )
    })
  )

  it.live("a place that was granted to somebody who has given up meanwhile is free again at once", () =>
    Effect.gen(function* () {
      const only = { account: "places", buckets: [], concurrency: { limit: 1, hold: Duration.hours(1) } }
      const { asked, release, take, unlock } = yield* behindAnother(only)
      yield* Fiber.interrupt(asked)
      yield* unlock
      const next = yield* take(only, "live")
      assert.isTrue(next.isGranted)
      assert.isFalse((yield* take(only, "live")).isGranted, "there is one")
      if (next.isGranted && next.lease !== null) yield* release(only.account, next.lease)
      assert.isTrue((yield* take(only, "live")).isGranted)
    })
  )

  it.live("holds up no live attempt of the guard for longer than its budget", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const connection = { ...plain(() => Effect.succeed(created())), governor: policy }
      const guard = EspGuard.layer.pipe(
        Layer.provide(Layer.succeed(EspClient, EspClient.dispatch(new Map([["sandbox", connection]])))),
        Layer.provide(layerWith({})),
        Layer.provideMerge(replica)
      )
      const locked = yield* Deferred.make<void>()
      const attempt = yield* Effect.gen(function* () {
        const { attempt } = yield* EspGuard
        const contact = contactOf("nora@shop.example")
        yield* attempt(contact, { unresolved: false, priority: "live" })
        yield* Deferred.await(locked)
        const times: Array<number> = []
        for (let count = 0; count < 5; count++) {
          const started = performance.now()
          assert.deepStrictEqual(yield* attempt(contact, { unresolved: false, priority: "live" }), created())
          times.push(performance.now() - started)
        }
        return times.toSorted((a, b) => a - b)
      }).pipe(Effect.provide(guard), Effect.forkChild)
      const times = yield* Effect.gen(function* () {
        yield* sql`lock table esp_governor in access exclusive mode`
        yield* Deferred.succeed(locked, undefined)
        return yield* Fiber.join(attempt)
      }).pipe(sql.withTransaction)
      // Not all of them, because a machine may freeze for a moment.
      assert.isBelow(times[2]!, 500)
    }).pipe(Effect.provide(TestDatabase.layer))
  )

  it.live("counts what another replica takes at this moment: nobody judges an account while somebody else does", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [known, held] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      // Forked before the transaction begins: inside it, the fiber would use the connection that locks the rows.
      const other = yield* Effect.gen(function* () {
        yield* taken(1, "background")
        yield* Deferred.succeed(known, undefined)
        yield* Deferred.await(held)
        return yield* taken(1, "background")
      }).pipe(Effect.provide(replica), Effect.forkChild)
      yield* Deferred.await(known)
      yield* Effect.gen(function* () {
        yield* sql`
          update esp_governor set slices[${slicesPerWindow + 1}] = 40 where account = ${policy.account} and bucket = 'hour'`
        yield* Deferred.succeed(held, undefined)
        // If the machine freezes, the other replica may have timed out by then.
        yield* sql`select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`.pipe(
          Effect.repeat({
            until: (waiting) => waiting.length > 0 || other.pollUnsafe() !== undefined,
            schedule: Schedule.spaced("5 millis")
          })
        )
      }).pipe(sql.withTransaction)
      assert.strictEqual(yield* Fiber.join(other), 0)
    }).pipe(Effect.provide(TestDatabase.layer))
  )

  it.live("gives each slot once to replicas that ask at the same time", () =>
    Effect.gen(function* () {
      // `background`, because on a busy machine a process counts live attempts on its own. The background gets four fifths.
      assert.strictEqual(yield* taken(1, "background").pipe(Effect.provide(replica)), 1)
      const counts = yield* Effect.all(
        Array.from({ length: 4 }, () => taken(30, "background").pipe(Effect.provide(replica))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(
        counts.reduce((total, count) => total + count, 0),
        31
      )
    }).pipe(Effect.provide(TestDatabase.layer))
  )

  it.live(
    "lets a live attempt go on by itself when the database does not answer in time, and the background wait",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const locked = yield* Deferred.make<void>()
        // Forked before the transaction begins: inside it, the fiber would use the connection that holds the lock.
        const attempts = yield* Effect.gen(function* () {
          yield* taken(1, "background")
          yield* Deferred.await(locked)
          return yield* Effect.all([taken(50, "live"), taken(2, "background")], { concurrency: 2 })
        }).pipe(Effect.provide(replica), Effect.forkChild)
        const counts = yield* Effect.gen(function* () {
          yield* sql`lock table esp_governor in access exclusive mode`
          yield* Deferred.succeed(locked, undefined)
          return yield* Fiber.join(attempts)
        }).pipe(sql.withTransaction)
        assert.deepStrictEqual(counts, [40, 0])
      }).pipe(Effect.provide(TestDatabase.layer))
  )
})
