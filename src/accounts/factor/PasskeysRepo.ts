import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, OID } from "../../platform/postgres/Arrays.ts"
import { rows } from "../../platform/postgres/Rows.ts"
import type { AccountId } from "../Account.ts"
import { Passkey, type PasskeyId } from "./Passkey.ts"

const asPasskeys = rows(Passkey)
const asIds = rows(Schema.Struct({ id: Schema.String }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const columns = sql.literal(
    "id, account_id, credential_id, public_key, sign_count::float8 as sign_count, transports, is_backed_up, name, created_at, last_used_at"
  )

  /** The account's passkeys, oldest first. */
  const list = (accountId: AccountId) =>
    sql`select ${columns} from account_passkey where account_id = ${accountId} order by id`.pipe(
      asPasskeys("PasskeysRepo.list")
    )

  /** The passkey of a credential, if its account is not disabled. */
  const byCredential = (credentialId: string) =>
    sql`
      select ${columns} from account_passkey
      where credential_id = ${credentialId}
        and account_id in (select id from account where disabled_at is null)`.pipe(
      asPasskeys("PasskeysRepo.byCredential"),
      Effect.map(([found]) => found)
    )

  /** Undefined: the credential is known. An earlier try, whose connection broke, may have stored this very row. */
  const insert = (passkey: Omit<Passkey, "createdAt" | "lastUsedAt">) =>
    sql`
      insert into account_passkey as k
        (id, account_id, credential_id, public_key, sign_count, transports, is_backed_up, name, created_at)
      values (${passkey.id}, ${passkey.accountId}, ${passkey.credentialId}, ${passkey.publicKey}, ${passkey.signCount},
        ${array(passkey.transports, OID.text)}, ${passkey.isBackedUp}, ${passkey.name}, now())
      on conflict on constraint account_passkey_credential_key do update set name = excluded.name where k.id = excluded.id
      returning ${columns}`.pipe(
      asPasskeys("PasskeysRepo.insert"),
      Effect.map(([added]) => added)
    )

  /** Nobody disables the account until the transaction ends. False: it is disabled, or gone. */
  const hold = (accountId: AccountId) =>
    sql`select id from account where id = ${accountId} and disabled_at is null for share`.pipe(
      asIds("PasskeysRepo.hold"),
      Effect.map((held) => held.length > 0)
    )

  /**
   * Stores the counter that the passkey has said. False: it is not above the stored one, so there is a copy of the passkey, or its
   * answer was used before (WebAuthn section 6.1.1). One that always says 0 does not count.
   */
  const use = (id: PasskeyId, signCount: number, isBackedUp: boolean) =>
    sql`
      update account_passkey set sign_count = ${signCount}, is_backed_up = ${isBackedUp}, last_used_at = now()
      where id = ${id} and (sign_count < ${signCount} or (sign_count = 0 and ${signCount}::bigint = 0))
      returning id`.pipe(
      asIds("PasskeysRepo.use"),
      Effect.map((used) => used.length > 0)
    )

  /** Undefined: the account has no such passkey. */
  const rename = (accountId: AccountId, id: PasskeyId, name: string) =>
    sql`
      update account_passkey set name = ${name} where account_id = ${accountId} and id = ${id}
      returning ${columns}`.pipe(
      asPasskeys("PasskeysRepo.rename"),
      Effect.map(([renamed]) => renamed)
    )

  /** Undefined: the account has no such passkey. */
  const remove = (accountId: AccountId, id: PasskeyId) =>
    sql`delete from account_passkey where account_id = ${accountId} and id = ${id} returning ${columns}`.pipe(
      asPasskeys("PasskeysRepo.remove"),
      Effect.map(([removed]) => removed)
    )

  return { list, byCredential, hold, insert, use, rename, remove }
})
