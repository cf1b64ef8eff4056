import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** A column without a default is added without a rewrite, whatever the table's size. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`alter table contact add column mailability text`
  // Not validated: that would read the whole table under a lock that stops plays, and all rows of before are null.
  yield* sql`
    alter table contact add constraint contact_mailability_check
      check (mailability in ('subscribed', 'pending', 'unsubscribed', 'suppressed', 'unknown')) not valid`
  yield* sql`comment on column contact.mailability is
    'Whether mail may be sent to it, as the answer with the verdict told; null: there was no such answer.'`
})
