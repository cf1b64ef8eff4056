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

/** A PostgreSQL of the attack's own, which comes again when it was killed. */
export interface Database extends Connected {
  readonly url: Redacted.Redacted<string>
  /** The database's own name. */
  readonly name: string
  readonly version: string
  /** The server process that there is now. */
  readonly pid: () => number | undefined
}

/** Statements on a database, from outside of the service. */
export interface Connected {
  /** Rows of one statement, in a transaction on a connection of its own, once the server answers. */
  readonly query: <A extends pg.QueryResultRow>(
    text: string,
    values?: ReadonlyArray<unknown>
  ) => Promise<ReadonlyArray<A>>
  /** A connection for statements that have to stay together; it is closed with the work. */
  readonly session: <A>(work: (client: pg.Client) => Promise<A>) => Promise<A>
}

const prefix = "fairground-attack-"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), prefix))
    // Root runs the server as another user, who has to get in.
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
    // A server that is killed ends sessions with an error that nobody waits for.
    client.on("error", () => undefined)
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end().catch(() => undefined)
    }
  }

/** Statements on the database at this URL. */
export const connected = (url: Redacted.Redacted<string>): Connected => {
  const session = sessionOn(Redacted.value(url))
  return {
    session,
    query: async <A extends pg.QueryResultRow>(text: string, values: ReadonlyArray<unknown> = []) => {
      const until = performance.now() + patienceMs
      for (;;) {
        try {
          return await session(async (client) => {
            // Also where the database was made read-only.
            await client.query("begin read write")
            const { rows } = await client.query<A>(text, [...values])
            await client.query("commit")
            return rows
          })
        } catch (error) {
          // A mistake in the statement stays one; a server that is just coming back takes a moment.
          const code = error instanceof pg.DatabaseError ? (error.code ?? "") : ""
          if (performance.now() > until || /^(?:22|23|42)/.test(code)) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    }
  }
}

/** Starts it, with its durable defaults, and makes the schema. It stops with the scope. */
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
