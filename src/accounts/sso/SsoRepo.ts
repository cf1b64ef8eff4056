import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Role } from "../../platform/contract/Access.ts"
import { firstRow, hasRows, rows } from "../../platform/postgres/Rows.ts"
import { AccountId, Language } from "../Account.ts"
import { Identity, IdentityId } from "./Identity.ts"

const asIdentities = rows(Identity)
const asIds = rows(Schema.Struct({ id: Schema.String }))

const asOwners = rows(
  Schema.Struct({
    identityId: IdentityId,
    accountId: AccountId,
    isDisabled: Schema.Boolean
  })
)

const asAccounts = rows(
  Schema.Struct({
    id: AccountId,
    email: Schema.String,
    name: Schema.String,
    language: Language,
    isProven: Schema.Boolean,
    isDisabled: Schema.Boolean
  })
)

const asFactors = rows(Schema.Struct({ hasSecondFactor: Schema.Boolean }))

export interface NewIdentity {
  readonly id: IdentityId
  readonly accountId: AccountId
  readonly connection: string
  readonly issuer: string
  readonly subject: string
  readonly email: string | null
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Whose identity it is. The account stays as it is until the end of the transaction. Undefined: nobody's. */
  const hold = (issuer: string, subject: string) =>
    sql`
      select i.id as identity_id, i.account_id, a.disabled_at is not null as is_disabled
      from account_identity i join account a on a.id = i.account_id
      where i.issuer = ${issuer} and i.subject = ${subject}
      for share of a`.pipe(asOwners("SsoRepo.hold"), firstRow)

  /** The person with this normalised address, kept as they are until the end of the transaction. */
  const byEmail = (emailKey: string) =>
    sql`
      select id, email, name, language, email_verified_at is not null as is_proven, disabled_at is not null as is_disabled
      from account where email_key = ${emailKey} and kind = 'person' for no key update`.pipe(
      asAccounts("SsoRepo.byEmail"),
      firstRow
    )

  /** After the lock of `byEmail`, for whoever adds a factor takes it, too. */
  const hasSecondFactor = (accountId: AccountId) =>
    sql`
      select exists (select from account_totp where account_id = ${accountId} and confirmed_at is not null)
        or exists (select from account_passkey where account_id = ${accountId}) as has_second_factor`.pipe(
      asFactors("SsoRepo.hasSecondFactor"),
      Effect.map(([found]) => found?.hasSecondFactor === true)
    )

  /** False: it was unlinked while `hold` waited for the account. */
  const touch = (id: IdentityId, connection: string, email: string | null) =>
    sql`
      update account_identity set last_used_at = now(), connection = ${connection}, email = coalesce(${email}, email)
      where id = ${id}
      returning id`.pipe(asIds("SsoRepo.touch"), hasRows)

  /** The session's proof is as old as the provider's, not as the session. */
  const dateBack = (sessionId: string, seconds: number) =>
    sql`
      update account_session set authenticated_at = least(authenticated_at, to_timestamp(${seconds}))
      where id = ${sessionId}`.pipe(Effect.asVoid, Effect.withSpan("SsoRepo.dateBack"))

  /** False: the identity is somebody's already. An earlier try, whose connection broke, may have stored this very row. */
  const insert = (identity: NewIdentity) =>
    sql`
      insert into account_identity as i (id, account_id, connection, issuer, subject, email, created_at, last_used_at)
      values (${identity.id}, ${identity.accountId}, ${identity.connection}, ${identity.issuer}, ${identity.subject},
        ${identity.email}, now(), now())
      on conflict on constraint account_identity_subject_key do update set email = excluded.email where i.id = excluded.id
      returning id`.pipe(asIds("SsoRepo.insert"), hasRows)

  /** False: another account has the address. */
  const insertAccount = (account: {
    readonly id: AccountId
    readonly email: string
    readonly emailKey: string
    readonly name: string
    readonly role: Role
  }) =>
    sql`
      insert into account
        (id, kind, email, email_key, name, role, email_verified_at, created_at, updated_at)
      values (${account.id}, 'person', ${account.email}, ${account.emailKey}, ${account.name}, ${account.role}, now(), now(),
        now())
      on conflict on constraint account_email_key_key do nothing
      returning id`.pipe(asIds("SsoRepo.insertAccount"), hasRows)

  /** The account's identities, oldest first. */
  const list = (accountId: AccountId) =>
    sql`select * from account_identity where account_id = ${accountId} order by id`.pipe(asIdentities("SsoRepo.list"))

  /** Undefined: the account has no such identity. */
  const remove = (accountId: AccountId, id: IdentityId) =>
    sql`delete from account_identity where account_id = ${accountId} and id = ${id} returning *`.pipe(
      asIdentities("SsoRepo.remove"),
      firstRow
    )

  return { hold, byEmail, hasSecondFactor, touch, dateBack, insert, insertAccount, list, remove }
})
