import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { problems } from "../../../src/platform/contract/Problems.ts"
import { type Answer, send, sendJson, sendRaw, start } from "./TestServer.ts"

const assertProblem = (answer: Answer, name: keyof typeof problems) => {
  assert.strictEqual(answer.headers["content-type"], "application/problem+json", answer.text)
  const body = JSON.parse(answer.text)
  assert.strictEqual(body.type, `/problems/${name}`)
  assert.strictEqual(body.title, problems[name].title)
  assert.strictEqual(body.status, problems[name].status)
  assert.strictEqual(answer.status, problems[name].status)
  return body
}

describe("failures", () => {
  it.live("an unknown path is 404", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const path of ["/nope", "/api/v1/nope", "/api/v1/things", "/api/v1/things/a/b/c/d"]) {
        assertProblem(yield* send(server, { path }), "not-found")
        assertProblem(yield* send(server, { path, method: "POST", body: "{" }), "not-found")
      }
    })
  )

  it.live("a method that a path does not have is 405 with the methods that it has", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const cases = [
        ["DELETE", "/api/v1/things/wheel", "GET, HEAD, POST, OPTIONS"],
        ["PATCH", "/api/v1/things/wheel?a=b", "GET, HEAD, POST, OPTIONS"],
        ["GET", "/api/v1/things/wheel/parts/hub", "DELETE, OPTIONS"],
        ["HEAD", "/api/v1/things/wheel/parts/hub", "DELETE, OPTIONS"],
        ["TRACE", "/api/v1/things/wheel", "GET, HEAD, POST, OPTIONS"],
        ["POST", "/", "GET, HEAD, OPTIONS"],
        ["POST", "/docs", "GET, HEAD, OPTIONS"],
        ["POST", "/openapi.json", "GET, HEAD, OPTIONS"],
        ["PUT", "/problems/not-found", "GET, HEAD, OPTIONS"],
        ["DELETE", "/health/ready", "GET, HEAD, OPTIONS"],
        ["POST", "/metrics", "GET, HEAD, OPTIONS"]
      ] as const
      for (const [method, path, allow] of cases) {
        const answer = yield* send(server, { method, path })
        assert.strictEqual(answer.headers["allow"], allow, `${method} ${path}`)
        if (method !== "HEAD") assertProblem(answer, "method-not-allowed")
        else assert.deepStrictEqual([answer.status, answer.text], [405, ""])
      }
    })
  )

  it.live("HEAD answers as GET does, without a body", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const pages = ["/", "/problems", "/problems/not-found", "/docs", "/openapi.json"]
      const failing = [
        "/nope",
        "/api/v1/teapot",
        "/api/v1/things/busy",
        "/api/v1/things/defect",
        "/api/v1/things/UPPER"
      ]
      for (const path of ["/api/v1/things/wheel", "/health/ready", "/metrics", ...pages, ...failing]) {
        for (const encoding of ["identity", "gzip"]) {
          const headers = { "accept-encoding": encoding, "x-request-id": "mine" }
          const get = yield* send(server, { path, headers })
          const head = yield* send(server, { path, headers, method: "HEAD" })
          assert.deepStrictEqual([head.status, head.text], [get.status, ""], path)
          assert.match(head.headers["content-length"] ?? "", /^[1-9]\d*$/, path)
          const { date: _one, ...same } = get.headers
          const { date: _other, ...alike } = head.headers
          assert.deepStrictEqual(alike, same, path)
        }
      }
    })
  )

  it.live("OPTIONS is 204 with the methods, and 404 on unknown paths", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const known = yield* send(server, { method: "OPTIONS", path: "/api/v1/things/wheel" })
      assert.deepStrictEqual([known.status, known.text, known.headers["allow"]], [204, "", "GET, HEAD, POST, OPTIONS"])
      const all = yield* send(server, { method: "OPTIONS", path: "*" })
      assert.deepStrictEqual([all.status, all.headers["allow"]], [204, "GET, HEAD, POST, DELETE, OPTIONS"])
      assertProblem(yield* send(server, { method: "OPTIONS", path: "/nope" }), "not-found")
      assertProblem(yield* send(server, { path: "*" }), "not-found")
    })
  )

  it.live("a path that cannot be read is 400, and one that is too long 414", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const path of [
        "/%ff",
        "/%zz",
        "/api/v1/things/%ff",
        "/api/v1/things/%e0%a4%a",
        "/%",
        "/api/v1/things/a%00b",
        "/?a=%00"
      ]) {
        assertProblem(yield* send(server, { path }), "malformed-request")
      }
      assertProblem(yield* send(server, { path: `/api/v1/things/${"a".repeat(101)}` }), "uri-too-long")
      assertProblem(yield* send(server, { path: `/${"a".repeat(8000)}` }), "uri-too-long")
      assert.strictEqual((yield* send(server, { path: `/api/v1/things/${"a".repeat(20)}` })).status, 200)
    })
  )

  it.live("a query that makes no sense is refused, not a defect", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const invalid = yield* send(server, { path: "/api/v1/things/wheel?limit=many" })
      const body = assertProblem(invalid, "validation-failed")
      assert.deepStrictEqual(body.errors[0].path, ["query", "limit"])
      for (const query of [
        "?limit=%ff",
        "?%zz=%zz",
        "?limit=1&limit=2",
        "?__proto__=1",
        "?&&&=&",
        `?a=${"b".repeat(9000)}`
      ]) {
        assert.isBelow((yield* send(server, { path: `/api/v1/things/wheel${query}` })).status, 500, query)
      }
    })
  )

  it.live("a defect is 500 with the request id alone, and the log has the cause under it", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const [method, slug] of [
        ["GET", "defect"],
        ["GET", "throws"],
        ["GET", "wrong"],
        ["POST", "defect"]
      ] as const) {
        const path = `/api/v1/things/${slug}`
        const answer =
          method === "GET"
            ? yield* send(server, { path: `${path}?limit=3` })
            : yield* sendJson(server, path, `{"email":"nora@shop.example"}`)
        const body = assertProblem(answer, "internal-error")
        assert.deepStrictEqual(Object.keys(body).sort(), ["requestId", "status", "title", "type"])
        assert.strictEqual(body.requestId, answer.headers["x-request-id"])
        const logged = server.logs.filter((line) => line.includes(body.requestId))
        assert.strictEqual(logged.length, 1, `${method} ${slug}: ${server.logs.join("\n")}`)
        assert.include(logged[0], slug === "wrong" ? "HttpApiSchemaError" : "secret")
        assert.include(logged[0], `"path":"${path}"`)
        assert.notInclude(logged.join(), "shop.example")
        assert.notInclude(logged.join(), "limit=3")
      }
    })
  )

  it.live("what a client did wrong is not logged", () =>
    Effect.gen(function* () {
      const server = yield* start({ BODY_LIMIT: "100 B" })
      const path = "/api/v1/things/wheel"
      const json = { "content-type": "application/json" }
      const bodies: ReadonlyArray<readonly [number, Record<string, string>, string | Uint8Array]> = [
        [400, json, "{"],
        [400, json, ""],
        [400, json, "{}"],
        [400, json, `{"email":"\\u0000@shop.example"}`],
        [400, json, Uint8Array.of(0xff)],
        [413, json, " ".repeat(101)],
        [413, { ...json, "transfer-encoding": "chunked" }, " ".repeat(101)],
        [415, { "content-type": "text/plain" }, "{}"],
        [415, { "content-type": "application/json; charset=latin1" }, "{}"],
        [415, { ...json, "content-encoding": "gzip" }, "{}"]
      ]
      for (const [status, headers, body] of bodies) {
        const answer = yield* send(server, { method: "POST", path, headers, body })
        assert.strictEqual(answer.status, status, answer.text)
      }
      for (const other of ["/nope", "/%ff", "/api/v1/things/busy", `/api/v1/things/${"a".repeat(101)}`]) {
        yield* send(server, { path: other })
      }
      yield* sendRaw(server, "NONSENSE\r\n\r\n")
      yield* sendRaw(server, `POST ${path} HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n`)
      assert.deepStrictEqual(server.logs, [])
    })
  )

  it.live("429 and 503 say when to come back", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const busy = yield* send(server, { path: "/api/v1/things/busy" })
      assertProblem(busy, "overloaded")
      assert.strictEqual(busy.headers["retry-after"], "1")
      const limited = yield* send(server, { path: "/api/v1/things/limited" })
      assert.strictEqual(assertProblem(limited, "too-many-requests").retryAfterSeconds, 17)
      assert.strictEqual(limited.headers["retry-after"], "17")
    })
  )

  it.live("a bare failure of a plain route becomes a problem and keeps its status", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const answer = yield* send(server, { path: "/api/v1/teapot" })
      assert.strictEqual(answer.status, 418)
      assert.strictEqual(answer.headers["content-type"], "application/problem+json")
      assert.deepStrictEqual(JSON.parse(answer.text), { type: "about:blank", title: "I'm a Teapot", status: 418 })
    })
  )

  it.live("every problem that the edge answers with says in which way", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const path of ["/nope", "/%ff"]) {
        assert.isString(JSON.parse((yield* send(server, { path })).text).detail, path)
      }
      assert.isString(JSON.parse((yield* send(server, { path: "/", method: "PUT" })).text).detail)
    })
  )
})
