import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { Api } from "../../src/Api.ts"
import { Slug } from "../../src/games/Game.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const path = "/api/v1/games"
const shop = { provider: "listmonk", base: "http://127.0.0.1:9", user: "u", token: { env: "SHOP_TOKEN" }, list: 1 }

type Headers = Readonly<Record<string, string>>

/** A running service with senders of requests: by an editor, a viewer, nobody, and anyone. */
const served = Effect.fnUntraced(function* (env: Record<string, string> = {}) {
  const url = yield* TestDatabase.makeUrl
  const client = yield* Service.client()
  const { base } = yield* Service.start(url, env)
  const editor = yield* query(url, () => keyFor("editor"))
  const viewer = yield* query(url, () => keyFor("viewer"))
  const send = (method: string, to: string, body?: unknown, headers: Headers = {}) =>
    Effect.promise(() => client.send(base, method, to, body, headers))
  const by =
    (credential: { readonly headers: Headers }) =>
    (method: string, to: string, body?: unknown, headers: Headers = {}) =>
      send(method, to, body, { ...credential.headers, ...headers })
  const play = (slug: string, email: string) => Effect.promise(() => client.play(base, slug, { email }))
  return { url, base, send, by, play, edit: by(editor), view: by(viewer), editor, viewer }
})

const problem = ({ body, status }: Service.Answer) => [status, body["type"]]

const statuses = (answers: ReadonlyArray<Service.Answer>) => answers.map(({ status }) => status)

const publicFacts = ["slug", "title", "opensAt", "closesAt", "timeZone", "limit", "isOpen"]
const allFacts = [
  ...publicFacts,
  "id",
  "state",
  "esp",
  "espList",
  "espTags",
  "version",
  "archivedAt",
  "createdAt",
  "updatedAt"
]

it.live("games over HTTP: adding, showing, changing, opening, closing, duplicating, deleting", () =>
  Effect.gen(function* () {
    const { edit, editor, play, send, url, view } = yield* served()

    // Add.
    const made = yield* edit("POST", path, { slug: "autumn", title: "Autumn wheel" })
    assert.deepStrictEqual(
      [made.status, made.headers["location"], made.headers["etag"]],
      [201, `${path}/autumn`, '"1"']
    )
    assert.hasAllKeys(made.body, allFacts)
    assert.deepInclude(made.body, {
      slug: "autumn",
      title: "Autumn wheel",
      opensAt: null,
      closesAt: null,
      timeZone: "UTC",
      limit: null,
      isOpen: true,
      state: "open",
      esp: "sandbox",
      espList: null,
      espTags: [],
      version: 1,
      archivedAt: null
    })
    const whole = {
      slug: "advent",
      title: "Advent",
      opensAt: "2999-12-01T09:00:00+01:00",
      closesAt: "2999-12-24T12:00:00.5Z",
      timeZone: "Europe/Prague",
      limit: { plays: 3, period: "window", windowSeconds: 60 },
      esp: "sandbox",
      espList: "42",
      espTags: ["advent", "2999"]
    }
    const advent = yield* edit("POST", path, whole)
    assert.deepInclude(advent.body, {
      ...whole,
      opensAt: "2999-12-01T08:00:00.000Z",
      closesAt: "2999-12-24T12:00:00.500Z",
      state: "scheduled",
      isOpen: false
    })
    const again = yield* edit("POST", path, { slug: "autumn", title: "Another" })
    assert.deepStrictEqual([...problem(again), again.body["slug"]], [409, "/problems/slug-taken", "autumn"])
    const twins = yield* Effect.all(
      Array.from({ length: 8 }, () => edit("POST", path, { slug: "twin", title: "Twin" })),
      { concurrency: "unbounded" }
    )
    assert.sameMembers(statuses(twins), [201, ...Array.from({ length: 7 }, () => 409)])

    // Show: the same path for anybody, and for staff.
    const one = `${path}/autumn`
    const known = yield* send("GET", one)
    assert.hasAllKeys(known.body, publicFacts)
    assert.deepStrictEqual(
      [known.status, known.headers["etag"], known.headers["vary"], known.headers["cache-control"]],
      [200, undefined, "Origin, Authorization, Cookie", "no-store"]
    )
    const shown = yield* view("GET", one)
    assert.deepStrictEqual(
      [shown.status, shown.headers["etag"], shown.headers["vary"], shown.headers["cache-control"]],
      [200, '"1"', "Origin, Authorization, Cookie", "no-store"]
    )
    assert.deepStrictEqual(shown.body, made.body)
    assert.deepStrictEqual(problem(yield* send("GET", `${path}/nowhere`)), [404, "/problems/game-not-found"])

    // Change.
    const changed = yield* edit(
      "PATCH",
      one,
      { title: "Winter", limit: { plays: 1, period: "day" } },
      { "if-match": '"1"' }
    )
    assert.deepStrictEqual([changed.status, changed.headers["etag"]], [200, '"2"'])
    assert.deepInclude(changed.body, {
      title: "Winter",
      limit: { plays: 1, period: "day", windowSeconds: null },
      version: 2
    })
    const stale = { "if-match": '"1"' }
    for (const [method, to, body] of [
      ["PATCH", one, { title: "Spring" }],
      ["POST", `${one}/close`, undefined],
      ["DELETE", one, undefined]
    ] as const) {
      assert.deepStrictEqual(
        problem(yield* edit(method, to, body, stale)),
        [412, "/problems/changed-meanwhile"],
        method
      )
    }
    const same = yield* edit("PATCH", one, { title: "Winter" }, stale)
    assert.deepStrictEqual([same.status, same.headers["etag"]], [200, '"2"'])
    const race = yield* Effect.all(
      ["a", "b", "c", "d"].map((title) => edit("PATCH", one, { title }, { "if-match": '"2"' })),
      { concurrency: "unbounded" }
    )
    assert.sameMembers(statuses(race), [200, 412, 412, 412])
    const any = yield* edit("PATCH", one, { espTags: ["x"] }, { "if-match": "*" })
    assert.deepInclude(any.body, { espTags: ["x"], version: 4 })

    // Close and open.
    const closed = yield* edit("POST", `${one}/close`, undefined, { "if-match": '"4"' })
    assert.deepInclude(closed.body, { state: "closed", isOpen: false, version: 5 })
    assert.deepStrictEqual(problem(yield* play("autumn", "late@shop.example")), [409, "/problems/game-not-open"])
    assert.deepStrictEqual((yield* edit("POST", `${one}/close`)).body, closed.body)
    const opened = yield* edit("POST", `${one}/open`)
    assert.deepInclude(opened.body, { state: "open", closesAt: null, version: 6 })
    assert.strictEqual((yield* play("autumn", "first@shop.example")).status, 201)
    const early = yield* edit("POST", `${path}/advent/open`)
    assert.deepInclude(early.body, { state: "open", closesAt: "2999-12-24T12:00:00.500Z" })

    // Duplicate.
    const copy = yield* edit("POST", `${path}/advent/duplicate`, { slug: "advent-2", title: "Advent again" })
    assert.deepStrictEqual(
      [copy.status, copy.headers["location"], copy.headers["etag"]],
      [201, `${path}/advent-2`, '"1"']
    )
    assert.deepInclude(copy.body, {
      title: "Advent again",
      espList: "42",
      limit: whole.limit,
      timeZone: "Europe/Prague"
    })
    const taken = yield* edit("POST", `${path}/advent/duplicate`, { slug: "autumn" })
    assert.deepStrictEqual(problem(taken), [409, "/problems/slug-taken"])

    // Delete, or archive.
    const gone = yield* edit("DELETE", `${path}/advent-2`, undefined, { "if-match": '"1"' })
    assert.deepStrictEqual([gone.status, gone.body], [204, { text: "" }])
    const archived = yield* edit("DELETE", one)
    assert.deepStrictEqual([archived.status, archived.headers["etag"]], [200, '"7"'])
    assert.deepInclude(archived.body, { state: "archived", isOpen: false, version: 7 })
    assert.isString(archived.body["archivedAt"])
    for (const [method, to, body] of [
      ["PATCH", one, { title: "x" }],
      ["POST", `${one}/open`, undefined],
      ["POST", `${one}/close`, undefined]
    ] as const) {
      assert.deepStrictEqual(problem(yield* edit(method, to, body)), [409, "/problems/game-archived"], to)
    }
    const seen = yield* send("GET", one)
    assert.hasAllKeys(seen.body, publicFacts)
    assert.deepInclude(seen.body, { isOpen: false })
    assert.deepStrictEqual(problem(yield* play("autumn", "first@shop.example")), [409, "/problems/game-not-open"])
    assert.strictEqual((yield* edit("DELETE", one)).headers["etag"], '"7"')
    for (const [method, to, body] of [
      ["GET", "", undefined],
      ["PATCH", "", { title: "a" }],
      ["POST", "/open", undefined],
      ["POST", "/close", undefined],
      ["POST", "/duplicate", { slug: "b" }],
      ["DELETE", "", undefined]
    ] as const) {
      assert.deepStrictEqual(
        problem(yield* edit(method, `${path}/advent-2${to}`, body)),
        [404, "/problems/game-not-found"],
        `${method} ${to}`
      )
    }

    // The list, and what the audit log tells.
    const listed = yield* view("GET", `${path}?sort=slug`)
    assert.deepStrictEqual(
      (listed.body["items"] as ReadonlyArray<{ slug: string; state: string }>).map(({ slug, state }) => [slug, state]),
      [
        ["advent", "open"],
        ["autumn", "archived"],
        ["twin", "open"]
      ]
    )
    const told = yield* query(
      url,
      (sql) => sql<{ action: string; count: number; by: string }>`
        select action, count(*)::int as count, min(account_id::text) as by from audit_entry
        where action like 'game.%' group by action order by action`
    )
    assert.deepStrictEqual(
      told,
      Object.entries({
        "game.archive": 2,
        "game.change": 3,
        "game.close": 1,
        "game.create": 3,
        "game.delete": 1,
        "game.duplicate": 1,
        "game.open": 2
      }).map(([action, count]) => ({ action, count, by: editor.accountId }))
    )
  })
)

it.live("games are managed by those who may, and shown to anybody", () =>
  Effect.gen(function* () {
    const { by, edit, url, view } = yield* served()
    yield* edit("POST", path, { slug: "wheel", title: "Wheel" })
    const one = `${path}/wheel`
    const writes = [
      ["POST", path, { slug: "other", title: "Other" }],
      ["PATCH", one, { title: "Other" }],
      ["POST", `${one}/open`, undefined],
      ["POST", `${one}/close`, undefined],
      ["POST", `${one}/duplicate`, { slug: "other" }],
      ["DELETE", one, undefined]
    ] as const
    const reader = yield* query(url, () => keyFor("owner", ["games:read"]))
    for (const ask of [view, by(reader)]) {
      assert.strictEqual((yield* ask("GET", path)).status, 200)
      for (const [method, to, body] of writes) {
        const refused = yield* ask(method, to, body)
        assert.deepStrictEqual(
          [...problem(refused), refused.body["permission"]],
          [403, "/problems/not-permitted", "games:write"]
        )
      }
    }
    // Nothing has happened.
    assert.deepInclude((yield* view("GET", one)).body, { title: "Wheel", version: 1, state: "open" })

    // One that may not see games gets what anybody gets.
    const stranger = yield* query(url, () => keyFor("owner", ["audit:read"]))
    assert.hasAllKeys((yield* by(stranger)("GET", one)).body, publicFacts)
    assert.deepStrictEqual(problem(yield* by(stranger)("GET", path)), [403, "/problems/not-permitted"])
  })
)

it.live("what is wrong in a request is named, and nothing is stored", () =>
  Effect.gen(function* () {
    const { edit, url, view } = yield* served({ ESP_CONNECTIONS: JSON.stringify({ shop }), SHOP_TOKEN: "t" })
    yield* edit("POST", path, { slug: "wheel", title: "Wheel", opensAt: "2026-01-01T00:00:00Z" })
    const one = `${path}/wheel`
    const long = "x".repeat(201)
    const valid = { slug: "new", title: "New" }
    const refusals: ReadonlyArray<readonly [body: unknown, at: string, what: RegExp]> = [
      [{ title: "x" }, "slug", /Required/],
      [{ slug: "x" }, "title", /Required/],
      [{ ...valid, slug: "Not A Slug" }, "slug", /lower-case letters/],
      [{ ...valid, slug: "x".repeat(65) }, "slug", /./],
      [{ ...valid, slug: "a\u0000" }, "", /./],
      [{ ...valid, slug: null }, "slug", /./],
      [{ ...valid, title: " " }, "title", /not blank/],
      [{ ...valid, title: long }, "title", /200/],
      [{ ...valid, title: "two\nlines" }, "title", /one line/],
      [{ ...valid, title: 7 }, "title", /./],
      [{ ...valid, opensAt: "soon" }, "opensAt", /moment/],
      [{ ...valid, opensAt: "2026-02-30T00:00:00Z" }, "opensAt", /day/],
      [{ ...valid, closesAt: 0 }, "closesAt", /./],
      [{ ...valid, opensAt: "2026-02-01T00:00:00Z", closesAt: "2026-02-01T00:00:00Z" }, "closesAt", /before it opens/],
      [{ ...valid, timeZone: "Europe/Nowhere" }, "timeZone", /IANA/],
      [{ ...valid, timeZone: "+03:00" }, "timeZone", /IANA/],
      [{ ...valid, timeZone: "" }, "timeZone", /IANA/],
      [{ ...valid, limit: 3 }, "limit", /./],
      [{ ...valid, limit: {} }, "limit.plays", /Required/],
      [{ ...valid, limit: { plays: 0, period: "day" } }, "limit.plays", /./],
      [{ ...valid, limit: { plays: 1.5, period: "day" } }, "limit.plays", /./],
      [{ ...valid, limit: { plays: 1_000_001, period: "day" } }, "limit.plays", /./],
      [{ ...valid, limit: { plays: 1, period: "week" } }, "limit.period", /./],
      [{ ...valid, limit: { plays: 1, period: "window" } }, "limit.windowSeconds", /Required for a window/],
      [{ ...valid, limit: { plays: 1, period: "window", windowSeconds: null } }, "limit.windowSeconds", /Required/],
      [{ ...valid, limit: { plays: 1, period: "window", windowSeconds: 0 } }, "limit.windowSeconds", /./],
      [{ ...valid, limit: { plays: 1, period: "day", windowSeconds: 60 } }, "limit.windowSeconds", /Expected null/],
      [{ ...valid, limit: { plays: 1, period: "day", more: 1 } }, "limit.more", /Not a known field/],
      [{ ...valid, esp: "nowhere" }, "esp", /There are: shop, sandbox\./],
      [{ ...valid, esp: "__proto__" }, "esp", /no ESP connection/],
      [{ ...valid, esp: "" }, "esp", /./],
      [{ ...valid, espList: "" }, "espList", /./],
      [{ ...valid, espList: long }, "espList", /200/],
      [{ ...valid, espTags: "a" }, "espTags", /./],
      [{ ...valid, espTags: ["a", " "] }, "espTags.1", /not blank/],
      [{ ...valid, espTags: Array.from({ length: 101 }, (_, index) => `${index}`) }, "espTags", /./],
      [{ ...valid, id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53" }, "id", /Not a known field/],
      [{ ...valid, archivedAt: null }, "archivedAt", /Not a known field/],
      [[], "", /./],
      ["[", "", /./]
    ]
    const issuesOf = ({ body }: Service.Answer) =>
      (body["errors"] ?? []) as ReadonlyArray<{ path: ReadonlyArray<string>; message: string }>
    const check = (answer: Service.Answer, path: string, what: RegExp, of: unknown) => {
      assert.strictEqual(answer.status, 400, JSON.stringify(of))
      if (path === "") return
      const issues = issuesOf(answer).filter((issue) => issue.path.join(".") === path)
      assert.isNotEmpty(issues, `${JSON.stringify(of)}: ${JSON.stringify(answer.body)}`)
      assert.match(issues.map(({ message }) => message).join(), what)
    }
    for (const [body, at, what] of refusals) {
      check(yield* edit("POST", path, body), at === "" ? "" : `payload.${at}`, what, body)
    }
    // The same fields in a change, beside what is stored.
    const changes: ReadonlyArray<readonly [body: unknown, at: string, what: RegExp]> = [
      ...refusals
        .filter(([, at]) => !["slug", "title", "", "id", "archivedAt"].includes(at))
        .map(([body, at, what]) => {
          const { slug: _s, title: _t, ...change } = body as Record<string, unknown>
          return [change, at, what] as const
        }),
      [{ slug: "other" }, "slug", /Not a known field/],
      [{ title: null }, "title", /./],
      [{ timeZone: null }, "timeZone", /./],
      [{ espTags: null }, "espTags", /./],
      [{ version: 2 }, "version", /Not a known field/],
      [{ closesAt: "2025-12-31T00:00:00Z" }, "closesAt", /before it opens/]
    ]
    for (const [body, at, what] of changes) check(yield* edit("PATCH", one, body), `payload.${at}`, what, body)
    for (const [body, at, what] of [
      [{}, "slug", /Required/],
      [{ slug: "a b" }, "slug", /lower-case/],
      [{ slug: "b", title: " " }, "title", /not blank/],
      [{ slug: "b", esp: "sandbox" }, "esp", /Not a known field/]
    ] as const) {
      check(yield* edit("POST", `${one}/duplicate`, body), `payload.${at}`, what, body)
    }
    for (const [method, to, at] of [
      ["GET", `${path}?limit=0`, "query.limit"],
      ["GET", `${path}?limit=101`, "query.limit"],
      ["GET", `${path}?sort=title`, "query.sort"],
      ["GET", `${path}?state=draft`, "query.state"],
      ["GET", `${path}?q=`, "query.q"],
      ["GET", `${path}?cursor=WyJ0YXNrcyIsIngiXQ`, "query.cursor"],
      ["GET", `${path}/Not-A-Slug`, "params.slug"],
      ["DELETE", `${path}/-`, "params.slug"]
    ] as const) {
      check(
        yield* view(method, to).pipe(
          Effect.flatMap((answer) => (method === "DELETE" ? edit(method, to) : Effect.succeed(answer)))
        ),
        at,
        /./,
        to
      )
    }
    check(yield* edit("PATCH", one, { title: "x" }, { "if-match": "2" }), "headers.if-match", /ETag/, "if-match")

    // A cursor belongs to its order.
    yield* edit("POST", path, { slug: "wheel-2", title: "Wheel" })
    const { body } = yield* view("GET", `${path}?limit=1`)
    const cursor = String(body["nextCursor"])
    assert.strictEqual((yield* view("GET", `${path}?cursor=${cursor}`)).status, 200)
    check(yield* view("GET", `${path}?sort=slug&cursor=${cursor}`), "query.cursor", /order slug/, cursor)

    // The connection must exist when a game is moved to it, and when it is copied.
    assert.strictEqual((yield* edit("PATCH", one, { esp: "shop", espList: "7" })).status, 200)
    const back = yield* edit("PATCH", one, { esp: "sandbox" })
    assert.deepInclude(back.body, { esp: "sandbox", espList: null })
    yield* query(url, (sql) => sql`update game set esp = 'vanished' where slug = 'wheel'`)
    check(yield* edit("POST", `${one}/duplicate`, { slug: "b" }), "params.slug", /no ESP connection "vanished"/, "copy")
    assert.strictEqual((yield* edit("PATCH", one, { title: "Still there" })).status, 200)

    const stored = yield* query(url, (sql) => sql<{ slug: string }>`select slug from game order by slug`)
    assert.deepStrictEqual(
      stored.map(({ slug }) => slug),
      ["wheel", "wheel-2"]
    )
  })
)

it.live("the typed client manages games", () =>
  Effect.gen(function* () {
    const { base, editor } = yield* served()
    const { games } = yield* HttpApiClient.make(Api, {
      baseUrl: base,
      transformClient: HttpClient.mapRequest(HttpClientRequest.setHeaders(editor.headers))
    })
    const slug = Slug.make("typed")
    const params = { slug }
    const added = yield* games.create({ payload: { slug, title: "Typed" } })
    assert.deepInclude(added, { slug, version: 1, state: "open" })
    const headers = { "if-match": added.version }
    const closed = yield* games.close({ params, headers })
    assert.strictEqual(closed.version, 2)
    const stale = yield* Effect.flip(games.update({ params, headers, payload: { title: "Other" } }))
    assert.strictEqual(stale._tag, "ChangedMeanwhile")
    const shown = yield* games.get({ params })
    assert.strictEqual("version" in shown ? shown.version : undefined, 2)
    const names: Array<string> = []
    for (const name of ["a", "b", "c"]) yield* games.duplicate({ params, payload: { slug: Slug.make(name) } })
    let page = yield* games.list({ query: { sort: "slug", limit: 3 } })
    names.push(...page.items.map((game) => game.slug))
    while (page.nextCursor !== null) {
      page = yield* games.list({ query: { sort: "slug", limit: 3, cursor: page.nextCursor } })
      names.push(...page.items.map((game) => game.slug))
    }
    assert.deepStrictEqual(names, ["a", "b", "c", "typed"])
    assert.isUndefined(yield* games.delete({ params, headers: {} }))
    assert.strictEqual((yield* Effect.flip(games.get({ params })))._tag, "GameNotFound")
  }).pipe(Effect.provide(FetchHttpClient.layer))
)
