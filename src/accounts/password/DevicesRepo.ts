import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { hasRows, rows } from "../../platform/postgres/Rows.ts"

const asKnown = rows(Schema.Struct({ known: Schema.Boolean }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Whether the person with this address signed in from the browser before. */
  const isKnown = (tokenHash: Uint8Array, emailKey: string) =>
    sql`
      select true as known from account_device d join account a on a.id = d.account_id
      where d.token_hash = ${tokenHash} and d.expires_at > now() and a.email_key = ${emailKey}`.pipe(
      asKnown("DevicesRepo.isKnown"),
      hasRows
    )

  /** Prolongs the device. False: the account has no such device. */
  const prolong = (tokenHash: Uint8Array, accountId: string) =>
    sql`
      update account_device set last_used_at = now(), expires_at = now() + interval '90 days'
      where token_hash = ${tokenHash} and account_id = ${accountId} and expires_at > now()
      returning true as known`.pipe(asKnown(), hasRows)

  /** Adds a device, and ends the least used ones of the account beyond `most`. */
  const insert = (tokenHash: Uint8Array, accountId: string, most: number) =>
    Effect.andThen(
      sql`
        insert into account_device (token_hash, account_id, last_used_at, expires_at)
        values (${tokenHash}, ${accountId}, now(), now() + interval '90 days')`,
      sql`
        delete from account_device where token_hash in (
          select token_hash from account_device where account_id = ${accountId}
          order by last_used_at desc, token_hash offset ${most}
        )`
    ).pipe(Effect.asVoid)

  const removeAll = (accountId: string) =>
    sql`delete from account_device where account_id = ${accountId}`.pipe(Effect.asVoid)

  return { isKnown, prolong, insert, removeAll }
})
