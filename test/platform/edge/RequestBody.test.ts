import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gzipSync } from "node:zlib"
import { type Answer, parse, send, sendJson, sendRaw, start } from "./TestServer.ts"

const path = "/api/v1/things/wheel"

const valid = `{"email":"nora@shop.example"}`

const type = (answer: Answer): string => JSON.parse(answer.text).type

const post = (headers: string, body: string | Buffer) =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n${headers}\r\n`
    ),
    Buffer.from(body)
  ])

describe("request bodies", () => {
  it.live("JSON in UTF-8 is taken, however it is declared", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const declared of [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON; Charset="UTF-8"',
        "application/json;charset=utf8"
      ]) {
        const answer = yield* send(server, { method: "POST", path, headers: { "content-type": declared }, body: valid })
        assert.strictEqual(answer.status, 201, declared)
      }
      const marked = yield* sendJson(server, path, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(valid)]))
      assert.strictEqual(marked.status, 201, "with a byte order mark")
    })
  )

  it.live("another type, charset or coding is 415", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const refused: ReadonlyArray<Record<string, string>> = [
        { "content-type": "text/plain" },
        { "content-type": "application/x-www-form-urlencoded" },
        { "content-type": "multipart/form-data; boundary=x" },
        { "content-type": "nonsense" },
        { "content-type": "application/json; charset=iso-8859-1" },
        { "content-type": 'application/json; charset="utf-16"' },
        { "content-type": "application/json", "content-encoding": "gzip" },
        { "content-type": "application/json", "transfer-encoding": "gzip, chunked" }
      ]
      for (const headers of refused) {
        const isCompressed = /gzip/.test(headers["content-encoding"] ?? headers["transfer-encoding"] ?? "")
        const body = isCompressed ? gzipSync(valid) : valid
        const answer = yield* send(server, { method: "POST", path, headers, body })
        assert.deepStrictEqual(
          [answer.status, type(answer)],
          [415, "/problems/unsupported-media-type"],
          JSON.stringify(headers)
        )
      }
    })
  )

  it.live("a body of no type, or of one that only looks like JSON's, is refused as any other", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const post = (headers: Record<string, string>, body: string | undefined = valid) =>
        send(server, { method: "POST", path, headers, body })
      const other = yield* post({ "content-type": "text/plain" })
      const refused: ReadonlyArray<Record<string, string>> = [
        {},
        { "transfer-encoding": "chunked" },
        { "content-type": "" },
        ...[
          "application/problem+json",
          "text/json",
          "application/jsonp",
          "application/json, text/plain",
          "application / json",
          "*/*",
          ";charset=utf-8"
        ].map((declared) => ({ "content-type": declared }))
      ]
      for (const headers of refused) {
        const answer = yield* post(headers)
        assert.deepStrictEqual(
          [answer.status, answer.headers["content-type"], answer.text],
          [415, "application/problem+json", other.text],
          JSON.stringify(headers)
        )
      }
      for (const declared of ["APPLICATION/JSON", "application/json ; charset=utf-8", "application/json;profile=x"]) {
        assert.strictEqual((yield* post({ "content-type": declared })).status, 201, declared)
      }
    })
  )

  it.live("what is not there needs no type", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const headers of [{}, { "content-length": "0" }]) {
        const removed = yield* send(server, { method: "DELETE", path: `${path}/parts/1`, headers })
        assert.strictEqual(removed.status, 204)
        const added = yield* send(server, { method: "POST", path, headers })
        assert.deepStrictEqual([added.status, type(added)], [400, "/problems/validation-failed"])
      }
    })
  )

  it.live("a body over the limit is 413, and one of exactly the limit is taken", () =>
    Effect.gen(function* () {
      const server = yield* start({ BODY_LIMIT: "1000 B" })
      const exactly = valid.padEnd(1000)
      assert.strictEqual((yield* sendJson(server, path, exactly)).status, 201)
      const over = yield* sendJson(server, path, `${exactly} `)
      assert.deepStrictEqual([over.status, type(over)], [413, "/problems/body-too-large"])
      const huge = yield* sendJson(server, path, Buffer.alloc(5_000_000, 32))
      assert.strictEqual(huge.status, 413)
    })
  )

  it.live("a declared length over the limit is 413 before any of the body is there", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const answer = parse(yield* sendRaw(server, post("Content-Length: 99999999\r\n", "")))
      assert.deepStrictEqual([answer.status, type(answer)], [413, "/problems/body-too-large"])
    })
  )

  it.live("a chunked body is 413 as soon as it is over the limit", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`
      // The body never ends, so only an early answer and the end of the connection can finish this.
      const answer = parse(yield* sendRaw(server, post("Transfer-Encoding: chunked\r\n", chunk + chunk)))
      assert.deepStrictEqual([answer.status, type(answer)], [413, "/problems/body-too-large"])
      const small = parse(
        yield* sendRaw(
          server,
          post("Transfer-Encoding: chunked\r\n", `${valid.length.toString(16)}\r\n${valid}\r\n0\r\n\r\n`)
        )
      )
      assert.strictEqual(small.status, 201)
    })
  )

  it.live("a client that waits for 100 Continue gets it, or 413 at once", () =>
    Effect.gen(function* () {
      const server = yield* start({ BODY_LIMIT: "1000 B" })
      const head = "Expect: 100-continue\r\n"
      const taken = yield* sendRaw(server, post(`${head}Content-Length: ${valid.length}\r\n`, valid))
      assert.match(taken, /^HTTP\/1\.1 100 Continue\r\n/)
      assert.strictEqual(parse(taken).status, 201)
      const refused = yield* sendRaw(server, post(`${head}Content-Length: 1001\r\n`, ""))
      assert.strictEqual(parse(refused).status, 413)
      assert.notInclude(refused, "100 Continue")
      const chunks = `3e9\r\n${" ".repeat(1001)}\r\n0\r\n\r\n`
      const late = parse(yield* sendRaw(server, post(`${head}Transfer-Encoding: chunked\r\n`, chunks)))
      assert.deepStrictEqual([late.status, type(late)], [413, "/problems/body-too-large"])
      const other = parse(yield* sendRaw(server, post(`Expect: tea\r\nContent-Length: ${valid.length}\r\n`, valid)))
      assert.strictEqual(other.status, 201, "an unknown expectation is ignored")
    })
  )

  it.live("bytes that are not UTF-8, and text that is not JSON, are 400", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const broken = [
        Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
        Buffer.concat([Buffer.from(`{"email":"nora`), Buffer.from([0xc3]), Buffer.from(`@shop.example"}`)]),
        // The bytes of a lone surrogate, which are invalid in UTF-8.
        Buffer.concat([Buffer.from(`{"email":"`), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(`"}`)]),
        Buffer.from(valid, "utf16le"),
        "{",
        "nope",
        `${valid}}`,
        `{"email":"nora@shop.example",}`,
        `{"email":"a\nb"}`,
        `{"score":0x10}`,
        `{"score":NaN}`,
        '{"email":"\\u00"}',
        "[".repeat(10)
      ]
      for (const body of broken) {
        const answer = yield* sendJson(server, path, body)
        assert.deepStrictEqual([answer.status, type(answer)], [400, "/problems/malformed-request"], String(body))
        assert.isString(JSON.parse(answer.text).detail)
      }
    })
  )

  it.live("what parses and cannot be kept is 400", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const cases = [
        [String.raw`{"email":"nora\u0000@shop.example"}`, /NUL/],
        [String.raw`{"email":"nora@shop.example","data":{"a\u0000":1}}`, /NUL/],
        [String.raw`{"email":"nora\ud800@shop.example"}`, /surrogate/],
        [String.raw`{"email":"nora\udc00\ud800@shop.example"}`, /surrogate/],
        [`{"email":"nora@shop.example","data":{"a":${"[".repeat(1000)}${"]".repeat(1000)}}}`, /nests/],
        [`{"email":"nora@shop.example","data":{"a":${`{"a":`.repeat(1000)}1${"}".repeat(1000)}}}`, /nests/],
        ["[".repeat(16_000), /nests/]
      ] as const
      for (const [body, detail] of cases) {
        const answer = yield* sendJson(server, path, body)
        assert.deepStrictEqual([answer.status, type(answer)], [400, "/problems/malformed-request"], body.slice(0, 100))
        assert.match(JSON.parse(answer.text).detail, detail)
      }
    })
  )

  it.live("a number that would be changed is refused, with its place", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const cases = [
        [`{"email":"nora@shop.example","score":1e400}`, ["score"], /double/],
        [`{"email":"nora@shop.example","data":{"a":-1e999}}`, ["data", "a"], /double/],
        [`{"email":"nora@shop.example","score":${"9".repeat(400)}}`, ["score"], /double/],
        [
          `{"email":"nora@shop.example","data":{"order":{"ids":[1,9007199254740993]}}}`,
          ["data", "order", "ids", 1],
          /as text/
        ],
        [`{"email":"nora@shop.example","score":-9007199254740992}`, ["score"], /as text/]
      ] as const
      for (const [body, place, message] of cases) {
        const answer = yield* sendJson(server, path, body)
        assert.deepStrictEqual([answer.status, type(answer)], [400, "/problems/validation-failed"], body.slice(0, 100))
        const { errors } = JSON.parse(answer.text)
        assert.deepStrictEqual(
          errors.map(({ path }: { readonly path: unknown }) => path),
          [["payload", ...place]]
        )
        assert.match(errors[0].message, message)
      }
    })
  )

  it.live("what only looks dangerous is harmless", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const cases = [
        `{"email":"nora@shop.example","data":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}`,
        `{"email":"first@shop.example","email":"nora@shop.example"}`,
        String.raw`{"email":"nora@shop.example","data":{"path":"C:\\u0000","brackets":"[[[[{{{{"}}`,
        String.raw`{"email":"nora@shop.example","data":{"smile":"\ud83d\ude00"}}`,
        `{"email":"nora@shop.example","score":1e300,"data":{"a":-0.0,"b":1E-400,"c":1234567890123456789012345678.9,"d":9007199254740991}}`,
        `{"email":"nora@shop.example","data":{"a":${"[".repeat(900)}${"]".repeat(900)}}}`
      ]
      for (const body of cases) {
        const answer = yield* sendJson(server, path, body)
        assert.strictEqual(answer.status, 201, `${body.slice(0, 100)}: ${answer.text}`)
        assert.strictEqual(JSON.parse(answer.text).email, "nora@shop.example")
      }
      assert.notProperty({}, "polluted")
      const top = yield* sendJson(server, path, `{"email":"nora@shop.example","__proto__":{"score":1}}`)
      assert.isBelow(top.status, 500)
    })
  )

  it.live("each field that does not fit is named", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const answer = yield* sendJson(server, path, `{"score":"high","data":[],"extra":1}`)
      assert.deepStrictEqual([answer.status, type(answer)], [400, "/problems/validation-failed"])
      const errors: Array<{ path: Array<string>; message: string }> = JSON.parse(answer.text).errors
      assert.sameDeepMembers(
        errors.map((error) => error.path),
        [
          ["payload", "email"],
          ["payload", "score"],
          ["payload", "data"],
          ["payload", "extra"]
        ]
      )
      assert.strictEqual(errors.find((error) => error.path[1] === "email")?.message, "Required")
      const params = yield* send(server, { path: "/api/v1/things/UPPER" })
      assert.deepStrictEqual(JSON.parse(params.text).errors[0].path, ["params", "slug"])
      for (const body of ["", "null", "[]", "1", `"text"`]) {
        const other = yield* sendJson(server, path, body)
        assert.deepStrictEqual([other.status, type(other)], [400, "/problems/validation-failed"], body)
        assert.deepStrictEqual(JSON.parse(other.text).errors[0].path, ["payload"])
      }
    })
  )

  it.live("a body full of errors is not answered with a longer one each", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const keys = Array.from({ length: 1000 }, (_, index) => `"${index}":0`).join(",")
      const answer = yield* sendJson(server, path, `{"email":"nora@shop.example",${keys}}`)
      const body = JSON.parse(answer.text)
      assert.strictEqual(body.errors.length, 50)
      assert.include(body.detail, "1000")
    })
  )

  it.live("the body of a GET is ignored", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const body of ["{", valid, "x".repeat(100_000)]) {
        const headers = { "content-type": "text/plain", "content-length": String(body.length) }
        assert.strictEqual((yield* send(server, { path, headers, body })).status, 200)
      }
    })
  )
})
