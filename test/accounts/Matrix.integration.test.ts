import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option } from "effect"
import { HttpApi } from "effect/http-api"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { Api } from "../../src/Api.ts"
import { byRole } from "../../src/accounts/Permissions.ts"
import { makeToken } from "../../src/accounts/Tokens.ts"
import { modules } from "../../src/Modules.ts"
import { Access, type Role, roles } from "../../src/platform/contract/Access.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { keyFor, sessionFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/**
 * Every operation of the contract with every credential: which of them get past the door. It is made from the contract, so an
 * operation that is added is asked too. A request that gets in is then refused for what it lacks, or answered: what counts here is
 * that it was not turned away for who sent it.
 */

interface Operation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly access: Option.Option<Access["Service"]>
}

const operations: ReadonlyArray<Operation> = (() => {
  const found: Array<Operation> = []
  HttpApi.reflect(Api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint, group }) => {
      const { annotations, identifier, method, path } = endpoint
      found.push({
        name: `${group.identifier}.${identifier}`,
        method,
        // Ids that nothing has: what gets in finds nothing, and changes nothing.
        path: path.replaceAll(/:(\w+)/g, (_, name: string) => (name === "id" ? uuidV7At(Date.now()) : "no-such-thing")),
        access: Context.getOption(annotations, Access)
      })
    }
  })
  return found
})()

const allowed = byRole(modules.flatMap(({ permissions }) => permissions))

/** The problem that turns a caller away at the door; undefined: the caller got in. */
type Door = "not-signed-in" | "not-permitted" | "cross-site-request" | "reauthentication-required" | undefined

const doors: ReadonlySet<string> = new Set([
  "not-signed-in",
  "not-permitted",
  "cross-site-request",
  "reauthentication-required",
  "second-factor-required"
])

const may = (role: Role, { permission }: Access["Service"]): boolean =>
  permission === null || allowed[role].has(permission)

/** What stands at the door for a caller of this role, by the contract alone. */
const expected = (
  access: Option.Option<Access["Service"]>,
  role: Role,
  by: "key" | "session" | "old-session"
): Door => {
  if (Option.isNone(access) || access.value.isOptional) return undefined
  if (!may(role, access.value)) return "not-permitted"
  const { isRecent, isSession } = access.value
  return (isSession && by === "key") || (isRecent && by === "old-session") ? "reauthentication-required" : undefined
}

/** Credentials that let nobody in, each wrong in its own way. */
const wrongCredentials = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const revoked = yield* keyFor("owner")
  yield* sql`update api_key set revoked_at = now() where id = ${revoked.id}`
  const expired = yield* keyFor("owner")
  yield* sql`update api_key set expires_at = now() where id = ${expired.id}`
  const disabled = yield* keyFor("admin")
  yield* sql`update account set disabled_at = now() where id = ${disabled.accountId}`
  const idle = yield* sessionFor("owner")
  yield* sql`update account_session set last_seen_at = now() - interval '1 day' where id = ${idle.id}`
  const over = yield* sessionFor("owner")
  yield* sql`update account_session set expires_at = now() where id = ${over.id}`
  const good = yield* sessionFor("owner")
  const own = { "sec-fetch-site": "same-origin" }
  return {
    "a revoked key": revoked.headers,
    "an expired key": expired.headers,
    "the key of a disabled account": disabled.headers,
    "a key that nobody has": { authorization: `Bearer ${makeToken("key")}` },
    "a key with a wrong checksum": { authorization: `Bearer ${makeToken("key").slice(0, -1)}-` },
    "the token of a session as a key": { authorization: `Bearer ${good.token}` },
    "an empty key beside a good session": { ...good.headers, authorization: "Bearer" },
    "Basic beside a good session": { ...good.headers, authorization: "Basic bm9yYTpzZWNyZXQ=" },
    "an idle session": idle.headers,
    "a session that is over": over.headers,
    "a session that nobody has": { ...own, cookie: `__Host-fairground=${makeToken("session")}` },
    "a cookie that is no token": { ...own, cookie: "__Host-fairground=1" }
  } satisfies Record<string, Record<string, string>>
})

const service = Effect.gen(function* () {
  const url = yield* TestDatabase.makeUrl
  const { base } = yield* Service.start(url, { RATE_LIMIT_SIGN_IN: "off" })
  const client = yield* Service.client(8)
  const ask = ({ method, path }: Operation, headers: Record<string, string>) =>
    Effect.map(
      Effect.promise(() => client.send(base, method, path, undefined, { "x-request-id": randomUUID(), ...headers })),
      ({ body, headers: answered, status }) => {
        const { type } = body
        const name = (typeof type === "string" ? type : "").replace("/problems/", "")
        return {
          status,
          door: (doors.has(name) ? name : undefined) as Door,
          challenge: String(answered["www-authenticate"])
        }
      }
    )
  return { ask, database: yield* Layer.build(TestDatabase.clientLayer(url)) }
})

const eachOf = <A, E, R>(list: ReadonlyArray<A>, each: (one: A) => Effect.Effect<void, E, R>) =>
  Effect.forEach(list, each, { concurrency: 8, discard: true })

describe("every operation", () => {
  it("is asked: there are many, of all kinds of access", () => {
    assert.isAbove(operations.length, 30)
    const kinds = operations.map(({ access }) =>
      Option.match(access, {
        onNone: () => "public",
        onSome: ({ isOptional, isRecent, isSession, permission }) =>
          isOptional
            ? "optional"
            : `${permission === null ? "signed-in" : "permission"}${isRecent ? ", recent" : isSession ? ", session" : ""}`
      })
    )
    assert.includeMembers(kinds, [
      "public",
      "optional",
      "permission",
      "signed-in",
      "signed-in, session",
      "signed-in, recent"
    ])
  })

  it.live("lets in whom the contract says, and nobody else", () =>
    Effect.gen(function* () {
      const { ask, database } = yield* service
      const wrong = yield* Effect.provide(wrongCredentials, database)
      const faults: Array<string> = []
      const check = (operation: Operation, who: string, headers: Record<string, string>, door: Door) =>
        Effect.map(ask(operation, headers), (answer) => {
          const line = `${operation.method} ${operation.path} (${operation.name}) for ${who}`
          if (answer.status === 0 || answer.status === 500) faults.push(`${line}: ${answer.status}`)
          if (answer.door !== door) faults.push(`${line}: ${answer.door ?? "let in"}, expected ${door ?? "let in"}`)
          if (answer.status === 401 && !answer.challenge.startsWith("Bearer"))
            faults.push(`${line}: no WWW-Authenticate`)
        })

      // Nobody, and those with a wrong credential: an operation that only widens refuses a wrong one, and answers without.
      yield* eachOf(operations, (operation) =>
        Effect.gen(function* () {
          const isPublic = Option.isNone(operation.access)
          const isOptional = Option.exists(operation.access, ({ isOptional }) => isOptional)
          yield* check(operation, "nobody", {}, isPublic || isOptional ? undefined : "not-signed-in")
          if (isPublic) return
          for (const [who, headers] of Object.entries(wrong)) yield* check(operation, who, headers, "not-signed-in")
        })
      )

      // Each role, by key and by session. Each request has a credential of its own: some operations end it.
      yield* eachOf(
        operations.flatMap((operation) =>
          Option.isNone(operation.access) ? [] : roles.map((role) => [operation, role] as const)
        ),
        ([operation, role]) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const key = yield* keyFor(role)
            yield* check(operation, `the key of a ${role}`, key.headers, expected(operation.access, role, "key"))
            const session = yield* sessionFor(role)
            if (operation.method !== "GET") {
              const { cookie } = session.headers
              for (const site of ["cross-site", "same-site", "none"]) {
                const headers = { cookie, "sec-fetch-site": site }
                yield* check(operation, `a ${site} request with a session`, headers, "cross-site-request")
              }
              yield* check(operation, "a session without metadata", { cookie }, "cross-site-request")
              yield* check(operation, "Origin null", { cookie, origin: "null" }, "cross-site-request")
            }
            yield* check(
              operation,
              `the session of a ${role}`,
              session.headers,
              expected(operation.access, role, "session")
            )
            const old = yield* sessionFor(role)
            yield* sql`
              update account_session set authenticated_at = now() - interval '11 minutes' where id = ${old.id}`
            yield* check(
              operation,
              `the old session of a ${role}`,
              old.headers,
              expected(operation.access, role, "old-session")
            )
          }).pipe(Effect.provide(database))
      )
      assert.deepStrictEqual(faults, [])
    })
  )

  it.live("gives a key no more than its scopes, and its account's role of today", () =>
    Effect.gen(function* () {
      const { ask, database } = yield* service
      const faults: Array<string> = []
      yield* eachOf(
        operations.flatMap((operation) =>
          Option.match(operation.access, {
            onNone: () => [],
            onSome: ({ isOptional, permission }) =>
              permission === null || isOptional ? [] : [[operation, permission] as const]
          })
        ),
        ([operation, permission]) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const scopes = [...allowed.owner]
            const without = yield* keyFor(
              "owner",
              scopes.filter((scope) => scope !== permission)
            )
            const lacking = yield* ask(operation, without.headers)
            if (lacking.door !== "not-permitted") faults.push(`${operation.name}: a key without ${permission} got in`)
            if (allowed.viewer.has(permission)) return
            const demoted = yield* keyFor("owner", [permission])
            yield* sql`update account set role = 'viewer' where id = ${demoted.accountId}`
            const after = yield* ask(operation, demoted.headers)
            if (after.door !== "not-permitted") faults.push(`${operation.name}: a demoted owner's key got in`)
          }).pipe(Effect.provide(database))
      )
      assert.deepStrictEqual(faults, [])
    })
  )

  it.live("asks for the second factor that the installation demands, before anything but one's own account", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const { base } = yield* Service.start(url, { SECOND_FACTOR: "staff-admins", RATE_LIMIT_SIGN_IN: "off" })
      const client = yield* Service.client(2)
      const ask = (headers: Record<string, string>) =>
        Effect.promise(() => client.send(base, "GET", "/api/v1/audit-entries", undefined, headers))
      const database = yield* Layer.build(TestDatabase.clientLayer(url))
      const owing = yield* Effect.provide(sessionFor("admin"), database)
      const refused = yield* ask(owing.headers)
      assert.deepInclude(refused, { status: 403 })
      assert.strictEqual(refused.body["type"], "/problems/second-factor-required")
      for (const method of ["totp", "recovery-code", "passkey", "sso-trusted"] as const) {
        const strong = yield* Effect.provide(sessionFor("admin", ["password", method]), database)
        assert.strictEqual((yield* ask(strong.headers)).status, 200, method)
      }
    })
  )
})
