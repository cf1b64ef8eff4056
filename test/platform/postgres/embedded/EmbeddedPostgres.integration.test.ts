import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Effect, Exit, Logger, Redacted, Result, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join as joinPath } from "node:path"
import { join } from "../../../../src/platform/postgres/embedded/EmbeddedPostgres.ts"
import { eventually, holds, isRunning, makeDirectory, query, start } from "./EmbeddedSupport.ts"

/** Collects the log, one line per entry. */
const collected = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([
    Logger.make(({ message }) => {
      lines.push(String(message))
    })
  ])
  return { lines, layer }
}

describe("EmbeddedPostgres", () => {
  it.live("makes a database on the first start and finds it again, on the same port, on the next", () =>
    Effect.gen(function* () {
      const dataDir = joinPath(yield* makeDirectory(), "some", "data")
      const first = yield* Effect.scoped(
        Effect.gen(function* () {
          const running = yield* start(dataDir, { settings: { max_connections: "17" } })
          yield* query(running.url, "create table kept as select 42 as answer")
          assert.deepStrictEqual(
            yield* query(
              running.url,
              "select current_user as role, current_database() as db, current_setting('max_connections') as connections"
            ),
            [{ role: "fairground", db: "fairground", connections: "17" }]
          )
          assert.isTrue(isRunning(running.pid))
          return running
        })
      )
      assert.isFalse(isRunning(first.pid), "it is stopped with its scope")
      const second = yield* start(dataDir)
      assert.strictEqual(second.port, first.port)
      assert.strictEqual(Redacted.value(second.url), Redacted.value(first.url))
      assert.match(second.version, /^\d+\.\d+$/)
      assert.isFalse(second.adopted)
      assert.deepStrictEqual(yield* query(second.url, "select answer from kept"), [{ answer: 42 }])
    })
  )

  it.live("lets in only who has the password, which only its user can read, and only from this machine", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const { url } = yield* start(dataDir)
      const wrong = new URL(Redacted.value(url))
      wrong.password = "guessed"
      const refused = yield* Effect.result(query(wrong.toString(), "select 1"))
      assert.isTrue(Result.isFailure(refused))
      assert.strictEqual(statSync(joinPath(dataDir, "postgres.json")).mode & 0o777, 0o600)
      assert.strictEqual(statSync(joinPath(dataDir, "postgres")).mode & 0o777, 0o700)
      assert.deepStrictEqual(yield* query(url, "show listen_addresses"), [{ listen_addresses: "127.0.0.1" }])
    })
  )

  it.live("makes a new password when the old one is lost, and keeps the data", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      yield* Effect.scoped(
        Effect.flatMap(start(dataDir), ({ url }) => query(url, "create table kept as select 42 as answer"))
      )
      rmSync(joinPath(dataDir, "postgres.json"))
      const { url } = yield* start(dataDir)
      assert.deepStrictEqual(yield* query(url, "select answer from kept"), [{ answer: 42 }])
    })
  )

  it.live("two starts at once on one directory: one runs, the other is told about it", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const results = yield* Effect.all([Effect.result(start(dataDir)), Effect.result(start(dataDir))], {
        concurrency: 2
      })
      const running = results.filter(Result.isSuccess).map(({ success }) => success)
      const refused = results.filter(Result.isFailure).map(({ failure }) => failure)
      assert.deepStrictEqual(
        refused.map(({ reason }) => reason),
        ["InUse"]
      )
      assert.lengthOf(running, 1)
      for (const { url } of running) assert.lengthOf(yield* query(url, "select 1"), 1)
    })
  )

  it.live("tells a second process where the running server is, and that there is none yet", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const early = yield* Effect.flip(join({ dataDir }))
      assert.include(early.message, "no database running yet")
      const { url } = yield* start(dataDir)
      assert.strictEqual(Redacted.value(yield* join({ dataDir })), Redacted.value(url))
    })
  )

  it.live("restarts a server that dies, on the same port, and clients carry on with what was committed", () => {
    const log = collected()
    return Effect.gen(function* () {
      const running = yield* start(yield* makeDirectory(), { settings: { fsync: "on" } })
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`create table kept as select 42 as answer`
        process.kill(running.pid, "SIGKILL")
        yield* eventually(holds("the server is gone", () => !isRunning(running.pid)))
        assert.deepStrictEqual(yield* eventually(sql`select answer from kept`), [{ answer: 42 }])
      }).pipe(Effect.provide(PgClient.layer({ url: running.url })))
      assert.isTrue(log.lines.some((line) => line.includes(`process ${running.pid}`) && line.includes("SIGKILL")))
    }).pipe(Effect.provide(log.layer))
  })

  it.live("keeps trying when the server does not come back, and says so", () => {
    const log = collected()
    return Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const running = yield* start(dataDir)
      const config = joinPath(dataDir, "postgres", "postgresql.conf")
      const good = readFileSync(config, "utf8")
      writeFileSync(config, "no such setting\n")
      process.kill(running.pid, "SIGKILL")
      yield* eventually(holds("a second attempt", () => log.lines.some((line) => line.includes("(attempt 2)"))))
      assert.isTrue(
        log.lines.some((line) => line.includes("syntax error in file")),
        "the reason is in the log"
      )
      writeFileSync(config, good)
      assert.lengthOf(yield* eventually(query(running.url, "select 1")), 1)
    }).pipe(Effect.provide(log.layer))
  })

  it.live("does not restart a server that is stopped with its scope, crashed or not", () => {
    const log = collected()
    return Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const scope = yield* Scope.make()
      const running = yield* Scope.provide(start(dataDir), scope)
      process.kill(running.pid, "SIGKILL")
      yield* Scope.close(scope, Exit.void)
      yield* start(dataDir)
      const pid = Number(readFileSync(joinPath(dataDir, "postgres", "postmaster.pid"), "utf8").split("\n")[0])
      assert.isTrue(isRunning(pid))
      assert.notStrictEqual(pid, running.pid)
      assert.isFalse(
        log.lines.some((line) => line.includes("ended by itself")),
        "the first supervisor is gone"
      )
    }).pipe(Effect.provide(log.layer))
  })

  it.live("says in the error what the server said when it does not start", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      yield* Effect.scoped(start(dataDir))
      const error = yield* Effect.flip(Effect.scoped(start(dataDir, { settings: { wal_level: "nonsense" } })))
      assert.strictEqual(error.reason, "StartFailed")
      assert.include(error.message, 'invalid value for parameter "wal_level"')
      assert.include(readFileSync(joinPath(dataDir, "postgres.log"), "utf8"), "nonsense")
    })
  )

  it.live("refuses data of another major version and leaves it as it is", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      yield* Effect.scoped(start(dataDir))
      const file = joinPath(dataDir, "postgres", "PG_VERSION")
      writeFileSync(file, "15\n")
      const error = yield* Effect.flip(Effect.scoped(start(dataDir)))
      assert.strictEqual(error.reason, "OtherVersion")
      assert.include(error.message, "PostgreSQL 15")
      assert.include(error.message, "DATA_DIR")
      assert.strictEqual(readFileSync(file, "utf8"), "15\n")
    })
  )
})
