import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import * as fs from "node:fs"
import { request } from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib"
import * as Edge from "../../src/platform/edge/Edge.ts"
import { routerConfig } from "../../src/platform/edge/ExactPaths.ts"
import { RateLimits } from "../../src/platform/edge/RateLimits.ts"
import * as RateShares from "../../src/platform/edge/RateShares.ts"
import * as Server from "../../src/platform/edge/Server.ts"
import { Shutdown } from "../../src/platform/Shutdown.ts"
import * as WebHttp from "../../src/web/WebHttp.ts"
import { layerWith } from "../support/Settings.ts"

const html = `<!doctype html><title>Fairground</title>${"<p>The admin.</p>".repeat(50)}`
const script = `console.log(${JSON.stringify("fair".repeat(200))})`

/** A folder as the build leaves it; with `made`, only that of it. */
const folderOf = (made: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fairground-web-"))
      fs.mkdirSync(path.join(folder, "assets"))
      for (const [name, text] of Object.entries(made)) {
        fs.writeFileSync(path.join(folder, name), text)
        if (name.endsWith(".woff2")) continue
        fs.writeFileSync(path.join(folder, `${name}.br`), brotliCompressSync(text))
        fs.writeFileSync(path.join(folder, `${name}.gz`), gzipSync(text))
      }
      return folder
    }),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  )

const whole = {
  "admin.html": html,
  "assets/main-AbCd1234.js": script,
  "assets/main-AbCd1234.css": "body{margin:0}".repeat(60),
  "assets/inter-AbCd1234.woff2": "not really a font",
  "widget.js": script,
  "inputs.json": "{}",
  "manifest.json": "{}"
}

const start = Effect.fnUntraced(function* (folder: string, env: Record<string, string> = {}) {
  const api = { groups: {} }
  const served = HttpRouter.serve(
    Layer.mergeAll(WebHttp.layerOf(folder), Edge.layer(api, [...Edge.extraRoutes, ...WebHttp.pages])),
    { routerConfig, disableLogger: true, disableListenLog: true }
  ).pipe(
    Layer.provideMerge(Server.layer),
    Layer.provide(RateLimits.layer),
    Layer.provideMerge(Shutdown.layer),
    Layer.provide(layerWith({ PORT: "0", RATE_LIMIT_ADDRESS: "off", RATE_LIMIT_PAGES: "off", ...env }))
  )
  const context = yield* Layer.build(served)
  const { address } = yield* Effect.provide(HttpServer.HttpServer, context)
  return (address as { readonly port: number }).port
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

const get = (port: number, at: string, headers: Record<string, string> = {}, method = "GET"): Effect.Effect<Answer> =>
  Effect.callback((resume) => {
    request({ port, host: "127.0.0.1", agent: false, path: at, method, headers }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resume(
          Effect.succeed({
            status: response.statusCode ?? 0,
            headers: response.headers as Answer["headers"],
            body: Buffer.concat(chunks)
          })
        )
      )
    }).end()
  })

const serving = <A, E>(
  use: (port: number) => Effect.Effect<A, E, Scope.Scope>,
  made: Readonly<Record<string, string>> = whole,
  env: Record<string, string> = {}
) => Effect.flatMap(folderOf(made), (folder) => Effect.flatMap(start(folder, env), use))

describe("the pages that were built", () => {
  it.live("are the admin at each of its paths, with a policy that only lets in what is its own", () =>
    serving(
      Effect.fnUntraced(function* (port) {
        for (const at of ["/admin", "/admin/", "/admin/players", "/admin/players?q=nora%40&id=1", "/admin/a/b/c"]) {
          const { body, headers, status } = yield* get(port, at)
          if (at === "/admin/") {
            // The edge knows one spelling of each path.
            assert.strictEqual(status, 404)
            continue
          }
          assert.strictEqual(status, 200, at)
          assert.strictEqual(body.toString(), html)
          assert.strictEqual(headers["content-type"], "text/html; charset=utf-8")
          assert.strictEqual(headers["cache-control"], "no-cache")
          assert.strictEqual(headers["cross-origin-opener-policy"], "same-origin")
          assert.strictEqual(
            headers["content-security-policy"],
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
          )
          assert.strictEqual(headers["x-content-type-options"], "nosniff")
          assert.strictEqual(headers["referrer-policy"], "no-referrer")
        }
        assert.strictEqual((yield* get(port, "/administrator")).status, 404)
      })
    )
  )

  it.live("come in the best encoding that is accepted", () =>
    serving(
      Effect.fnUntraced(function* (port) {
        const read = { br: brotliDecompressSync, gzip: gunzipSync }
        for (const [accepted, encoding] of [
          ["gzip, deflate, br, zstd", "br"],
          ["gzip", "gzip"],
          ["br;q=0, gzip", "gzip"],
          ["br;q=0, gzip;q=0.0", undefined],
          ["identity", undefined],
          ["", undefined]
        ] as const) {
          for (const [at, text] of [
            ["/admin", html],
            ["/assets/main-AbCd1234.js", script],
            ["/widget.js", script]
          ] as const) {
            const { body, headers } = yield* get(port, at, { "accept-encoding": accepted })
            assert.strictEqual(headers["content-encoding"], encoding, `${at} ${accepted}`)
            assert.match(headers["vary"] ?? "", /Accept-Encoding/)
            assert.strictEqual((encoding === undefined ? body : read[encoding](body)).toString(), text)
            assert.strictEqual(headers["content-length"], String(body.length))
          }
        }
        const font = yield* get(port, "/assets/inter-AbCd1234.woff2", { "accept-encoding": "br" })
        assert.deepStrictEqual(
          [font.headers["content-encoding"], font.headers["content-type"]],
          [undefined, "font/woff2"]
        )
      })
    )
  )

  it.live("are not sent again to those who have them", () =>
    serving(
      Effect.fnUntraced(function* (port) {
        for (const at of ["/admin", "/assets/main-AbCd1234.js", "/widget.js"]) {
          const { etag = "" } = (yield* get(port, at)).headers
          assert.match(etag, /^"[\w-]{22}"$/)
          for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
            const { body, headers, status } = yield* get(port, at, { "if-none-match": known, "accept-encoding": "br" })
            assert.deepStrictEqual([status, body.length, headers["etag"]], [304, 0, etag])
            assert.isDefined(headers["cache-control"])
          }
          assert.strictEqual((yield* get(port, at, { "if-none-match": '"other"' })).status, 200)
          const head = yield* get(port, at, {}, "HEAD")
          assert.deepStrictEqual([head.status, head.body.length, head.headers["etag"]], [200, 0, etag])
        }
      })
    )
  )

  it.live("let caches keep what is named by its digest for ever, and the widget for minutes", () =>
    serving(
      Effect.fnUntraced(function* (port) {
        const asset = yield* get(port, "/assets/main-AbCd1234.css")
        assert.strictEqual(asset.headers["cache-control"], "public, max-age=31536000, immutable")
        assert.strictEqual(asset.headers["content-type"], "text/css; charset=utf-8")
        const widget = yield* get(port, "/widget.js", { origin: "https://brand.example" })
        assert.strictEqual(widget.headers["cache-control"], "public, max-age=300, stale-while-revalidate=86400")
        assert.strictEqual(widget.headers["content-type"], "text/javascript; charset=utf-8")
        assert.strictEqual(widget.headers["access-control-allow-origin"], "*")
        assert.strictEqual(widget.headers["cross-origin-resource-policy"], "cross-origin")
      }),
      whole,
      { CORS_ORIGINS: "https://other.example" }
    )
  )

  it.live("are these files and no others", () =>
    serving(
      Effect.fnUntraced(function* (port) {
        for (const at of [
          "/assets/none-AbCd1234.js",
          "/assets/main-AbCd1234.js.br",
          "/assets/inputs.json",
          "/assets/..%2fadmin.html",
          "/assets/__proto__",
          "/assets/",
          "/assets",
          "/inputs.json",
          "/manifest.json",
          "/admin.html"
        ]) {
          const { body, headers, status } = yield* get(port, at)
          assert.strictEqual(status, 404, at)
          assert.strictEqual(headers["content-type"], "application/problem+json")
          assert.include(body.toString(), "/problems/not-found")
        }
        const posted = yield* get(port, "/admin/players", {}, "POST")
        assert.deepStrictEqual([posted.status, posted.headers["allow"]], [405, "GET, HEAD, OPTIONS"])
      })
    )
  )

  it.live("say how to get them where they were not built, and the rest is served", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({})
      for (const at of [folder, path.join(folder, "none")]) {
        const port = yield* start(at)
        const { body, headers, status } = yield* get(port, "/admin/players")
        assert.strictEqual(status, 503)
        assert.include(body.toString(), "npm run web")
        assert.strictEqual(headers["cache-control"], "no-store")
        assert.isDefined(headers["retry-after"])
        assert.strictEqual((yield* get(port, "/widget.js")).status, 404)
        assert.strictEqual((yield* get(port, "/assets/main-AbCd1234.js")).status, 404)
      }
    })
  )

  it("are counted as pages in the rate limits", () => {
    const shareOf = RateShares.make(WebHttp.pages.map(({ path }) => path))
    for (const at of ["/admin", "/admin/players", "/assets/main-AbCd1234.js", "/widget.js"]) {
      assert.strictEqual(shareOf(at), "pages", at)
    }
    assert.strictEqual(shareOf("/administrator"), "api")
  })
})
