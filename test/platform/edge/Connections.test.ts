import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Latch, Scope } from "effect"
import { createServer } from "node:net"
import { closed, get, open, received } from "./RawSocket.ts"
import { parse, send, sendRaw, start } from "./TestServer.ts"

const path = "/api/v1/things/wheel"

const assertRaw = (text: string, status: number, name: string) => {
  const answer = parse(text)
  assert.strictEqual(answer.status, status, text)
  assert.strictEqual(answer.headers["content-type"], "application/problem+json")
  assert.strictEqual(answer.headers["connection"], "close")
  assert.strictEqual(answer.headers["x-content-type-options"], "nosniff")
  assert.strictEqual(Number(answer.headers["content-length"]), answer.text.length)
  assert.strictEqual(JSON.parse(answer.text).type, `/problems/${name}`)
}

describe("bytes that are not HTTP", () => {
  it.live("are answered with 400, and the server lives on", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const chunked = (framing: string) =>
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${framing}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`
      const broken = [
        "NONSENSE\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET / HTTP/9.9\r\n\r\n",
        "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
        "FETCH / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n`,
        // Where a proxy reads the end of a body or a header differently, it sees one request and the server two.
        ...["Transfer-Encoding: chunked, identity", "Transfer-Encoding: \vchunked"].map(chunked),
        chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        ...["+5", "5, 5", "0x5", "-1", "5\r\nContent-Length: 5"].map((length) => chunked(`Content-Length: ${length}`)),
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET /\xff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
      ]
      for (const bytes of broken) {
        const text = yield* sendRaw(server, Buffer.from(bytes, "latin1"))
        assert.strictEqual(parse(text).status, 400, JSON.stringify(bytes))
        assert.strictEqual(JSON.parse(parse(text).text).type, "/problems/malformed-request")
      }
      assert.strictEqual((yield* send(server, { path })).status, 200)
    })
  )

  it.live("a malformed request has the whole shape of a problem", () =>
    Effect.gen(function* () {
      assertRaw(yield* sendRaw(yield* start(), "NONSENSE\r\n\r\n"), 400, "malformed-request")
    })
  )

  it.live("what frames a body is named where it is refused", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const length = "Content-Length: 2\r\n"
      const chunked = "Transfer-Encoding: chunked\r\n"
      const refused = {
        [length + length]: "`Content-Length` stands more than once",
        "Content-Length: two\r\n": "`Content-Length` is no length",
        [length + chunked]: "beside `Content-Length`",
        [chunked + length]: "beside `Transfer-Encoding`",
        [chunked + chunked]: "`Transfer-Encoding` is not `chunked` once"
      }
      for (const [headers, detail] of Object.entries(refused)) {
        const { text } = parse(yield* sendRaw(server, `POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n{}`))
        assert.include(JSON.parse(text).detail, detail)
      }
    })
  )

  it.live("headers without end are 431, and the client gets to see it", () =>
    Effect.gen(function* () {
      const server = yield* start()
      assertRaw(yield* sendRaw(server, `GET / HTTP/1.1\r\nX: ${"a".repeat(20_000)}\r\n\r\n`), 431, "headers-too-large")
      assertRaw(yield* sendRaw(server, `GET /${"a".repeat(200_000)}`), 431, "headers-too-large")
      const many = "X-Many: yes\r\n".repeat(5000)
      assertRaw(yield* sendRaw(server, `GET / HTTP/1.1\r\nHost: a\r\n${many}\r\n`), 431, "headers-too-large")
    })
  )

  it.live("HTTP/1.1 without a Host is 400; HTTP/1.0 needs none", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const without = parse(yield* sendRaw(server, `GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`))
      assert.deepStrictEqual([without.status, JSON.parse(without.text).type], [400, "/problems/malformed-request"])
      assert.strictEqual(parse(yield* sendRaw(server, `GET ${path} HTTP/1.0\r\n\r\n`)).status, 200)
    })
  )

  it.live("a request to upgrade is answered as if it had not asked", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const upgrade of ["websocket", "h2c"]) {
        const headers = `Upgrade: ${upgrade}\r\nConnection: Upgrade, close\r\n`
        assert.strictEqual(parse(yield* sendRaw(server, get("wheel", headers))).status, 200, upgrade)
        const body = `{"email":"nora@shop.example"}`
        const post = `POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
        assert.strictEqual(parse(yield* sendRaw(server, post)).status, 201, upgrade)
      }
    })
  )

  it.live("an answer to a request to upgrade is the last of its connection, but for h2c", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const asks = (upgrade: string) => get("wheel", `Upgrade: ${upgrade}\r\nConnection: Upgrade\r\n`)
      // Node's parser loses what follows in the same piece: the client must not wait for its answer.
      const text = yield* sendRaw(server, asks("TLS/1.0") + get("wheel"))
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*Connection: close\r\n/i)
      const kept = yield* open(server)
      const first = received(kept, /"slug":"wheel"/)
      kept.write(asks("h2c"))
      assert.notMatch(yield* first, /Connection: close/i)
      const second = received(kept, /"slug":"wheel"/)
      kept.write(get("wheel"))
      assert.match(yield* second, /^HTTP\/1\.1 200 OK\r\n/)
    })
  )

  it.live("pipelined requests are answered in order, and a broken one after its predecessor", () =>
    Effect.gen(function* () {
      const latch = yield* Latch.make()
      const server = yield* start({}, latch.await)
      const socket = yield* open(server)
      const all = received(socket, /$^/)
      socket.write(`${get("slow")}NONSENSE\r\n\r\n`)
      yield* send(server, { path })
      yield* latch.open
      const text = yield* all
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
      assert.match(text, /\{"slug":"slow"\}HTTP\/1\.1 400 Bad Request\r\n/)
      assert.include(text, "malformed-request")
    })
  )
})

describe("clients that are too slow", () => {
  it.live("are cut off with 408 while they send headers", () =>
    Effect.gen(function* () {
      const server = yield* start({ HEADER_TIMEOUT: "80 millis", REQUEST_TIMEOUT: "20 seconds" })
      assertRaw(yield* sendRaw(server, "GET / HTTP/1.1\r\nHost: a\r\nX: "), 408, "request-timeout")
    })
  )

  it.live("are cut off with 408 while they send a body", () =>
    Effect.gen(function* () {
      const server = yield* start({ HEADER_TIMEOUT: "80 millis", REQUEST_TIMEOUT: "120 millis" })
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`
      assertRaw(yield* sendRaw(server, `${head}Content-Length: 50\r\n\r\n{`), 408, "request-timeout")
      assertRaw(yield* sendRaw(server, `${head}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`), 408, "request-timeout")
    })
  )

  it.live("a header timeout longer than the one for the request does not stop the start", () =>
    Effect.gen(function* () {
      const server = yield* start({ HEADER_TIMEOUT: "1 minute", REQUEST_TIMEOUT: "20 seconds" })
      assert.strictEqual((yield* send(server, { path })).status, 200)
    })
  )

  it.live("a client that goes away ends its request, and is not logged as a defect", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const wait = Deferred.succeed(begun, undefined).pipe(
        Effect.andThen(Effect.never),
        Effect.onInterrupt(() => Deferred.succeed(ended, undefined))
      )
      const server = yield* start({}, wait)
      const socket = yield* open(server)
      socket.write(get("slow"))
      yield* Deferred.await(begun)
      socket.destroy()
      yield* Deferred.await(ended)
      assert.strictEqual((yield* send(server, { path })).status, 200)
      assert.deepStrictEqual(server.logs, [])
    })
  )
})

describe("starting and stopping", () => {
  it.live("a port in use fails with a message that names PORT", () =>
    Effect.gen(function* () {
      const other = createServer()
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => {
          other.listen(0, "127.0.0.1", () => resume(Effect.void))
        }),
        () => Effect.sync(() => other.close())
      )
      const address = other.address() as { readonly port: number }
      const error = (yield* Effect.flip(start({ PORT: String(address.port) }))) as { _tag: string; message: string }
      assert.strictEqual(error._tag, "CannotListen")
      assert.include(error.message, `127.0.0.1:${address.port} is in use`)
      assert.include(error.message, "PORT")
    })
  )

  it.live("an address that is not this machine's fails with a message that names HOST", () =>
    Effect.gen(function* () {
      const error = (yield* Effect.flip(start({ HOST: "192.0.2.1" }))) as { _tag: string; message: string }
      assert.strictEqual(error._tag, "CannotListen")
      assert.include(error.message, "HOST")
    })
  )

  it.live("stopping lets running requests finish, closes idle connections and takes no new ones", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const latch = yield* Latch.make()
      const scope = yield* Scope.make()
      const server = yield* Scope.provide(
        start({}, Effect.andThen(Deferred.succeed(begun, undefined), latch.await)),
        scope
      )
      const idle = yield* open(server)
      const first = received(idle, /wheel/)
      idle.write(get("wheel"))
      assert.notInclude(yield* first, "Connection: close")
      const busy = yield* open(server)
      const answer = yield* Effect.forkChild(received(busy, /"slow"/))
      busy.write(get("slow"))
      yield* Deferred.await(begun)

      const stopping = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* closed(idle)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(send(server, { path }))), "no new connections")
      assert.isUndefined(stopping.pollUnsafe(), "waits for the running request")
      yield* latch.open
      const text = yield* Fiber.join(answer)
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
      assert.match(text, /connection: close/i)
      yield* closed(busy)
      yield* Fiber.join(stopping)
    })
  )

  it.live("stopping ends after the grace, whatever clients do", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const never = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
      const server = yield* Scope.provide(start({ SHUTDOWN_GRACE: "100 millis" }, never), scope)
      const half = yield* open(server)
      half.write("GET / HTTP/1.1\r\nHost: a\r\nX: ")
      const stuck = yield* open(server)
      const answer = yield* Effect.forkChild(received(stuck, /$^/))
      stuck.write(get("slow"))
      yield* Deferred.await(begun)
      yield* Scope.close(scope, Exit.void)
      const cut = parse(yield* Fiber.join(answer))
      assert.deepStrictEqual([cut.status, cut.headers["retry-after"]], [503, "1"])
      assert.strictEqual(JSON.parse(cut.text).type, "/problems/given-up")
      yield* closed(half)
    })
  )
})
