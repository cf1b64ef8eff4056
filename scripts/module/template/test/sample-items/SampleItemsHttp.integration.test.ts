import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { contractOf } from "../../src/platform/contract/Contract.ts"
import type { NewSampleItem } from "../../src/sample-items/SampleItem.ts"
import { SampleItemsApi } from "../../src/sample-items/SampleItemsApi.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const path = "/api/v1/sample-items"
/** The body of a creation, with all required fields. */
const named = (name: string): NewSampleItem => ({ name })

const nobody = `${path}/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53`

it.live("sample items over HTTP", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Service.start(url, { RATE_LIMIT_SAMPLE_ITEMS: "20/1d" })
    const key = yield* query(url, () => keyFor("editor"))
    const send = (method: string, to: string, body?: unknown, headers: Record<string, string> = {}) =>
      Effect.promise(() => client.send(base, method, to, body, { ...key.headers, ...headers }))
    const problem = ({ body, status }: Service.Answer) => [status, body["type"]]

    // Nobody gets in without a credential, and whoever may only see changes nothing.
    const viewer = (yield* query(url, () => keyFor("viewer"))).headers
    for (const [method, to, permission] of [
      ["GET", path, undefined],
      ["GET", nobody, undefined],
      ["POST", path, "sample-items:write"],
      ["PATCH", nobody, "sample-items:write"],
      ["DELETE", nobody, "sample-items:write"]
    ] as const) {
      const refused = yield* send(method, to, undefined, { authorization: "" })
      assert.deepStrictEqual(problem(refused), [401, "/problems/not-signed-in"])
      const { body } = yield* send(method, to, undefined, viewer)
      assert.strictEqual(body["permission"], permission, `${method} ${to}`)
    }

    // Create, show, update.
    const made = yield* send("POST", path, { ...named("Autumn"), note: "a note" })
    const { id } = made.body
    const one = `${path}/${String(id)}`
    assert.deepStrictEqual([made.status, made.headers["location"], made.headers["etag"]], [201, one, '"1"'])
    assert.deepInclude(made.body, { name: "Autumn", note: "a note", version: 1 })
    assert.hasAllKeys(made.body, ["id", "name", "note", "version", "createdAt", "updatedAt"])
    const shown = yield* send("GET", one)
    assert.deepStrictEqual([shown.status, shown.headers["etag"], shown.body], [200, '"1"', made.body])
    const changed = yield* send("PATCH", one, { note: null }, { "if-match": '"1"' })
    assert.deepStrictEqual([changed.status, changed.headers["etag"]], [200, '"2"'])
    assert.deepInclude(changed.body, { name: "Autumn", note: null, version: 2 })

    // If-Match: stale, any version, none, malformed.
    const stale = { "if-match": '"1"' }
    assert.deepStrictEqual(problem(yield* send("PATCH", one, { name: "Winter" }, stale)), [
      412,
      "/problems/changed-meanwhile"
    ])
    assert.deepStrictEqual(problem(yield* send("DELETE", one, undefined, stale)), [412, "/problems/changed-meanwhile"])
    assert.strictEqual((yield* send("PATCH", one, { name: "Winter" }, { "if-match": "*" })).body["version"], 3)
    assert.strictEqual((yield* send("PATCH", one, {})).body["version"], 4)
    assert.strictEqual((yield* send("PATCH", one, { note: "b" }, { "if-match": "4" })).status, 400)

    // Unique names.
    const taken = [409, "/problems/sample-item-name-taken"]
    const twins = yield* Effect.all([send("POST", path, named("twin")), send("POST", path, named("twin"))], {
      concurrency: 2
    })
    assert.sameMembers(
      twins.map(({ status }) => status),
      [201, 409]
    )
    assert.deepStrictEqual(problem(yield* send("PATCH", one, { name: "twin" })), taken)

    // Invalid requests.
    for (const [method, to, body] of [
      ["POST", path, {}],
      ["POST", path, named(" ")],
      ["POST", path, { ...named("a"), unknown: 1 }],
      ["PATCH", one, { name: null }],
      ["GET", `${path}?limit=0`, undefined],
      ["GET", `${path}?limit=101`, undefined],
      ["GET", `${path}?cursor=${String(id)}`, undefined],
      ["GET", `${path}/7`, undefined]
    ] as const) {
      assert.deepStrictEqual(
        problem(yield* send(method, to, body)),
        [400, "/problems/validation-failed"],
        `${method} ${to} ${JSON.stringify(body)}`
      )
    }

    assert.strictEqual((yield* send("DELETE", one, undefined, { "if-match": '"4"' })).status, 204)
    for (const gone of [
      yield* send("GET", one),
      yield* send("PATCH", one, { name: "a" }),
      yield* send("DELETE", one),
      yield* send("GET", nobody)
    ]) {
      assert.deepStrictEqual(problem(gone), [404, "/problems/sample-item-not-found"])
    }

    // The list, through the typed client.
    for (let index = 0; index < 7; index++) yield* send("POST", path, named(`item ${index}`))
    const api = yield* Effect.provide(
      HttpApiClient.make(contractOf(SampleItemsApi), {
        baseUrl: base,
        transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(key.token))
      }),
      FetchHttpClient.layer
    )
    const first = yield* api.sampleItems.list({ query: { limit: 5 } })
    assert.isNotNull(first.nextCursor)
    const second = yield* api.sampleItems.list({ query: { limit: 5, cursor: first.nextCursor } })
    assert.deepStrictEqual(
      [...first.items, ...second.items].map(({ name }) => name),
      ["item 6", "item 5", "item 4", "item 3", "item 2", "item 1", "item 0", "twin"]
    )
    assert.isNull(second.nextCursor)

    // The rate limit. 41 requests exceed two windows of 20, in case midnight falls between them.
    const flood = yield* Effect.all(
      Array.from({ length: 41 }, (_, index) => send("POST", path, named(`more ${index}`))),
      { concurrency: 8 }
    )
    assert.sameMembers([...new Set(flood.map(({ status }) => status))], [201, 429])
  })
)
// if not --core

it.live("sample items are not served if MODULES leaves them out, and keep their data", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    const { headers } = yield* query(url, () => keyFor("editor"))
    const send = (base: string, method: string, to: string, body?: unknown) =>
      Effect.promise(() => client.send(base, method, to, body, headers))
    const on = yield* Service.start(url)
    assert.strictEqual((yield* send(on.base, "POST", path, named("kept"))).status, 201)

    const off = yield* Service.start(url, { MODULES: "none" })
    for (const [method, to] of [
      ["GET", path],
      ["POST", path],
      ["DELETE", nobody]
    ] as const) {
      const answer = yield* send(off.base, method, to, method === "POST" ? named("a") : undefined)
      assert.deepStrictEqual([answer.status, answer.body["type"]], [404, "/problems/not-found"], `${method} ${to}`)
    }
    const documentOf = (base: string) =>
      Effect.map(send(base, "GET", "/openapi.json"), ({ body }) => JSON.stringify(body))
    const [served, notServed] = [yield* documentOf(on.base), yield* documentOf(off.base)]
    for (const trace of [path, '"SampleItemPage"', '"sampleItems"', "/problems/sample-item-not-found"]) {
      assert.include(served, trace)
      assert.notInclude(notServed, trace)
    }
    assert.lengthOf((yield* send(on.base, "GET", path)).body["items"] as ReadonlyArray<unknown>, 1)
  })
)
// end if
