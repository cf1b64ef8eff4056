import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { keyFor } from "../support/service/Credentials.ts"
import { fairground } from "../support/service/CommandLine.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

interface Entry {
  readonly id: string
  readonly action: string
  readonly via: string
  readonly accountId: string | null
  readonly apiKeyId: string | null
  readonly target: { readonly kind: string; readonly id: string } | null
  readonly requestId: string | null
}

it.live("the audit log is listed by who, what, to what and when, in pages, for those who may see it", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Service.start(url, { WORKERS: "0" })
    const [admin, editor] = [yield* query(url, () => keyFor("admin")), yield* query(url, () => keyFor("editor"))]
    const send = (method: string, path: string, headers: Readonly<Record<string, string>>, body?: unknown) =>
      Effect.promise(() => client.send(base, method, `/api/v1${path}`, body, headers))
    const game = yield* send("POST", "/games", editor.headers, { slug: "wheel", title: "Wheel" })
    const id = String(game.body["id"])
    yield* send("POST", "/games/wheel/close", editor.headers)
    yield* send("POST", "/games", admin.headers, { slug: "other", title: "Other" })
    yield* fairground(url, "game", "open", "wheel")

    const list = (filter: string) =>
      Effect.map(send("GET", `/audit-entries?${filter}`, admin.headers), ({ body, status }) => {
        assert.strictEqual(status, 200, filter)
        return body as unknown as { readonly items: ReadonlyArray<Entry>; readonly nextCursor: string | null }
      })
    const actions = (filter: string) =>
      Effect.map(list(filter), ({ items }) => items.map(({ action, target }) => [action, target?.id === id]))
    const [opened, created, closed, added] = [
      ["game.open", true],
      ["game.create", false],
      ["game.close", true],
      ["game.create", true]
    ]
    assert.deepStrictEqual(yield* actions(""), [opened, created, closed, added])
    assert.deepStrictEqual(yield* actions(`account=${editor.accountId}`), [closed, added])
    assert.deepStrictEqual(yield* actions("action=game.create"), [created, added])
    assert.deepStrictEqual(yield* actions(`action=game.create&account=${editor.accountId}`), [added])
    assert.deepStrictEqual(yield* actions("targetKind=game"), [opened, created, closed, added])
    assert.deepStrictEqual(yield* actions(`targetKind=game&targetId=${id}`), [opened, closed, added])
    assert.deepStrictEqual(yield* actions(`targetKind=account&targetId=${id}`), [])
    const since = (hours: number) => `since=${new Date(Date.now() + hours * 3_600_000).toISOString()}`
    assert.deepStrictEqual(yield* actions(`${since(-1)}&action=game.open`), [opened])
    assert.deepStrictEqual(yield* actions(since(1)), [])

    const { items } = yield* list("")
    assert.deepStrictEqual(
      items.map(({ via }) => via),
      ["command-line", "http", "http", "http"]
    )
    assert.deepInclude(items[3], {
      accountId: editor.accountId,
      apiKeyId: editor.id,
      requestId: String(game.headers["x-request-id"])
    })
    assert.deepInclude(items[0], { accountId: null, apiKeyId: null, requestId: null })

    const first = yield* list("limit=3")
    assert.lengthOf(first.items, 3)
    // What comes meanwhile moves nothing.
    yield* send("POST", "/games/wheel/close", editor.headers)
    const second = yield* list(`limit=3&cursor=${first.nextCursor ?? ""}`)
    assert.deepStrictEqual(
      [...first.items, ...second.items].map((entry) => entry.id),
      items.map((entry) => entry.id)
    )
    assert.isNull(second.nextCursor)

    const games = (yield* send("GET", "/games?limit=1", admin.headers)).body["nextCursor"]
    for (const wrong of [
      `cursor=${String(games)}`,
      "cursor=x",
      "limit=0",
      "account=nobody",
      "since=yesterday",
      // Alone it would choose nothing, and show all that there is.
      `targetId=${id}`
    ]) {
      const { body } = yield* send("GET", `/audit-entries?${wrong}`, admin.headers)
      assert.strictEqual(body["type"], "/problems/validation-failed", wrong)
    }
    const refused = yield* send("GET", "/audit-entries", editor.headers)
    assert.deepInclude(refused.body, { type: "/problems/not-permitted", permission: "audit:read" })
  })
)
