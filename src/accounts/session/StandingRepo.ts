import { type Duration, Duration as Durations, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, OID } from "../../platform/postgres/Arrays.ts"
import { rows } from "../../platform/postgres/Rows.ts"
import { Method, RoleName } from "../Account.ts"

const asSessions = rows(Schema.Struct({ id: Schema.String, methods: Schema.Array(Method), role: RoleName }))
const asKeys = rows(Schema.Struct({ id: Schema.String, scopes: Schema.Array(Schema.String), role: RoleName }))

/** Statements that look at credentials by their ids, which does not count as a use of them. */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Those of these sessions that go on. */
  const sessions = (ids: ReadonlyArray<string>, idle: Duration.Duration) =>
    sql`
      select s.id, s.methods, a.role
      from account_session s join account a on a.id = s.account_id
      where s.id = any(${array(ids, OID.uuid)}) and s.expires_at > now()
        and s.last_seen_at > now() - ${`${Durations.toMillis(idle)} milliseconds`}::interval
        and a.disabled_at is null`.pipe(asSessions("StandingRepo.sessions"))

  /** Those of these keys that are neither revoked nor expired. */
  const keys = (ids: ReadonlyArray<string>) =>
    sql`
      select k.id, k.scopes, a.role
      from api_key k join account a on a.id = k.account_id
      where k.id = any(${array(ids, OID.uuid)}) and k.revoked_at is null
        and (k.expires_at is null or k.expires_at > now()) and a.disabled_at is null`.pipe(asKeys("StandingRepo.keys"))

  return { sessions, keys }
})
