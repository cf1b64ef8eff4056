import { Effect, Schema } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { firstRow, hasRows, row, rows } from "../../platform/postgres/Rows.ts"
import { AccountId, Language } from "../Account.ts"
import { EmailTaken } from "../AccountErrors.ts"

const asMade = row(Schema.Struct({ expiresAt: Schema.DateTimeUtcFromDate }))
const asTaken = rows(
  Schema.Struct({
    accountId: AccountId,
    newEmail: Schema.String,
    newKey: Schema.String,
    oldEmail: Schema.String,
    name: Schema.String,
    language: Language
  })
)
const asIds = rows(Schema.Struct({ id: Schema.String }))

const isTaken = (error: unknown) =>
  error instanceof SqlError.SqlError &&
  error.reason._tag === "UniqueViolation" &&
  error.reason.constraint === "account_email_key_key"

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Adds a link for 24 hours, in place of an earlier one of the account. */
  const insert = (tokenHash: Uint8Array, accountId: string, email: string, emailKey: string) =>
    Effect.andThen(
      sql`delete from account_token where account_id = ${accountId} and purpose = 'email-change'`,
      sql`
        insert into account_token (token_hash, purpose, account_id, email, email_key, created_at, expires_at)
        values (${tokenHash}, 'email-change', ${accountId}, ${email}, ${emailKey}, now(), now() + interval '24 hours')
        returning expires_at`.pipe(
        asMade("EmailChangesRepo.insert"),
        Effect.map(({ expiresAt }) => expiresAt)
      )
    )

  const works = (tokenHash: Uint8Array) =>
    sql`
      select a.id from account_token t join account a on a.id = t.account_id
      where t.token_hash = ${tokenHash} and t.purpose = 'email-change' and t.expires_at > now() and a.disabled_at is null`.pipe(
      asIds("EmailChangesRepo.works"),
      hasRows
    )

  /** Uses a link up. Undefined: it does not work any more. */
  const take = (tokenHash: Uint8Array) =>
    sql`
      delete from account_token t using account a
      where t.token_hash = ${tokenHash} and t.purpose = 'email-change' and t.expires_at > now()
        and a.id = t.account_id and a.disabled_at is null
      returning t.account_id, t.email as new_email, t.email_key as new_key, a.email as old_email, a.name, a.language`.pipe(
      asTaken("EmailChangesRepo.take"),
      firstRow
    )

  const change = (accountId: string, email: string, emailKey: string) =>
    sql`
      update account set email = ${email}, email_key = ${emailKey}, email_verified_at = now(), version = version + 1,
        updated_at = now()
      where id = ${accountId}`.pipe(
      Effect.asVoid,
      Effect.catchIf(isTaken, () => Effect.fail(new EmailTaken({})))
    )

  /** Whoever ends sessions does not know which of them asked for the link. */
  const drop = (accountId: string) =>
    sql`delete from account_token where account_id = ${accountId} and purpose = 'email-change'`.pipe(Effect.asVoid)

  return { insert, works, take, change, drop }
})
