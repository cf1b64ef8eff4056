import { NodeRuntime } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { Console, Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { start } from "../../../../src/platform/postgres/embedded/EmbeddedPostgres.ts"

// A program around the supervisor, for tests that kill it or run it as another user. Its argument: the options as JSON.
const options: Parameters<typeof start>[0] = JSON.parse(process.argv[2] ?? "{}")

const program = Effect.gen(function* () {
  const running = yield* start(options)
  // Like the application's drain: above the database, and still using it at a time when the database would be gone if the
  // signal had reached it too. A fast shutdown of the server would cancel this query.
  yield* Effect.addFinalizer(() =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`select pg_sleep(0.5)`).pipe(
      Effect.provide(PgClient.layer({ url: running.url })),
      Effect.match({ onFailure: () => "too late", onSuccess: () => "in time" }),
      Effect.flatMap((drained) => Console.log(JSON.stringify({ drained })))
    )
  )
  yield* Console.log(JSON.stringify({ ...running, url: Redacted.value(running.url) }))
  return yield* Effect.never
}).pipe(
  Effect.catchTag("EmbeddedPostgresError", ({ message, reason }) => Console.log(JSON.stringify({ reason, message }))),
  Effect.scoped
)

NodeRuntime.runMain(program)
