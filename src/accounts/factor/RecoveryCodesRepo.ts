import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, OID } from "../../platform/postgres/Arrays.ts"
import { hasRows, rows } from "../../platform/postgres/Rows.ts"
import type { AccountId } from "../Account.ts"

const asHashes = rows(Schema.Struct({ codeHash: Schema.Uint8Array }))
const asCounts = rows(Schema.Struct({ count: Schema.Int }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const count = (accountId: AccountId) =>
    sql`select count(*)::int as count from account_recovery_code where account_id = ${accountId}`.pipe(
      asCounts("RecoveryCodesRepo.count"),
      Effect.map(([counted]) => counted?.count ?? 0)
    )

  const removeAll = (accountId: AccountId) =>
    sql`delete from account_recovery_code where account_id = ${accountId}`.pipe(Effect.asVoid)

  const insert = (accountId: AccountId, hashes: ReadonlyArray<Uint8Array>) =>
    sql`
      insert into account_recovery_code (account_id, code_hash)
      select ${accountId}, unnest(${array(hashes, OID.bytea)})`.pipe(Effect.asVoid)

  /** Uses up a code, which works once. False: the account has no such code. */
  const use = (accountId: AccountId, codeHash: Uint8Array) =>
    sql`
      delete from account_recovery_code where account_id = ${accountId} and code_hash = ${codeHash}
      returning code_hash`.pipe(asHashes("RecoveryCodesRepo.use"), hasRows)

  return { count, removeAll, insert, use }
})
