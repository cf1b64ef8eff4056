import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { Slug } from "../../src/games/Game.ts"
import { contractOf } from "../../src/platform/contract/Contract.ts"
import { NotesApi } from "../../src/statistics/NotesApi.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const path = "/api/v1/statistics/notes"
const nobody = `${path}/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53`

it.live("notes on the statistics over HTTP", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    for (const slug of ["wheel", "scratch"]) yield* addGame(url, slug)
    const { base } = yield* Service.start(url)
    const client = yield* Service.client(8)
    const editor = yield* query(url, () => keyFor("editor"))
    const viewer = yield* query(url, () => keyFor("viewer"))
    const send = (method: string, to: string, body?: unknown, headers: Record<string, string> = {}) =>
      Effect.promise(() => client.send(base, method, to, body, { ...editor.headers, ...headers }))
    const problem = ({ body, status }: Service.Answer) => [status, String(body["type"]).replace("/problems/", "")]

    // Viewers see, and change nothing.
    for (const [method, to] of [
      ["POST", path],
      ["PATCH", nobody],
      ["DELETE", nobody]
    ] as const) {
      const refused = yield* send(method, to, undefined, viewer.headers)
      assert.deepStrictEqual([refused.status, refused.body["permission"]], [403, "statistics:write"])
    }
    assert.strictEqual((yield* send("GET", path, undefined, viewer.headers)).status, 200)

    const made = yield* send("POST", path, { game: "wheel", at: "2026-11-20T09:00:00+01:00", text: "Mailing sent 😀" })
    assert.strictEqual(made.status, 201, JSON.stringify(made.body))
    const one = `${path}/${String(made.body["id"])}`
    assert.deepStrictEqual([made.headers["location"], made.headers["etag"]], [one, '"1"'])
    assert.deepInclude(made.body, {
      game: "wheel",
      at: "2026-11-20T08:00:00.000Z",
      text: "Mailing sent 😀",
      version: 1
    })
    assert.hasAllKeys(made.body, ["id", "game", "at", "text", "version", "createdAt", "updatedAt"])
    assert.deepStrictEqual((yield* send("GET", one)).body, made.body)
    const changed = yield* send("PATCH", one, { text: "Second mailing" }, { "if-match": '"1"' })
    assert.deepInclude(changed.body, { text: "Second mailing", at: made.body["at"], version: 2 })
    const stale = { "if-match": '"1"' }
    for (const method of ["PATCH", "DELETE"]) {
      const refused = yield* send(method, one, method === "PATCH" ? { text: "Third" } : undefined, stale)
      assert.deepStrictEqual(problem(refused), [412, "changed-meanwhile"])
    }
    // A cursor of a moment that is no date.
    for (const at of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -62_198_755_200_001]) {
      const written = JSON.stringify(["statistics-notes", { at, id: made.body["id"] }])
      const refused = yield* send("GET", `${path}?cursor=${Buffer.from(written).toString("base64url")}`)
      assert.deepStrictEqual(problem(refused), [400, "validation-failed"])
    }
    // Of edits of one version, one succeeds.
    const twins = yield* Effect.all(
      Array.from({ length: 6 }, (_, at) => send("PATCH", one, { text: `${at}` }, { "if-match": '"2"' })),
      { concurrency: 6 }
    )
    assert.sameMembers(
      twins.map(({ status }) => status),
      [200, 412, 412, 412, 412, 412]
    )

    for (const body of [
      {},
      { text: "" },
      { text: " " },
      { text: "two\nlines" },
      { text: "x".repeat(201) },
      { text: "a", at: "2026-11-20" },
      { text: "a", game: "No Game" },
      { text: "a", more: 1 }
    ]) {
      assert.deepStrictEqual(problem(yield* send("POST", path, body)), [400, "validation-failed"], JSON.stringify(body))
    }
    for (const query of ["?limit=0", "?cursor=a", "?from=yesterday"]) {
      assert.deepStrictEqual(problem(yield* send("GET", `${path}${query}`)), [400, "validation-failed"], query)
    }
    assert.deepStrictEqual(problem(yield* send("POST", path, { text: "a", game: "nobodys" })), [404, "game-not-found"])
    assert.deepStrictEqual(problem(yield* send("GET", `${path}?game=nobodys`)), [404, "game-not-found"])

    // The list: by moment, pages, one game with what is about all games.
    assert.strictEqual((yield* send("POST", path, { text: "x".repeat(200) })).body["game"], null)
    for (let day = 1; day <= 7; day++) {
      const at = `2026-10-0${day}T10:00:00Z`
      yield* send("POST", path, { game: day % 2 === 0 ? "scratch" : null, at, text: `day ${day}` })
    }
    const api = yield* Effect.provide(
      HttpApiClient.make(contractOf(NotesApi), {
        baseUrl: base,
        transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(viewer.token))
      }),
      FetchHttpClient.layer
    )
    const texts: Array<string> = []
    for (let cursor: Parameters<typeof api.statisticsNotes.list>[0]["query"]["cursor"]; ;) {
      const page = yield* api.statisticsNotes.list({ query: { limit: 2, ...(cursor === undefined ? {} : { cursor }) } })
      texts.push(...page.items.map(({ text }) => text))
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    assert.lengthOf(texts, 9)
    assert.strictEqual(texts[0], "x".repeat(200))
    assert.deepStrictEqual(
      texts.slice(2),
      [7, 6, 5, 4, 3, 2, 1].map((day) => `day ${day}`)
    )
    const ofWheel = yield* api.statisticsNotes.list({ query: { game: Slug.make("wheel"), limit: 100 } })
    assert.deepStrictEqual(
      ofWheel.items.map(({ game }) => game),
      [null, "wheel", null, null, null, null]
    )
    const between = (yield* send("GET", `${path}?from=2026-10-03T10:00:00Z&to=2026-10-05T10:00:00Z`)).body["items"]
    assert.deepStrictEqual(
      (between as ReadonlyArray<{ text: string }>).map(({ text }) => text),
      ["day 4", "day 3"]
    )

    assert.strictEqual((yield* send("DELETE", one, undefined, { "if-match": '"3"' })).status, 204)
    for (const gone of [yield* send("GET", one), yield* send("PATCH", one, {}), yield* send("DELETE", nobody)]) {
      assert.deepStrictEqual(problem(gone), [404, "note-not-found"])
    }
    // A game that nobody has played goes with its notes.
    assert.strictEqual((yield* send("DELETE", "/api/v1/games/scratch")).status, 204)
    const left = (yield* send("GET", `${path}?limit=100`)).body["items"]
    assert.lengthOf(left as ReadonlyArray<unknown>, 5)
    const entries = yield* query(
      url,
      (sql) => sql`
        select action, details from audit_entry where target_kind = 'statistics-note' and target_id = ${String(made.body["id"])}
        order by id`
    )
    assert.deepStrictEqual(
      entries.map(({ action }) => action),
      ["create", "change", "change", "delete"].map((action) => `statistics-note.${action}`)
    )
    assert.deepStrictEqual(entries[0]?.["details"], {
      at: "2026-11-20T08:00:00.000Z",
      game: "wheel",
      text: "Mailing sent 😀"
    })
  })
)
