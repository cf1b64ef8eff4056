import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Notifier } from "../../platform/notify/Notifier.ts"

/**
 * Tells all processes, once the transaction around it is committed, that somebody's rights have changed: whoever serves a stream looks
 * at them again. It says nothing of whom, so that nothing depends on its arrival but the moment.
 */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const notifier = yield* Notifier
  return sql.afterCommit(Effect.sync(() => notifier.tell("access", () => [{ game: null, item: null }])))
})
