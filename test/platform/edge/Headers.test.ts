import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parse, send, sendRaw, start } from "./TestServer.ts"

const path = "/api/v1/things/wheel"

describe("X-Request-Id", () => {
  it.live("a sane one is taken over, any other replaced, and all differ", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const idFor = (given?: string) =>
        Effect.map(
          send(server, { path, ...(given === undefined ? {} : { headers: { "x-request-id": given } }) }),
          (answer) => answer.headers["x-request-id"] ?? ""
        )
      for (const sane of ["a", "0198c7e2-7d1c-7f0e-9a55-0b6b3c0f7a11", "Trace_1.b", "x".repeat(128)]) {
        assert.strictEqual(yield* idFor(sane), sane)
      }
      for (const other of ["", "x".repeat(129), "a b", "a;b", "\u00e9", "<script>", "a\tb"]) {
        const id = yield* idFor(other)
        assert.match(id, /^[0-9a-f-]{36}$/, other)
      }
      const made = yield* Effect.all([idFor(), idFor(), idFor()])
      assert.strictEqual(new Set(made).size, 3)
    })
  )

  it.live("failures of every kind carry one", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const failing of ["/nope", "/%ff", "/api/v1/things/defect", "/api/v1/things/busy", "/api/v1/things/UPPER"]) {
        const answer = yield* send(server, { path: failing, headers: { "x-request-id": "mine" } })
        assert.strictEqual(answer.headers["x-request-id"], "mine", failing)
      }
      const raw = parse(yield* sendRaw(server, "NONSENSE\r\n\r\n"))
      assert.match(raw.headers["x-request-id"] ?? "", /^[0-9a-f-]{36}$/)
    })
  )
})

describe("security headers", () => {
  it.live("stand on answers of every kind", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const each of [path, "/nope", "/api/v1/things/defect", "/metrics", "/health/ready"]) {
        const { headers } = yield* send(server, { path: each })
        assert.strictEqual(headers["x-content-type-options"], "nosniff", each)
        assert.strictEqual(headers["referrer-policy"], "no-referrer", each)
        assert.strictEqual(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'", each)
        assert.strictEqual(headers["cache-control"], "no-store", each)
        assert.isUndefined(headers["x-powered-by"])
        assert.isUndefined(headers["strict-transport-security"])
      }
    })
  )
})

describe("WWW-Authenticate", () => {
  it.live("stands on every 401, and on nothing else", () =>
    Effect.gen(function* () {
      const server = yield* start({ CORS_ORIGINS: "*" })
      const locked = yield* send(server, { path: "/api/v1/locked" })
      assert.deepStrictEqual(
        [locked.status, locked.headers["www-authenticate"], locked.headers["content-type"]],
        [401, 'Bearer realm="fairground"', "application/problem+json"]
      )
      for (const each of [path, "/nope", "/api/v1/things/defect", "/api/v1/things/limited"]) {
        assert.isUndefined((yield* send(server, { path: each })).headers["www-authenticate"], each)
      }
    })
  )
})

describe("CORS", () => {
  const preflight = (origin: string, to = path) => ({
    method: "OPTIONS",
    path: to,
    headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" }
  })

  it.live("is silent when no origin may call", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const answers = [
        yield* send(server, { path, headers: { origin: "https://shop.example" } }),
        yield* send(server, preflight("https://shop.example"))
      ]
      for (const { headers } of answers) {
        assert.deepStrictEqual(
          Object.keys(headers).filter((name) => name.startsWith("access-control")),
          []
        )
      }
    })
  )

  it.live("names a listed origin, and no other", () =>
    Effect.gen(function* () {
      const server = yield* start({ CORS_ORIGINS: "https://shop.example, http://localhost:3000" })
      for (const origin of ["https://shop.example", "http://localhost:3000"]) {
        for (const each of [path, "/nope", "/api/v1/things/defect"]) {
          const { headers } = yield* send(server, { path: each, headers: { origin } })
          assert.strictEqual(headers["access-control-allow-origin"], origin)
          assert.strictEqual(headers["access-control-expose-headers"], "X-Request-Id, Retry-After, Location, ETag")
          assert.strictEqual(headers["vary"], "Origin")
        }
        const { headers, status, text } = yield* send(server, preflight(origin))
        assert.deepStrictEqual([status, text], [204, ""])
        assert.strictEqual(headers["access-control-allow-origin"], origin)
        assert.strictEqual(headers["access-control-allow-methods"], "GET, HEAD, POST, OPTIONS")
        assert.strictEqual(
          headers["access-control-allow-headers"],
          "Content-Type, Fairground-Token, Idempotency-Key, If-Match, Last-Event-ID, X-Request-Id, traceparent, tracestate, baggage, sentry-trace"
        )
        assert.isAbove(Number(headers["access-control-max-age"]), 0)
        assert.strictEqual(headers["vary"], "Origin")
      }
      for (const origin of ["https://evil.example", "https://shop.example.evil.example", "null"]) {
        for (const answer of [
          yield* send(server, { path, headers: { origin } }),
          yield* send(server, preflight(origin))
        ]) {
          assert.isUndefined(answer.headers["access-control-allow-origin"])
          assert.strictEqual(answer.headers["vary"], "Origin")
        }
      }
    })
  )

  // Whoever sends a credential from a page of another site would have it lie open there, and a session counts only for own pages.
  it.live("never lets a page of another site send a credential", () =>
    Effect.gen(function* () {
      for (const origins of ["*", "https://shop.example"]) {
        const server = yield* start({ CORS_ORIGINS: origins })
        const origin = "https://shop.example"
        const asked = yield* send(server, {
          method: "OPTIONS",
          path,
          headers: {
            origin,
            "access-control-request-method": "GET",
            "access-control-request-headers": "authorization, cookie"
          }
        })
        const answers = [asked, yield* send(server, { path, headers: { origin, authorization: "Bearer fgk_x" } })]
        for (const { headers } of answers) {
          assert.strictEqual(headers["access-control-allow-origin"], origins)
          assert.isUndefined(headers["access-control-allow-credentials"])
          assert.notMatch(headers["access-control-allow-headers"] ?? "", /authorization|cookie|\*/i)
          assert.notMatch(headers["access-control-expose-headers"] ?? "", /authenticate|cookie|\*/i)
        }
      }
    })
  )

  it.live("`*` lets every origin call, on unknown paths too", () =>
    Effect.gen(function* () {
      const server = yield* start({ CORS_ORIGINS: "*" })
      const { headers } = yield* send(server, { path, headers: { origin: "https://any.example" } })
      assert.strictEqual(headers["access-control-allow-origin"], "*")
      const unknown = yield* send(server, preflight("https://any.example", "/nope"))
      assert.deepStrictEqual([unknown.status, unknown.headers["access-control-allow-origin"]], [204, "*"])
    })
  )
})
