import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted, type Scope } from "effect"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import * as EmbeddedPostgres from "../../src/platform/postgres/embedded/EmbeddedPostgres.ts"
import { migrate } from "../../src/platform/postgres/Migrations.ts"
import { attempt, BenchError } from "./BenchError.ts"
import { seed } from "./Seed.ts"

export interface Cluster {
  /** The pid of the server process. */
  readonly pid: number
  readonly version: string
  /** Creates a database with the schema, one game and this many players who have each played once. Returns its URL. */
  readonly database: (name: string, players: number) => Effect.Effect<string, BenchError>
  /** Creates a database without a schema. Returns its URL. */
  readonly empty: (name: string) => Effect.Effect<string, BenchError>
  /** Runs a statement on a database, bypassing the services. */
  readonly query: <A extends pg.QueryResultRow>(
    url: string,
    text: string
  ) => Effect.Effect<ReadonlyArray<A>, BenchError>
}

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "fairground-bench-"))
    // Under root, the server runs as another user, who must be able to enter the directory.
    chmodSync(directory, 0o755)
    return directory
  }),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
)

const query =
  <A extends pg.QueryResultRow>(url: string, text: string) =>
  async (): Promise<ReadonlyArray<A>> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<A>(text)).rows
    } finally {
      await client.end()
    }
  }

/**
 * An embedded PostgreSQL, as `npm start` runs it, with its durable defaults (fsync, synchronous_commit and full_page_writes
 * on). The only changes are room for the connections of all contenders, and `settings`.
 */
export const start = Effect.fnUntraced(function* (
  settings: Readonly<Record<string, string>> = {}
): Effect.fn.Return<Cluster, BenchError, Scope.Scope> {
  const dataDir = yield* temporaryDirectory
  const server = yield* EmbeddedPostgres.start({ dataDir, settings: { max_connections: "200", ...settings } }).pipe(
    Effect.mapError(({ message }) => new BenchError({ message }))
  )
  const root = Redacted.value(server.url)
  const urlOf = (name: string) => {
    const url = new URL(root)
    url.pathname = `/${name}`
    return url.toString()
  }
  const templates = new Set<string>()

  const makeTemplate = Effect.fnUntraced(function* (name: string, players: number) {
    if (templates.has(name)) return
    yield* attempt(`database ${name}`, query(root, `create database ${name}`))
    yield* Effect.provide(migrate, PgClient.layer({ url: Redacted.make(urlOf(name)) })).pipe(
      Effect.mapError((cause) => new BenchError({ message: `The schema could not be made: ${String(cause)}` }))
    )
    yield* attempt(`${players} players`, () => seed(urlOf(name), players))
    templates.add(name)
  })

  return {
    pid: server.pid,
    version: server.version,
    database: Effect.fnUntraced(function* (name, players) {
      const template = `template_${players}`
      // Copying millions of rows takes long, and only one service uses them.
      if (players > 100_000) {
        yield* makeTemplate(name, players)
        return urlOf(name)
      }
      yield* makeTemplate(template, players)
      yield* attempt(`database ${name}`, query(root, `create database ${name} template ${template}`))
      return urlOf(name)
    }),
    empty: (name) => Effect.as(attempt(`database ${name}`, query(root, `create database ${name}`)), urlOf(name)),
    query: (url, text) => attempt(text, query(url, text))
  }
})
