import { assert, it, layer } from "@effect/vitest"
import { Context, Deferred, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { type Credential, keyFor, sessionFor } from "../../support/service/Credentials.ts"
import { query } from "../../support/service/Stored.ts"
import { makeToken, hashOf } from "../../../src/accounts/Tokens.ts"
import { pages } from "../../../src/accounts/pages/PagesHttp.ts"
import { served } from "../people/Calls.ts"

/** The pages without a browser: what their forms send, and what they answer. */
const visited = Effect.fnUntraced(function* (env: Record<string, string> = {}) {
  const { client, run, service, url } = yield* served(env)
  const ask = (
    method: string,
    path: string,
    by?: Pick<Credential, "headers">,
    fields?: Record<string, string>,
    from: Record<string, string> = { "sec-fetch-site": "same-origin" }
  ) =>
    Effect.map(
      Effect.promise(() =>
        client.send(
          service.base,
          method,
          path,
          fields === undefined ? undefined : new URLSearchParams(fields).toString(),
          {
            ...by?.headers,
            ...from,
            ...(fields === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" })
          }
        )
      ),
      ({ body, headers, status }) => ({ status, text: String(body["text"]), location: headers["location"] })
    )
  return {
    ask,
    run,
    url,
    open: (path: string, by?: Pick<Credential, "headers">) => ask("GET", path, by),
    submit: (path: string, by?: Pick<Credential, "headers">, fields: Record<string, string> = {}) =>
      ask("POST", path, by, fields)
  }
})

const keysOf = (accountId: string) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ readonly id: string; readonly isRevoked: boolean }>`
      select id, revoked_at is not null as "isRevoked" from api_key where account_id = ${accountId} order by id`
  )

/** One service for the tests that need no settings of their own. */
class Running extends Context.Service<Running, Effect.Success<ReturnType<typeof visited>>>()("test/Running") {
  static readonly layer = Layer.effect(Running, visited())
}

it.live("the pages are no way around a second factor that is owed", () =>
  Effect.gen(function* () {
    const { open, run, submit } = yield* visited({ SECOND_FACTOR: "required" })
    const owing = yield* run(sessionFor("admin"))
    const stranger = yield* run(keyFor("viewer"))
    const key = { name: "Mine", days: "30", scope: "audit:read" }

    // A key would have no second factor.
    const refused = yield* submit("/account/keys", owing, key)
    assert.strictEqual(refused.status, 403)
    assert.include(refused.text, "second factor")
    assert.notInclude(refused.text, "fgk_")
    assert.deepStrictEqual(yield* run(keysOf(owing.accountId)), [])
    assert.notInclude((yield* open("/account/keys", owing)).text, "audit:read")

    // Others' keys are beyond one's own account; one's own are not.
    assert.strictEqual((yield* submit(`/account/keys/${stranger.id}/revoke`, owing)).status, 303)
    assert.deepStrictEqual(yield* run(keysOf(stranger.accountId)), [{ id: stranger.id, isRevoked: false }])
    const own = yield* run(keyFor("viewer"))
    yield* run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`update api_key set account_id = ${owing.accountId} where id = ${own.id}`
      )
    )
    assert.strictEqual((yield* submit(`/account/keys/${own.id}/revoke`, owing)).status, 303)
    assert.deepStrictEqual(yield* run(keysOf(owing.accountId)), [{ id: own.id, isRevoked: true }])

    // With the second factor all of it works.
    const proven = yield* run(sessionFor("admin", ["password", "totp"]))
    const made = yield* submit("/account/keys", proven, key)
    assert.strictEqual(made.status, 200)
    assert.match(made.text, /fgk_[0-9A-Za-z]{49}/)
    assert.strictEqual((yield* submit(`/account/keys/${stranger.id}/revoke`, proven)).status, 303)
    assert.deepStrictEqual(yield* run(keysOf(stranger.accountId)), [{ id: stranger.id, isRevoked: true }])
  })
)

it.live("pages that the database keeps waiting say so, and are no defect", () =>
  Effect.gen(function* () {
    const { open, run, url } = yield* visited({ DATABASE_DEADLINE: "1 second" })
    const person = yield* run(sessionFor("viewer"))
    for (const [path, table] of [
      ["/account/keys", "api_key"],
      ["/account/security", "account_totp"],
      ["/account/confirm", "account_totp"]
    ] as const) {
      assert.strictEqual((yield* open(path, person)).status, 200, path)
      const [isHeld, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      yield* Effect.forkChild(
        query(url, (sql) =>
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`lock table ${sql(table)} in access exclusive mode`
              yield* Deferred.succeed(isHeld, undefined)
              yield* Deferred.await(release)
            })
          )
        )
      )
      yield* Deferred.await(isHeld)
      const kept = yield* open(path, person)
      yield* Deferred.succeed(release, undefined)
      assert.strictEqual(kept.status, 503, path)
    }
  })
)

layer(Running.layer, { excludeTestServices: true, timeout: "2 minutes" })("The pages", (it) => {
  it.effect("whoever is not signed in comes back to a page, and not to where only a form leads", () =>
    Effect.gen(function* () {
      const { open, submit } = yield* Running
      const asked = yield* open("/account/keys")
      assert.deepStrictEqual([asked.status, asked.location], [303, "/sign-in?next=%2Faccount%2Fkeys"])
      const sent = yield* submit("/account/password", undefined, { current: "x", password: "y" })
      assert.deepStrictEqual([sent.status, sent.location], [303, "/sign-in"])
    })
  )

  it.effect("every form of the pages refuses what no page of the service has sent, whoever is signed in", () =>
    Effect.gen(function* () {
      const { ask, run } = yield* Running
      const owner = yield* run(sessionFor("owner"))
      const cookie = { headers: { cookie: owner.headers.cookie } }
      const forms = pages.filter(({ method }) => method === "POST")
      assert.isAbove(forms.length, 20)
      const faults: Array<string> = []
      for (const { path } of forms) {
        const at = path.replaceAll(/:\w+/g, () => makeToken("reset"))
        for (const from of [
          { "sec-fetch-site": "cross-site" },
          { "sec-fetch-site": "same-site" },
          { "sec-fetch-site": "none" },
          { origin: "null" },
          { origin: "https://evil.example" },
          { "sec-fetch-site": "cross-site", "x-forwarded-host": "evil.example", origin: "https://evil.example" },
          {}
        ] as ReadonlyArray<Record<string, string>>) {
          const { status } = yield* ask("POST", at, cookie, { name: "x", scope: "games:read" }, from)
          if (status !== 403) faults.push(`${path} ${JSON.stringify(from)}: ${status}`)
        }
      }
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual(yield* run(keysOf(owner.accountId)), [])
      assert.strictEqual((yield* ask("GET", "/account", owner)).status, 200, "nobody was signed out")
    })
  )

  it.effect("whoever is in arrives at the admin, if there is one, unless they wanted to go elsewhere", () =>
    Effect.gen(function* () {
      const { open, run } = yield* Running
      const owner = yield* run(sessionFor("owner"))
      const arrivals = ["", "?next=%2Faccount%2Fkeys", "?next=%2F%2Fevil.example"]
      const arrived = yield* Effect.forEach(arrivals, (query) => open(`/sign-in${query}`, owner))
      assert.deepStrictEqual(
        arrived.map(({ location }) => location),
        ["/admin", "/account/keys", "/admin"]
      )
      const without = yield* visited({ MODULES: "none" })
      const other = yield* without.run(sessionFor("owner"))
      assert.strictEqual((yield* without.open("/sign-in", other)).location, "/account")
    })
  )

  it.effect("opening the page of a link, however often, uses nothing up; its form does, once", () =>
    Effect.gen(function* () {
      const { ask, open, run, submit } = yield* Running
      const { accountId } = yield* run(sessionFor("viewer"))
      const token = makeToken("reset")
      yield* run(
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`
          insert into account_token (token_hash, purpose, account_id, created_at, expires_at)
          values (${hashOf(token)}, 'password-reset', ${accountId}, now(), now() + interval '30 minutes')`
        )
      )
      const path = `/reset/${token}`
      for (let times = 0; times < 2; times++) {
        assert.strictEqual((yield* open(path)).status, 200)
        assert.strictEqual((yield* ask("HEAD", path)).status, 200)
      }
      assert.strictEqual((yield* submit(path, undefined, { password: "short" })).status, 422)
      const chosen = { password: "seven grey herons over the weir" }
      assert.strictEqual((yield* submit(path, undefined, chosen)).status, 200)
      assert.strictEqual((yield* submit(path, undefined, chosen)).status, 410)
      assert.strictEqual((yield* open(path)).status, 410)
    })
  )
})
