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
  /** The server process. */
  readonly pid: number
  readonly version: string
  /** A database with the schema, one game and so many players who have played once; gives its URL. */
  readonly database: (name: string, players: number) => Effect.Effect<string, BenchError>
  /** Statements on a database, from outside of the services. */
  readonly query: <A extends pg.QueryResultRow>(
    url: string,
    text: string
  ) => Effect.Effect<ReadonlyArray<A>, BenchError>
}

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "fairground-bench-"))
    // Root runs the server as another user, who has to get in.
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
 * A PostgreSQL of our own, as `npm start` runs it, with its durable defaults (fsync, synchronous_commit and full_page_writes
 * on). Only room for the connections of all contenders at once is added, and what `settings` asks for.
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
      // A copy of millions of rows takes long, and only one service uses them.
      if (players > 100_000) {
        yield* makeTemplate(name, players)
        return urlOf(name)
      }
      yield* makeTemplate(template, players)
      yield* attempt(`database ${name}`, query(root, `create database ${name} template ${template}`))
      return urlOf(name)
    }),
    query: (url, text) => attempt(text, query(url, text))
  }
})
