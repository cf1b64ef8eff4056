import { assert, it } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

type Headers = Readonly<Record<string, string>>

const secret = Buffer.alloc(32, 7).toString("base64")

/** A running service with senders of requests: by an editor, a viewer and anyone. */
const served = Effect.fnUntraced(function* (env: Record<string, string> = {}) {
  const url = yield* TestDatabase.makeUrl
  const client = yield* Service.client()
  const service = yield* Service.start(url, { SECRETS_KEY: secret, RATE_LIMIT_VIEWS: "off", ...env })
  const { base } = service
  const editor = yield* query(url, () => keyFor("editor"))
  const viewer = yield* query(url, () => keyFor("viewer"))
  const send = (method: string, to: string, body?: unknown, headers: Headers = {}) =>
    Effect.promise(() => client.send(base, method, to, body, headers))
  const by =
    (credential: { readonly headers: Headers }) =>
    (method: string, to: string, body?: unknown, headers: Headers = {}) =>
      send(method, to, body, { ...credential.headers, ...headers })
  return { url, base, service, client, send, edit: by(editor), view: by(viewer) }
})

const games = "/api/v1/games"
const page = `${games}/autumn/page`

const problem = ({ body, status }: Service.Answer) => [status, body["type"]]

const wheel = {
  mechanic: "wheel",
  languages: ["en", "de", "ar"],
  segments: [
    { id: "coffee", weight: 1, isWin: true, title: { en: "Coffee", de: "Kaffee" } },
    { id: "nothing", weight: 0, title: { en: "Nothing" } }
  ],
  texts: { en: { heading: "Spin" }, de: { heading: "Dreh", words: { email: "Deine Adresse" } } },
  consent: { text: { en: "I agree.", de: "Ich bin einverstanden." }, isRequired: true },
  embedOrigins: ["https://shop.example"]
}

const playerIn = (url: Redacted.Redacted<string>) =>
  Effect.map(
    query(url, (sql) => sql<{ id: string }>`select id from player`),
    ([player]) => player?.id ?? ""
  )

/** A change is seen within a second. */
const seen = <A>(what: string, look: Effect.Effect<A>, isSeen: (found: A) => boolean) =>
  Service.until(
    what,
    Effect.map(look, (found) => (isSeen(found) ? found : undefined))
  )

it.live("a page is set up by staff, and shown to everybody without weights", () =>
  Effect.gen(function* () {
    const { edit, send, url, view } = yield* served()
    yield* edit("POST", games, { slug: "autumn", title: "Autumn" })

    // Never set up.
    const plain = yield* view("GET", `${page}/settings`)
    assert.deepStrictEqual([plain.status, plain.headers["etag"], plain.body["isSetUp"]], [200, '"1"', false])
    const shown = yield* send("GET", page)
    assert.deepInclude(shown.body, {
      slug: "autumn",
      title: "Autumn",
      state: "open",
      language: "en",
      mechanic: "wheel",
      consent: null,
      words: null,
      version: 1
    })
    assert.lengthOf(shown.body["segments"] as never, 6)

    // Set up.
    const made = yield* edit("PUT", `${page}/settings`, wheel, { "if-match": '"1"' })
    assert.deepStrictEqual([made.status, made.headers["etag"]], [200, '"2"'])
    assert.deepInclude(made.body, { game: "autumn", isSetUp: true, version: 2 })
    assert.deepStrictEqual((made.body["page"] as { theme: { accent: string } }).theme.accent, "#b3123f")
    const versions = made.body["consentVersions"] as Record<string, string>
    assert.sameMembers(Object.keys(versions), ["en", "de"])
    // The same once more is no change, whatever the version.
    const same = yield* edit("PUT", `${page}/settings`, wheel, { "if-match": '"1"' })
    assert.deepStrictEqual([same.status, same.headers["etag"]], [200, '"2"'])
    assert.deepStrictEqual(
      problem(yield* edit("PUT", `${page}/settings`, { mechanic: "memory" }, { "if-match": '"1"' })),
      [412, "/problems/changed-meanwhile"]
    )
    assert.deepStrictEqual(problem(yield* view("PUT", `${page}/settings`, wheel)), [403, "/problems/not-permitted"])
    assert.deepStrictEqual(problem(yield* send("GET", `${page}/settings`)), [401, "/problems/not-signed-in"])
    assert.deepStrictEqual((yield* view("GET", `${page}/settings`)).body, made.body)

    // Among others, in one answer.
    yield* edit("POST", games, { slug: "plain", title: "Plain" })
    yield* edit("POST", games, { slug: "drafted", title: "Drafted" })
    yield* edit("PUT", `${games}/drafted/page/settings`, { mechanic: "memory", isDraft: true })
    const listed = (slugs: string) => `/api/v1/pages?games=${slugs}`
    assert.deepStrictEqual((yield* view("GET", listed("plain,autumn,there-is-none,drafted"))).body, {
      items: [
        { game: "autumn", mechanic: "wheel", isDraft: false, version: 2 },
        { game: "drafted", mechanic: "memory", isDraft: true, version: 2 },
        { game: "plain", mechanic: "wheel", isDraft: false, version: 1 }
      ]
    })
    for (const wrong of ["", "Autumn", "autumn,", Array.from({ length: 101 }, (_, at) => `g${at}`).join(",")]) {
      assert.strictEqual((yield* view("GET", listed(wrong))).status, 400, wrong)
    }
    assert.strictEqual((yield* send("GET", listed("autumn"))).status, 401)

    // Shown, in the language that fits.
    const german = yield* seen("the page", send("GET", `${page}?lang=de-AT`), ({ body }) => body["version"] === 2)
    assert.deepInclude(german.body, {
      language: "de",
      direction: "ltr",
      languages: ["en", "de", "ar"],
      segments: [
        { id: "coffee", title: "Kaffee" },
        { id: "nothing", title: "Nothing" }
      ],
      consent: { text: "Ich bin einverstanden.", version: versions["de"], required: true }
    })
    assert.deepInclude(german.body["texts"], { heading: "Dreh", lead: "" })
    assert.deepInclude(german.body["words"], { email: "Deine Adresse", play: "Spielen" })
    assert.notMatch(JSON.stringify(german.body), /weight|isWin|seed|embed/i)
    const arabic = yield* send("GET", page, undefined, { "accept-language": "cs, ar;q=0.5" })
    assert.deepInclude(arabic.body, { language: "ar", direction: "rtl" })
    assert.strictEqual(arabic.headers["content-language"], "ar")
    // Whatever the page around says.
    for (const [lang, language] of [
      ["de_AT", "de"],
      ["", "en"],
      ["C", "en"],
      [`en;q=${"x".repeat(500)}`, "en"]
    ] as const) {
      const any = yield* send("GET", `${page}?lang=${encodeURIComponent(lang)}`)
      assert.deepStrictEqual([any.status, any.body["language"]], [200, language], lang)
    }
    const other = yield* send("GET", `${page}?lang=cs`)
    assert.strictEqual(other.body["language"], "en")

    // Cached by whoever asks again.
    const { headers } = other
    assert.strictEqual(headers["cache-control"], "public, max-age=0, must-revalidate")
    assert.include(headers["vary"], "Accept-Language")
    assert.include(headers["vary"], "Origin")
    const again = yield* send("GET", `${page}?lang=cs`, undefined, { "if-none-match": String(headers["etag"]) })
    assert.deepStrictEqual([again.status, again.body["text"]], [304, ""])
    yield* edit("PATCH", `${games}/autumn`, { title: "Late autumn" })
    const renamed = yield* seen("the title", send("GET", page), ({ body }) => body["title"] === "Late autumn")
    assert.strictEqual(renamed.body["version"], 3)
    assert.notStrictEqual(renamed.headers["etag"], headers["etag"])

    // Played.
    const play = yield* send("POST", `${games}/autumn/plays`, { email: "nora@shop.example" })
    assert.deepStrictEqual(play.body["prize"], { segment: "coffee", title: "Coffee", isWin: true })

    // Staff see it with the play.
    for (const list of [`${games}/autumn/plays`, `/api/v1/players/${yield* playerIn(url)}/plays`]) {
      const { body } = yield* edit("GET", list)
      const [shown] = body["items"] as ReadonlyArray<Record<string, unknown>>
      assert.deepStrictEqual(shown?.["prize"], play.body["prize"])
      assert.notProperty(shown, "fields")
    }

    // Copied.
    yield* edit("POST", games, { slug: "winter", title: "Winter" })
    const copied = yield* edit("POST", `${games}/winter/page/copy`, { from: "autumn" })
    assert.deepStrictEqual(copied.body["page"], made.body["page"])
    // As when the origin was allowed and is not any more.
    yield* query(
      url,
      (sql) => sql`
        update game_page set settings = jsonb_set(settings, '{theme,logo}', '"https://cdn.brand.example/logo.png"')
        where game_id = (select id from game where slug = 'autumn')`
    )
    const refused = yield* edit("POST", `${games}/winter/page/copy`, { from: "autumn" })
    assert.deepStrictEqual(problem(refused), [400, "/problems/validation-failed"])
    const [fault, ...others] = refused.body["errors"] as ReadonlyArray<{ path: unknown; message: string }>
    assert.deepStrictEqual([fault?.path, others], [["payload", "from"], []])
    assert.match(fault?.message ?? "", /^theme\.logo of its page cannot be copied: /)

    // What cannot be.
    assert.deepStrictEqual(problem(yield* send("GET", `${games}/nowhere/page`)), [404, "/problems/game-not-found"])
    const pale = yield* edit("PUT", `${page}/settings`, { ...wheel, theme: { accent: "#ffffff" } })
    assert.deepStrictEqual(problem(pale), [422, "/problems/contrast-too-low"])
    assert.deepInclude(pale.body, { text: "onAccent", ground: "accent", ratio: 1 })
    const wrong = yield* edit("PUT", `${page}/settings`, { mechanic: "scratch", segments: [] })
    assert.deepStrictEqual(
      [wrong.status, (wrong.body["errors"] as ReadonlyArray<{ path: unknown }>).map(({ path }) => path)],
      [400, [["payload", "segments"]]]
    )
    const large = {
      ...wheel,
      languages: ["en"],
      consent: null,
      segments: wheel.segments.map(({ id }) => ({ id, title: { en: id } }))
    }
    const texts = Object.fromEntries(["won", "lost", "thanksNew", "lead"].map((key) => [key, "x".repeat(300)]))
    const many = Array.from({ length: 18 }, (_, at) => `x${String.fromCharCode(97 + at)}`)
    const wide = {
      ...large,
      languages: ["en", ...many],
      texts: Object.fromEntries(many.map((language) => [language, texts]))
    }
    assert.isAbove(JSON.stringify(wide).length, 16_384)
    assert.strictEqual((yield* edit("PUT", `${page}/settings`, wide)).status, 200)
    assert.deepStrictEqual(problem(yield* edit("PUT", `${page}/settings`, "x".repeat(300_000))), [
      413,
      "/problems/body-too-large"
    ])
    yield* edit("DELETE", `${games}/autumn`)
    assert.deepStrictEqual(problem(yield* edit("PUT", `${page}/settings`, wheel)), [409, "/problems/game-archived"])
    // A game that nobody has played goes with its page.
    assert.strictEqual((yield* edit("DELETE", `${games}/winter`)).status, 204)
    assert.deepStrictEqual(problem(yield* edit("GET", `${games}/winter/page/settings`)), [
      404,
      "/problems/game-not-found"
    ])
  }).pipe(Effect.scoped)
)

it.live("a draft is shown by its preview link, and by nothing else", () =>
  Effect.gen(function* () {
    const { edit, send, view } = yield* served()
    yield* edit("POST", games, { slug: "autumn", title: "Autumn" })
    yield* edit("PUT", `${page}/settings`, { ...wheel, isDraft: true })
    yield* seen("the draft", send("GET", page), ({ status }) => status === 404)
    assert.deepStrictEqual(problem(yield* send("GET", page)), [404, "/problems/page-not-published"])
    assert.strictEqual((yield* send("GET", "/play/autumn")).status, 404)
    assert.strictEqual((yield* view("POST", `${page}/preview`)).status, 403)
    const { body } = yield* edit("POST", `${page}/preview`)
    const token = String(body["token"])
    assert.strictEqual(body["path"], `/play/autumn?preview=${token}`)
    const shown = yield* send("GET", `${page}?preview=${token}&lang=de`)
    assert.deepStrictEqual([shown.status, shown.headers["cache-control"]], [200, "no-store"])
    assert.deepInclude(shown.body, { state: "draft", language: "de" })
    const html = yield* send("GET", String(body["path"]))
    assert.deepStrictEqual([html.status, html.headers["cache-control"]], [200, "no-store"])
    // Of another game, or made up.
    yield* edit("POST", games, { slug: "winter", title: "Winter" })
    yield* edit("PUT", `${games}/winter/page/settings`, { ...wheel, isDraft: true })
    assert.strictEqual((yield* send("GET", `${games}/winter/page?preview=${token}`)).status, 404)
    assert.strictEqual((yield* send("GET", `${page}?preview=${token.slice(0, -2)}`)).status, 404)
    assert.strictEqual((yield* send("GET", `/play/autumn?preview=x`)).status, 404)
    // It takes plays like any other game.
    const form = yield* send("GET", `/play/autumn?plain&preview=${token}`)
    assert.include(String(form.body["text"]), `preview=${token}`)
    assert.property((yield* send("POST", `${games}/autumn/plays`, { email: "nora@shop.example" })).body, "prize")
  }).pipe(Effect.scoped)
)

it.live("pages of a game's origins may call what is public of this game, and no more", () =>
  Effect.gen(function* () {
    const { edit, send } = yield* served({ CORS_ORIGINS: "https://everywhere.example" })
    for (const slug of ["autumn", "winter"]) yield* edit("POST", games, { slug, title: slug })
    yield* edit("PUT", `${page}/settings`, wheel)
    yield* edit("PUT", `${games}/winter/page/settings`, { ...wheel, embedOrigins: ["https://other.example"] })

    const allowed = (method: string, to: string, origin: string) =>
      Effect.map(
        send(method, to, method === "POST" ? { email: "nora@shop.example" } : undefined, { origin }),
        ({ headers }) => headers["access-control-allow-origin"]
      )
    const asks = (method: string, to: string, origin: string) =>
      send("OPTIONS", to, undefined, { origin, "access-control-request-method": method })
    yield* seen("the origin", allowed("GET", page, "https://shop.example"), (origin) => origin !== undefined)

    const shop = "https://shop.example"
    assert.strictEqual(yield* allowed("POST", `${games}/autumn/plays`, shop), shop)
    assert.strictEqual(yield* allowed("GET", `${games}/autumn`, shop), shop)
    assert.isUndefined(yield* allowed("GET", `${games}/winter/page`, shop))
    assert.strictEqual(yield* allowed("GET", `${games}/winter/page`, "https://other.example"), "https://other.example")
    assert.isUndefined(yield* allowed("GET", page, "https://shop.example.evil.example"))
    assert.isUndefined(yield* allowed("GET", page, "null"))
    // Public, and of no game.
    const { body } = yield* send("POST", `${games}/autumn/plays`, { email: "vera@shop.example" })
    assert.strictEqual(yield* allowed("GET", `/api/v1/plays/${String(body["id"])}`, shop), shop)
    // Not public.
    assert.isUndefined(yield* allowed("GET", `${page}/settings`, shop))
    assert.isUndefined(yield* allowed("GET", "/api/v1/audit-entries", shop))
    assert.isUndefined(yield* allowed("PATCH", `${games}/autumn`, shop))
    // Everything, for whoever the operator names.
    const everywhere = "https://everywhere.example"
    assert.strictEqual(yield* allowed("GET", `${page}/settings`, everywhere), everywhere)

    const play = yield* asks("POST", `${games}/autumn/plays`, shop)
    assert.deepInclude(play.headers, {
      "access-control-allow-origin": shop,
      "access-control-allow-methods": "POST, OPTIONS"
    })
    const change = yield* asks("PUT", `${page}/settings`, shop)
    assert.notProperty(change.headers, "access-control-allow-origin")
    const public_ = yield* asks("GET", `${games}/autumn`, shop)
    assert.strictEqual(public_.headers["access-control-allow-methods"], "GET, HEAD, OPTIONS")
    assert.notProperty((yield* asks("POST", `${games}/winter/plays`, shop)).headers, "access-control-allow-origin")
    // Taken from the list again.
    yield* edit("PUT", `${page}/settings`, { ...wheel, embedOrigins: [] })
    const isRefused = Effect.map(allowed("GET", page, shop), (origin) => origin === undefined)
    yield* seen("the end", isRefused, (refused) => refused)
  }).pipe(Effect.scoped)
)

it.live("views are counted by origin, and the funnel leads to the plays", () =>
  Effect.gen(function* () {
    const { base, client, edit, send, view } = yield* served({ RATE_LIMIT_VIEWS: "200/1d" })
    yield* edit("POST", games, { slug: "autumn", title: "Autumn" })
    const views = `${games}/autumn/views`
    const tell = (body: unknown, headers: Headers = {}) =>
      Effect.map(send("POST", views, body, headers), ({ status }) => status)
    const toldOf = (game: string) =>
      Effect.map(send("POST", `${games}/${game}/views`, { step: "view" }, {}), ({ status }) => status)
    assert.strictEqual(yield* tell({ step: "view" }, { origin: "https://shop.example" }), 204)
    assert.strictEqual(yield* tell({ step: "view", origin: "https://blog.example" }), 204)
    assert.strictEqual(yield* tell({ step: "start", origin: "https://blog.example" }), 204)
    // As a beacon sends it.
    const beacon = (text: string) =>
      Effect.promise(async () => {
        const type = { "content-type": "text/plain;charset=UTF-8" }
        return (await client.sendAs(base, "POST", views, text, type)).status
      })
    assert.strictEqual(yield* beacon('{"step":"consent","origin":"https://blog.example"}'), 204)
    for (const text of ["", "view", "{", '{"step":"stare"}', '{"step":"view","who":"nora"}']) {
      assert.strictEqual(yield* beacon(text), 400, text)
    }
    assert.strictEqual(yield* tell({ step: "view", origin: "no origin" }), 204)
    assert.strictEqual(yield* tell({ step: "view" }), 204)
    assert.strictEqual(yield* tell({ step: "view", who: "nora" }), 400)
    assert.strictEqual(yield* tell({ step: "stare" }), 400)
    // A name that is no game's, and origins that somebody made up: a hundred are counted each, the others together.
    assert.strictEqual((yield* send("POST", `${games}/nowhere/views`, { step: "view" })).status, 204)
    for (let at = 0; at < 120; at++) yield* tell({ step: "view", origin: `https://n${at}.example` })
    yield* send("POST", `${games}/autumn/plays`, { email: "nora@shop.example" })

    const funnel = view("GET", `${games}/autumn/funnel?by=hour`)
    const { body } = yield* seen("the counts", funnel, ({ body }) => (body["total"] as { views: number }).views === 124)
    assert.deepStrictEqual(body["total"], { views: 124, starts: 1, consents: 1, plays: 1 })
    const origins = body["origins"] as ReadonlyArray<{ origin: string; views: number }>
    assert.lengthOf(
      origins.filter(({ origin }) => origin !== "" && origin !== "other"),
      100
    )
    assert.deepInclude(origins as ReadonlyArray<unknown>, { origin: "", views: 1, starts: 0, consents: 0 })
    assert.strictEqual(
      origins.reduce((sum, one) => sum + one.views, 0),
      124
    )
    const periods = body["periods"] as ReadonlyArray<{ views: number; plays: number }>
    assert.strictEqual(
      periods.reduce((sum, { views }) => sum + views, 0),
      124
    )
    assert.strictEqual((yield* send("GET", `${games}/autumn/funnel`)).status, 401)

    // All games together, and nothing before their time.
    yield* edit("POST", games, { slug: "winter", title: "Winter" })
    assert.strictEqual(yield* toldOf("winter"), 204)
    yield* send("POST", `${games}/winter/plays`, { email: "nora@shop.example" })
    const ofAll = view("GET", "/api/v1/funnel?by=hour")
    const all = yield* seen("all counts", ofAll, ({ body }) => (body["total"] as { views: number }).views === 125)
    assert.deepStrictEqual(all.body["total"], { views: 125, starts: 1, consents: 1, plays: 2 })
    const hours = all.body["periods"] as ReadonlyArray<{ views: number; plays: number }>
    assert.strictEqual(
      hours.reduce((sum, { views }) => sum + views, 0),
      125
    )
    const before = yield* view("GET", "/api/v1/funnel?from=2024-01-01&to=2024-01-03")
    assert.deepStrictEqual(before.body["total"], { views: 0, starts: 0, consents: 0, plays: 0 })
    assert.strictEqual((yield* view("GET", "/api/v1/funnel?from=2024-01-03&to=2024-01-01")).status, 400)
    assert.strictEqual((yield* send("GET", "/api/v1/funnel")).status, 401)
    for (let at = 0; at < 75; at++) yield* tell({ step: "view" })
    assert.strictEqual(yield* tell({ step: "view" }), 429)
  }).pipe(Effect.scoped)
)

it.live("what was counted and not stored yet is stored at the stop", () =>
  Effect.gen(function* () {
    const { edit, send, service, url } = yield* served()
    yield* edit("POST", games, { slug: "autumn", title: "Autumn" })
    for (let at = 0; at < 5; at++) yield* send("POST", `${games}/autumn/views`, { step: "view" })
    service.signal("SIGTERM")
    assert.strictEqual(yield* Effect.promise(() => service.exited), 0)
    const rows = yield* query(url, (sql) => sql`select origin, sum(views)::int as views from game_view group by origin`)
    assert.deepStrictEqual(rows, [{ origin: "", views: 5 }])
  }).pipe(Effect.scoped)
)

it.live("without a key for secrets a page can be set up, and nothing drawn; without the module there is nothing", () =>
  Effect.gen(function* () {
    const { edit, send } = yield* served({ SECRETS_KEY: "" })
    yield* edit("POST", games, { slug: "autumn", title: "Autumn" })
    assert.strictEqual((yield* edit("PUT", `${page}/settings`, { mechanic: "wheel" })).status, 200)
    assert.deepStrictEqual(problem(yield* edit("PUT", `${page}/settings`, wheel)), [
      501,
      "/problems/secrets-key-missing"
    ])
    assert.deepStrictEqual(problem(yield* edit("POST", `${page}/preview`)), [501, "/problems/secrets-key-missing"])
    assert.strictEqual((yield* send("GET", page)).status, 200)

    const off = yield* served({ MODULES: "statistics" })
    yield* off.edit("POST", games, { slug: "autumn", title: "Autumn" })
    assert.strictEqual((yield* off.send("GET", page)).status, 404)
    assert.strictEqual((yield* off.send("GET", "/play/autumn")).status, 404)
    const play = yield* off.send("POST", `${games}/autumn/plays`, { email: "nora@shop.example" })
    assert.notProperty(play.body, "prize")
    assert.notProperty((yield* off.send("GET", `${games}/autumn`)).headers, "access-control-allow-origin")
  }).pipe(Effect.scoped)
)
