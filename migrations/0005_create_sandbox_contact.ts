import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** What an outside ESP would keep. Only the sandbox reads it, and nothing else may. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table sandbox_contact (
      email_key text collate "C" not null,
      name text,
      created_at timestamptz not null,
      constraint sandbox_contact_pkey primary key (email_key)
    )`
  yield* sql`comment on table sandbox_contact is 'The contacts of the sandbox ESP, which stands in for a real provider.'`
})
