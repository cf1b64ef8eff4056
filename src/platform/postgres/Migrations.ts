import { NodeServices } from "@effect/platform-node"
import { Effect, Schema } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import { fromFileSystem } from "effect/sql/MigratorFileSystem"
import { fileURLToPath } from "node:url"
import { rows } from "./Rows.ts"

export const table = "fairground_migration"

const asIds = rows(Schema.Struct({ id: Schema.Int }))

const loader = fromFileSystem(fileURLToPath(new URL("../../../migrations", import.meta.url)))

/**
 * Migrates the database to this program's schema. All pending migrations run in one transaction under an exclusive lock, so
 * replicas that start together migrate once. Returns the migrations that ran.
 */
export const migrate = Effect.provide(Migrator.make({})({ loader, table }), NodeServices.layer)

/** `0001_create_game` */
export const nameOf = ([id, name]: readonly [id: number, name: string, ...rest: ReadonlyArray<unknown>]): string =>
  `${String(id).padStart(4, "0")}_${name}`

/** The migrations of this program that the database lacks. */
export const pending = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const known = yield* loader
  const applied = yield* sql`select migration_id as id from ${sql(table)}`.pipe(
    asIds(),
    // Before the first migration, the table does not exist.
    Effect.catchReason("SqlError", "SqlSyntaxError", () => Effect.succeed([]))
  )
  const ids = new Set(applied.map(({ id }) => id))
  return known.filter(([id]) => !ids.has(id)).map(nameOf)
}).pipe(Effect.provide(NodeServices.layer))
