import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { nilUuid, uuidV7At } from "../../../src/platform/Ids.ts"
import { BackgroundSql } from "../../../src/platform/postgres/Sql.ts"
import * as TaskQueueRepo from "../../../src/tasks/queue/TaskQueueRepo.ts"
import * as TasksRepo from "../../../src/tasks/TasksRepo.ts"
import * as Engine from "../../support/tasks/Engine.ts"

const kinds = ["limited", "plain"].map((name) => Engine.kindOf(name))

const decodeRead = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ read: Schema.Int })]))

describe("TaskQueueRepo", () => {
  it.live("statements that were planned on an empty queue read only their own rows of a full one", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const queue = yield* BackgroundSql
      const repo = TaskQueueRepo.make(queue)
      const tasks = yield* TasksRepo.make

      /** Rows of both tables that this transaction has read. */
      const read = queue`
        select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as read
        from pg_stat_xact_user_tables where relname in ('task', 'task_queue')`.pipe(
        Effect.flatMap(decodeRead),
        Effect.map(([row]) => row.read)
      )

      /** Claims ten of each kind, with all that follows. */
      const round = Effect.gen(function* () {
        const lock = randomUUID()
        const options = {
          wanted: [{ kind: "plain", running: 0, room: 10, limit: null }],
          watched: ["limited"],
          free: 10,
          lock,
          leaseSeconds: 20
        }
        const { claimed, waiting } = yield* repo.claim(options)
        const limited = yield* repo.claimLimited({
          ...options,
          wanted: [{ kind: "limited", running: 0, room: 10, limit: 10 }],
          watched: []
        })
        const mine = [...claimed, ...limited.claimed]
        const kept = yield* repo.renew(
          mine.map(({ id }) => ({ id, lock })),
          20
        )
        yield* repo.report(
          mine.map(({ attempts, id }) => ({ id, attempts, progress: { fraction: 0.5, message: "half" } }))
        )
        const ended = yield* repo.end(
          mine.map(({ id }, place) => ({
            id,
            lock,
            status: place % 2 === 0 ? "succeeded" : "queued",
            content: place % 2 === 0 ? "null" : null,
            errorCode: null,
            errorDetail: null,
            delay: place % 2 === 0 ? null : 60,
            isCounted: true
          }))
        )
        yield* tasks.restoreLost(nilUuid, 20)
        yield* tasks.findUnknown(["plain"], 600)
        yield* tasks.failUnknown(["limited"], 600, "no such kind")
        return [claimed.length, limited.claimed.length, kept.length, ended.length, waiting]
      })

      const submission = (kind: string, key: string | null = null) => ({
        id: uuidV7At(Date.now()),
        kind,
        priority: "normal" as const,
        input: "null",
        runAt: null,
        key,
        requestHash: key === null ? null : new Uint8Array(32),
        trace: null
      })

      /** The statements for one task, or a few. */
      const single = Effect.gen(function* () {
        const [first, second] = [submission("plain", "first"), submission("plain", "second")]
        const added = yield* tasks.insert([first, second])
        yield* tasks.insert([first, submission("plain", "first")])
        const earlier = yield* tasks.findEarlier([first, submission("plain", "second")])
        const cancelled = yield* tasks.cancel(first.id)
        yield* repo.offer(second.id, "plain", 0)
        const over = yield* tasks.cancel(second.id)
        return [added.length, earlier.length, cancelled?.status, over?.status]
      })
      const expected = [2, 2, "cancelled", "cancelled"] as const

      /** The statements for as many tasks as a replica with 1,000 workers runs. */
      const large = Effect.gen(function* () {
        const lock = randomUUID()
        const { claimed } = yield* repo.claim({
          wanted: [{ kind: "plain", running: 0, room: 1000, limit: null }],
          watched: [],
          free: 1000,
          lock,
          leaseSeconds: 20
        })
        const mine = claimed.map(({ id }) => ({ id, lock }))
        yield* repo.renew(mine, 20)
        yield* repo.abandon([lock])
        return claimed.length
      })

      // Statistics of empty tables: the worst basis for a plan.
      yield* sql`vacuum (analyze) task, task_queue`
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* round, [0, 0, 0, 0, []])
        assert.deepStrictEqual(yield* single, [...expected])
        yield* queue`delete from task_queue`
        yield* queue`delete from task`

        for (let batch = 0; batch < 10; batch++) {
          yield* tasks.insert(
            Array.from({ length: 500 }, (_, place) => submission(place % 2 === 0 ? "plain" : "limited"))
          )
        }
        const before = yield* read
        assert.deepStrictEqual(yield* round, [10, 10, 20, 20, ["limited"]])
        const rows = (yield* read) - before
        // Each of the eight statements reads a row it changes once or a few times; the tables hold 5,000 each.

        assert.isTrue(rows >= 100 && rows < 600, `${rows} rows were read`)

        const beforeSingle = yield* read
        assert.deepStrictEqual(yield* single, [...expected])
        const ofSingle = (yield* read) - beforeSingle
        assert.isTrue(ofSingle >= 5 && ofSingle < 100, `${ofSingle} rows were read for one`)

        const beforeLarge = yield* read
        assert.strictEqual(yield* large, 1000)
        const ofLarge = (yield* read) - beforeLarge
        // Linear in the batch: comparing each with each would read a million rows.
        assert.isTrue(ofLarge >= 1000 && ofLarge < 20_000, `${ofLarge} rows were read for 1,000`)
      }).pipe(queue.withTransaction)
    }).pipe(Effect.provide(Engine.layer(kinds, () => Effect.succeed(null), { WORKERS: "0" })))
  )

  it.live("what a kind has running already counts against its turn", () =>
    Effect.gen(function* () {
      const repo = TaskQueueRepo.make(yield* BackgroundSql)
      for (const kind of kinds) for (let count = 0; count < 5; count++) yield* Engine.submit(kind)
      const claim = (free: number) =>
        repo.claim({
          wanted: [
            { kind: "limited", running: 3, room: 5, limit: null },
            { kind: "plain", running: 0, room: 5, limit: null }
          ],
          watched: [],
          free,
          lock: randomUUID(),
          leaseSeconds: 20
        })
      const { claimed } = yield* claim(4)
      assert.deepStrictEqual(claimed.map(({ kind }) => kind).toSorted(), ["limited", "plain", "plain", "plain"])
    }).pipe(Effect.provide(Engine.layer(kinds, () => Effect.succeed(null), { WORKERS: "0" })))
  )

  it.live("an end, a lease and progress are taken from whoever has the claim alone", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = TaskQueueRepo.make(yield* BackgroundSql)
      const kind = Engine.kindOf("plain")
      const { id } = yield* Engine.submit(kind)
      const claim = Effect.gen(function* () {
        const lock = randomUUID()
        const wanted = [{ kind: "plain", running: 0, room: 1, limit: null }]
        const { claimed } = yield* repo.claim({ wanted, watched: [], free: 1, lock, leaseSeconds: 20 })
        assert.lengthOf(claimed, 1)
        return lock
      })
      const end = (lock: string, delay: number | null) =>
        repo.end([
          {
            id,
            lock,
            status: delay === null ? "succeeded" : "queued",
            content: delay === null ? "1" : null,
            errorCode: null,
            errorDetail: null,
            delay,
            isCounted: delay === null
          }
        ])
      const stopped = yield* claim
      yield* sql`update task_queue set visible_at = now()`
      let its = yield* claim

      const both = sql`
        select status, task.attempts, version, progress, content, lock, task_queue.attempts as begun, visible_at
        from task left join task_queue on task_id = id`
      const before = yield* both
      assert.deepStrictEqual(yield* end(stopped, null), [])
      assert.deepStrictEqual(yield* end(stopped, 0), [])
      assert.deepStrictEqual(yield* repo.renew([{ id, lock: stopped }], 3600), [])
      yield* repo.report([{ id, attempts: 1, progress: { fraction: 0.1, message: "late" } }])
      assert.deepStrictEqual(yield* both, before)

      // A task whose claim's answer was lost was never begun.
      yield* repo.abandon([its])
      assert.deepInclude((yield* both)[0], { begun: 1, lock: null })
      assert.deepStrictEqual(yield* end(its, null), [])
      its = yield* claim

      // The second attempt is released, and does not count either.
      assert.deepStrictEqual(yield* end(its, 0), [id])
      const last = yield* claim
      assert.deepStrictEqual(yield* end(its, null), [])
      assert.deepStrictEqual(yield* end(last, null), [id])
      const [task] = yield* both
      assert.deepInclude(task, { status: "succeeded", attempts: 2, content: 1, lock: null })

      // A row that is left in the queue of a task that is over is claimed, so that it is removed, and begins no attempt.
      yield* sql`
        insert into task_queue (task_id, kind, priority, visible_at, attempts) values (${id}, 'plain', 1, now(), 0)`
      const left = yield* repo.claim({
        wanted: [{ kind: "plain", running: 0, room: 1, limit: null }],
        watched: [],
        free: 1,
        lock: randomUUID(),
        leaseSeconds: 20
      })
      assert.deepStrictEqual(left.claimed, [{ id, kind: "plain", attempts: 1, task: undefined }])
      assert.deepInclude((yield* both)[0], { status: "succeeded", attempts: 2, content: 1 })
    }).pipe(Effect.provide(Engine.layer(kinds, () => Effect.succeed(null), { WORKERS: "0" })))
  )

  it.live("a task says when its first attempt began, and why the last one failed until it succeeds", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = TaskQueueRepo.make(yield* BackgroundSql)
      const { id } = yield* Engine.submit(Engine.kindOf("plain"))
      const attempt = Effect.fnUntraced(function* (ending: Partial<TaskQueueRepo.Ending>) {
        const lock = randomUUID()
        const wanted = [{ kind: "plain", running: 0, room: 1, limit: null }]
        yield* repo.claim({ wanted, watched: [], free: 1, lock, leaseSeconds: 20 })
        const none = { content: null, errorCode: null, errorDetail: null, delay: 0, isCounted: true }
        yield* repo.end([{ id, lock, status: "queued", ...none, ...ending }])
        const [task] = yield* sql`
          select status, error_code, error_detail, started_at, finished_at is not null as is_over from task`
        return task
      })
      const failed = yield* attempt({ errorCode: "busy", errorDetail: "Not now." })
      const open = { status: "queued", errorCode: "busy", errorDetail: "Not now.", isOver: false }
      assert.deepInclude(failed, open)
      const { startedAt } = failed!
      assert.isNotNull(startedAt)
      // Released because its process stops, which says nothing about the task.
      assert.deepStrictEqual(yield* attempt({ isCounted: false }), { ...open, startedAt })
      assert.deepStrictEqual(yield* attempt({ status: "succeeded", content: "1", delay: null }), {
        status: "succeeded",
        errorCode: null,
        errorDetail: null,
        startedAt,
        isOver: true
      })
    }).pipe(Effect.provide(Engine.layer(kinds, () => Effect.succeed(null), { WORKERS: "0" })))
  )
})
