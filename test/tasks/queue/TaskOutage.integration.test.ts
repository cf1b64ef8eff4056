import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Latch, Layer, Redacted, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { readdirSync, readFileSync } from "node:fs"
import * as Sql from "../../../src/platform/postgres/Sql.ts"
import { layerWith } from "../../support/Settings.ts"
import { TaskSignals } from "../../../src/tasks/watch/TaskSignals.ts"
import { Tasks } from "../../../src/tasks/Tasks.ts"
import { databaseProxy } from "../../support/esp/FaultProxy.ts"
import { until, untilTrue } from "../../support/service/Service.ts"
import * as Engine from "../../support/tasks/Engine.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const plain = Engine.kindOf("plain")

describe("Tasks: trouble with the database", () => {
  it.live(
    "connections into the void are left: claims go on, and what ended meanwhile is stored in its first attempt",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const { proxy, through } = yield* databaseProxy(url)
        const begun: Array<unknown> = []
        let mayEnd = false
        const behaviour: Engine.Behaviour = (_, { input }) =>
          Effect.sync(() => begun.push(input)).pipe(
            Effect.andThen(input === "holds" ? untilTrue("it may end", () => mayEnd) : Effect.void),
            Effect.orDie,
            Effect.as("whole")
          )
        yield* Engine.started(through, [plain], behaviour, {
          DATABASE_DEADLINE: "1 second",
          TASK_POLL: "100 millis",
          TASK_LEASE: "1 minute"
        })
        const direct = yield* Layer.build(Engine.replica(url, [plain], behaviour, { WORKERS: "0" }))
        const held = yield* Effect.provide(Engine.submit(plain, "holds"), direct)
        yield* untilTrue("it has begun", () => begun.length === 1)
        yield* proxy.set("black-hole")
        const swallowed = proxy.received()
        yield* untilTrue("a claim is lost", () => proxy.received() > swallowed)
        mayEnd = true
        const late = yield* Effect.provide(Engine.submit(plain, "late"), direct)
        const sofar = proxy.received()
        yield* untilTrue("it asks on other connections", () => proxy.received() > sofar)
        yield* proxy.set("pass")
        for (const { id } of [held, late]) {
          const { attempts, content, status } = yield* Effect.provide(Engine.ended(id), direct)
          assert.deepStrictEqual([status, attempts, content], ["succeeded", 1, "whole"])
        }
        assert.deepStrictEqual(begun, ["holds", "late"])
      })
  )

  it.live(
    "an outage longer than the lease: what nobody else has claimed since goes on, and ends in its first attempt",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const { proxy, through } = yield* databaseProxy(url)
        const begun: Array<unknown> = []
        const left: Array<unknown> = []
        const may = new Set<unknown>()
        const behaviour: Engine.Behaviour = (kind, { input }) =>
          Effect.sync(() => begun.push([kind, input])).pipe(
            Effect.andThen(untilTrue("it may end", () => may.has(input))),
            Effect.orDie,
            Effect.andThen(Effect.sync(() => left.push(input))),
            Effect.as("whole")
          )
        // Several, as luck has it whether the loop that claims or the one that prolongs comes first. None knows another's kind.
        const kinds = ["a", "b", "c", "d"].map((name) => Engine.kindOf(name))
        for (const kind of kinds) {
          yield* Engine.started(through, [kind], behaviour, {
            DATABASE_DEADLINE: "300 millis",
            TASK_LEASE: "4 seconds"
          })
        }
        const direct = yield* Layer.build(Engine.replica(url, kinds, behaviour, { WORKERS: "0" }))
        const submitted = yield* Effect.forEach(
          kinds.flatMap((kind) => [[kind, "during"] as const, [kind, "after"] as const]),
          ([kind, input]) => Effect.provide(Engine.submit(kind, input), direct)
        )
        yield* untilTrue("all have begun", () => begun.length === submitted.length)
        yield* proxy.set("refuse")
        yield* until(
          "all leases have run out",
          Effect.map(Effect.provide(Engine.queued, direct), (rows) =>
            rows.every(({ isDue }) => isDue) ? true : undefined
          )
        )
        may.add("during")
        yield* untilTrue("half have done their work", () => left.length === kinds.length)
        yield* proxy.set("pass")
        const claims = yield* Effect.forEach(kinds, (kind) => Effect.provide(Engine.submit(kind, "after"), direct))
        yield* untilTrue("they claim again", () => begun.length >= submitted.length + claims.length)
        may.add("after")
        for (const { id } of [...submitted, ...claims]) {
          const { attempts, content, status } = yield* Effect.provide(Engine.ended(id), direct)
          assert.deepStrictEqual([status, attempts, content], ["succeeded", 1, "whole"])
        }
        assert.lengthOf(begun, submitted.length + claims.length)
      })
  )

  it.live("a listener on a connection into the void does not keep the service from stopping", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const { proxy, through } = yield* databaseProxy(url)
      const scope = yield* Scope.make()
      const heard = TaskSignals.layer.pipe(
        Layer.provideMerge(Sql.layer),
        Layer.provide(layerWith({ DATABASE_URL: Redacted.value(through) }))
      )
      const services = yield* Layer.buildWithScope(heard, scope)
      const sql = Context.get(services, SqlClient.SqlClient)
      yield* until(
        "it listens",
        Effect.map(
          sql`select from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
          (rows) => (rows.length > 0 ? true : undefined)
        )
      )
      yield* proxy.set("black-hole")
      const closed = yield* Effect.forkDetach(Scope.close(scope, Exit.void))
      yield* untilTrue("it has closed", () => closed.pollUnsafe() !== undefined)
    })
  )

  // Without keep-alives a listener would not notice that a firewall has dropped the connection. No test can make one do so.
  it.live.runIf(process.platform === "linux")(
    "the system asks whether the other end of an idle connection is still there",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        yield* Layer.build(Engine.replica(url, [plain], () => Effect.never, { WORKERS: "0" }))
        const to = `:${Number(new URL(Redacted.value(url)).port || 5432)
          .toString(16)
          .toUpperCase()
          .padStart(4, "0")}`
        // https://docs.kernel.org/networking/proc_net_tcp.html: state 1 is established, the timer 2 the one that probes.
        yield* untilTrue("it is asked", () =>
          readdirSync("/proc/net")
            .filter((name) => /^tcp6?$/.test(name))
            .flatMap((file) => readFileSync(`/proc/net/${file}`, "utf8").split("\n"))
            .map((line) => line.trim().split(/\s+/))
            .some(([, , remote, state, , timer]) => remote?.endsWith(to) && state === "01" && timer?.startsWith("02:"))
        )
      })
  )

  it.live("who cancels waits for a claim or an end that is under way without holding what that needs next", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { id } = yield* Engine.submit(plain)
      const background = yield* Sql.BackgroundSql
      const go = yield* Latch.make(false)
      // Forked out here, because in there it would be a part of the transaction.
      const cancelling = yield* Effect.forkDetach(
        Effect.andThen(
          go.await,
          Effect.flatMap(Tasks, (tasks) => tasks.cancel(id))
        )
      )
      yield* Effect.gen(function* () {
        // In the order of claims and ends: the queue's row first, then the task's.
        yield* sql`select from task_queue where task_id = ${id} for update`
        yield* go.open
        yield* until(
          "it waits",
          Effect.map(
            // Not in the transaction, in which this view would not change.
            background`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            (rows) => (rows.length > 0 ? true : undefined)
          )
        )
        yield* sql`select from task where id = ${id} for update nowait`
      }).pipe(sql.withTransaction)
      assert.strictEqual((yield* Fiber.join(cancelling)).status, "cancelled")
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null), { WORKERS: "0" })))
  )
})
