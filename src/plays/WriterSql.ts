import { Context, Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { prepared } from "../platform/postgres/Sql.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { PlaysSettings } from "./PlaysSettings.ts"

/**
 * How long a batch of plays waits for a lock, in milliseconds. Plays of other replicas hold their locks for milliseconds. A
 * session that holds one for longer must delay only the plays that need that lock.
 */
const lockPatience = (databaseDeadline: Duration.Duration) =>
  Math.max(1, Math.min(500, Math.round(Duration.toMillis(databaseDeadline) / 8)))

/** The connections of the play writers, one for each writer. */
export class WriterSql extends Context.Service<WriterSql, SqlClient.SqlClient>()("fairground/plays/WriterSql") {
  static readonly layer = Layer.effect(WriterSql, SqlClient.SqlClient).pipe(
    Layer.provide(
      Layer.unwrap(
        Effect.gen(function* () {
          const { databaseDeadline } = yield* Settings
          const { playWriters } = yield* PlaysSettings
          return prepared("fairground-writer", playWriters, { lock_timeout: `${lockPatience(databaseDeadline)}` })
        })
      )
    )
  )
}
