import { PgClient } from "@effect/sql-pg"
import { assert, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { inOrder, isTransient } from "../../../src/platform/postgres/Transient.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

it.live("a transaction whose session ends fails with an error that is tried again, and is no defect", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const ended = sql`select pg_terminate_backend(pg_backend_pid())`
      const error = yield* Effect.flip(inOrder(sql.withTransaction(ended)))
      assert.instanceOf(error, SqlError.SqlError)
      assert.isTrue(isTransient(error))
      const own = new Error("a mistake of ours")
      assert.deepStrictEqual(yield* Effect.exit(inOrder(sql.withTransaction(Effect.die(own)))), Exit.die(own))
      assert.strictEqual(yield* Effect.flip(inOrder(sql.withTransaction(Effect.fail("refused")))), "refused")
      assert.deepStrictEqual(yield* inOrder(sql.withTransaction(sql`select 1 as one`)), [{ one: 1 }])
    }).pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))
  })
)
