import { DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Role } from "../../platform/contract/Access.ts"
import { array, OID } from "../../platform/postgres/Arrays.ts"
import { firstRow, rows } from "../../platform/postgres/Rows.ts"
import { type AccountId, RoleName } from "../Account.ts"
import { ApiKey, type ApiKeyId } from "./ApiKey.ts"

const asKeys = rows(ApiKey)
const asOwned = rows(Schema.Struct({ ...ApiKey.fields, role: RoleName }))

/** A key, and the role of its account. */
export interface Owned extends ApiKey {
  readonly role: Role
}

export interface NewRow {
  readonly id: ApiKeyId
  readonly accountId: AccountId
  readonly name: string
  readonly hint: string
  readonly tokenHash: Uint8Array
  readonly scopes: ReadonlyArray<string>
  readonly createdBy: AccountId | null
  readonly expiresAt: DateTime.Utc | null
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const columns = sql`
    k.id, k.account_id, k.name, k.hint, k.scopes, k.created_by, k.created_at, k.expires_at, k.last_used_at`

  /** Up to `count` keys of the account that are not revoked, newest first; with `only`, at most this one. */
  const list = (
    {
      account,
      after,
      only
    }: { readonly account: AccountId; readonly after: ApiKeyId | null; readonly only: string | null },
    count: number
  ) =>
    sql`
      select ${columns} from api_key k
      where k.account_id = ${account} and k.revoked_at is null
        and (${after}::uuid is null or k.id < ${after}) and (${only}::uuid is null or k.id = ${only})
      order by k.id desc
      limit ${count}`.pipe(asKeys("ApiKeysRepo.list"))

  /** Undefined: there is none, or it is revoked. */
  const find = (id: ApiKeyId) =>
    sql`
      select ${columns}, a.role from api_key k join account a on a.id = k.account_id
      where k.id = ${id} and k.revoked_at is null`.pipe(
      asOwned("ApiKeysRepo.find"),
      Effect.map(([key]): Owned | undefined => key)
    )

  /** Undefined: an earlier attempt, whose connection broke, has made it. */
  const insert = (key: NewRow) =>
    sql`
      insert into api_key (id, account_id, name, hint, token_hash, scopes, created_by, created_at, expires_at)
      values (${key.id}, ${key.accountId}, ${key.name}, ${key.hint}, ${key.tokenHash}, ${array(key.scopes, OID.text)},
        ${key.createdBy}, now(), ${key.expiresAt === null ? null : DateTime.toDateUtc(key.expiresAt)})
      on conflict on constraint api_key_pkey do nothing
      returning *`.pipe(asKeys("ApiKeysRepo.insert"), firstRow)

  /** Undefined: it is revoked already. */
  const revoke = (id: ApiKeyId) =>
    sql`update api_key set revoked_at = now() where id = ${id} and revoked_at is null returning *`.pipe(
      asKeys("ApiKeysRepo.revoke"),
      firstRow
    )

  return { list, find, insert, revoke }
})
