import { NodeServices } from "@effect/platform-node"
import { Effect, Schema } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import { fromFileSystem } from "effect/sql/MigratorFileSystem"
import { fileURLToPath } from "node:url"

export const table = "fairground_migration"

const loader = fromFileSystem(fileURLToPath(new URL("../../../migrations", import.meta.url)))

/**
 * Migrates the database to this program's schema. All pending migrations run in one transaction under an exclusive lock, so
 * replicas that start together migrate once. Returns the migrations that ran.
 */
export const migrate = Effect.provide(Migrator.make({})({ loader, table }), NodeServices.layer)

/** The migrations of this program that the database lacks. */
export const pending = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const known = yield* loader
  const rows = yield* sql`select migration_id as id from ${sql(table)}`.pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ id: Schema.Int })))),
    // Before the first migration, the table does not exist.
    Effect.catchReason("SqlError", "SqlSyntaxError", () => Effect.succeed([]))
  )
  const applied = new Set(rows.map((row) => row.id))
  return known.filter(([id]) => !applied.has(id)).map(([id, name]) => `${String(id).padStart(4, "0")}_${name}`)
}).pipe(Effect.provide(NodeServices.layer))
