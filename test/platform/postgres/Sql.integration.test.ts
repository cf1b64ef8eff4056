import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { connect, createServer, type Server } from "node:net"
import * as Sql from "../../../src/platform/postgres/Sql.ts"
import { WriterSql } from "../../../src/plays/WriterSql.ts"
import { layerWith } from "../../support/Settings.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const withUrl = (url: string, env: Record<string, string> = {}) =>
  Sql.layer.pipe(Layer.provide(layerWith({ DATABASE_URL: url, DATABASE_DEADLINE: "20 seconds", ...env })))

/** Without an answer, the deadline ends the wait. */
const soon = { DATABASE_DEADLINE: "500 millis" }

/** Why the database cannot be used, and how long it took to report that. */
const refusal = Effect.fnUntraced(function* (url: string, env: Record<string, string> = {}) {
  const start = performance.now()
  const error = yield* Effect.flip(Layer.build(withUrl(url, env)))
  return { message: error.message, took: performance.now() - start }
})

/** A TCP server on a free port. */
const listening = (onConnection: Parameters<typeof createServer>[1]) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer(onConnection)
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      return address !== null && typeof address === "object" ? address.port : 0
    })
  )

describe("a database that cannot be used", () => {
  it.live("no server listens: the message says where, and ends within the deadline", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(listening(() => {}))
      const { message, took } = yield* refusal(`postgres://user:hunter2@127.0.0.1:${port}/shop`, soon)
      assert.match(message, new RegExp(`^PostgreSQL at 127.0.0.1:${port}/shop cannot be used: .*ECONNREFUSED`))
      assert.include(message, "Is DATABASE_URL right, and does the server run?")
      assert.notInclude(message, "hunter2")
      assert.isAbove(took, 400, "it may be starting: tried until the deadline")
      assert.isBelow(took, 10_000)
    })
  )

  it.live("a server that takes the connection and says nothing", () =>
    Effect.gen(function* () {
      const port = yield* listening(() => {})
      const { message, took } = yield* refusal(`postgres://user@127.0.0.1:${port}/shop`, soon)
      assert.match(message, new RegExp(`^PostgreSQL at 127.0.0.1:${port}/shop cannot be used: no answer in time`))
      assert.isBelow(took, 10_000)
    })
  )

  it.live("a wrong password is said at once, without the password", () =>
    Effect.gen(function* () {
      const url = new URL(Redacted.value(yield* TestDatabase.makeUrl))
      url.password = "hunter2"
      const { message, took } = yield* refusal(url.toString())
      assert.match(message, /cannot be used: .*password authentication failed/)
      assert.notInclude(message, "hunter2")
      assert.isBelow(took, 10_000, "not tried until the deadline")
    })
  )

  it.live("a database that is not there", () =>
    Effect.gen(function* () {
      const url = new URL(Redacted.value(yield* TestDatabase.makeUrl))
      url.pathname = "/nowhere"
      assert.match((yield* refusal(url.toString())).message, /\/nowhere cannot be used: .*"nowhere" does not exist/)
    })
  )

  it.live("a server that is too old is named with its version and what is needed", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const { pathname } = new URL(Redacted.value(url))
      // The server's own function comes second in the search path: this one reports 14.11.
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`create schema old`
        yield* sql`create function old.current_setting(text) returns text language sql as 'select ''140011'''`
        yield* sql`alter database ${sql(pathname.slice(1))} set search_path = old, pg_catalog, public`
      }).pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))
      assert.match(
        (yield* refusal(Redacted.value(url))).message,
        /is PostgreSQL 14; Fairground needs 15 or later\. Set DATABASE_URL to a newer server, or leave it out/
      )
    })
  )
})

describe("a database that stands still for a moment", () => {
  it.live("is migrated all the same: a connection that is not answered is left for another", () =>
    Effect.gen(function* () {
      const url = new URL(Redacted.value(yield* TestDatabase.makeUrl))
      const server = Number(url.port)
      let asked = 0
      const port = yield* listening((client) => {
        client.once("data", (first) => {
          if (first.includes("fairground-migrate") && asked++ === 0) return
          const upstream = connect(server, "127.0.0.1")
          for (const [from, to] of [
            [client, upstream],
            [upstream, client]
          ] as const) {
            from.on("error", () => undefined).on("close", () => to.destroy())
          }
          upstream.write(first)
          client.pipe(upstream).pipe(client)
        })
      })
      url.port = String(port)
      yield* Layer.build(withUrl(url.toString()))
      assert.isAbove(asked, 1)
    })
  )
})

describe("the sessions", () => {
  const settingsOf = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
    const [row] = yield* sql`
      select current_setting('timezone') as zone, current_setting('statement_timeout') as timeout,
        current_setting('synchronous_commit') as commit, current_setting('plan_cache_mode') as plans,
        current_setting('idle_in_transaction_session_timeout') as idle`
    return row
  })

  it.live("are in UTC, with statements bounded; the writers and the tasks plan once", () =>
    Effect.gen(function* () {
      const url = Redacted.value(yield* TestDatabase.makeUrl)
      const env = { DATABASE_URL: url, DATABASE_STATEMENT_TIMEOUT: "11 seconds" }
      const context = yield* Layer.build(
        WriterSql.layer.pipe(Layer.provideMerge(Sql.layer), Layer.provide(layerWith(env)))
      )
      yield* Effect.gen(function* () {
        const common = { zone: "UTC", timeout: "11s", idle: "30s" }
        const pool = yield* settingsOf(yield* SqlClient.SqlClient)
        assert.deepInclude(pool, { ...common, plans: "force_custom_plan" })
        const writer = yield* settingsOf(yield* WriterSql)
        assert.deepInclude(writer, { ...common, plans: "force_generic_plan" })
        assert.deepInclude(yield* settingsOf(yield* Sql.BackgroundSql), { ...common, plans: "force_generic_plan" })
        // The program never weakens it: an answered play is on disk. (The test server itself has it off.)
        assert.strictEqual(writer?.["commit"], pool?.["commit"])
      }).pipe(Effect.provide(context))
    })
  )

  it.live("a statement that takes too long is cut", () =>
    Effect.gen(function* () {
      const url = Redacted.value(yield* TestDatabase.makeUrl)
      const context = yield* Layer.build(withUrl(url, { DATABASE_STATEMENT_TIMEOUT: "100 millis" }))
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const error = yield* Effect.flip(sql`select pg_sleep(30)`)
        assert.strictEqual(error.reason._tag, "StatementTimeoutError")
      }).pipe(Effect.provide(context))
    })
  )
})
