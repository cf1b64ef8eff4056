import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Method } from "../../../src/accounts/Account.ts"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import { modules } from "../../../src/Modules.ts"
import type { Role } from "../../../src/platform/contract/Access.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"

/** What a request gets in with. */
export interface Credential {
  readonly accountId: string
  /** Of the key or the session. */
  readonly id: string
  readonly token: string
  /** Present the credential; with a session, as a page of the service itself does. */
  readonly headers: Readonly<Record<string, string>>
}

/** Every permission that some module declares. */
const everyPermission = modules.flatMap(({ permissions }) => permissions.map(({ name }): string => name))

/** Adds a person's account with this role. Returns its id. */
export const accountFor = Effect.fnUntraced(function* (role: Role) {
  const sql = yield* SqlClient.SqlClient
  const id = uuidV7At(Date.now())
  const email = `${role}-${id}@staff.example`
  yield* sql`
    insert into account (id, kind, email, email_key, name, role, email_verified_at, created_at, updated_at)
    values (${id}, 'person', ${email}, ${email}, ${`The ${role}`}, ${role}, now(), now(), now())`
  return id
})

/** A key of a new account with this role. Left out, its scopes are all permissions: what the role lacks does not count. */
export const keyFor = Effect.fnUntraced(function* (role: Role, scopes: ReadonlyArray<string> = everyPermission) {
  const sql = yield* SqlClient.SqlClient
  const accountId = yield* accountFor(role)
  const [id, token] = [uuidV7At(Date.now()), makeToken("key")]
  yield* sql`
    insert into api_key (id, account_id, name, hint, token_hash, scopes, created_by, created_at)
    values (${id}, ${accountId}, 'A key', ${token.slice(-4)}, ${hashOf(token)},
      string_to_array(${scopes.join(",")}, ','), ${accountId}, now())`
  return { accountId, id, token, headers: { authorization: `Bearer ${token}` } } satisfies Credential
})

/** A session of a new account with this role, in which the person has just proven who they are by these methods. */
export const sessionFor = Effect.fnUntraced(function* (role: Role, methods: ReadonlyArray<Method> = ["password"]) {
  const sql = yield* SqlClient.SqlClient
  const accountId = yield* accountFor(role)
  const [id, token] = [uuidV7At(Date.now()), makeToken("session")]
  yield* sql`
    insert into account_session (id, account_id, token_hash, methods, authenticated_at, last_seen_at, expires_at)
    values (${id}, ${accountId}, ${hashOf(token)}, string_to_array(${methods.join(",")}, ','), now(), now(),
      now() + interval '1 day')`
  return {
    accountId,
    id,
    token,
    headers: { cookie: `${cookieNames.session}=${token}`, "sec-fetch-site": "same-origin" }
  } satisfies Credential
})
