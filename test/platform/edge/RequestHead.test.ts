import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parse, sendRaw, start, type TestServer } from "./TestServer.ts"

const path = "/api/v1/things/wheel"
const body = `{"email":"nora@shop.example"}`

/** Posts a thing with these header lines in addition to the required ones. */
const post = (server: TestServer, ...lines: ReadonlyArray<string>) => {
  const head = [`POST ${path} HTTP/1.1`, "Connection: close", `Content-Length: ${body.length}`, ...lines].join("\r\n")
  return Effect.map(sendRaw(server, `${head}\r\n\r\n${body}`), parse)
}

const assertRefused = (answer: { readonly status: number; readonly text: string }, detail: string) => {
  assert.strictEqual(answer.status, 400, detail)
  const problem = JSON.parse(answer.text)
  assert.deepStrictEqual([problem.type, problem.detail], ["/problems/malformed-request", detail])
}

describe("a header that may stand once", () => {
  it.live("and stands twice is refused with its name, equal or not", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const twice = {
        "Idempotency-Key": ["K", "K", "L"],
        "Content-Type": ["application/json", "application/json", "text/plain"],
        Host: ["a", "a", "b"],
        Authorization: ["Bearer a", "Bearer a", "Bearer b"],
        "Last-Event-ID": ["1", "1", "2"],
        Origin: ["https://a.example", "https://a.example", "https://b.example"],
        Range: ["bytes=0-1", "bytes=0-1", "bytes=1-2"],
        "If-Modified-Since": ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "x"]
      } as const
      for (const [name, [value, same, other]] of Object.entries(twice)) {
        const rest = ["Host: a", "Content-Type: application/json"].filter((line) => !line.startsWith(name))
        assert.strictEqual((yield* post(server, ...rest, `${name}: ${value}`)).status, 201, name)
        for (const second of [same, other]) {
          const lines = [...rest, `${name}: ${value}`, "X-Between: 1", `${name.toLowerCase()}: ${second}`]
          assertRefused(yield* post(server, ...lines), `\`${name}\` stands more than once.`)
        }
      }
      // Rejected by Node itself.
      assert.strictEqual((yield* post(server, "Host: a", `Content-Length: ${body.length}`)).status, 400)
    })
  )

  it.live("is no list, nor one that only informs: those may be repeated", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const lines = [
        "X-Forwarded-For: 192.0.2.1",
        "Accept: */*",
        "User-Agent: a",
        "Traceparent: x",
        `If-None-Match: "a"`
      ]
      const sent = ["Host: a", "Content-Type: application/json", ...lines, ...lines]
      assert.strictEqual((yield* post(server, ...sent)).status, 201)
      const answer = yield* post(server, ...sent, "X-Request-Id: mine", "X-Request-Id: mine")
      assert.match(answer.headers["x-request-id"] ?? "", /^[0-9a-f-]{36}$/, "an id of the service's own")
    })
  )
})

describe("Host", () => {
  it.live("is a name or an address, with a port or without", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const good = ["shop.example", "shop.example:8080", "192.0.2.1:80", "[::1]", "[::1]:8080", "a_b.example", "", "a:"]
      for (const host of good) {
        assert.strictEqual((yield* post(server, `Host: ${host}`, "Content-Type: application/json")).status, 201, host)
      }
      const bad = ["a b", "a/b", "http://a", "a@b", "a, b", "a:80:80", "a:x", "a:123456", "[::1", "::1", "[a]", "a%zz"]
      for (const host of [...bad, "\xe4.example", "a?b", "a#b", `"a"`]) {
        for (const version of ["1.1", "1.0"]) {
          const text = yield* sendRaw(
            server,
            Buffer.from(`GET ${path} HTTP/${version}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, "latin1")
          )
          assertRefused(parse(text), "`Host` is no name or address with or without a port.")
        }
      }
    })
  )
})

describe("the version", () => {
  it.live("is HTTP/1.1 or HTTP/1.0, which has no chunks", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const ask = (text: string) => Effect.map(sendRaw(server, text), parse)
      assertRefused(yield* ask(`GET ${path}\r\n\r\n`), "The request has no version, or one that is not HTTP/1.")
      const chunks = `1d\r\n${body}\r\n0\r\n\r\n`
      const head = "Content-Type: application/json\r\nConnection: keep-alive"
      assertRefused(
        yield* ask(`POST ${path} HTTP/1.0\r\n${head}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`),
        "HTTP/1.0 has no `Transfer-Encoding`."
      )
      const old = yield* ask(
        `POST ${path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 29\r\n\r\n${body}`
      )
      assert.strictEqual(old.status, 201)
    })
  )
})
