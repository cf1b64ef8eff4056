import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, type Duration, Effect, Exit, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { BackgroundSql } from "../../../src/platform/postgres/Sql.ts"
import { layerWith } from "../../support/Settings.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import type { TaskCallback } from "../../../src/tasks/callbacks/TaskCallback.ts"
import { TaskCallbacks } from "../../../src/tasks/callbacks/TaskCallbacks.ts"
import { channel } from "../../../src/tasks/queue/TaskQueueRepo.ts"
import { TaskSignals } from "../../../src/tasks/watch/TaskSignals.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const env = { PUBLIC_URL: "https://play.example/" }

/** The callbacks of one replica; a waiting attempt looks for itself only so often. */
const replica = (poll: Duration.Input, more: Record<string, string> = {}) =>
  Effect.map(
    Layer.build(
      Layer.fresh(TaskCallbacks.layerPolling(poll).pipe(Layer.provide(TaskSignals.layer))).pipe(
        Layer.provide(Layer.effect(BackgroundSql, PgClient.PgClient)),
        Layer.provide(layerWith({ ...env, ...more }))
      )
    ),
    (context) => Effect.provide(TaskCallbacks, context)
  ).pipe(Effect.flatten)

const content = (text: string): TaskCallback => ({ content: { text } })
const failure = (retry: boolean): TaskCallback => ({ failure: { detail: "no card", retry } })

const tokenOf = (url: string) => new URL(url).searchParams.get("token")!
const newTask = () => uuidV7At(Date.now())
const tagOf = <E extends { readonly _tag: string }>(effect: Effect.Effect<unknown, E>) =>
  Effect.match(effect, { onFailure: ({ _tag }) => _tag, onSuccess: () => "taken" })

/** The replicas end before their database does. */
const withDatabase = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(Effect.scoped(effect), TestDatabase.layer)

describe("TaskCallbacks", () => {
  it.live("takes one call at an address, and refuses all others", () =>
    Effect.gen(function* () {
      const callbacks = yield* replica("1 hour")
      const [taskId, another] = [newTask(), newTask()]
      const url = yield* callbacks.open({ taskId, attempt: 1 })
      assert.isTrue(url.startsWith(`https://play.example/api/v1/tasks/${taskId}/callback?token=`))
      const token = tokenOf(url)
      const call = (id: string, given: string) => tagOf(callbacks.receive(id, given, content("Emil")))

      assert.strictEqual(yield* call(another, token), "CallbackForged")
      assert.strictEqual(yield* call(taskId, `${token.slice(0, -2)}AA`), "CallbackForged")
      assert.strictEqual(yield* call(taskId, token), "taken")
      assert.strictEqual(yield* call(taskId, token), "CallbackUsed")
      assert.deepStrictEqual((yield* callbacks.find({ taskId, attempt: 1 }))?.outcome, content("Emil"))
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from task_callback`
      assert.strictEqual(yield* call(taskId, token), "CallbackNotFound")
    }).pipe(withDatabase)
  )

  it.live("takes one of many calls that are made at once", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* replica("1 hour"), yield* replica("1 hour")]
      const taskId = newTask()
      const token = tokenOf(yield* one.open({ taskId, attempt: 1 }))
      const tags = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, index) => index),
        (index) => tagOf((index % 2 === 0 ? one : two).receive(taskId, token, content(`${index}`))),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        tags.filter((tag) => tag === "taken"),
        1
      )
      assert.lengthOf(
        tags.filter((tag) => tag === "CallbackUsed"),
        19
      )
    }).pipe(withDatabase)
  )

  it.live("refuses an address after a day, and then removes it", () =>
    Effect.gen(function* () {
      const callbacks = yield* replica("1 hour")
      const sql = yield* SqlClient.SqlClient
      const taskId = newTask()
      const token = tokenOf(yield* callbacks.open({ taskId, attempt: 1 }))
      const later = (days: number) => Date.now() + days * 86_400_000 + 10_000
      const at = <A, E>(effect: Effect.Effect<A, E>, moment: number) =>
        Effect.clockWith((clock) =>
          Effect.provideService(
            effect,
            Clock.Clock,
            Object.assign(Object.create(clock) as Clock.Clock, {
              currentTimeMillis: Effect.succeed(moment),
              currentTimeMillisUnsafe: () => moment
            })
          )
        )
      assert.strictEqual(yield* at(tagOf(callbacks.receive(taskId, token, content("x"))), later(1)), "CallbackExpired")
      assert.strictEqual(yield* at(callbacks.sweep, later(1)), 0)
      yield* sql`
        insert into task_callback (task_id, nonce, attempt, expires_at)
        select task_id, n::text, 1, expires_at from task_callback, generate_series(1, 5000) n`
      // Many of them take several statements.
      assert.strictEqual(yield* at(callbacks.sweep, later(2)), 5000)
      assert.strictEqual(yield* at(callbacks.sweep, later(2)), 1)
      assert.deepStrictEqual(yield* sql`select * from task_callback`, [])
    }).pipe(withDatabase)
  )

  it.live("wakes the attempt that waits on another replica, by a notice", () =>
    Effect.gen(function* () {
      const [waiting, called] = [yield* replica("1 hour"), yield* replica("1 hour")]
      const sql = yield* SqlClient.SqlClient
      const taskId = newTask()
      const token = tokenOf(yield* waiting.open({ taskId, attempt: 1 }))
      const fiber = yield* Effect.forkChild(waiting.arrival({ taskId, attempt: 1 }))
      yield* isListening(sql)
      yield* called.receive(taskId, token, content("Emil"))
      assert.deepStrictEqual((yield* Fiber.join(fiber)).outcome, content("Emil"))
    }).pipe(withDatabase)
  )

  it.live("is found by looking where the notice is lost, and hears again after its connection broke", () =>
    Effect.gen(function* () {
      const [slow, quick] = [yield* replica("1 hour"), yield* replica("20 millis")]
      const sql = yield* SqlClient.SqlClient
      const [first, second] = [newTask(), newTask()]
      const tokens = [
        tokenOf(yield* quick.open({ taskId: first, attempt: 1 })),
        tokenOf(yield* slow.open({ taskId: second, attempt: 1 }))
      ] as const
      const looking = yield* Effect.forkChild(quick.arrival({ taskId: first, attempt: 1 }))
      // As a replica would whose notice nobody hears.
      yield* sql`
        update task_callback set outcome = ${JSON.stringify(content("looked"))}::jsonb, received_at = now()
        where task_id = ${first}`
      assert.deepStrictEqual((yield* Fiber.join(looking)).outcome, content("looked"))
      assert.isString(tokens[0])

      const hearing = yield* Effect.forkChild(slow.arrival({ taskId: second, attempt: 1 }))
      const pids = yield* isListening(sql, 2)
      // Waits for their end: what is said from now on is heard by nobody.
      for (const pid of pids) yield* sql`select pg_terminate_backend(${pid}, 5000)`
      yield* quick.receive(second, tokens[1], content("heard"))
      assert.deepStrictEqual((yield* Fiber.join(hearing)).outcome, content("heard"))
    }).pipe(withDatabase)
  )

  it.live("is waited for while the database does not answer", () =>
    Effect.gen(function* () {
      const callbacks = yield* replica("1 millis", { DATABASE_DEADLINE: "20 millis" })
      const patient = yield* replica("1 hour")
      const sql = yield* SqlClient.SqlClient
      const taskId = newTask()
      const token = tokenOf(yield* patient.open({ taskId, attempt: 1 }))
      const locked = yield* Deferred.make<void>()
      const over = yield* Deferred.make<void>()
      const lock = yield* sql`lock table task_callback in access exclusive mode`.pipe(
        Effect.andThen(Deferred.succeed(locked, undefined)),
        Effect.andThen(Deferred.await(over)),
        sql.withTransaction,
        Effect.forkChild
      )
      yield* Deferred.await(locked)
      const waiting = yield* Effect.forkChild(callbacks.arrival({ taskId, attempt: 1 }))
      // The second look hangs: the first has been given up.
      yield* sql`
        select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query ilike '%from task_callback%'`.pipe(
        Effect.repeat({ until: (looks) => looks.length >= 2 })
      )
      yield* Deferred.succeed(over, undefined)
      yield* Fiber.join(lock)
      yield* patient.receive(taskId, token, content("Emil"))
      assert.deepStrictEqual((yield* Fiber.join(waiting)).outcome, content("Emil"))
    }).pipe(withDatabase)
  )

  it.live("lets an attempt see what an earlier one did not live to see", () =>
    Effect.gen(function* () {
      const callbacks = yield* replica("1 hour")
      const taskId = newTask()
      const bring = (attempt: number, outcome: TaskCallback) =>
        Effect.flatMap(callbacks.open({ taskId, attempt }), (url) => callbacks.receive(taskId, tokenOf(url), outcome))
      const found = (attempt: number) => Effect.map(callbacks.find({ taskId, attempt }), (arrival) => arrival?.outcome)

      assert.isUndefined(yield* found(1))
      yield* bring(1, failure(true))
      assert.deepStrictEqual(yield* found(1), failure(true))
      // It spoke of the first attempt only.
      assert.isUndefined(yield* found(2))
      yield* bring(2, failure(false))
      assert.deepStrictEqual(yield* found(3), failure(false))
      const arrival = yield* callbacks.arrival({ taskId, attempt: 3 })
      yield* callbacks.spend(taskId, arrival.nonce)
      assert.isUndefined(yield* found(3))
      yield* bring(3, content("Emil"))
      assert.deepStrictEqual(yield* found(4), content("Emil"))
    }).pipe(withDatabase)
  )

  it.live("signs with one key on all replicas, and forgets whoever waits no more", () =>
    Effect.gen(function* () {
      const replicas = yield* Effect.forEach([1, 2, 3, 4], () => replica("1 hour"))
      const taskId = newTask()
      const urls = yield* Effect.forEach(replicas, ({ open }) => open({ taskId, attempt: 1 }), {
        concurrency: "unbounded"
      })
      for (const [index, url] of urls.entries()) {
        const other = replicas[(index + 1) % replicas.length]!
        assert.strictEqual(yield* tagOf(other.receive(taskId, tokenOf(url), content("x"))), "taken")
      }
      const unanswered = newTask()
      const exit = yield* Effect.exit(
        Effect.timeout(replicas[0]!.arrival({ taskId: unanswered, attempt: 1 }), "20 millis")
      )
      assert.isTrue(Exit.isFailure(exit))
    }).pipe(withDatabase)
  )
})

/** Waits until so many replicas listen, and gives which. */
const isListening = (sql: SqlClient.SqlClient, replicas = 1) =>
  sql<{ readonly pid: number }>`
    select pid from pg_stat_activity
    where datname = current_database() and query ilike ${`listen%${channel}%`}`.pipe(
    Effect.map((rows) => rows.map(({ pid }) => pid)),
    Effect.repeat({ until: (pids) => pids.length >= replicas })
  )
