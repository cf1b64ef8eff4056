import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { send, sendJson, sendRaw, parse, start } from "./TestServer.ts"

// A window of a day, so that hardly any test run crosses its end.
const env = { RATE_LIMIT_ADDRESS: "3/1d", TRUSTED_PROXIES: "127.0.0.1" }

const from = (address: string, path = "/api/v1/things/wheel") => ({ path, headers: { "x-forwarded-for": address } })

describe("the limit for each client address", () => {
  it.live("refuses with 429 and the time to wait, before anything else", () =>
    Effect.gen(function* () {
      const server = yield* start(env)
      for (let index = 0; index < 3; index++) {
        assert.strictEqual((yield* send(server, from("192.0.2.1"))).status, 200)
      }
      for (const path of ["/api/v1/things/wheel", "/api/v1/nope", "/api/v1/things/defect"]) {
        const refused = yield* send(server, from("192.0.2.1", path))
        assert.strictEqual(refused.status, 429)
        assert.strictEqual(refused.headers["content-type"], "application/problem+json")
        const body = JSON.parse(refused.text)
        assert.strictEqual(body.type, "/problems/too-many-requests")
        assert.isAtLeast(body.retryAfterSeconds, 1)
        assert.isAtMost(body.retryAfterSeconds, 86_400)
        assert.strictEqual(refused.headers["retry-after"], String(body.retryAfterSeconds))
      }
      assert.strictEqual((yield* send(server, from("192.0.2.2"))).status, 200, "others are not touched")
    })
  )

  it.live("does not wait for the body", () =>
    Effect.gen(function* () {
      const server = yield* start({ RATE_LIMIT_ADDRESS: "1/1d" })
      yield* send(server, { path: "/api/v1/things/wheel" })
      const head = "POST /api/v1/things/wheel HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 50\r\n\r\n"
      assert.strictEqual(parse(yield* sendRaw(server, head)).status, 429)
    })
  )

  it.live("counts what fails, and every spelling of a path", () =>
    Effect.gen(function* () {
      const server = yield* start(env)
      const spellings = [
        "//api/v1/things/wheel",
        "/API/v1/things/wheel",
        "/%61pi/v1/things/wheel",
        "/api/v1/things/wheel/"
      ]
      for (const [index, path] of spellings.entries()) {
        const address = `192.0.2.${index}`
        for (let times = 0; times < 3; times++) yield* send(server, from(address, path))
        assert.strictEqual((yield* send(server, from(address, path))).status, 429, path)
      }
      const headers = { "x-forwarded-for": "198.51.100.1", "content-type": "application/json" }
      for (let times = 0; times < 3; times++) {
        assert.strictEqual(
          (yield* send(server, { method: "POST", path: "/api/v1/things/wheel", headers, body: "{" })).status,
          400
        )
      }
      assert.strictEqual((yield* send(server, from("198.51.100.1"))).status, 429)
    })
  )

  const pages = ["/", "/docs", "/problems", "/problems/not-found", "/metrics", "/openapi.json", "/?utm=1"]

  it.live("leaves pages, health checks, metrics and preflights alone", () =>
    Effect.gen(function* () {
      const server = yield* start({ RATE_LIMIT_ADDRESS: "1/1d", CORS_ORIGINS: "*" })
      yield* send(server, { path: "/api/v1/things/wheel" })
      assert.strictEqual((yield* send(server, { path: "/api/v1/things/wheel" })).status, 429)
      for (const path of [...pages, "/health/ready"]) {
        assert.strictEqual((yield* send(server, { path })).status, 200, path)
      }
      assert.strictEqual((yield* send(server, { path: "/api/v1/things/wheel", method: "OPTIONS" })).status, 204)
    })
  )

  it.live("pages and metrics have one of their own, which health checks never meet", () =>
    Effect.gen(function* () {
      const server = yield* start({ ...env, RATE_LIMIT_PAGES: "1/1d" })
      for (const [index, path] of pages.entries()) {
        const address = `192.0.2.${index}`
        assert.strictEqual((yield* send(server, from(address, path))).status, 200, path)
        const refused = yield* send(server, from(address, path))
        assert.strictEqual(refused.status, 429, path)
        assert.isAtLeast(Number(refused.headers["retry-after"]), 1)
        assert.strictEqual((yield* send(server, from(address, pages[(index + 1) % pages.length]))).status, 429, path)
        assert.strictEqual((yield* send(server, from(address))).status, 200, "the API is counted for itself")
        for (let times = 0; times < 3; times++) {
          assert.strictEqual((yield* send(server, from(address, "/health/ready"))).status, 200)
        }
      }
    })
  )

  it.live("lets a refused page read the answer", () =>
    Effect.gen(function* () {
      const server = yield* start({ RATE_LIMIT_ADDRESS: "1/1d", CORS_ORIGINS: "*" })
      yield* sendJson(server, "/api/v1/things/wheel", "{}")
      const refused = yield* sendJson(server, "/api/v1/things/wheel", "{}")
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(refused.headers["access-control-allow-origin"], "*")
      assert.include(refused.headers["access-control-expose-headers"], "Retry-After")
    })
  )
})
