import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, rows } from "../../platform/postgres/Rows.ts"
import { AccountId, AccountName, Language, Method, RoleName } from "../Account.ts"
import { SessionId } from "../session/Session.ts"
import { OwnAccount, type OwnAccountChange } from "./OwnAccount.ts"

const asAccounts = rows(OwnAccount)

const asIdentities = rows(
  Schema.Struct({
    id: AccountId,
    kind: Schema.Literals(["person", "machine"]),
    email: Schema.NullOr(Schema.String),
    name: AccountName,
    role: RoleName,
    language: Language,
    totp: Schema.Boolean,
    passkey: Schema.Boolean,
    recoveryCodes: Schema.Int,
    sessionId: Schema.NullOr(SessionId),
    methods: Schema.NullOr(Schema.Array(Method)),
    authenticatedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
    lastSeenAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
    expiresAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
  })
)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const columns = sql.literal(`
    a.id, a.kind, a.email, a.email_verified_at is not null as is_email_verified, a.name, a.role, a.language, a.version,
    a.created_at, p.account_id is not null as has_password, p.changed_at as password_changed_at`)

  const find = (id: string) =>
    sql`select ${columns} from account a left join account_password p on p.account_id = a.id where a.id = ${id}`.pipe(
      asAccounts("OwnAccountRepo.find"),
      firstRow
    )

  /** Undefined: the account has another version, or is gone. */
  const update = (id: string, { language, name }: OwnAccountChange, version: number | null) =>
    sql`
      with changed as (
        update account set name = coalesce(${name ?? null}, name), language = coalesce(${language ?? null}, language),
          version = version + 1, updated_at = now()
        where id = ${id} and (${version}::int is null or version = ${version})
        returning *
      )
      select ${columns} from changed a left join account_password p on p.account_id = a.id`.pipe(
      asAccounts("OwnAccountRepo.update"),
      firstRow
    )

  /** The account with what only its session knows; null: it did not come with one. */
  const identity = (id: string, sessionId: string | null) =>
    sql`
      select a.id, a.kind, a.email, a.name, a.role, a.language,
        exists (select from account_totp where account_id = a.id and confirmed_at is not null) as totp,
        exists (select from account_passkey where account_id = a.id) as passkey,
        (select count(*) from account_recovery_code where account_id = a.id)::int as recovery_codes,
        s.id as session_id, s.methods, s.authenticated_at, s.last_seen_at, s.expires_at
      from account a left join account_session s on s.account_id = a.id and s.id = ${sessionId}::uuid
      where a.id = ${id}`.pipe(asIdentities("OwnAccountRepo.identity"), firstRow)

  return { find, update, identity }
})
