import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { rows } from "../platform/postgres/Rows.ts"

const asCodes = rows(Schema.Struct({ emailKey: Schema.String, createdAt: Schema.Date, expiresAt: Schema.Date }))
const asTokens = rows(Schema.Struct({ createdAt: Schema.Date, expiresAt: Schema.Date }))

/** Tokens of one person. Codes limit how many there can be: 25 an hour, each for 30 days at most. */
const mostTokens = 20_000

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const codes = (emailKey: string) =>
    sql`select email_key, created_at, expires_at from player_code where email_key = ${emailKey}`.pipe(
      asCodes("HoldersPersonRepo.codes")
    )

  const tokens = (playerId: string) =>
    sql`
      select created_at, expires_at from player_token where player_id = ${playerId} order by id limit ${mostTokens}`.pipe(
      asTokens("HoldersPersonRepo.tokens")
    )

  const removeCodes = (emailKey: string) =>
    sql`delete from player_code where email_key = ${emailKey}`.pipe(
      Effect.asVoid,
      Effect.withSpan("HoldersPersonRepo.removeCodes")
    )

  const removeTokens = (playerId: string) =>
    sql`delete from player_token where player_id = ${playerId}`.pipe(
      Effect.asVoid,
      Effect.withSpan("HoldersPersonRepo.removeTokens")
    )

  return { codes, tokens, removeCodes, removeTokens }
})
