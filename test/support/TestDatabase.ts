import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted, type Scope, String } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { randomBytes } from "node:crypto"
import { inject } from "vitest"
import { migrate } from "../../src/platform/postgres/Migrations.ts"

declare module "vitest" {
  interface ProvidedContext {
    readonly databaseUrl: string
  }
}

const template = "template_fairground"

const withDatabase = (url: Redacted.Redacted<string>, name: string): Redacted.Redacted<string> => {
  const changed = new URL(Redacted.value(url))
  changed.pathname = `/${name}`
  return Redacted.make(changed.toString())
}

/** Runs statements for the whole server on a connection of their own. */
const administer = <A, E>(
  url: Redacted.Redacted<string>,
  work: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>
): Effect.Effect<A, E | SqlError.SqlError> =>
  Effect.flatMap(SqlClient.SqlClient, work).pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))

const dropTemplate = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    // A server from `TEST_DATABASE_URL` may hold the template of an earlier run.
    const found = yield* sql`select 1 from pg_database where datname = ${template}`
    if (found.length === 0) return
    yield* sql`alter database ${sql(template)} with is_template false`
    yield* sql`drop database ${sql(template)} with (force)`
  })

/** Creates the template of all test databases: migrated once, then closed to connections. */
export const makeTemplate = (url: Redacted.Redacted<string>) =>
  Effect.gen(function* () {
    yield* administer(url, (sql) => Effect.andThen(dropTemplate(sql), sql`create database ${sql(template)}`))
    yield* Effect.provide(migrate, clientLayer(withDatabase(url, template)))
    // PostgreSQL cannot copy a database while anyone is connected to it.
    yield* administer(url, (sql) => sql`alter database ${sql(template)} with allow_connections false is_template true`)
  })

/** `SqlClient` and `PgClient` for a database, configured as in the application. */
export const clientLayer = (url: Redacted.Redacted<string>) =>
  PgClient.layer({
    url,
    transformResultNames: String.snakeToCamel,
    transformQueryNames: String.camelToSnake,
    transformJson: false,
    startupParameters: { timezone: "UTC" }
  })

/**
 * The URL of a new, migrated database. It is dropped when the scope closes, even with open connections. For tests that start
 * processes; others use `layer`. Only files named `*.integration.test.ts` have a database server.
 */
export const makeUrl: Effect.Effect<Redacted.Redacted<string>, SqlError.SqlError, Scope.Scope> = Effect.suspend(() => {
  const given: string | undefined = inject("databaseUrl")
  if (given === undefined) {
    return Effect.die(new Error("This run has no database: name the test file *.integration.test.ts"))
  }
  const url = Redacted.make(given)
  const name = `test_${randomBytes(8).toString("hex")}`
  return Effect.acquireRelease(
    administer(url, (sql) => sql`create database ${sql(name)} template ${sql(template)}`),
    () => Effect.orDie(administer(url, (sql) => sql`drop database if exists ${sql(name)} with (force)`))
  ).pipe(Effect.as(withDatabase(url, name)))
})

/**
 * `SqlClient` and `PgClient` for a new, migrated database that is dropped when the layer's scope closes. As in the
 * application, names are camelCase in TypeScript, keys inside jsonb stay as they are, and sessions use UTC.
 */
export const layer = Layer.unwrap(Effect.map(makeUrl, clientLayer))
