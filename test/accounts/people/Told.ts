import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { rows } from "../../../src/platform/postgres/Rows.ts"

const asEntries = rows(
  Schema.Struct({
    action: Schema.String,
    accountId: Schema.NullOr(Schema.String),
    targetId: Schema.NullOr(Schema.String),
    details: Schema.NullOr(Schema.Unknown)
  })
)

/** The audit log, oldest first. */
export const entries = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql`
    select action, account_id as "accountId", target_id as "targetId", details from audit_entry order by id`.pipe(
    asEntries()
  )
)
