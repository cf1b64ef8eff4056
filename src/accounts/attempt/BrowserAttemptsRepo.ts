import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, rows } from "../../platform/postgres/Rows.ts"
import { AccountId } from "../Account.ts"

/** What the browser is to come back from. */
export const AttemptPurpose = Schema.Literals([
  "sso-sign-in",
  "sso-link",
  "sso-confirmation",
  "sso-invitation",
  "passkey-sign-in",
  "passkey-registration",
  "passkey-confirmation"
])
export type AttemptPurpose = typeof AttemptPurpose.Type

const Row = Schema.Struct({
  purpose: AttemptPurpose,
  connection: Schema.NullOr(Schema.String),
  secret: Schema.Uint8Array,
  accountId: Schema.NullOr(AccountId),
  sessionId: Schema.NullOr(Schema.String),
  invitationId: Schema.NullOr(Schema.String)
})
export type Row = typeof Row.Type

const asAttempts = rows(Row)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** An earlier try, whose connection broke, may have stored this very row. */
  const insert = (bindingHash: Uint8Array, attempt: Row) =>
    sql`
      insert into browser_attempt
        (binding_hash, purpose, connection, secret, account_id, session_id, invitation_id, expires_at)
      values (${bindingHash}, ${attempt.purpose}, ${attempt.connection}, ${attempt.secret}, ${attempt.accountId},
        ${attempt.sessionId}, ${attempt.invitationId}, now() + interval '10 minutes')
      on conflict on constraint browser_attempt_pkey do nothing`.pipe(Effect.asVoid)

  /** Takes the attempt, which works once. Undefined: there is none, or it has expired, or it is for something else. */
  const take = (bindingHash: Uint8Array, purposes: ReadonlyArray<AttemptPurpose>, connection: string | null) =>
    sql`
      delete from browser_attempt
      where binding_hash = ${bindingHash} and ${sql.in("purpose", purposes)}
        and connection is not distinct from ${connection} and expires_at > now()
      returning purpose, connection, secret, account_id, session_id, invitation_id`.pipe(
      asAttempts("BrowserAttemptsRepo.take"),
      firstRow
    )

  return { insert, take }
})
