import { PgClient } from "@effect/sql-pg"
import { Context, Duration, Effect, Exit, Layer, Redacted, Schedule, Schema, Scope, String } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { resolve } from "node:path"
import { leavable } from "../Leavable.ts"
import { Settings } from "../settings/Settings.ts"
import * as EmbeddedPostgres from "./embedded/EmbeddedPostgres.ts"
import * as Migrations from "./Migrations.ts"
import { row } from "./Rows.ts"
import { isTransient, retryTransient } from "./Transient.ts"

/** The database cannot be used. `message` says why and what to do. */
export class DatabaseError extends Schema.TaggedError<DatabaseError>()("DatabaseError", { message: Schema.String }) {}

interface Location {
  readonly url: Redacted.Redacted<string>
  /** For people, without credentials: `PostgreSQL 18.4, embedded, data in .data`. */
  readonly description: string
}

const locate = Effect.fnUntraced(function* <E, R>(embedded: (dataDir: string) => Effect.Effect<Location, E, R>) {
  const { dataDir, databaseUrl } = yield* Settings
  if (databaseUrl === undefined) {
    const { description, url } = yield* embedded(resolve(dataDir))
    return { url, description: `${description}, data in ${dataDir}` }
  }
  const { hostname, pathname, port } = new URL(databaseUrl)
  return {
    url: Redacted.make(databaseUrl),
    description: `PostgreSQL at ${hostname || "localhost"}:${port || "5432"}${pathname}`
  }
})

const start = (dataDir: string) =>
  Effect.map(EmbeddedPostgres.start({ dataDir }), ({ url, version }): Location => ({
    url,
    description: `PostgreSQL ${version}, embedded`
  }))

const join = (dataDir: string) =>
  Effect.map(EmbeddedPostgres.join({ dataDir }), (url): Location => ({
    url,
    description: "PostgreSQL of the running service"
  }))

/** Where the database is: the server at `DATABASE_URL`, else an embedded one that runs as long as this layer lives. */
export class Database extends Context.Service<Database, Location>()("fairground/platform/postgres/Database") {
  static readonly layer = Layer.effect(Database, locate(start))

  /** For a command next to a running service: joins the service's embedded database instead of starting a second one. */
  static readonly layerShared = Layer.effect(
    Database,
    locate((dataDir) =>
      Effect.catchIf(
        start(dataDir),
        (error) => error.reason === "InUse",
        () => join(dataDir)
      )
    )
  )
}

const names = {
  transformResultNames: String.snakeToCamel,
  transformQueryNames: String.camelToSnake,
  transformJson: false
}

/**
 * The parameters of every session. Times are read and written in UTC, statements are cancelled after
 * DATABASE_STATEMENT_TIMEOUT, and a transaction that its process has abandoned loses its locks after 30 seconds.
 */
const session = (statementTimeout: Duration.Duration) => ({
  timezone: "UTC",
  // PostgreSQL's limit is a 32-bit integer.
  statement_timeout: `${Math.min(Duration.toMillis(statementTimeout), 2 ** 31 - 1)}`,
  idle_in_transaction_session_timeout: "30000"
})

const connectTimeout = Duration.seconds(3)

/**
 * A connection that only listens sends nothing. If a firewall forgets it or its server disappears, it would not notice and
 * never receive anything again. TCP keep-alive probes it after this time, and gives up ten seconds later.
 */
const keepAlive = Duration.seconds(10)

/**
 * Builds a pool that closes in time although its server is gone: each of its connections waits for the server's answer, one after the
 * other.
 */
const closingInTime = <A, E, R>(pool: Layer.Layer<A, E, R>) =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (own) =>
      Effect.timeoutOption(leavable(Scope.close(own, Exit.void)), connectTimeout)
    )
    return yield* Layer.buildWithScope(pool, scope)
  })

/**
 * The pool for everything except plays, tasks and verdicts. Every execution gets a new plan for the tables as they are. A
 * cached plan from the first minute, when the tables were empty, scanned the whole of a growing table until the next
 * `analyze`.
 */
const client = Layer.unwrap(
  Effect.gen(function* () {
    const { url } = yield* Database
    const settings = yield* Settings
    const pool = PgClient.layer({
      url,
      ...names,
      applicationName: "fairground",
      connectTimeout,
      maxConnections: settings.databaseConnections,
      startupParameters: {
        ...session(settings.databaseStatementTimeout),
        plan_cache_mode: "force_custom_plan"
      }
    })
    return Layer.effectContext(closingInTime(pool))
  })
)

/**
 * A pool for statements that are prepared once, possibly on empty tables, and later run on millions of rows. The planner is
 * told what it cannot know: look up stored rows by index whatever the statistics say, and use hash joins for rows that the
 * statement itself produced. With a new plan for each execution, a single play took 1.6 ms instead of 0.6; with nested loops,
 * a batch of 256 took 20 ms instead of 8.
 *
 * To keep a hash from holding a whole table, these statements read stored rows in laterals with a limit or offset, or by `=
 * any(array)`.
 */
export const prepared = (name: string, connections: number, parameters: Record<string, string> = {}) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { url } = yield* Database
      const settings = yield* Settings
      return PgClient.layer({
        url,
        ...names,
        applicationName: name,
        connectTimeout,
        keepAlive,
        maxConnections: connections,
        startupParameters: {
          ...session(settings.databaseStatementTimeout),
          plan_cache_mode: "force_generic_plan",
          enable_seqscan: "off",
          enable_nestloop: "off",
          enable_mergejoin: "off",
          jit: "off",
          ...parameters
        }
      })
    })
  )

/**
 * The connections of background work: the task queue (claims, results, submissions, leases), verdicts, and the listener for
 * notifications from other replicas.
 */
export class BackgroundSql extends Context.Service<BackgroundSql, PgClient.PgClient>()(
  "fairground/platform/postgres/BackgroundSql"
) {
  static readonly layer = Layer.effect(
    BackgroundSql,
    // On close, a listener sends `unlisten`, which a dead connection never answers.
    Effect.map(closingInTime(prepared("fairground-background", 5)), (built) => Context.get(built, PgClient.PgClient))
  )
}

const oldestSupported = 15

const asVersion = row(Schema.Struct({ version: Schema.Int }))

/** Waits for the server to answer, for at most DATABASE_DEADLINE, and refuses a version that is too old. */
const check = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const settings = yield* Settings
  const { description } = yield* Database
  let last: SqlError.SqlError | undefined
  const { version } = yield* sql`select current_setting('server_version_num')::int / 10000 as version`.pipe(
    asVersion(),
    Effect.mapError((error) => {
      last = error
      return isTransient(error) ? error : refused(description, error)
    }),
    retryTransient(settings.databaseDeadline),
    Effect.catchTag("DatabaseUnavailable", () => Effect.fail(refused(description, last)))
  )
  if (version < oldestSupported) {
    return yield* new DatabaseError({
      message: `${description} is PostgreSQL ${version}; Fairground needs ${oldestSupported} or later. Set DATABASE_URL to a newer server, or leave it out for an embedded one.`
    })
  }
})

const refused = (description: string, error: SqlError.SqlError | undefined) => {
  const cause: unknown = error?.reason.cause
  const why = cause instanceof Error && cause.message !== "" ? cause.message : (error?.message ?? "no answer in time")
  return new DatabaseError({
    message: `${description} cannot be used: ${why}. Is DATABASE_URL right, and does the server run?`
  })
}

const checked = Layer.effectDiscard(check).pipe(Layer.provideMerge(client))

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  return cause === undefined ? "" : `: ${cause.message}${causeOf(cause)}`
}

/**
 * Migrates on a connection of its own without a statement timeout: a migration may take as long as it needs, and so may the
 * wait for another replica that is migrating. Connecting takes at most DATABASE_DEADLINE.
 */
export const migrate = Effect.gen(function* () {
  const { url } = yield* Database
  const { databaseDeadline } = yield* Settings
  const connection = PgClient.layer({
    url,
    applicationName: "fairground-migrate",
    connectTimeout,
    maxConnections: 1,
    startupParameters: { timezone: "UTC", statement_timeout: "0" }
  })
  // A server that is briefly unavailable does not fail the start. A migration that fails is not retried.
  const connected = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`select 1`).pipe(
    Effect.retry({
      while: isTransient,
      schedule: Schedule.spaced("250 millis").pipe(Schedule.upTo({ duration: databaseDeadline }))
    })
  )
  return yield* Effect.provide(Effect.andThen(connected, Migrations.migrate), connection)
}).pipe(
  Effect.mapError(
    (error) => new DatabaseError({ message: `The database was not migrated: ${error.message}${causeOf(error)}` })
  )
)

/** The checked database without migrations, for the command that migrates. */
export const layerUnmigrated = checked.pipe(Layer.provideMerge(Database.layerShared))

/** The database for a command next to a running service. */
export const layerShared = BackgroundSql.layer.pipe(
  Layer.provideMerge(Layer.effectDiscard(migrate)),
  Layer.provideMerge(layerUnmigrated)
)

/** The database for the service: reachable, recent enough, and migrated to this program's schema. */
export const layer = BackgroundSql.layer.pipe(
  Layer.provideMerge(Layer.effectDiscard(migrate)),
  Layer.provideMerge(checked),
  Layer.provideMerge(Database.layer)
)
