import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, hasRows, rows } from "../../platform/postgres/Rows.ts"
import { AccountId, Language, Method, RoleName } from "../Account.ts"

const State = Schema.Struct({
  email: Schema.NullOr(Schema.String),
  name: Schema.String,
  role: RoleName,
  language: Language,
  hasPassword: Schema.Boolean,
  identities: Schema.Int,
  passkeys: Schema.Int,
  totp: Schema.Boolean,
  /** What the session has proven; null: there is no such session of the account. */
  methods: Schema.NullOr(Schema.Array(Method))
})
export type State = typeof State.Type

const asStates = rows(State)
const asIds = rows(Schema.Struct({ id: AccountId }))
const asRemoved = rows(Schema.Struct({ removed: Schema.Int }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Whatever changes the account's factors waits for it. False: there is no such account. */
  const lock = (accountId: AccountId) =>
    sql`select id from account where id = ${accountId} for no key update`.pipe(asIds("FactorsRepo.lock"), hasRows)

  /** What the account has. A statement of its own, after the lock: one that waits for it would see what was before. */
  const state = (accountId: AccountId, sessionId: string | null) =>
    sql`
      select a.email, a.name, a.role, a.language,
        exists (select from account_password p where p.account_id = a.id) as has_password,
        (select count(*) from account_identity i where i.account_id = a.id)::int as identities,
        (select count(*) from account_passkey k where k.account_id = a.id)::int as passkeys,
        exists (select from account_totp t where t.account_id = a.id and t.confirmed_at is not null) as totp,
        (select s.methods from account_session s where s.account_id = a.id and s.id = ${sessionId}) as methods
      from account a where a.id = ${accountId}`.pipe(asStates("FactorsRepo.state"), firstRow)

  /** Undefined: no account has this address. */
  const byEmail = (emailKey: string) =>
    sql`select id from account where email_key = ${emailKey}`.pipe(
      asIds("FactorsRepo.byEmail"),
      Effect.map(([found]) => found?.id)
    )

  /** Deletes all second factors. Returns how many there were, recovery codes not counted. */
  const removeAll = (accountId: AccountId) =>
    sql`
      with totp as (delete from account_totp where account_id = ${accountId} returning 1),
        passkey as (delete from account_passkey where account_id = ${accountId} returning 1),
        code as (delete from account_recovery_code where account_id = ${accountId})
      select ((select count(*) from totp) + (select count(*) from passkey))::int as removed`.pipe(
      asRemoved("FactorsRepo.removeAll"),
      Effect.map(([counted]) => counted?.removed ?? 0)
    )

  return { lock, state, byEmail, removeAll }
})
