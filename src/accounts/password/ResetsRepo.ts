import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, rows } from "../../platform/postgres/Rows.ts"
import { AccountId } from "../Account.ts"

const asMade = rows(Schema.Struct({ expiresAt: Schema.DateTimeUtcFromDate }))
const asResets = rows(Schema.Struct({ accountId: AccountId, isMailed: Schema.Boolean }))

/** What gets into an account besides its password, for its person to look at. */
const WaysIn = Schema.Struct({
  identities: Schema.Array(Schema.Struct({ connection: Schema.String, email: Schema.NullOr(Schema.String) })),
  passkeys: Schema.Array(Schema.String),
  keys: Schema.Array(Schema.String),
  totp: Schema.Boolean
})
export type WaysIn = typeof WaysIn.Type
const asWaysIn = rows(WaysIn)

const nothing: WaysIn = { identities: [], passkeys: [], keys: [], totp: false }

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /**
   * Adds a link for half an hour. `email` is where a mail takes it; null: it is printed. Undefined: three mails have gone out whose
   * links still work, and a fourth would only fill the mailbox.
   */
  const insert = (tokenHash: Uint8Array, accountId: string, email: string | null) =>
    sql`
      insert into account_token (token_hash, purpose, account_id, email, email_key, created_at, expires_at)
      select ${tokenHash}, 'password-reset', id, ${email}, case when ${email}::text is null then null else email_key end,
        now(), now() + interval '30 minutes'
      from account a
      where id = ${accountId} and kind = 'person' and disabled_at is null and (${email}::text is null or 3 > (
        select count(*) from account_token t
        where t.account_id = a.id and t.purpose = 'password-reset' and t.expires_at > now() and t.email is not null
      ))
      returning expires_at`.pipe(
      asMade("ResetsRepo.insert"),
      Effect.map(([made]) => made?.expiresAt)
    )

  // A link that a mail took to an address that the account has no more proves nothing.
  const isGood = sql.literal(`
    t.purpose = 'password-reset' and t.expires_at > now() and a.id = t.account_id and a.disabled_at is null
    and (t.email_key is null or t.email_key = a.email_key)`)

  /** The account of a link that works, without using it up. */
  const find = (tokenHash: Uint8Array) =>
    sql`
      select t.account_id, t.email is not null as is_mailed from account_token t, account a
      where t.token_hash = ${tokenHash} and ${isGood}`.pipe(asResets("ResetsRepo.find"), firstRow)

  /** Uses a link up, and all others of the account with it. Undefined: it does not work any more. */
  const take = (tokenHash: Uint8Array) =>
    Effect.gen(function* () {
      const [taken] = yield* sql`
        delete from account_token t using account a
        where t.token_hash = ${tokenHash} and ${isGood}
        returning t.account_id, t.email is not null as is_mailed`.pipe(asResets("ResetsRepo.take"))
      if (taken !== undefined) yield* dropAll(taken.accountId)
      return taken
    })

  /**
   * When the password or the address changes: whoever asked for a link before may not be who changed it. A link that changes the
   * address ends as well; it would hand the account to whoever had a session before the reset.
   */
  const dropAll = (accountId: string) =>
    sql`delete from account_token where account_id = ${accountId}`.pipe(Effect.asVoid)

  /** The link came by mail, so the mailbox is the person's. */
  const verifyEmail = (accountId: string) =>
    sql`
      update account set email_verified_at = now(), version = version + 1, updated_at = now()
      where id = ${accountId} and email_verified_at is null`.pipe(Effect.asVoid)

  const waysIn = (accountId: string) =>
    sql`
      select
        coalesce((select jsonb_agg(jsonb_build_object('connection', connection, 'email', email) order by id)
          from account_identity where account_id = a.id), '[]') as identities,
        coalesce((select jsonb_agg(name order by id) from account_passkey where account_id = a.id), '[]') as passkeys,
        coalesce((select jsonb_agg(name order by id) from api_key where account_id = a.id and revoked_at is null
          and (expires_at is null or expires_at > now())), '[]') as keys,
        exists (select from account_totp where account_id = a.id and confirmed_at is not null) as totp
      from account a where a.id = ${accountId}`.pipe(
      asWaysIn("ResetsRepo.waysIn"),
      Effect.map(([found]) => found ?? nothing)
    )

  return { insert, find, take, dropAll, verifyEmail, waysIn }
})
