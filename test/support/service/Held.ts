import { PgClient } from "@effect/sql-pg"
import { Deferred, Effect, Fiber, type Redacted } from "effect"
import { SqlClient, type SqlError } from "effect/sql"

/** Another session's transaction, which stays open until it is released and is then rolled back. */
export const held = Effect.fnUntraced(function* (
  url: Redacted.Redacted<string>,
  hold: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError.SqlError>
) {
  const [holding, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
  const holder = yield* Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* hold(sql)
        yield* Deferred.succeed(holding, undefined)
        yield* Deferred.await(release)
        return yield* Effect.fail("rolled back" as const)
      })
    )
  }).pipe(Effect.ignore, Effect.provide(PgClient.layer({ url, maxConnections: 1 })), Effect.forkScoped)
  yield* Deferred.await(holding)
  return { release: Effect.andThen(Deferred.succeed(release, undefined), Fiber.join(holder)) }
})
