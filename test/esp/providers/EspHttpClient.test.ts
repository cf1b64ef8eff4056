import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Redacted, Tracer } from "effect"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import type { ServerResponse } from "node:http"
import { unexpected } from "../../../src/esp/providers/EspAnswer.ts"
import { answerLimit, EspHttpClients } from "../../../src/esp/providers/EspHttpClient.ts"
import { httpPeer, json } from "../../support/esp/HttpPeer.ts"

const secret = Redacted.make(`s3cret+key/with="signs"`)

const send = Effect.fnUntraced(function* (base: string, path = "/contacts") {
  const http = yield* EspHttpClients
  const client = http.client({ esp: "shop", base, headers: { "api-key": secret } })
  return yield* client.send({ method: "POST", path, operation: "POST /contacts", json: { email: "nora@shop.example" } })
})

/** The result of a request to this peer: its status, or the failure's reason and `mayHaveActed`. */
const endOf = (answer: (response: ServerResponse) => void) =>
  Effect.gen(function* () {
    const peer = yield* httpPeer((_, response) => answer(response))
    return yield* end(peer.url)
  })

const end = (base: string) =>
  Effect.match(send(base), {
    onFailure: (error) => `${error.reason}${error.mayHaveActed ? ", may have acted" : ""}`,
    onSuccess: ({ json, status }) => `${status} ${json === undefined ? "no JSON" : JSON.stringify(json)}`
  })

const withHttp = Effect.provide(EspHttpClients.layer)

describe("EspHttpClients", () => {
  it.live("reads JSON whatever it is called, and nothing else as JSON", () =>
    Effect.gen(function* () {
      const body = (type: string | undefined, text: string) =>
        endOf((response) => {
          response.writeHead(200, type === undefined ? {} : { "content-type": type })
          response.end(text)
        })
      assert.strictEqual(yield* body("application/json; charset=utf-8", `{"a":1}`), `200 {"a":1}`)
      assert.strictEqual(yield* body("application/problem+json", `{"a":1}`), `200 {"a":1}`)
      assert.strictEqual(yield* body("text/html", `\uFEFF{"a":1}`), `200 {"a":1}`)
      assert.strictEqual(yield* body(undefined, `{"a":1}`), `200 {"a":1}`)
      assert.strictEqual(yield* body("text/html", `<html>502 Bad Gateway</html>`), "200 no JSON")
      assert.strictEqual(yield* body("application/json", `{"a":`), "200 no JSON")
      assert.strictEqual(yield* body("application/json", ""), "200 no JSON")
    }).pipe(withHttp)
  )

  it.live(
    "takes no answer that is not UTF-8 for one, whatever its charset; an error is judged by status and codes",
    () =>
      Effect.gen(function* () {
        const body = (status: number, text: string, type = "application/json") =>
          endOf((response) => {
            response.writeHead(status, { "content-type": type })
            response.end(Buffer.from(text, "latin1"))
          })
        for (const type of ["application/json", "application/json; charset=iso-8859-1", "text/html"]) {
          assert.strictEqual(yield* body(201, `{"id":"caf\u00e9"}`, type), "not-utf8, may have acted", type)
        }
        for (const status of [400, 409]) {
          assert.strictEqual(
            yield* body(status, `{"code":"duplicate","detail":"caf\u00e9"}`),
            `${status} {"code":"duplicate","detail":"caf\ufffd"}`
          )
        }
        assert.strictEqual(yield* body(502, "<p>\u00e9</p>", "text/html; charset=iso-8859-1"), "502 no JSON")
        assert.strictEqual(
          yield* body(200, Buffer.from(`{"id":"caf\u00e9 \u0416"}`).toString("latin1")),
          `200 {"id":"caf\u00e9 \u0416"}`
        )
      }).pipe(withHttp)
  )

  it.live("tells what certainly did nothing from what may have", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* end("http://127.0.0.1:1"), "refused")
      assert.strictEqual(yield* end("http://nowhere.invalid"), "dns")
      assert.strictEqual(yield* endOf((response) => response.destroy()), "cut, may have acted")
      assert.strictEqual(
        yield* endOf((response) => {
          response.writeHead(200, { "content-length": "100" })
          response.write("{")
          setTimeout(() => response.destroy(), 20)
        }),
        "cut, may have acted"
      )
    }).pipe(withHttp)
  )

  it.live("takes a peer that speaks no TLS for one that was not reached", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 200, {}))
      assert.strictEqual(yield* end(peer.url.replace("http:", "https:")), "tls")
    }).pipe(withHttp)
  )

  it.live("takes a peer that hangs up within the TLS handshake for one that was not reached", () =>
    Effect.gen(function* () {
      const server = createServer((socket) => {
        socket.on("error", () => undefined)
        socket.once("data", () => socket.destroy())
      })
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => {
          server.listen(0, "127.0.0.1", () => resume(Effect.void))
        }),
        () => Effect.sync(() => server.close())
      )
      const { port } = server.address() as AddressInfo
      assert.strictEqual(yield* end(`https://127.0.0.1:${port}`), "tls")
    }).pipe(withHttp)
  )

  it.live("reads no more than an answer may have, and drops the connection", () =>
    Effect.gen(function* () {
      let sent = 0
      const chunk = Buffer.alloc(answerLimit, "x")
      const peer = yield* httpPeer((_, response) => {
        response.writeHead(200, { "content-type": "application/json" })
        const write = () => {
          while (sent < 30 * 1024 * 1024 && !response.destroyed) {
            sent += chunk.length
            if (!response.write(chunk)) {
              response.once("drain", write)
              return
            }
          }
          response.end()
        }
        write()
      })
      assert.strictEqual(yield* end(peer.url), "too-large, may have acted")
      yield* Effect.sleep("50 millis").pipe(Effect.repeat({ times: 40, while: () => peer.open() > 0 }))
      assert.strictEqual(peer.open(), 0)
      assert.isBelow(sent, 30 * 1024 * 1024)
      assert.strictEqual(yield* endOf((response) => response.end("[" + " ".repeat(answerLimit - 2) + "]")), "200 []")
    }).pipe(withHttp)
  )

  it.live("drops the connection of a request that is given up", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => {
        response.writeHead(200)
        response.write("{")
      })
      const fiber = yield* Effect.forkChild(send(peer.url))
      yield* Effect.sleep("10 millis").pipe(Effect.repeat({ times: 200, while: () => peer.received.length === 0 }))
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("10 millis").pipe(Effect.repeat({ times: 200, while: () => peer.open() > 0 }))
      assert.strictEqual(peer.open(), 0)
    }).pipe(withHttp)
  )

  it.live("follows no redirect", () =>
    Effect.gen(function* () {
      const other = yield* httpPeer((_, response) => json(response, 200, {}))
      for (const status of [300, 301, 302, 303, 307, 308]) {
        const end = yield* endOf((response) => {
          response.writeHead(status, { location: `${other.url}/contacts?key=1` })
          response.end()
        })
        assert.strictEqual(end, `redirect: it answers ${status} and points to ${other.url}`)
      }
      assert.strictEqual(other.received.length, 0)
      for (const [location, to] of [
        [undefined, "another address"],
        ["http://[", "another address"],
        ["https://user:key@elsewhere.example/?key=1", "https://elsewhere.example"]
      ] as const) {
        const end = yield* endOf((response) => {
          response.writeHead(302, location === undefined ? {} : { location })
          response.end()
        })
        assert.strictEqual(end, `redirect: it answers 302 and points to ${to}`)
      }
    }).pipe(withHttp)
  )

  it.live("sends a body where there is one, and else none", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 200, {}))
      const client = (yield* EspHttpClients).client({ esp: "shop", base: peer.url })
      yield* client.send({ method: "GET", path: "/account", operation: "GET /account" })
      yield* client.send({ method: "POST", path: "/ping", operation: "POST /ping" })
      yield* client.send({ method: "POST", path: "/contacts", operation: "POST /contacts", json: null })
      const sent = peer.received.map(({ body, headers }) => [headers["content-type"], body])
      assert.deepStrictEqual(sent, [
        [undefined, ""],
        [undefined, ""],
        ["application/json", "null"]
      ])
    }).pipe(withHttp)
  )

  it.live("shows no secret and no address in logs, spans and errors", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          const attribute = span.attribute.bind(span)
          seen.push(options.name)
          span.attribute = (key, value) => {
            seen.push(`${key}=${String(value)}`)
            attribute(key, value)
          }
          return span
        }
      })
      const logger = Logger.make(({ message }) => {
        seen.push(JSON.stringify(message))
      })
      const plain = Redacted.value(secret)
      const peer = yield* httpPeer((_, response) => {
        const message = `nora@shop.example and ${plain}, ${encodeURIComponent(plain)}, ${Buffer.from(plain).toString("base64")}`
        const body = JSON.stringify({ message, more: "x".repeat(2000) })
        response.writeHead(400, { "content-type": "application/json" })
        // PHP escapes JSON like this.
        response.end(body.replaceAll("/", "\\/"))
      })
      const error = yield* Effect.gen(function* () {
        const http = yield* EspHttpClients
        const client = http.client({ esp: "shop", base: peer.url, headers: { "api-key": secret } })
        const answer = yield* client.send({
          method: "POST",
          path: "/contacts/nora%40shop.example?x=1",
          operation: "POST /contacts",
          form: [
            ["api_key", secret],
            ["email", "nora@shop.example"]
          ]
        })
        return yield* unexpected(answer, client)
      }).pipe(Effect.flip, Effect.withTracer(tracer), Effect.provide(Logger.layer([logger])))
      assert.strictEqual(error.reason, "status-400")
      assert.strictEqual(peer.received[0]?.headers["content-type"], "application/x-www-form-urlencoded")
      assert.include(peer.received[0]?.body, `api_key=${encodeURIComponent(plain)}`)
      const all = seen.join("\n") + JSON.stringify(error)
      assert.include(all, "EspHttp.send")
      assert.include(all, "<secret>")
      assert.include(all, "http.response.status_code=400")
      for (const word of ["nora", "with=", plain, encodeURIComponent(plain), Buffer.from(plain).toString("base64")]) {
        assert.notInclude(all, word)
      }
      assert.isBelow(all.length, 1500)
    }).pipe(withHttp)
  )
})
