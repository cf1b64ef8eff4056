import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { browser, fault } from "../accounts/pages/Visitor.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

type Headers = Readonly<Record<string, string>>

const withText = (answer: Service.Answer) => {
  const { text } = answer.body
  return { ...answer, text: typeof text === "string" ? text : "" }
}

const served = Effect.fnUntraced(function* (env: Record<string, string> = {}) {
  const url = yield* TestDatabase.makeUrl
  const client = yield* Service.client()
  const { base } = yield* Service.start(url, { SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"), ...env })
  const editor = yield* query(url, () => keyFor("editor"))
  const edit = (method: string, to: string, body?: unknown) =>
    Effect.promise(() => client.send(base, method, to, body, editor.headers))
  const get = (to: string, headers: Headers = {}) =>
    Effect.map(
      Effect.promise(() => client.send(base, "GET", to, undefined, headers)),
      withText
    )
  const post = (to: string, fields: Record<string, string>, headers: Headers = { "sec-fetch-site": "same-origin" }) =>
    Effect.map(
      Effect.promise(() =>
        client.sendAs(base, "POST", to, new URLSearchParams(fields).toString(), {
          "content-type": "application/x-www-form-urlencoded",
          ...headers
        })
      ),
      withText
    )
  return { base, edit, get, post }
})

const games = "/api/v1/games"

const languages = ["en", "ru", "de", "es", "fr", "ar"]

const page = {
  mechanic: "wheel",
  languages,
  segments: [
    { id: "coffee", weight: 1, isWin: true, title: { en: "Coffee & </script><b>cake</b>", de: "Kaffee" } },
    { id: "nothing", title: { en: "Nothing" } }
  ],
  consent: { text: { en: "I agree to <news>." }, isRequired: true },
  name: "required",
  embedOrigins: ["https://shop.example"],
  theme: { logo: "https://cdn.brand.example/logo.svg" }
}

const seen = <A>(what: string, look: Effect.Effect<A>, isSeen: (found: A) => boolean) =>
  Service.until(
    what,
    Effect.map(look, (found) => (isSeen(found) ? found : undefined))
  )

const keyIn = (text: string) => /name="key" value="([\w-]+)"/.exec(text)?.[1] ?? ""
const consentIn = (text: string) => /name="consent"\s+value="(\w+)"/.exec(text)?.[1] ?? ""

it.live("the page of a game holds what the widget needs, under a strict policy", () =>
  Effect.gen(function* () {
    const { edit, get } = yield* served({ PICTURE_ORIGINS: "https://cdn.brand.example" })
    yield* edit("POST", games, { slug: "autumn", title: "Autumn" })
    assert.strictEqual((yield* edit("PUT", `${games}/autumn/page/settings`, page)).status, 200)
    const shown = yield* seen("the page", get("/play/autumn"), ({ text }) => text.includes("Coffee"))
    assert.deepStrictEqual(
      [shown.status, shown.headers["content-type"], shown.headers["cache-control"]],
      [200, "text/html; charset=utf-8", "no-cache"]
    )
    assert.include(shown.text, '<html lang="en" dir="ltr">')
    assert.match(shown.text, /<fairground-game game="autumn" lang="en"/)
    assert.include(shown.text, '<script type="module" src="/widget.js"></script>')
    assert.match(shown.text, /<noscript><meta http-equiv="refresh" content="0; url=\/play\/autumn\?plain&amp;lang=en"/)

    // The data block is the API's answer, and nothing in it ends the block.
    const block = /<script type="application\/json" id="fairground-autumn">(.*?)<\/script>/s.exec(shown.text)?.[1] ?? ""
    assert.notInclude(block, "<")
    assert.deepStrictEqual(JSON.parse(block), (yield* get(`${games}/autumn/page`)).body)
    assert.notMatch(block, /weight|isWin/)

    const policy = String(shown.headers["content-security-policy"])
    // The origin of its form is sent.
    assert.strictEqual(shown.headers["referrer-policy"], "same-origin")
    for (const part of [
      "default-src 'none'",
      "script-src 'self';",
      "img-src 'self' data: blob: https://cdn.brand.example;",
      "connect-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'self' https://shop.example",
      "require-trusted-types-for 'script'"
    ]) {
      assert.include(policy, part)
    }
    assert.notInclude(policy, "unsafe")
    const style = /<style>(.*?)<\/style>/s.exec(shown.text)?.[1] ?? ""
    assert.include(policy, `style-src 'self' 'sha256-${createHash("sha256").update(style).digest("base64")}'`)

    const again = yield* get("/play/autumn", { "if-none-match": String(shown.headers["etag"]) })
    assert.deepStrictEqual([again.status, again.text], [304, ""])
    const arabic = yield* get("/play/autumn", { "accept-language": "ar-EG" })
    assert.include(arabic.text, '<html lang="ar" dir="rtl">')
    assert.notStrictEqual(arabic.headers["etag"], shown.headers["etag"])
    assert.strictEqual(arabic.headers["content-language"], "ar")

    // Not open, over, and no game at all.
    yield* edit("PATCH", `${games}/autumn`, { opensAt: "2999-12-01T08:00:00Z", timeZone: "Europe/Prague" })
    const early = yield* seen("it is planned", get("/play/autumn"), ({ text }) => text.includes('"scheduled"'))
    assert.include(early.text, "The game opens December 1, 2999")
    assert.include((yield* get("/play/autumn?plain")).text, "(Europe/Prague)")
    yield* edit("POST", `${games}/autumn/close`)
    const late = yield* seen("it is over", get("/play/autumn?plain&lang=de"), ({ text }) => text.includes("vorbei"))
    assert.notInclude(late.text, "<form")
    for (const path of ["/play/nowhere", "/play/NOT-a-slug", "/play/nowhere?plain"]) {
      const missing = yield* get(path, { "accept-language": "ru" })
      assert.deepStrictEqual([missing.status, missing.headers["cache-control"]], [404, "no-store"], path)
      assert.include(missing.text, '<html lang="ru">')
    }
  }).pipe(Effect.scoped)
)

it.live("without JavaScript a form records the play, once, in every language", () =>
  Effect.gen(function* () {
    const { edit, get, post } = yield* served()
    yield* edit("POST", games, { slug: "autumn", title: "Autumn" })
    yield* edit("PUT", `${games}/autumn/page/settings`, { ...page, theme: {} })
    yield* seen("the page", get("/play/autumn"), ({ text }) => text.includes("Coffee"))

    for (const language of languages) {
      const path = `/play/autumn?plain&lang=${language}`
      const { headers, status, text } = yield* get(path)
      assert.deepStrictEqual([status, headers["cache-control"]], [200, "no-store"])
      assert.include(text, `<html lang="${language}" dir="${language === "ar" ? "rtl" : "ltr"}">`)
      assert.include(text, "I agree to &lt;news&gt;.")
      const key = keyIn(text)
      assert.isAbove(key.length, 16)
      const filled = { key, email: `${language}@shop.example`, name: "Nora", consent: consentIn(text) }

      // What is missing is asked for, with the rest as it was and the same key.
      for (const [change, field] of [
        [{ email: "nora" }, "email"],
        [{ name: " " }, "name"],
        [{ name: "\u200b\u2800" }, "name"],
        [{ consent: "" }, "consent"]
      ] as const) {
        const refused = yield* post(path, { ...filled, ...change })
        assert.strictEqual(refused.status, 400, field)
        assert.match(refused.text, new RegExp(`name="${field}"[^>]*aria-describedby="problem"[^>]*aria-invalid="true"`))
        assert.strictEqual(keyIn(refused.text), key)
      }

      const played = yield* post(path, filled)
      assert.strictEqual(played.status, 200)
      assert.include(played.text, language === "de" ? "Kaffee" : "Coffee &amp; &lt;/script&gt;&lt;b&gt;cake&lt;/b&gt;")
      // Sent again by the button "back" or by loading the page again: the same play.
      assert.strictEqual((yield* post(path, filled)).text, played.text)
      // Another address with the same key is another play: the form comes back with a key of its own.
      const other = yield* post(path, { ...filled, email: `other-${language}@shop.example` })
      assert.strictEqual(other.status, 422)
      assert.notStrictEqual(keyIn(other.text), key)
      assert.include(other.text, `other-${language}@shop.example`)
      // The second play of the address.
      const second = yield* post(path, { ...filled, key: keyIn(other.text) })
      assert.notStrictEqual(second.text, played.text)
    }
    // Nobody agrees to a text that they have not seen.
    const before = yield* get("/play/autumn?plain&lang=en")
    const consent = { text: { en: "I agree to be called." }, isRequired: false }
    yield* edit("PUT", `${games}/autumn/page/settings`, { ...page, theme: {}, consent })
    const asked = { key: keyIn(before.text), email: "late@shop.example", name: "Nora", consent: consentIn(before.text) }
    const late = yield* post("/play/autumn?plain&lang=en", asked)
    assert.deepStrictEqual([late.status, keyIn(late.text)], [409, asked.key])
    assert.match(late.text, /role="alert"[^]*I agree to be called/)
    assert.notMatch(late.text, /name="consent"[^>]* checked/)
    assert.strictEqual((yield* post("/play/autumn?plain&lang=en", { ...asked, consent: "" })).status, 200)

    const list = yield* edit("GET", `${games}/autumn/plays?limit=100`)
    const [last, ...plays] = list.body["items"] as ReadonlyArray<{ consent: { language: string }; name: string }>
    assert.isNull(last?.consent)
    assert.lengthOf(plays, 2 * languages.length)
    assert.sameMembers([...new Set(plays.map(({ consent }) => consent.language))], languages)
  }).pipe(Effect.scoped)
)

it.live("a form of another site is refused, limits hold, and what is no browser may play", () =>
  Effect.gen(function* () {
    const { edit, get, post } = yield* served({ RATE_LIMIT_EMAIL: "2/1d" })
    yield* edit("POST", games, {
      slug: "autumn",
      title: "Autumn",
      limit: { plays: 1, period: "day" },
      timeZone: "Europe/Prague"
    })
    const path = "/play/autumn?plain&lang=en"
    const form = yield* get(path)
    const filled = { key: keyIn(form.text), email: "nora@shop.example" }
    assert.strictEqual((yield* post(path, filled, { "sec-fetch-site": "cross-site" })).status, 403)
    assert.strictEqual((yield* post(path, filled, { origin: "https://evil.example" })).status, 403)
    assert.strictEqual((yield* post(path, filled, {})).status, 200)
    const limited = yield* post(path, { ...filled, key: "another-key-of-sixteen" })
    assert.strictEqual(limited.status, 409)
    assert.include(limited.text, "You have played already")
    assert.include(limited.text, "(Europe/Prague)")
    const third = yield* post(path, { ...filled, key: "one-more-key-of-sixteen" })
    assert.strictEqual(third.status, 429)
    assert.isDefined(third.headers["retry-after"])
    yield* edit("POST", `${games}/autumn/close`)
    const closed = yield* post(path, { key: "a-last-key-of-sixteen", email: "vera@shop.example" })
    assert.deepStrictEqual([closed.status, closed.text.includes("The game is over")], [409, true])
    assert.strictEqual((yield* post("/play/nowhere?plain", filled)).status, 404)
    assert.strictEqual((yield* post(path, { ...filled, email: "nora" })).status, 400)

    // They count as the API's.
    const shown = edit("GET", "/api/v1/statistics/refusals?game=autumn")
    const counted = yield* Service.until(
      "the refusals",
      Effect.map(shown, ({ body }) => (body["refusals"] === 4 ? body : undefined))
    )
    assert.sameDeepMembers(counted["reasons"] as Array<unknown>, [
      { reason: "play-limit-reached", refusals: 1 },
      { reason: "too-many-requests", refusals: 1 },
      { reason: "game-not-open", refusals: 1 },
      { reason: "validation-failed", refusals: 1 }
    ])
  }).pipe(Effect.scoped)
)

it.live.skipIf(fault !== undefined)(
  "a browser without JavaScript goes on to the form, plays, and breaks no policy",
  () =>
    Effect.gen(function* () {
      const { base, edit } = yield* served()
      yield* edit("POST", games, { slug: "autumn", title: "Autumn" })
      yield* edit("PUT", `${games}/autumn/page/settings`, { ...page, theme: {} })
      const visit = yield* browser
      const { faults, page: tab } = yield* visit(base, { javaScript: false, locale: "ar-EG", width: 390 })
      yield* Effect.promise(async () => {
        await tab.goto(`${base}/play/autumn`)
        await tab.waitForURL("**/play/autumn?plain&lang=ar")
        await tab.fill("#email", "nora@shop.example")
        await tab.fill("#name", "Nora")
        await tab.check("[name=consent]")
        assert.isAtMost(await tab.evaluate<number>("document.documentElement.scrollWidth"), 390)
        await tab.click("button")
        await tab.waitForSelector(".prize")
        assert.strictEqual(await tab.textContent(".prize"), "Coffee & </script><b>cake</b>")
      })
      assert.deepStrictEqual(faults, [])
    }).pipe(Effect.scoped)
)
