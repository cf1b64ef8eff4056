import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, hasRows, rows } from "../../platform/postgres/Rows.ts"
import { AccountId, Language } from "../Account.ts"

const asIds = rows(Schema.Struct({ id: Schema.String }))
const asHashes = rows(Schema.Struct({ hash: Schema.String }))

/** Whose password is asked for. `hash` is null where the account has none. */
const Owner = Schema.Struct({
  accountId: AccountId,
  email: Schema.String,
  name: Schema.String,
  language: Language,
  isDisabled: Schema.Boolean,
  hash: Schema.NullOr(Schema.String)
})
export type Owner = typeof Owner.Type
const asOwners = rows(Owner)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** The person with this address. */
  const byEmail = (emailKey: string) =>
    sql`
      select a.id as account_id, a.email, a.name, a.language, a.disabled_at is not null as is_disabled, p.hash
      from account a left join account_password p on p.account_id = a.id
      where a.email_key = ${emailKey}`.pipe(asOwners("PasswordsRepo.byEmail"), firstRow)

  const byAccount = (accountId: string) =>
    sql`
      select a.id as account_id, a.email, a.name, a.language, a.disabled_at is not null as is_disabled, p.hash
      from account a left join account_password p on p.account_id = a.id
      where a.id = ${accountId} and a.kind = 'person'`.pipe(asOwners("PasswordsRepo.byAccount"), firstRow)

  /** The password that the person chose. */
  const store = (accountId: string, hash: string) =>
    sql`
      insert into account_password (account_id, hash, changed_at) values (${accountId}, ${hash}, now())
      on conflict (account_id) do update set hash = excluded.hash, changed_at = excluded.changed_at`.pipe(Effect.asVoid)

  /** A stronger hash of the same password; nothing where it was changed meanwhile. */
  const strengthen = (accountId: string, from: string, to: string) =>
    sql`update account_password set hash = ${to} where account_id = ${accountId} and hash = ${from}`.pipe(Effect.asVoid)

  /** Nobody changes the account's password or disables it until the transaction ends. False: it is disabled, or there is none. */
  const hold = (accountId: string) =>
    sql`select id from account where id = ${accountId} and disabled_at is null for share`.pipe(asIds(), hasRows)

  /** The same for whoever changes it. */
  const lock = (accountId: string) =>
    sql`select id from account where id = ${accountId} and disabled_at is null for no key update`.pipe(asIds(), hasRows)

  const hashOf = (accountId: string) =>
    sql`select hash from account_password where account_id = ${accountId}`.pipe(
      asHashes(),
      Effect.map(([found]) => found?.hash ?? null)
    )

  return { byEmail, byAccount, store, strengthen, hold, lock, hashOf }
})
