import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { HttpServerRequest } from "effect/http"
import { request } from "node:http"
import { gunzipSync } from "node:zlib"
import * as Page from "../../../src/platform/pages/Page.ts"
import { problemsOf } from "../../../src/platform/contract/ProblemList.ts"
import { send, start, TestApi, type TestServer } from "../edge/TestServer.ts"

const getBytes = ({ port }: TestServer, path: string, headers: Record<string, string>) =>
  Effect.callback<{ readonly status: number; readonly encoding: string | undefined; readonly bytes: Buffer }>(
    (resume) => {
      request({ port, host: "127.0.0.1", agent: false, path, headers }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () =>
          resume(
            Effect.succeed({
              status: response.statusCode ?? 0,
              encoding: response.headers["content-encoding"],
              bytes: Buffer.concat(chunks)
            })
          )
        )
      }).end()
    }
  )

describe("pages", () => {
  it.live("every problem that exists has a page, and the list leads to it", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const list = (yield* send(server, { path: "/problems" })).text
      for (const { explanation, name, status, title } of problemsOf(TestApi)) {
        assert.include(list, `href="/problems/${name}"`)
        const page = yield* send(server, { path: `/problems/${name}` })
        assert.strictEqual(page.status, 200)
        assert.include(page.text, `<h1>${title}</h1>`)
        assert.include(page.text, String(status))
        assert.isAbove(explanation.length, 40)
      }
    })
  )

  it.live("a problem that does not exist has none", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const name of ["nope", "__proto__", "constructor", "%3Cscript%3E"]) {
        const answer = yield* send(server, { path: `/problems/${name}` })
        assert.deepStrictEqual([answer.status, JSON.parse(answer.text).type], [404, "/problems/not-found"])
      }
    })
  )

  it.live("every link on them leads somewhere", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const paths = ["/", "/problems", "/problems/not-found"]
      for (const path of paths) {
        const { text } = yield* send(server, { path })
        const links = [...text.matchAll(/href="(\/[^"]*)"/g)].map((match) => match[1]!)
        assert.isAbove(links.length, 1)
        // The account's page belongs to accounts: a browser follows that link in their tests.
        for (const link of links.filter((one) => one !== "/account"))
          assert.strictEqual((yield* send(server, { path: link })).status, 200, `${path} -> ${link}`)
        assert.notMatch(text, /(href|src)="(https?:)?\/\//, "nothing from elsewhere")
      }
    })
  )

  it.live("the landing page shows the curl for the address the service listens on", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const { text } = yield* send(server, { path: "/" })
      assert.match(text, /curl <span data-origin>http:\/\/localhost:\d+<\/span>\/api\/v1\/games\/wheel\/plays/)
    })
  )

  it.live("are HTML with a policy of their own", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const path of ["/", "/docs", "/problems", "/problems/overloaded"]) {
        const { headers, text } = yield* send(server, { path })
        assert.strictEqual(headers["content-type"], "text/html; charset=utf-8", path)
        assert.strictEqual(headers["cache-control"], "no-cache")
        const policy = headers["content-security-policy"] ?? ""
        assert.include(policy, "default-src 'none'")
        assert.include(policy, "frame-ancestors 'none'")
        assert.include(policy, "connect-src 'self'")
        assert.notMatch(policy, /script-src[^;]*'unsafe/)
        assert.match(text, /^<!doctype html>\s*<html lang="en">/)
        assert.include(text, `<link rel="icon" href="data:`)
        assert.match(text, /<title>[^<]+<\/title>/)
      }
    })
  )

  it.live("tell caches all that they differ by", () =>
    Effect.gen(function* () {
      const server = yield* start({ CORS_ORIGINS: "https://shop.example" })
      assert.strictEqual((yield* send(server, { path: "/" })).headers["vary"], "Origin, Accept-Encoding")
    })
  )

  it.live("come compressed where that is wanted, and not again to who has them", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const path of ["/", "/docs", "/problems", "/problems/overloaded", "/openapi.json"]) {
        const plain = yield* send(server, { path })
        for (const accepted of ["gzip", "br, gzip;q=0.8", "gzip;q=0.5"]) {
          const { bytes, encoding, status } = yield* getBytes(server, path, { "accept-encoding": accepted })
          assert.deepStrictEqual([status, encoding], [200, "gzip"], accepted)
          assert.isBelow(bytes.length, plain.text.length)
          assert.strictEqual(gunzipSync(bytes).toString(), plain.text)
        }
        for (const accepted of ["br", "gzip;q=0", "identity", "gzip; q=0.0, br", "gzip;q=0 , br"]) {
          assert.isUndefined((yield* getBytes(server, path, { "accept-encoding": accepted })).encoding, accepted)
        }
        const etag = plain.headers["etag"] ?? ""
        for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
          const again = yield* send(server, { path, headers: { "if-none-match": known } })
          assert.deepStrictEqual([again.status, again.text, again.headers["etag"]], [304, "", etag])
        }
        assert.strictEqual((yield* send(server, { path, headers: { "if-none-match": `"other"` } })).status, 200)
      }
    })
  )

  it.live("the contract is one of them, for programs", () =>
    Effect.gen(function* () {
      const { headers, text } = yield* send(yield* start(), { path: "/openapi.json" })
      assert.strictEqual(headers["content-type"], "application/json")
      assert.strictEqual(headers["cache-control"], "no-cache")
      assert.strictEqual(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'")
      assert.strictEqual(JSON.parse(text).openapi, "3.1.0")
    })
  )

  it.effect("all answers share their bytes, and the first ones share one compression", () =>
    Effect.gen(function* () {
      const page = Page.html("<p>Fairground</p>".repeat(1000))
      const ask = (headers: Record<string, string>) =>
        Effect.map(page(HttpServerRequest.fromWeb(new Request("http://a/", { headers }))), ({ body }) =>
          body._tag === "Uint8Array" ? [body.body, body.text] : assert.fail(body._tag)
        )
      for (const headers of [{}, { "accept-encoding": "gzip" }]) {
        const together = yield* Effect.all([ask(headers), ask(headers), ask(headers)], { concurrency: "unbounded" })
        // Text would be encoded again for each answer.
        for (const [bytes, text] of [...together, yield* ask(headers)]) {
          assert.strictEqual(bytes, together[0][0])
          assert.isUndefined(text)
        }
      }
    })
  )

  it.effect("the first to ask may go: the others get the compressed bytes all the same", () =>
    Effect.gen(function* () {
      const page = Page.html("<p>Fairground</p>".repeat(1000))
      const ask = page(HttpServerRequest.fromWeb(new Request("http://a/", { headers: { "accept-encoding": "gzip" } })))
      const first = yield* Effect.forkChild(ask, { startImmediately: true })
      const second = yield* Effect.forkChild(ask, { startImmediately: true })
      yield* Fiber.interrupt(first)
      assert.strictEqual((yield* Fiber.join(second)).headers["content-encoding"], "gzip")
    })
  )
})
