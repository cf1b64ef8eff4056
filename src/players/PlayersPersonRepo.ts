import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, rows } from "../platform/postgres/Rows.ts"

const asRows = rows(Schema.Struct({ email: Schema.String, emailKey: Schema.String, createdAt: Schema.Date }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const find = (id: string) =>
    sql`select email, email_key, created_at from player where id = ${id}`.pipe(
      asRows(),
      firstRow,
      Effect.withSpan("PlayersPersonRepo.find")
    )

  const remove = (id: string) =>
    sql`delete from player where id = ${id}`.pipe(Effect.asVoid, Effect.withSpan("PlayersPersonRepo.remove"))

  return { find, remove }
})
