import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { EmailKey } from "../../players/Email.ts"
import { firstRow, rows } from "../../platform/postgres/Rows.ts"

const asRows = rows(
  Schema.Struct({ emailKey: Schema.String, name: Schema.NullOr(Schema.String), createdAt: Schema.Date })
)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const find = (emailKey: EmailKey) =>
    sql`select email_key, name, created_at from sandbox_contact where email_key = ${emailKey}`.pipe(
      asRows(),
      firstRow,
      Effect.withSpan("EspSandboxPersonRepo.find")
    )

  const remove = (emailKey: EmailKey) =>
    sql`delete from sandbox_contact where email_key = ${emailKey}`.pipe(
      Effect.asVoid,
      Effect.withSpan("EspSandboxPersonRepo.remove")
    )

  return { find, remove }
})
