import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { byRole } from "../../src/accounts/Permissions.ts"
import { makeToken } from "../../src/accounts/Tokens.ts"
import { modules } from "../../src/Modules.ts"
import { type Role, roles } from "../../src/platform/contract/Access.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { type Operation, operationsOf } from "../support/Operations.ts"
import { keyFor, sessionFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/**
 * Every operation of the contract with every credential: which of them get past the door. It is made from the contract, so an
 * operation that is added is asked too. A request that gets in is then refused for what it lacks, or answered: what counts here is
 * that it was not turned away for who sent it.
 */

const operations = operationsOf(modules).map((operation) => ({
  ...operation,
  // Ids that nothing has: what gets in finds nothing, and changes nothing.
  path: operation.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    name === "id" ? uuidV7At(Date.now()) : "no-such-thing"
  )
}))

const allowed = byRole(modules.flatMap(({ permissions }) => permissions))

/** What turns callers away at the door. */
const doors = [
  "not-signed-in",
  "not-permitted",
  "cross-site-request",
  "reauthentication-required",
  "second-factor-required"
] as const

/** The problem that turns a caller away at the door; undefined: the caller got in. */
type Door = (typeof doors)[number] | undefined

/** The permission without which the operation turns callers away; null: there is none. */
const neededBy = ({ access }: Operation): string | null =>
  access === undefined || access.isOptional ? null : access.permission

/** What stands at the door for a caller of this role, by the contract alone. */
const expected = (operation: Operation, role: Role, by: "key" | "session" | "old-session"): Door => {
  const { access } = operation
  const permission = neededBy(operation)
  if (access === undefined || access.isOptional) return undefined
  // What is for the holder of a token alone is about nobody's account.
  if (access.isHolder && permission === null) return "not-signed-in"
  if (permission !== null && !allowed[role].has(permission)) return "not-permitted"
  const { isRecent, isSession } = access
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
    "the token of a key as a cookie": { ...own, cookie: `__Host-fairground=${makeToken("key")}` },
    "a key that is no token": { authorization: "Bearer junk" },
    "an empty Authorization": { authorization: "" },
    "an empty key beside a good session": { ...good.headers, authorization: "Bearer" },
    "Basic beside a good session": { ...good.headers, authorization: "Basic bm9yYTpzZWNyZXQ=" },
    "an idle session": idle.headers,
    "a session that is over": over.headers,
    "a session that nobody has": { ...own, cookie: `__Host-fairground=${makeToken("session")}` },
    "a cookie that is no token": { ...own, cookie: "__Host-fairground=1" }
  } satisfies Record<string, Record<string, string>>
})

const service = Effect.fnUntraced(function* (env: Record<string, string> = {}) {
  const url = yield* TestDatabase.makeUrl
  const { base } = yield* Service.start(url, { RATE_LIMIT_SIGN_IN: "off", ...env })
  const client = yield* Service.client(8)
  const ask = ({ method, path }: Operation, headers: Record<string, string>) =>
    Effect.map(
      Effect.promise(() => client.send(base, method, path, undefined, { "x-request-id": randomUUID(), ...headers })),
      ({ body, headers: answered, status }) => {
        const { type } = body
        const name = (typeof type === "string" ? type : "").replace("/problems/", "")
        return {
          status,
          door: doors.find((door) => door === name),
          isChallenge: String(answered["www-authenticate"]).startsWith("Bearer")
        }
      }
    )
  return { ask, database: yield* Layer.build(TestDatabase.clientLayer(url)) }
})

const eachOf = <A, E, R>(list: ReadonlyArray<A>, each: (one: A) => Effect.Effect<void, E, R>) =>
  Effect.forEach(list, each, { concurrency: 8, discard: true })

class Running extends Context.Service<Running, Effect.Success<ReturnType<typeof service>>>()("test/Running") {}

layer(Layer.effect(Running, service()), { excludeTestServices: true, timeout: "1 minute" })("every operation", (it) => {
  it("is asked: there are many, of all kinds of access", () => {
    assert.isAbove(operations.length, 30)
    const kinds = operations.map(({ access }) => {
      if (access === undefined) return "public"
      const { isHolder, isOptional, isRecent, isSession, permission } = access
      if (isOptional) return "optional"
      if (isHolder) return permission === null ? "token" : "token or permission"
      return `${permission === null ? "signed-in" : "permission"}${isRecent ? ", recent" : isSession ? ", session" : ""}`
    })
    assert.includeMembers(kinds, [
      "public",
      "optional",
      "permission",
      "token",
      "token or permission",
      "signed-in",
      "signed-in, session",
      "signed-in, recent"
    ])
  })

  it.effect("lets in whom the contract says, and nobody else", () =>
    Effect.gen(function* () {
      const { ask, database } = yield* Running
      const wrong = yield* Effect.provide(wrongCredentials, database)
      const faults: Array<string> = []
      const check = (operation: Operation, who: string, headers: Record<string, string>, door: Door) =>
        Effect.map(ask(operation, headers), (answer) => {
          const line = `${operation.method} ${operation.path} (${operation.name}) for ${who}`
          if (answer.status === 0 || answer.status === 500) faults.push(`${line}: ${answer.status}`)
          if (answer.door !== door) faults.push(`${line}: ${answer.door ?? "let in"}, expected ${door ?? "let in"}`)
          if ((answer.status === 401) !== answer.isChallenge)
            faults.push(`${line}: ${answer.status} and WWW-Authenticate`)
        })

      // Nobody, and those with a wrong credential: an operation that only widens refuses a wrong one, and answers without. One that
      // is public looks at none.
      yield* eachOf(operations, (operation) =>
        Effect.gen(function* () {
          const { access } = operation
          yield* check(operation, "nobody", {}, access === undefined || access.isOptional ? undefined : "not-signed-in")
          const refused = access === undefined ? undefined : "not-signed-in"
          for (const [who, headers] of Object.entries(wrong)) yield* check(operation, who, headers, refused)
        })
      )

      // Each role, by key and by session. Each request has a session of its own: some operations end it.
      const keys = yield* Effect.provide(
        Effect.all(Object.fromEntries(roles.map((role) => [role, keyFor(role)]))),
        database
      )
      yield* eachOf(
        operations.flatMap((operation) => roles.map((role) => [operation, role] as const)),
        ([operation, role]) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const key = keys[role]?.headers ?? {}
            yield* check(operation, `the key of a ${role}`, key, expected(operation, role, "key"))
            const session = yield* sessionFor(role)
            // Where a request comes from is looked at before whose session it is.
            if (role === "owner" && operation.access !== undefined && operation.method !== "GET") {
              const { cookie } = session.headers
              for (const site of ["cross-site", "same-site", "none"]) {
                const headers = { cookie, "sec-fetch-site": site }
                yield* check(operation, `a ${site} request with a session`, headers, "cross-site-request")
              }
              yield* check(operation, "a session without metadata", { cookie }, "cross-site-request")
              yield* check(operation, "Origin null", { cookie, origin: "null" }, "cross-site-request")
            }
            yield* check(operation, `the session of a ${role}`, session.headers, expected(operation, role, "session"))
            const old = yield* sessionFor(role)
            yield* sql`
              update account_session set authenticated_at = now() - interval '11 minutes' where id = ${old.id}`
            yield* check(
              operation,
              `the old session of a ${role}`,
              old.headers,
              expected(operation, role, "old-session")
            )
          }).pipe(Effect.provide(database))
      )
      assert.deepStrictEqual(faults, [])
    })
  )

  it.effect("gives a key no more than its scopes, and its account's role of today", () =>
    Effect.gen(function* () {
      const { ask, database } = yield* Running
      const faults: Array<string> = []
      yield* eachOf(
        operations.filter(({ access }) => access !== undefined),
        (operation) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const permission = neededBy(operation)
            const scopes = [...allowed.owner].filter((scope) => scope !== operation.access?.permission)
            const lacking = yield* ask(operation, (yield* keyFor("owner", scopes)).headers)
            if ((lacking.door === "not-permitted") !== (permission !== null))
              faults.push(`${operation.name}: ${lacking.door ?? "let in"} for a key without ${permission}`)
            if (permission === null) return
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

  it.effect("asks for the second factor that the installation demands, before anything but one's own account", () =>
    Effect.gen(function* () {
      const { ask, database } = yield* service({ SECOND_FACTOR: "staff-admins" })
      const strong = yield* Effect.forEach(["totp", "recovery-code", "passkey", "sso-trusted"] as const, (method) =>
        Effect.provide(sessionFor("admin", ["password", method]), database)
      )
      const faults: Array<string> = []
      yield* eachOf(operations, (operation) =>
        Effect.gen(function* () {
          const owing = yield* ask(operation, (yield* Effect.provide(sessionFor("admin"), database)).headers)
          const isOwed = operation.access?.isProven === true
          const door = isOwed ? "second-factor-required" : expected(operation, "admin", "session")
          if (owing.door !== door) faults.push(`${operation.name}: ${owing.door ?? "let in"} without it`)
          if (!isOwed || operation.method !== "GET") return
          for (const { headers } of strong) {
            const proven = yield* ask(operation, headers)
            if (proven.door !== undefined) faults.push(`${operation.name}: ${proven.door} with it`)
          }
        })
      )
      assert.deepStrictEqual(faults, [])
    })
  )
})
