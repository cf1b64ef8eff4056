import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { keyFor, sessionFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("/metrics is open to programs on this machine alone; all others need metrics:read", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Service.start(url)
    const ask = (headers: Readonly<Record<string, string>>, method = "GET", path = "/metrics") =>
      Effect.promise(() => client.send(base, method, path, undefined, headers))
    const statusOf = (...args: Parameters<typeof ask>) =>
      Effect.map(ask(...args), ({ body, status }) => [status, body["type"] ?? null])
    // What a proxy on this machine adds for its clients.
    const proxied = { "x-forwarded-for": "192.0.2.7" }

    const open = yield* ask({})
    assert.strictEqual(open.status, 200)
    assert.strictEqual(open.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
    assert.include(String(open.body["text"]), "fairground_")

    const missing = yield* ask(proxied)
    assert.deepStrictEqual([missing.status, missing.body["type"]], [401, "/problems/not-signed-in"])
    assert.strictEqual(missing.headers["www-authenticate"], 'Bearer realm="fairground"')
    assert.deepStrictEqual(yield* statusOf({ origin: "https://shop.example" }), [401, "/problems/not-signed-in"])
    assert.deepStrictEqual(yield* statusOf({ host: "rebound.example" }), [401, "/problems/not-signed-in"])
    assert.deepStrictEqual(yield* statusOf(proxied, "POST"), [405, "/problems/method-not-allowed"])
    assert.deepStrictEqual(yield* statusOf(proxied, "OPTIONS"), [204, null])

    for (const role of ["admin", "owner"] as const) {
      const { headers } = yield* query(url, () => keyFor(role))
      assert.deepStrictEqual(yield* statusOf({ ...headers, ...proxied }), [200, null], role)
      assert.deepStrictEqual(yield* statusOf({ ...headers, ...proxied }, "HEAD"), [200, null], role)
      assert.deepStrictEqual(yield* statusOf(headers), [200, null], role)
      const narrow = yield* query(url, () => keyFor(role, ["games:read"]))
      const refused = yield* ask({ ...narrow.headers, ...proxied })
      assert.deepInclude(refused.body, { type: "/problems/not-permitted", permission: "metrics:read" })
    }
    for (const role of ["viewer", "editor"] as const) {
      const { headers } = yield* query(url, () => keyFor(role))
      assert.deepStrictEqual(yield* statusOf({ ...headers, ...proxied }), [403, "/problems/not-permitted"], role)
    }
    const admin = yield* query(url, () => sessionFor("admin"))
    assert.deepStrictEqual(yield* statusOf({ ...admin.headers, ...proxied }), [200, null])

    // Whoever sends a key means the key, wherever it comes from.
    for (const authorization of ["Bearer junk", "Basic bm9yYTpub3Jh", "", `Bearer ${admin.token}`]) {
      assert.deepStrictEqual(yield* statusOf({ authorization }), [401, "/problems/not-signed-in"], authorization)
      const both = { ...admin.headers, ...proxied, authorization }
      assert.deepStrictEqual(yield* statusOf(both), [401, "/problems/not-signed-in"], authorization)
    }
  })
)
