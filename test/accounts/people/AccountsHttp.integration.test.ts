import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { accountFor, keyFor, sessionFor } from "../../support/service/Credentials.ts"
import { itemsOf, refused, served, took } from "./Calls.ts"
import { entries } from "./Told.ts"

const nobody = "/accounts/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"
const oneOf = (id: string) => `/accounts/${id}`

it.live("accounts over HTTP: list, show, change, disable, delete", () =>
  Effect.gen(function* () {
    const { call, get, patch, post, remove, run } = yield* served({
      SECRETS_KEY: Buffer.alloc(32, 7).toString("base64")
    })
    const owner = yield* run(sessionFor("owner"))
    const admin = yield* run(sessionFor("admin"))
    const viewer = yield* run(sessionFor("viewer"))

    // A machine.
    const made = yield* post(admin, "/accounts", { name: "Exporter", role: "editor" })
    const machine = took(made, 201)
    const path = oneOf(String(machine["id"]))
    assert.deepStrictEqual([made.headers["location"], made.headers["etag"]], [`/api/v1${path}`, '"1"'])
    assert.hasAllKeys(machine, [
      "id",
      "kind",
      "email",
      "name",
      "role",
      "language",
      "hasSecondFactor",
      "emailVerifiedAt",
      "disabledAt",
      "lastSeenAt",
      "version",
      "createdAt",
      "updatedAt"
    ])
    assert.deepInclude(machine, { kind: "machine", email: null, name: "Exporter", role: "editor", disabledAt: null })
    for (const body of [
      { name: "a", role: "owner" },
      { name: "a" },
      { role: "viewer" },
      { name: " ", role: "viewer" }
    ]) {
      refused(yield* post(owner, "/accounts", body), 400, "validation-failed", JSON.stringify(body))
    }

    // Lists and filters.
    const all = took(yield* get(admin, "/accounts?limit=3"), 200)
    assert.deepStrictEqual(
      itemsOf(all).map(({ id }) => id),
      [machine["id"], viewer.accountId, admin.accountId]
    )
    const rest = took(yield* get(admin, `/accounts?limit=3&cursor=${String(all["nextCursor"])}`), 200)
    assert.deepStrictEqual([itemsOf(rest).map(({ id }) => id), rest["nextCursor"]], [[owner.accountId], null])
    const idsOf = (filter: string) =>
      Effect.map(get(admin, `/accounts?${filter}`), (answer) => itemsOf(took(answer, 200)).map(({ id }) => id))
    assert.deepStrictEqual(yield* idsOf("kind=machine"), [machine["id"]])
    assert.deepStrictEqual(yield* idsOf("kind=person&role=owner"), [owner.accountId])
    assert.deepStrictEqual(yield* idsOf("disabled=true"), [])
    refused(yield* get(admin, "/accounts?disabled=yes"), 400, "validation-failed")

    // Changes: partial, with versions, and none.
    const person = oneOf(viewer.accountId)
    const renamed = yield* patch(admin, person, { name: "Nora" }, { "if-match": '"1"' })
    assert.deepInclude(took(renamed, 200), { name: "Nora", role: "viewer", version: 2 })
    assert.strictEqual(renamed.headers["etag"], '"2"')
    refused(yield* patch(admin, person, { name: "Nina" }, { "if-match": '"1"' }), 412, "changed-meanwhile")
    refused(yield* remove(admin, person, { "if-match": '"1"' }), 412, "changed-meanwhile")
    assert.strictEqual(took(yield* patch(admin, person, { name: "Nora", role: "viewer" }), 200)["version"], 2)
    assert.strictEqual(took(yield* patch(admin, person, {}), 200)["version"], 2, "nothing changed")
    assert.strictEqual(took(yield* patch(admin, person, { role: "editor" }, { "if-match": "*" }), 200)["version"], 3)
    for (const body of [{ role: "boss" }, { email: "a@brand.example" }, { name: null }, { disabled: "yes" }]) {
      refused(yield* patch(admin, person, body), 400, "validation-failed", JSON.stringify(body))
    }

    // What each may do.
    const roles = itemsOf(took(yield* get(viewer, "/roles"), 200))
    const namesOf = (role: Record<string, unknown> = {}) =>
      (role["permissions"] as ReadonlyArray<{ readonly name: string }>).map(({ name }) => name)
    assert.deepStrictEqual(
      roles.map(({ name }) => name),
      ["viewer", "editor", "admin", "owner"]
    )
    assert.include(namesOf(roles[0]), "games:read")
    assert.notInclude(namesOf(roles[1]), "accounts:write")
    assert.deepStrictEqual(namesOf(roles[2]), namesOf(roles[3]))

    // A role acts with the next request.
    took(yield* patch(admin, person, { role: "admin" }), 200)
    assert.strictEqual((yield* get(viewer, "/accounts")).status, 200)
    took(yield* patch(admin, person, { role: "viewer" }), 200)
    refused(yield* get(viewer, "/accounts"), 403, "not-permitted")

    // Disabling ends sessions; enabling brings none back.
    assert.isNotNull(took(yield* patch(admin, person, { disabled: true }), 200)["disabledAt"])
    refused(yield* get(viewer, "/roles"), 401, "not-signed-in")
    assert.deepStrictEqual(yield* idsOf("disabled=true"), [viewer.accountId])
    assert.isNull(took(yield* patch(admin, person, { disabled: false }), 200)["disabledAt"])
    refused(yield* get(viewer, "/roles"), 401, "not-signed-in")

    // Sessions are ended, factors are removed.
    const editor = yield* run(sessionFor("editor"))
    assert.strictEqual((yield* get(editor, "/roles")).status, 200)
    const address = yield* post(editor, "/account/email", { email: "evil@elsewhere.example" })
    assert.strictEqual(address.status, 202)
    const links = Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql`select purpose from account_token where account_id = ${editor.accountId}`
    )
    assert.lengthOf(yield* run(links), 1)
    took(yield* remove(admin, `${oneOf(editor.accountId)}/sessions`), 204)
    refused(yield* get(editor, "/roles"), 401, "not-signed-in")
    assert.deepStrictEqual(yield* run(links), [], "what a stranger in a session has begun ends with it")
    const fresh = yield* run(sessionFor("editor", ["password", "totp"]))
    yield* run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`
          insert into account_totp (account_id, secret, confirmed_at, last_step, created_at)
          values (${fresh.accountId}, 'sealed', now(), 0, now())`
      )
    )
    assert.isTrue(took(yield* get(admin, oneOf(fresh.accountId)), 200)["hasSecondFactor"])
    took(yield* remove(admin, `${oneOf(fresh.accountId)}/second-factor`), 204)
    assert.isFalse(took(yield* get(admin, oneOf(fresh.accountId)), 200)["hasSecondFactor"])
    refused(yield* get(fresh, "/roles"), 401, "not-signed-in")

    // Deletion takes keys and sessions along; the audit log stays.
    const gone = yield* run(keyFor("admin"))
    took(yield* remove(admin, oneOf(gone.accountId)), 204)
    refused(yield* get(gone, "/accounts"), 401, "not-signed-in")
    for (const answer of [
      yield* get(admin, oneOf(gone.accountId)),
      yield* get(admin, nobody),
      yield* patch(admin, nobody, { name: "a" }),
      yield* remove(admin, nobody),
      yield* remove(admin, `${nobody}/sessions`),
      yield* remove(admin, `${nobody}/second-factor`)
    ]) {
      refused(answer, 404, "account-not-found")
    }
    assert.strictEqual((yield* call("GET", admin, "/accounts/7")).status, 400)

    const told = yield* run(entries)
    assert.deepStrictEqual(
      told.filter(({ targetId }) => targetId === viewer.accountId),
      [
        { name: "Nora" },
        { role: "editor", roleBefore: "viewer" },
        { role: "admin", roleBefore: "editor" },
        { role: "viewer", roleBefore: "admin" },
        { disabled: true, sessionsEnded: 1 },
        { disabled: false }
      ].map((details) => ({
        action: "account.update",
        accountId: admin.accountId,
        targetId: viewer.accountId,
        details
      }))
    )
    assert.deepStrictEqual(
      told.filter(({ targetId }) => targetId === gone.accountId).map(({ action }) => action),
      ["account.delete"]
    )
  })
)

it.live("nobody gives or takes more than they have, and the last owner stays", () =>
  Effect.gen(function* () {
    const { get, patch, post, remove, run } = yield* served()
    const owner = yield* run(sessionFor("owner"))
    const admin = yield* run(sessionFor("admin"))
    const other = yield* run(accountFor("admin"))
    const editor = yield* run(sessionFor("editor"))
    const [theOwner, themselves] = [oneOf(owner.accountId), oneOf(admin.accountId)]

    // An admin and an owner.
    for (const body of [{ role: "viewer" }, { disabled: true }, { name: "a" }]) {
      refused(yield* patch(admin, theOwner, body), 403, "role-too-high", JSON.stringify(body))
    }
    for (const path of [theOwner, `${theOwner}/sessions`, `${theOwner}/second-factor`]) {
      refused(yield* remove(admin, path), 403, "role-too-high", path)
    }
    for (const path of [themselves, oneOf(other), oneOf(editor.accountId)]) {
      refused(yield* patch(admin, path, { role: "owner" }), 403, "role-too-high", path)
    }
    // What is too high is refused as a whole.
    refused(yield* patch(admin, oneOf(editor.accountId), { name: "b", role: "owner" }), 403, "role-too-high")
    assert.strictEqual(took(yield* get(owner, oneOf(editor.accountId)), 200)["name"], "The editor")

    // Machines are no owners, whoever asks.
    const machine = oneOf(String(took(yield* post(owner, "/accounts", { name: "m", role: "admin" }), 201)["id"]))
    refused(yield* patch(owner, machine, { role: "owner" }), 403, "role-too-high")

    // The last owner.
    for (const body of [{ role: "admin" }, { disabled: true }, { role: "viewer", disabled: true }]) {
      refused(yield* patch(owner, theOwner, body), 409, "last-owner", JSON.stringify(body))
    }
    refused(yield* remove(owner, theOwner), 409, "last-owner")
    took(yield* patch(owner, theOwner, { name: "Still here" }), 200)
    // A disabled owner is none.
    took(yield* patch(owner, oneOf(other), { role: "owner", disabled: true }), 200)
    refused(yield* patch(owner, theOwner, { role: "admin" }), 409, "last-owner")
    took(yield* patch(owner, oneOf(other), { disabled: false }), 200)

    // Oneself: a lower role counts at once, and cannot be taken back.
    took(yield* patch(owner, theOwner, { role: "admin" }), 200)
    refused(yield* patch(owner, theOwner, { role: "owner" }), 403, "role-too-high")
    took(yield* patch(owner, theOwner, { disabled: true }), 200)
    refused(yield* get(owner, "/roles"), 401, "not-signed-in")
    took(yield* remove(admin, themselves), 204)
    refused(yield* get(admin, "/roles"), 401, "not-signed-in")
  })
)
