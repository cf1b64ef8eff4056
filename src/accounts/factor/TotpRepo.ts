import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, hasRows, rows } from "../../platform/postgres/Rows.ts"
import type { AccountId } from "../Account.ts"

const asSecrets = rows(Schema.Struct({ secret: Schema.Uint8Array, confirmedAt: Schema.DateTimeUtcFromDate }))
const asIds = rows(Schema.Struct({ accountId: Schema.String }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Undefined: the account has no authenticator app. */
  const find = (accountId: AccountId) =>
    sql`
      select secret, confirmed_at from account_totp
      where account_id = ${accountId} and confirmed_at is not null`.pipe(asSecrets("TotpRepo.find"), firstRow)

  /**
   * Stores a secret that was confirmed by the code of `step`, in place of one whose stored bytes have this SHA-256 (null: of none).
   * False: another one is there. An earlier try, whose connection broke, may have stored these very bytes.
   */
  const store = (accountId: AccountId, secret: Uint8Array, step: number, replaces: Uint8Array | null) =>
    sql`
      insert into account_totp as t (account_id, secret, confirmed_at, last_step, created_at)
      values (${accountId}, ${secret}, now(), ${step}, now())
      on conflict on constraint account_totp_pkey do update
        set secret = excluded.secret, confirmed_at = now(), last_step = excluded.last_step, created_at = now()
        where sha256(t.secret) = ${replaces} or t.secret = excluded.secret
      returning account_id`.pipe(asIds("TotpRepo.store"), hasRows)

  /**
   * Uses up the code of a step, which works once, if the secret is still the one that was read; `sealed` takes its place. False: the
   * code, or a later one, was used before.
   */
  const use = (accountId: AccountId, step: number, read: Uint8Array, sealed: Uint8Array) =>
    sql`
      update account_totp set last_step = ${step}, secret = ${sealed}
      where account_id = ${accountId} and last_step < ${step} and secret = ${read}
      returning account_id`.pipe(asIds("TotpRepo.use"), hasRows)

  /** False: there was none. */
  const remove = (accountId: AccountId) =>
    sql`delete from account_totp where account_id = ${accountId} returning account_id`.pipe(
      asIds("TotpRepo.remove"),
      hasRows
    )

  return { find, store, use, remove }
})
