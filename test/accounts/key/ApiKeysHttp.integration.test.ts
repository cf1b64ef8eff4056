import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { keyFor, sessionFor } from "../../support/service/Credentials.ts"
import * as Service from "../../support/service/Service.ts"
import { caller, itemsOf, refused, served, took } from "../people/Calls.ts"
import { entries } from "../people/Told.ts"

const bearer = (key: unknown) => ({ headers: { authorization: `Bearer ${String(key)}` } })
const named = (scopes: ReadonlyArray<string>, more: Record<string, unknown> = {}) => ({
  name: "Nightly export",
  scopes,
  ...more
})

it.live("keys over HTTP: make, use, list, revoke", () =>
  Effect.gen(function* () {
    const { get, post, remove, run, service } = yield* served({ LOG_LEVEL: "trace" })
    const admin = yield* run(sessionFor("admin"))
    const viewer = yield* run(sessionFor("viewer"))

    // The key itself is in this answer only.
    const answer = yield* post(admin, "/api-keys", named(["accounts:read", "audit:read", "accounts:read"]))
    const made = took(answer, 201)
    const { key, ...facts } = made
    assert.match(String(key), /^fgk_[0-9A-Za-z]{49}$/)
    assert.deepInclude(facts, {
      accountId: admin.accountId,
      name: "Nightly export",
      hint: String(key).slice(-4),
      scopes: ["accounts:read", "audit:read"],
      createdBy: admin.accountId,
      expiresAt: null,
      lastUsedAt: null
    })
    assert.strictEqual(answer.headers["cache-control"], "no-store")
    assert.deepStrictEqual(itemsOf(took(yield* get(admin, "/api-keys"), 200)), [facts])
    assert.strictEqual((yield* get(bearer(key), "/accounts")).status, 200)
    refused(yield* post(bearer(key), "/accounts", { name: "a", role: "viewer" }), 403, "not-permitted")
    assert.isNotNull(itemsOf(took(yield* get(admin, "/api-keys"), 200))[0]?.["lastUsedAt"])

    // Several, in pages.
    for (let index = 0; index < 4; index++) {
      took(yield* post(viewer, "/api-keys", { ...named(["games:read"]), name: `key ${index}` }), 201)
    }
    const first = took(yield* get(viewer, "/api-keys?limit=3"), 200)
    const rest = took(yield* get(viewer, `/api-keys?limit=3&cursor=${String(first["nextCursor"])}`), 200)
    assert.deepStrictEqual(
      [...itemsOf(first), ...itemsOf(rest)].map(({ name }) => name),
      ["key 3", "key 2", "key 1", "key 0"]
    )
    assert.isNull(rest["nextCursor"])

    // Revoked: refused at once, not listed, and revoked once.
    took(yield* remove(admin, `/api-keys/${String(facts["id"])}`), 204)
    refused(yield* get(bearer(key), "/accounts"), 401, "not-signed-in")
    assert.deepStrictEqual(itemsOf(took(yield* get(admin, "/api-keys"), 200)), [])
    refused(yield* remove(admin, `/api-keys/${String(facts["id"])}`), 404, "key-not-found")

    // Expiry.
    for (const expiresAt of ["2020-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]) {
      refused(yield* post(viewer, "/api-keys", named(["games:read"], { expiresAt })), 422, "key-expired")
    }
    const brief = took(
      yield* post(viewer, "/api-keys", named(["games:read"], { expiresAt: "2999-01-01T00:00:00+01:00" })),
      201
    )
    assert.strictEqual(brief["expiresAt"], "2998-12-31T23:00:00.000Z")
    assert.strictEqual((yield* get(bearer(brief["key"]), "/roles")).status, 200)
    yield* run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`update api_key set expires_at = now() where id = ${String(brief["id"])}`
      )
    )
    refused(yield* get(bearer(brief["key"]), "/roles"), 401, "not-signed-in")

    // What is not a request for a key.
    for (const body of [
      {},
      named([]),
      named(["games"]),
      named(["games:read "]),
      named(["GAMES:READ"]),
      named(Array.from({ length: 101 }, () => "games:read")),
      { ...named(["games:read"]), name: "" },
      { ...named(["games:read"]), name: "a\nb" },
      { ...named(["games:read"]), token: "fgk_mine" },
      named(["games:read"], { accountId: "7" }),
      named(["games:read"], { expiresAt: "tomorrow" })
    ]) {
      refused(yield* post(viewer, "/api-keys", body), 400, "validation-failed", JSON.stringify(body))
    }

    const told = (yield* run(entries)).filter(({ targetId }) => targetId === facts["id"])
    assert.deepStrictEqual(
      told.map(({ action, details }) => [action, details]),
      [
        [
          "api-key.create",
          { account: admin.accountId, name: "Nightly export", scopes: ["accounts:read", "audit:read"] }
        ],
        ["api-key.revoke", { account: admin.accountId, name: "Nightly export" }]
      ]
    )
    // Nothing that is stored is the key.
    const dump = yield* run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`
        select (select json_agg(k) from api_key k)::text as keys, (select json_agg(e) from audit_entry e)::text as log`
      )
    )
    assert.notInclude(JSON.stringify(dump), String(key).slice(4, 47))
    assert.notInclude(service.log(), String(key).slice(4, 47))
  })
)

it.live("attacks on keys: for another's id, with more scopes, by a key, after a demotion", () =>
  Effect.gen(function* () {
    const { get, patch, post, remove, run } = yield* served()
    const owner = yield* run(sessionFor("owner"))
    const admin = yield* run(sessionFor("admin"))
    const editor = yield* run(sessionFor("editor"))
    const viewer = yield* run(sessionFor("viewer"))
    const ownersKey = yield* run(keyFor("owner"))
    const nobody = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

    // A viewer's key with more scopes; a permission that there is not.
    for (const scope of ["games:write", "accounts:read", "keys:write", "nothing:read"]) {
      const answer = yield* post(viewer, "/api-keys", named(["games:read", scope]))
      refused(answer, 403, "not-permitted")
      assert.strictEqual(answer.body["permission"], scope)
    }
    assert.deepStrictEqual(itemsOf(took(yield* get(viewer, "/api-keys"), 200)), [])

    // A key for any account (CVE-2025-61928): who may not make keys for others learns nothing of ids.
    for (const by of [viewer, editor]) {
      for (const accountId of [owner.accountId, nobody]) {
        const answer = yield* post(by, "/api-keys", named(["games:read"], { accountId }))
        refused(answer, 403, "not-permitted")
        assert.strictEqual(answer.body["permission"], "keys:write")
        refused(yield* get(by, `/api-keys?account=${accountId}`), 403, "not-permitted")
      }
    }
    // Nor may an admin act in another person's name.
    for (const accountId of [owner.accountId, editor.accountId]) {
      refused(
        yield* post(admin, "/api-keys", named(["games:read"], { accountId })),
        403,
        "key-of-another-person",
        accountId
      )
    }
    refused(yield* post(admin, "/api-keys", named(["games:read"], { accountId: nobody })), 404, "account-not-found")
    refused(yield* get(admin, `/api-keys?account=${nobody}`), 404, "account-not-found")

    // A machine's key has what both have.
    const machine = took(yield* post(admin, "/accounts", { name: "Exporter", role: "editor" }), 201)
    const forMachine = { accountId: String(machine["id"]) }
    refused(yield* post(admin, "/api-keys", named(["accounts:read"], forMachine)), 403, "not-permitted")
    const exporter = took(yield* post(admin, "/api-keys", named(["games:write", "players:read"], forMachine)), 201)
    assert.deepInclude(exporter, { accountId: machine["id"], createdBy: admin.accountId })
    assert.strictEqual((yield* get(bearer(exporter["key"]), "/roles")).status, 200)

    // A demoted editor's key: what the role lacks does not count, and counts again with the role.
    const made = took(yield* post(editor, "/api-keys", named(["games:read"])), 201)
    const path = `/accounts/${editor.accountId}`
    took(yield* patch(owner, path, { role: "admin" }), 200)
    const wide = took(yield* post(editor, "/api-keys", named(["accounts:read", "games:read"])), 201)
    assert.strictEqual((yield* get(bearer(wide["key"]), "/accounts")).status, 200)
    refused(yield* get(bearer(made["key"]), "/accounts"), 403, "not-permitted", "a better role gives a key no more")
    took(yield* patch(owner, path, { role: "viewer" }), 200)
    refused(yield* get(bearer(wide["key"]), "/accounts"), 403, "not-permitted")
    took(yield* patch(owner, path, { role: "admin" }), 200)
    assert.strictEqual((yield* get(bearer(wide["key"]), "/accounts")).status, 200)

    // A disabled account's key and session.
    took(yield* patch(owner, path, { disabled: true }), 200)
    for (const by of [editor, bearer(wide["key"])]) refused(yield* get(by, "/roles"), 401, "not-signed-in")
    took(yield* patch(owner, path, { disabled: false }), 200)
    assert.strictEqual((yield* get(bearer(wide["key"]), "/roles")).status, 200)

    // Others' keys answer as unknown ones; keys:write revokes them, but not those of who is above.
    for (const id of [String(wide["id"]), nobody]) {
      refused(yield* remove(viewer, `/api-keys/${id}`), 404, "key-not-found")
    }
    refused(yield* remove(admin, `/api-keys/${ownersKey.id}`), 403, "role-too-high")
    assert.lengthOf(itemsOf(took(yield* get(admin, `/api-keys?account=${editor.accountId}`), 200)), 2)
    took(yield* remove(admin, `/api-keys/${String(wide["id"])}`), 204)

    // A key sees and revokes itself, and no other of its account.
    const twin = took(yield* post(viewer, "/api-keys", named(["games:read"])), 201)
    const other = took(yield* post(viewer, "/api-keys", named(["games:read"])), 201)
    assert.deepStrictEqual(
      itemsOf(took(yield* get(bearer(twin["key"]), "/api-keys"), 200)).map(({ id }) => id),
      [twin["id"]]
    )
    refused(yield* remove(bearer(twin["key"]), `/api-keys/${String(other["id"])}`), 404, "key-not-found")
    took(yield* remove(bearer(twin["key"]), `/api-keys/${String(twin["id"])}`), 204)
    refused(yield* get(bearer(twin["key"]), "/roles"), 401, "not-signed-in")
  })
)

it.live("a key is no way around a second factor that is owed", () =>
  Effect.gen(function* () {
    const { post, run } = yield* served({ SECOND_FACTOR: "required" })
    const owing = yield* run(sessionFor("viewer"))
    refused(yield* post(owing, "/api-keys", named(["games:read"])), 403, "second-factor-required")
    const proven = yield* run(sessionFor("viewer", ["password", "totp"]))
    took(yield* post(proven, "/api-keys", named(["games:read"])), 201)
  })
)

it.live("what is revoked, disabled or demoted on one replica ends on the other with the next request", () =>
  Effect.gen(function* () {
    const one = yield* served()
    const other = caller(one.client, (yield* Service.start(one.url, {})).base)
    const owner = yield* one.run(sessionFor("owner"))
    const key = yield* one.run(keyFor("admin"))
    const session = yield* one.run(sessionFor("admin"))
    for (const by of [key, session]) assert.strictEqual((yield* other.get(by, "/accounts")).status, 200)

    took(yield* one.patch(owner, `/accounts/${session.accountId}`, { role: "viewer" }), 200)
    refused(yield* other.get(session, "/accounts"), 403, "not-permitted")
    took(yield* one.remove(owner, `/accounts/${session.accountId}/sessions`), 204)
    refused(yield* other.get(session, "/roles"), 401, "not-signed-in")

    took(yield* one.patch(owner, `/accounts/${key.accountId}`, { disabled: true }), 200)
    refused(yield* other.get(key, "/roles"), 401, "not-signed-in")
    took(yield* other.patch(owner, `/accounts/${key.accountId}`, { disabled: false }), 200)
    assert.strictEqual((yield* one.get(key, "/roles")).status, 200)
    // While it is in use on both.
    const users = Effect.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : other).get(key, "/roles")),
      { concurrency: 8 }
    )
    const [answers] = yield* Effect.all([users, one.remove(owner, `/api-keys/${key.id}`)], { concurrency: 2 })
    for (const { status } of answers) assert.oneOf(status, [200, 401])
    for (const replica of [one, other]) refused(yield* replica.get(key, "/roles"), 401, "not-signed-in")

    const gone = yield* one.run(keyFor("editor"))
    assert.strictEqual((yield* other.get(gone, "/roles")).status, 200)
    took(yield* one.remove(owner, `/accounts/${gone.accountId}`), 204)
    refused(yield* other.get(gone, "/roles"), 401, "not-signed-in")
  })
)
