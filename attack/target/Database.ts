import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted, type Scope } from "effect"
import { chmodSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import * as PidFile from "../../src/platform/postgres/embedded/EmbeddedPidFile.ts"
import * as EmbeddedPostgres from "../../src/platform/postgres/embedded/EmbeddedPostgres.ts"
import { migrate } from "../../src/platform/postgres/Migrations.ts"
import { remove, sweep } from "../../test/support/Sweep.ts"
import { AttackError } from "../run/AttackError.ts"

/** A PostgreSQL server for the attack, which restarts after it is killed. */
export interface Database extends Connected {
  readonly url: Redacted.Redacted<string>
  /** The database's own name. */
  readonly name: string
  readonly version: string
  /** The pid of the current server process. */
  readonly pid: () => number | undefined
}

/** Access to a database, bypassing the service. */
export interface Connected {
  /** Rows of one statement, in a transaction on a connection of its own. Waits until the server answers. */
  readonly query: <A extends pg.QueryResultRow>(
    text: string,
    values?: ReadonlyArray<unknown>
  ) => Promise<ReadonlyArray<A>>
  /** A connection for several statements. It is closed when the work ends. */
  readonly session: <A>(work: (client: pg.Client) => Promise<A>) => Promise<A>
}

const prefix = "fairground-attack-"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), prefix))
    // Under root, the server runs as another user, who must be able to enter the directory.
    chmodSync(directory, 0o755)
    return directory
  }),
  (directory) => Effect.sync(() => remove(directory))
)

const patienceMs = 60_000

const sessionOn =
  (url: string) =>
  async <A>(work: (client: pg.Client) => Promise<A>): Promise<A> => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
    // A killed server ends sessions with an error that nothing else listens to.
    client.on("error", () => undefined)
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end().catch(() => undefined)
    }
  }

/** Access to the database at this URL. */
export const connected = (url: Redacted.Redacted<string>): Connected => {
  const session = sessionOn(Redacted.value(url))
  return {
    session,
    query: async <A extends pg.QueryResultRow>(text: string, values: ReadonlyArray<unknown> = []) => {
      const until = performance.now() + patienceMs
      for (;;) {
        try {
          return await session(async (client) => {
            // Works even if the database was made read-only.
            await client.query("begin read write")
            const { rows } = await client.query<A>(text, [...values])
            await client.query("commit")
            return rows
          })
        } catch (error) {
          // An invalid statement fails at once; a server that is restarting is retried.
          const code = error instanceof pg.DatabaseError ? (error.code ?? "") : ""
          if (performance.now() > until || /^(?:22|23|42)/.test(code)) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    }
  }
}

/** Starts the server with its durable defaults and migrates the database. The server stops with the scope. */
export const start: Effect.Effect<Database, AttackError, Scope.Scope> = Effect.gen(function* () {
  yield* sweep(prefix)
  const dataDir = yield* temporaryDirectory
  const server = yield* EmbeddedPostgres.start({ dataDir, settings: { max_connections: "150" } }).pipe(
    Effect.mapError(({ message }) => new AttackError({ message }))
  )
  yield* Effect.provide(migrate, PgClient.layer({ url: server.url })).pipe(
    Effect.mapError((cause) => new AttackError({ message: `The schema could not be made: ${String(cause)}` }))
  )
  return {
    ...connected(server.url),
    url: server.url,
    name: new URL(Redacted.value(server.url)).pathname.slice(1),
    version: server.version,
    pid: () => PidFile.read(join(dataDir, "postgres"))?.pid
  }
})
