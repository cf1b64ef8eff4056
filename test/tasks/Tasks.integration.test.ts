import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, Exit, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { TaskId } from "../../src/tasks/Task.ts"
import { TaskFailure } from "../../src/tasks/TaskErrors.ts"
import { TaskQueue } from "../../src/tasks/TaskQueue.ts"
import { Tasks } from "../../src/tasks/Tasks.ts"
import * as TasksRepo from "../../src/tasks/TasksRepo.ts"
import { until } from "../support/service/Service.ts"
import * as Engine from "../support/tasks/Engine.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const plain = Engine.kindOf("plain")

/** What the task says of itself, in short. */
const short = (task: { status: string; attempts: number; errorCode: string | null; content: unknown }) => [
  task.status,
  task.attempts,
  task.errorCode,
  task.content
]

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

describe("Tasks: submission", () => {
  it.live("is worked on and keeps its content; the queue is empty then", () =>
    Effect.gen(function* () {
      const handed = yield* Engine.submit(plain, { a: [1, null, "é"] })
      assert.deepStrictEqual(short(handed), ["queued", 0, null, null])
      const task = yield* Engine.ended(handed.id)
      assert.deepStrictEqual(short(task), ["succeeded", 1, null, { got: { a: [1, null, "é"] } }])
      assert.isTrue(task.createdAt.epochMilliseconds <= task.startedAt!.epochMilliseconds)
      assert.isTrue(task.startedAt!.epochMilliseconds <= task.finishedAt!.epochMilliseconds)
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(Engine.layer([plain], (_, { input }) => Effect.succeed({ got: input }))))
  )

  it.live("a key is one task: the same request gets it again, another one is refused, in one batch and later", () =>
    Effect.gen(function* () {
      const together = yield* Effect.all(
        [Engine.submit(plain, 1, { key: "k" }), Engine.submit(plain, 1, { key: "k" })],
        { concurrency: "unbounded" }
      )
      assert.strictEqual(together[0].id, together[1].id)
      assert.strictEqual((yield* Engine.submit(plain, 1, { key: "k" })).id, together[0].id)
      assert.strictEqual(yield* tagOf(Engine.submit(plain, 2, { key: "k" })), "IdempotencyKeyReused")
      assert.strictEqual(yield* tagOf(Engine.submit(plain, 1, { key: "k", priority: "high" })), "IdempotencyKeyReused")
      const exits = yield* Effect.forEach([3, 4], (input) => Effect.exit(Engine.submit(plain, input, { key: "new" })), {
        concurrency: "unbounded"
      })
      assert.lengthOf(exits.filter(Exit.isSuccess), 1)
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null), { WORKERS: "0" })))
  )

  it.live("enlisted in a transaction it is there with it, or is not", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tasks = yield* Tasks
      const id = yield* sql.withTransaction(tasks.enlist({ kind: plain, input: 1 }))
      assert.strictEqual((yield* Engine.ended(id)).status, "succeeded")
      const undone = yield* Effect.exit(
        sql.withTransaction(Effect.andThen(tasks.enlist({ kind: plain, input: 2 }), Effect.fail("undone")))
      )
      assert.isTrue(Exit.isFailure(undone))
      assert.lengthOf(yield* tasks.list({ kind: null, status: null, since: null, limit: 10 }), 1)
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null))))
  )

  it.live("waits for its time", () =>
    Effect.gen(function* () {
      const runAt = DateTime.add(yield* DateTime.now, { milliseconds: 700 })
      const later = yield* Engine.submit(plain, 1, { runAt })
      const soon = yield* Engine.ended((yield* Engine.submit(plain, 2)).id)
      assert.strictEqual((yield* Effect.flatMap(Tasks, (tasks) => tasks.get(later.id))).status, "queued")
      const task = yield* Engine.ended(later.id)
      assert.isTrue(task.startedAt!.epochMilliseconds >= runAt.epochMilliseconds)
      assert.isTrue(soon.finishedAt!.epochMilliseconds < task.startedAt!.epochMilliseconds)
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null))))
  )
})

describe("Tasks: failures", () => {
  const outcomes: Engine.Behaviour = (_, { input, number }) => {
    switch (input) {
      case "final":
        return Effect.fail(TaskFailure.final("refused", "Not ever."))
      case "passing":
        return number < 3 ? Effect.fail(TaskFailure.passing("busy", "Not yet.")) : Effect.succeed("at last")
      case "always":
        return Effect.fail(TaskFailure.passing("busy", "Never."))
      case "defect":
        return Effect.die(new Error("secret"))
      case "silent":
        return Effect.uninterruptible(Effect.never)
      case "unstorable":
        return Effect.succeed("a\0b")
      default:
        return Effect.succeed(input)
    }
  }
  const kind = Engine.kindOf("fails", { timeout: "300 millis", retry: plain.retry })

  it.live("a permanent one ends the task, a passing one is tried again, and each ends with its code", () =>
    Effect.gen(function* () {
      const run = (input: string) => Effect.flatMap(Engine.submit(kind, input), ({ id }) => Engine.ended(id))
      const inputs = ["final", "passing", "always", "defect", "silent", "unstorable"]
      const tasks = yield* Effect.forEach(inputs, run, { concurrency: "unbounded" })
      assert.deepStrictEqual(tasks.map(short), [
        ["failed", 1, "refused", null],
        ["succeeded", 3, null, "at last"],
        ["failed", 3, "busy", null],
        ["failed", 3, "internal", null],
        ["failed", 3, "timeout", null],
        ["failed", 1, "content-refused", null]
      ])
      assert.notInclude(JSON.stringify(tasks), "secret")
      assert.deepStrictEqual(yield* Engine.queued, [])
    }).pipe(Effect.provide(Engine.layer([kind], outcomes)))
  )

  it.live("a wait that the integration named is kept to where it is longer than the kind's own", () =>
    Effect.gen(function* () {
      const starts: Array<number> = []
      const behaviour: Engine.Behaviour = () => {
        starts.push(performance.now())
        return starts.length === 1
          ? Effect.fail(TaskFailure.passing("busy", "Later.", Duration.millis(600)))
          : Effect.succeed(null)
      }
      yield* Effect.flatMap(Engine.submit(kind), ({ id }) => Engine.ended(id)).pipe(
        Effect.provide(Engine.layer([kind], behaviour))
      )
      assert.isAtLeast(starts[1]! - starts[0]!, 590)
      assert.isBelow(starts[1]! - starts[0]!, 2000)
    })
  )

  it.live("poison: an input that its kind no longer takes, a kind that nobody knows, a task that lost its place", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const insert = (kindName: string, at: string) =>
        Effect.gen(function* () {
          const id = uuidV7At(Date.now())
          yield* sql`
            insert into task (id, kind, status, priority, input, attempts, version, run_at, created_at, updated_at)
            values (${id}, ${kindName}, 'queued', 'normal', '"x"', 0, 1, now(), now(), now())`
          if (at !== "") {
            yield* sql`insert into task_queue (task_id, kind, priority, visible_at, attempts)
              values (${id}, ${kindName}, 1, now() + ${at}::interval, 0)`
          }
          return TaskId.make(id)
        })
      const strict = yield* insert("strict", "0 s")
      yield* Effect.sync(() => {})
      ;(yield* TaskQueue).nudge(["strict"])
      assert.deepStrictEqual(short(yield* Engine.ended(strict)), ["failed", 1, "input-refused", null])

      const [old, young] = [yield* insert("gone", "-20 min"), yield* insert("gone", "-1 min")]
      assert.deepStrictEqual(yield* repo.findUnknown(["strict"], 600), [{ kind: "gone", next: old }])
      assert.deepStrictEqual(yield* repo.findUnknown(["strict", "gone"], 600), [])
      // Another replica, of another version, works on them.
      yield* sql`update task_queue set lock = gen_random_uuid(), visible_at = now() + interval '1 minute' where task_id = ${young}`
      assert.deepStrictEqual(yield* repo.findUnknown(["strict"], 600), [])
      yield* sql`update task_queue set lock = null, visible_at = now() where task_id = ${young}`
      assert.strictEqual(yield* repo.failUnknown(["gone"], 600, "Nobody."), 1)
      assert.deepStrictEqual(short(yield* Engine.ended(old)), ["failed", 0, "unknown-kind", null])
      assert.strictEqual((yield* Effect.flatMap(Tasks, (tasks) => tasks.get(young))).status, "queued")

      const lost = yield* insert("strict", "")
      const { restored } = yield* repo.restoreLost("00000000-0000-0000-0000-000000000000", 5000)
      assert.isAtMost(restored, 1)
      assert.strictEqual((yield* repo.restoreLost("00000000-0000-0000-0000-000000000000", 5000)).restored, 0)
      assert.strictEqual((yield* Engine.ended(lost)).errorCode, "input-refused")
    }).pipe(
      Effect.provide(Engine.layer([Engine.kindOf("strict", { input: Engine.number })], () => Effect.succeed(null)))
    )
  )
})

describe("Tasks: cancelling, retrying, forgetting", () => {
  it.live("stops what runs, takes what waits out of the queue, and says so again", () =>
    Effect.gen(function* () {
      const tasks = yield* Tasks
      const running = yield* Engine.submit(plain, "hang")
      yield* Engine.untilTasks("it runs", ([task]) => task?.status === "running")
      const waiting = yield* Engine.submit(plain, "wait", { runAt: DateTime.add(yield* DateTime.now, { hours: 1 }) })
      const asked = performance.now()
      for (const { id } of [running, waiting]) {
        assert.strictEqual((yield* tasks.cancel(id)).status, "cancelled")
        assert.strictEqual((yield* tasks.cancel(id)).status, "cancelled")
      }
      yield* until(
        "the attempt is interrupted",
        Effect.sync(() => (interrupted.length > 0 ? true : undefined))
      )
      assert.isBelow(performance.now() - asked, 1000)
      assert.deepStrictEqual(yield* Engine.queued, [])
      const done = yield* Engine.ended((yield* Engine.submit(plain, "done")).id)
      assert.strictEqual(yield* tagOf(tasks.cancel(done.id)), "TaskFinished")
      assert.strictEqual(yield* tagOf(tasks.cancel(TaskId.make(uuidV7At(0)))), "TaskNotFound")
      // And again, from the first attempt on.
      assert.deepStrictEqual(short(yield* tasks.retry(waiting.id)), ["queued", 0, null, null])
      assert.deepStrictEqual(short(yield* Engine.ended(waiting.id)), ["succeeded", 1, null, "wait"])
      assert.strictEqual(yield* tagOf(tasks.retry(waiting.id)), "TaskNotRetryable")
    }).pipe(
      Effect.provide(
        Engine.layer([plain], (_, { input }) =>
          input === "hang"
            ? Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted.push(1)))
            : Effect.succeed(input)
        )
      )
    )
  )
  const interrupted: Array<number> = []

  it.live("forgets what has been over for long, with its key, and nothing else", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* TasksRepo.make
      const age = Effect.fnUntraced(function* (key: string, isOver: boolean) {
        const { id } = yield* Engine.submit(plain, null, {
          key,
          ...(isOver ? {} : { runAt: DateTime.makeUnsafe("2100-01-01") })
        })
        if (isOver) yield* Engine.ended(id)
        const aged = uuidV7At(Date.now() - 40 * 86_400_000)
        yield* sql`update task set id = ${aged}::uuid, finished_at = finished_at - interval '35 days' where id = ${id}`
        return aged
      })
      yield* age("over", true)
      const open = yield* age("open", false)
      const young = yield* Engine.submit(plain, null, { key: "young" })
      yield* Engine.ended(young.id)
      assert.strictEqual(yield* repo.forget(new Date(Date.now() - 30 * 86_400_000), 100), 1)
      const left = yield* Effect.flatMap(Tasks, (tasks) =>
        tasks.list({ kind: null, status: null, since: null, limit: 10 })
      )
      assert.deepStrictEqual(
        left.map(({ id }) => String(id)),
        [young.id, open]
      )
      assert.notStrictEqual((yield* Engine.submit(plain, null, { key: "over" })).status, "succeeded")
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null))))
  )
})

describe("Tasks: who is next", () => {
  it.live("a backlog of one kind does not delay another; high goes before normal, then the oldest", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const [bulk, rare] = [Engine.kindOf("bulk"), Engine.kindOf("rare")]
      const order: Array<string> = []
      const kinds = [bulk, rare]
      const idle = Layer.fresh(Engine.replica(url, kinds, () => Effect.succeed(null), { WORKERS: "0" }))
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        for (let place = 0; place < 3; place++) yield* Engine.submit(bulk, `bulk ${place}`)
        yield* Engine.submit(bulk, "bulk high", { priority: "high" })
        yield* sql`
          with added as (
            insert into task (id, kind, status, priority, input, attempts, version, run_at, created_at, updated_at)
            select ('01900000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid, 'bulk', 'queued', 'normal', '"more"', 0, 1, now(), now(), now()
            from generate_series(1, 20000) as number returning id
          )
          insert into task_queue (task_id, kind, priority, visible_at, attempts) select id, 'bulk', 1, now(), 0 from added`
        for (let place = 0; place < 3; place++) yield* Engine.submit(rare, `rare ${place}`)
      }).pipe(Effect.provide(idle))
      const enough = yield* Deferred.make<void>()
      const behaviour: Engine.Behaviour = (_, { input }) =>
        Effect.suspend(() => {
          order.push(String(input))
          return order.length < 12
            ? Effect.succeed(null)
            : Effect.andThen(Deferred.succeed(enough, undefined), Effect.never)
        })
      yield* Deferred.await(enough).pipe(Effect.provide(Engine.replica(url, kinds, behaviour, { WORKERS: "1" })))
      const places = (word: string) => order.flatMap((one, place) => (one.startsWith(word) ? [place] : []))
      assert.deepStrictEqual(
        order.filter((one) => one.startsWith("bulk")),
        ["bulk high", "bulk 0", "bulk 1", "bulk 2"]
      )
      assert.deepStrictEqual(
        order.filter((one) => one.startsWith("rare")),
        ["rare 0", "rare 1", "rare 2"]
      )
      assert.isBelow(places("rare").at(-1)!, 7, "turn by turn")
    })
  )

  it.live("workers that are free at once are shared among the kinds, whichever came first", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const [first, second] = [Engine.kindOf("first"), Engine.kindOf("second")]
      yield* Effect.forEach([first, first, first, first, second, second, second, second], (kind) =>
        Engine.submit(kind)
      ).pipe(Effect.provide(Engine.replica(url, [first, second], () => Effect.never, { WORKERS: "0" })))
      const begun: Array<string> = []
      const behaviour: Engine.Behaviour = (kind) => {
        begun.push(kind)
        return Effect.never
      }
      yield* until(
        "four are begun",
        Effect.sync(() => (begun.length >= 4 ? true : undefined))
      ).pipe(
        Effect.provide(Engine.replica(url, [first, second], behaviour, { WORKERS: "4", SHUTDOWN_GRACE: "1 millis" }))
      )
      assert.deepStrictEqual(begun.toSorted(), ["first", "first", "second", "second"])
    })
  )

  it.live("a kind's limit holds over two replicas, and those without one do not wait for it", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const [narrow, wide] = [Engine.kindOf("narrow", { concurrency: 3 }), Engine.kindOf("wide")]
      let [now, most, done] = [0, 0, 0]
      const behaviour: Engine.Behaviour = (kind) =>
        kind === "wide"
          ? Effect.succeed(null)
          : Effect.gen(function* () {
              most = Math.max(most, ++now)
              yield* Effect.sleep("5 millis")
              now--
              done++
              return null
            })
      const env = { WORKERS: "8" }
      const [one, other] = yield* Effect.all([
        Layer.build(Engine.replica(url, [narrow, wide], behaviour, env)),
        Layer.build(Engine.replica(url, [narrow, wide], behaviour, env))
      ])
      const many = (kind: typeof narrow, count: number) =>
        Effect.forEach(Array.from({ length: count }), () => Engine.submit(kind), { concurrency: "unbounded" })
      const submitted = yield* Effect.all(
        [
          Effect.provide(many(narrow, 60), one),
          Effect.provide(many(wide, 60), other),
          Effect.provide(many(narrow, 60), other)
        ],
        { concurrency: "unbounded" }
      )
      yield* Effect.forEach(submitted.flat(), ({ id }) => Effect.provide(Engine.ended(id), one), {
        concurrency: "unbounded"
      })
      assert.strictEqual(done, 120)
      assert.strictEqual(most, 3)
    })
  )
})

describe("Tasks: several replicas", () => {
  it.live("a task handed in where nobody works begins at once where somebody does; a lost listener comes again", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      // Looks so seldom by itself that what begins was told of.
      const env = { TASK_POLL: "10 minutes" }
      const api = yield* Layer.build(Engine.replica(url, [plain], () => Effect.succeed(null), { WORKERS: "0", ...env }))
      const worker = yield* Layer.build(Engine.replica(url, [plain], () => Effect.succeed(null), env))
      const round = Effect.gen(function* () {
        const { id } = yield* Engine.submit(plain)
        return yield* Engine.ended(id)
      }).pipe(Effect.provide(api))
      yield* round
      const began = performance.now()
      yield* round
      assert.isBelow(performance.now() - began, 1000)
      const sql = yield* Effect.provide(SqlClient.SqlClient, worker)
      yield* sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query ilike 'listen%'`
      yield* until(
        "both listen again",
        Effect.map(
          sql`select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
          (rows) => (rows.length >= 2 ? true : undefined)
        )
      )
      assert.strictEqual((yield* round).status, "succeeded")
    })
  )

  it.live("without a listener the polling finds work, and the sweep finds what changed", () =>
    Effect.gen(function* () {
      const { id } = yield* Engine.submit(plain, 1, { runAt: DateTime.makeUnsafe("2100-01-01") })
      const sql = yield* SqlClient.SqlClient
      const waiting = yield* Effect.forkChild(Engine.ended(id))
      yield* sql`update task_queue set visible_at = now()`
      assert.strictEqual((yield* Fiber.join(waiting)).status, "succeeded")
    }).pipe(Effect.provide(Engine.layer([plain], () => Effect.succeed(null), { TASK_POLL: "50 millis" })))
  )

  it.live("a stopping replica gives what runs the grace, then gives it back uncounted", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const begun: Array<string> = []
      const behaviour: Engine.Behaviour = (_, { input }) =>
        Effect.suspend(() => {
          begun.push(String(input))
          if (begun.length > 2) return Effect.succeed("again")
          return input === "short" ? Effect.as(Effect.sleep("200 millis"), "whole") : Effect.never
        })
      const ids = yield* Effect.gen(function* () {
        const submitted = [yield* Engine.submit(plain, "short"), yield* Engine.submit(plain, "long")]
        yield* until(
          "both run",
          Effect.sync(() => (begun.length === 2 ? true : undefined))
        )
        return submitted.map(({ id }) => id)
      }).pipe(Effect.provide(Engine.replica(url, [plain], behaviour, { SHUTDOWN_GRACE: "600 millis" })))
      const tasks = yield* Effect.forEach(ids, Engine.ended).pipe(
        Effect.provide(Engine.replica(url, [plain], behaviour))
      )
      assert.deepStrictEqual(tasks.map(short), [
        ["succeeded", 1, null, "whole"],
        ["succeeded", 1, null, "again"]
      ])
    })
  )

  it.live("a task that runs for longer than its lease stays with the replica that prolongs it", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const env = { TASK_LEASE: "400 millis", TASK_POLL: "50 millis" }
      const slow: Engine.Behaviour = () => Effect.as(Effect.sleep("1500 millis"), "whole")
      const one = yield* Layer.build(Engine.replica(url, [plain], slow, env))
      yield* Layer.build(Engine.replica(url, [plain], slow, env))
      const submitted = yield* Effect.provide(Engine.submit(plain), one)
      assert.deepStrictEqual(short(yield* Effect.provide(Engine.ended(submitted.id), one)), [
        "succeeded",
        1,
        null,
        "whole"
      ])
    })
  )

  it.live("what died on its last attempt has crashed; what did not is taken over when the lease runs out", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [once, thrice] = [Engine.kindOf("once", { attempts: 1 }), plain]
      const runAt = DateTime.makeUnsafe("2100-01-01")
      const submitted = [yield* Engine.submit(once, 1, { runAt }), yield* Engine.submit(thrice, 1, { runAt })]
      // As a process leaves it that was killed.
      yield* sql`update task set status = 'running', attempts = 1, started_at = now()`
      yield* sql`update task_queue set attempts = 1, lock = gen_random_uuid(), visible_at = now() + interval '300 milliseconds'`
      const tasks = yield* Effect.forEach(submitted, ({ id }) => Engine.ended(id))
      assert.deepStrictEqual(tasks.map(short), [
        ["failed", 1, "crashed", null],
        ["succeeded", 2, null, null]
      ])
    }).pipe(
      Effect.provide(
        Layer.unwrap(
          Effect.map(TestDatabase.makeUrl, (url) =>
            Engine.replica(url, [Engine.kindOf("once", { attempts: 1 }), plain], () => Effect.succeed(null), {
              TASK_POLL: "100 millis"
            })
          )
        )
      )
    )
  )
})
