import { PgClient } from "@effect/sql-pg"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Migrations from "../../../src/platform/postgres/Migrations.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

/** An empty database, as PostgreSQL creates it. */
const emptied = Effect.gen(function* () {
  const url = yield* TestDatabase.makeUrl
  yield* on(
    url,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`drop schema public cascade`
      yield* sql`create schema public`
    })
  )
  return url
})

/** On its own connection pool, as each process has one. */
const on = <A, E>(url: Redacted.Redacted<string>, work: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.provide(work, PgClient.layer({ url, maxConnections: 2 }))

describe("Migrations", () => {
  it.live("all are pending on an empty database, and none once it is migrated", () =>
    Effect.gen(function* () {
      const url = yield* emptied
      const pending = yield* on(url, Migrations.pending)
      assert.strictEqual(pending[0], "0001_create_game")
      const done = yield* on(url, Migrations.migrate)
      assert.deepStrictEqual(
        done.map(([id, name]) => `${String(id).padStart(4, "0")}_${name}`),
        pending
      )
      assert.deepStrictEqual(yield* on(url, Migrations.pending), [])
      assert.deepStrictEqual(yield* on(url, Migrations.migrate), [])
    })
  )

  it.live("any number of processes that start together migrate once", () =>
    Effect.gen(function* () {
      const url = yield* emptied
      const all = yield* on(url, Migrations.pending)
      const done = yield* Effect.all(
        Array.from({ length: 8 }, () => on(url, Migrations.migrate)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        done.map(({ length }) => length).sort((a, b) => a - b),
        [0, 0, 0, 0, 0, 0, 0, all.length]
      )
      assert.deepStrictEqual(yield* on(url, Migrations.pending), [])
    })
  )

  it.live("one that is missing at the end is named, and run", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const known = yield* on(
        url,
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const [last] = yield* sql<{ id: number; name: string }>`
            delete from fairground_migration
            where migration_id = (select max(migration_id) from fairground_migration)
            returning migration_id as id, name`
          return last
        })
      )
      assert.deepStrictEqual(yield* on(url, Migrations.pending), [
        `${String(known?.id).padStart(4, "0")}_${known?.name}`
      ])
    })
  )
})

layer(TestDatabase.layer, { excludeTestServices: true })("The schema", (it) => {
  it.effect("every table is explained in the database", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(
        yield* sql`
          select relname from pg_class
          where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> ${Migrations.table}
            and obj_description(oid, 'pg_class') is null`,
        []
      )
    })
  )

  it.effect("every column is explained, unless its name says all there is", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const plain = ["id", "slug", "title", "player_id", "game_id", "account_id", "esp", "key", "score"]
      const times = ["created_at", "updated_at"]
      const bare = yield* sql<{ column: string }>`
        select relname || '.' || attname as column
        from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> ${Migrations.table}
          and attnum > 0 and not attisdropped and col_description(attrelid, attnum) is null
          and attname <> all(string_to_array(${[...plain, ...times].join(",")}, ','))`
      assert.deepStrictEqual(
        bare.map(({ column }) => column).sort(),
        // Explained with the table, or by a comment on the entity that they identify.
        [
          "idempotency_key.play_id",
          "play.played_at",
          "contact.settled_at",
          "sandbox_contact.email_key",
          "sandbox_contact.name",
          // When what the table holds ends. What that means, its comment says.
          "account_device.expires_at",
          "account_token.expires_at",
          "browser_attempt.expires_at",
          "invitation.expires_at",
          "sign_in_step.expires_at"
        ].sort()
      )
    })
  )

  it.effect("every constraint and index is named after its table", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const names = yield* sql<{ table: string; name: string; kind: string }>`
        select relname as table, conname as name, contype::text as kind
        from pg_constraint join pg_class on pg_class.oid = conrelid
        where connamespace = 'public'::regnamespace and contype <> 'n' and relname <> ${Migrations.table}
        union all
        select tablename, indexname, 'i' from pg_indexes
        where schemaname = 'public' and tablename <> ${Migrations.table}
          and indexname not in (select conname from pg_constraint)`
      const suffix: Record<string, string> = { p: "pkey", u: "key", c: "check", f: "fkey", i: "idx", x: "excl" }
      assert.isAbove(names.length, 10)
      for (const { kind, name, table } of names) {
        assert.match(name, new RegExp(`^${table}_(?:[a-z0-9_]+_)?${suffix[kind]}$`))
      }
    })
  )

  it.effect("no column is a timestamp without a time zone, or text of a language's order that the code compares", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(
        yield* sql`
          select table_name, column_name from information_schema.columns
          where table_schema = 'public' and data_type in ('timestamp without time zone', 'character varying', 'json')`,
        []
      )
    })
  )
})
