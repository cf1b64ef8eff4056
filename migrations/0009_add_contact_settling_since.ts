import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** A column without a default is added without a rewrite, whatever the table's size. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`alter table contact add column settling_since timestamptz`
  yield* sql`comment on column contact.settling_since is
    'From when the time counts after which it is attempted no more, where an operator has started it again; null: from created_at.'`
})
