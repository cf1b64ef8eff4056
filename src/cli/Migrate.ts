import { Console, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { json } from "../platform/cli/Flags.ts"
import * as Logging from "../platform/observe/Logging.ts"
import * as Migrations from "../platform/postgres/Migrations.ts"
import * as Sql from "../platform/postgres/Sql.ts"
import { Settings } from "../platform/settings/Settings.ts"

export const migrate = Command.make(
  "migrate",
  {
    json
  },
  Effect.fnUntraced(
    function* ({ json }) {
      const done = (yield* Sql.migrate).map(Migrations.nameOf)
      if (json) return yield* Console.log(JSON.stringify({ migrated: done }))
      yield* Console.log(
        done.length === 0 ? "The database is up to date." : `Migrated:\n${done.map((name) => `  ${name}`).join("\n")}`
      )
    },
    Effect.provide(Sql.layerUnmigrated.pipe(Layer.provide(Logging.layer), Layer.provideMerge(Settings.layer)))
  )
).pipe(
  Command.withDescription("Bring the database to this program's schema, and stop. `serve` does the same at its start.")
)
