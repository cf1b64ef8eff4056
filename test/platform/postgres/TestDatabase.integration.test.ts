import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Effect, Exit, Redacted, Scope } from "effect"
import { SqlClient } from "effect/sql"
import * as TestDatabase from "../../support/TestDatabase.ts"

const query = (url: Redacted.Redacted<string>, text: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<Record<string, unknown>>(text)).pipe(
    Effect.provide(PgClient.layer({ url }))
  )

describe("TestDatabase", () => {
  it.effect("gives every user a migrated database of its own", () =>
    Effect.gen(function* () {
      const [one, other] = yield* Effect.all([TestDatabase.makeUrl, TestDatabase.makeUrl], { concurrency: 2 })
      yield* query(one, "create table only_here (id int)")
      const found = (url: Redacted.Redacted<string>) =>
        Effect.map(query(url, "select to_regclass('only_here') is not null as found"), (rows) => rows[0]?.["found"])
      assert.strictEqual(yield* found(one), true)
      assert.strictEqual(yield* found(other), false)
      const migrated = yield* query(other, "select count(*)::int as count from fairground_migration")
      assert.isAbove(Number(migrated[0]?.["count"]), 0)
    })
  )

  it.effect("drops the database when the scope closes, even while somebody is connected", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const url = yield* Scope.provide(TestDatabase.makeUrl, scope)
      const name = new URL(Redacted.value(url)).pathname.slice(1)
      const exists = Effect.flatMap(TestDatabase.makeUrl, (beside) =>
        query(beside, `select 1 from pg_database where datname = '${name}'`)
      ).pipe(
        Effect.map((rows) => rows.length === 1),
        Effect.scoped
      )
      assert.isTrue(yield* exists)
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`select 1`
        yield* Scope.close(scope, Exit.void)
      }).pipe(Effect.provide(PgClient.layer({ url })))
      assert.isFalse(yield* exists)
    })
  )

  it.effect("its client speaks camelCase, leaves jsonb keys alone and lives in UTC", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`create table name_probe (first_column int)`
      yield* sql`insert into name_probe ${sql.insert({ firstColumn: 1 })}`
      assert.deepStrictEqual(
        yield* sql`select first_column, '{"snake_key": 1}'::jsonb as json_column, current_setting('timezone') as zone from name_probe`,
        [{ firstColumn: 1, jsonColumn: { snake_key: 1 }, zone: "UTC" }]
      )
    }).pipe(Effect.provide(TestDatabase.layer))
  )
})
