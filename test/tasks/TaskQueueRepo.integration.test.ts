import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { QueueSql } from "../../src/platform/postgres/Sql.ts"
import * as TaskQueueRepo from "../../src/tasks/TaskQueueRepo.ts"
import * as TasksRepo from "../../src/tasks/TasksRepo.ts"
import * as Engine from "../support/tasks/Engine.ts"

const kinds = ["limited", "plain"].map((name) => Engine.kindOf(name))

const decodeRead = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ read: Schema.Int })]))

describe("TaskQueueRepo", () => {
  it.live("statements that were planned on an empty queue read only their own rows of a full one", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const queue = yield* QueueSql
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
        yield* tasks.restoreLost("00000000-0000-0000-0000-000000000000", 20)
        yield* tasks.failUnknown(["plain", "limited"], 600, "no such kind")
        return [claimed.length, limited.claimed.length, kept.length, ended.length, waiting]
      })

      // Statistics of tables that hold nothing: the worst that a plan can be made from.
      yield* sql`vacuum (analyze) task, task_queue`
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* round, [0, 0, 0, 0, []])

        for (let batch = 0; batch < 10; batch++) {
          yield* tasks.insert(
            Array.from({ length: 500 }, (_, place) => ({
              id: uuidV7At(Date.now()),
              kind: place % 2 === 0 ? "plain" : "limited",
              priority: "normal" as const,
              input: "null",
              runAt: null,
              key: null,
              requestHash: null,
              trace: null
            }))
          )
        }
        const before = yield* read
        assert.deepStrictEqual(yield* round, [10, 10, 20, 20, ["limited"]])
        const rows = (yield* read) - before
        // Each of the seven statements reads a row it changes once or a few times; the tables hold 5,000 each.

        assert.isTrue(rows >= 100 && rows < 600, `${rows} rows were read`)
      }).pipe(queue.withTransaction)
    }).pipe(Effect.provide(Engine.layer(kinds, () => Effect.succeed(null), { WORKERS: "0" })))
  )
})
