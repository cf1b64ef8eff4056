import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Latch } from "effect"
import { once } from "node:events"
import { IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http"
import { connect, type Socket } from "node:net"
import { duplexPair } from "node:stream"
import { vi } from "vitest"
import { Connection } from "../../../src/platform/edge/Connection.ts"
import * as Connections from "../../../src/platform/edge/Connections.ts"
import { closed, get, open, received } from "./RawSocket.ts"
import { send, start } from "./TestServer.ts"

const slow = get("slow", `X-Padding: ${"x".repeat(1000)}\r\n`)

const serve = (listener: RequestListener, answerTimeoutMillis = 60_000): Server =>
  Connections.make({ answerTimeoutMillis, isStopping: () => false }).on("request", listener)

/** The server on a free port, and the next connection to it. */
const listening = (server: Server) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      const connection = once(server, "connection") as Promise<[Socket]>
      return { port: (server.address() as { readonly port: number }).port, connection }
    }),
    () => Effect.sync(() => server.close().closeAllConnections())
  )

describe("pipelined requests", () => {
  it.live("16 of a connection are worked on at once; the rest is not read until they are answered", () =>
    Effect.gen(function* () {
      const latch = yield* Latch.make()
      const full = yield* Deferred.make<void>()
      let begun = 0
      const wait = Effect.suspend(() => {
        begun++
        return Effect.andThen(begun === 16 ? Deferred.succeed(full, undefined) : Effect.void, latch.await)
      })
      const server = yield* start({}, wait)
      const socket = yield* open(server)
      // More than may be unanswered: if the server had read them all, it would have cut the connection.
      const count = 1200
      const answers = yield* Effect.forkChild(received(socket, /$^/))
      socket.write(slow.repeat(count) + get("last", "Connection: close\r\n"))
      yield* Deferred.await(full)
      // Serves other connections meanwhile; in these turns the first connection could have been read.
      for (let times = 0; times < 30; times++) yield* send(server, { path: "/api/v1/things/wheel" })
      assert.strictEqual(begun, 16)
      yield* latch.open
      const text = yield* Fiber.join(answers)
      assert.strictEqual(text.split(`{"slug":"slow"}`).length - 1, count)
      assert.isTrue(text.endsWith(`{"slug":"last"}`))
    })
  )

  it.live("a client is cut that sends more in one go than may be without an answer", () =>
    Effect.gen(function* () {
      const held: Array<unknown> = []
      const server = serve((request, response) => held.push(request, response))
      const [client, connection] = duplexPair()
      server.emit("connection", connection)
      client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(5000))
      yield* Effect.promise(() => once(connection, "close"))
      assert.strictEqual(held.length, 2 * 16)
    })
  )

  it.live("those of a client that goes away end, whoever's turn it was", () =>
    Effect.gen(function* () {
      const begun = yield* Latch.make()
      const ended = yield* Latch.make()
      let count = 0
      const wait = Effect.suspend(() => (++count === 3 ? begun.open : Effect.void)).pipe(
        Effect.andThen(Effect.never),
        Effect.onInterrupt(() => (--count === 0 ? ended.open : Effect.void))
      )
      const server = yield* start({}, wait)
      const socket = yield* open(server)
      socket.write(get("slow").repeat(3))
      yield* begun.await
      socket.resetAndDestroy()
      yield* ended.await
      assert.deepStrictEqual(server.logs, [])
    })
  )

  it.live("a broken one is answered once all before it are, and ends the connection", () =>
    Effect.gen(function* () {
      const latch = yield* Latch.make()
      const server = yield* start({}, latch.await)
      const head = "POST /api/v1/things/wheel HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      const body = `${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`
      for (const broken of ["NONSENSE\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", body]) {
        const socket = yield* open(server)
        const all = yield* Effect.forkChild(received(socket, /$^/))
        socket.write(get("slow") + get("slow") + broken)
        const other = yield* open(server)
        const answer = received(other, /"wheel"/)
        other.write(get("wheel"))
        yield* answer
        yield* latch.open
        const text = yield* Fiber.join(all)
        assert.strictEqual(text.split(`{"slug":"slow"}`).length - 1, 2, text)
        assert.strictEqual(text.split("/problems/malformed-request").length - 1, 1, text)
        assert.isAbove(text.indexOf("/problems/malformed-request"), text.lastIndexOf(`{"slug":"slow"}`))
        yield* latch.close
      }
    })
  )
})

describe("the last answer of a connection", () => {
  it.live("is followed by time to read it, in which a client that sends more is not reset", () =>
    Effect.gen(function* () {
      // The half-open timeout never fires.
      vi.useFakeTimers({ toFake: ["setTimeout"] })
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.useRealTimers()))
      const server = serve((_request, response) => response.setHeader("connection", "close").end())
      const { connection, port } = yield* listening(server)
      const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
      client.resume().write(get("wheel"))
      const [accepted] = yield* Effect.promise(() => connection)
      yield* Effect.promise(() => once(client, "end"))
      assert.isFalse(accepted.destroyed)
      const closed = once(accepted, "close")
      client.end(get("wheel"))
      yield* Effect.promise(() => closed)
    })
  )
})

describe("answers that nobody reads", () => {
  const bytes = Buffer.alloc(32 * 1024 * 1024)
  const answers: Readonly<Record<string, RequestListener>> = {
    "a whole answer": (_request, response) => response.end(bytes),
    "a stream": (_request, response) => response.write(bytes)
  }
  for (const [name, answer] of Object.entries(answers)) {
    it.live(`cut the connection after ANSWER_TIMEOUT: ${name}`, () =>
      Effect.gen(function* () {
        let isTaken = false
        const server = serve((request, response) => {
          response.on("finish", () => (isTaken = true))
          return answer(request, response)
        }, 100)
        const { connection, port } = yield* listening(server)
        const client = connect(port, "127.0.0.1").pause()
        client.on("error", () => undefined)
        client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        const [accepted] = yield* Effect.promise(() => connection)
        yield* Effect.promise(() => once(accepted, "close"))
        assert.isFalse(isTaken)
        client.destroy()
      })
    )
  }

  it.live("a client that reads one large answer, however slowly, is not cut", () =>
    Effect.gen(function* () {
      const large = Buffer.alloc(96 * 1024 * 1024)
      const server = serve((_request, response) => response.end(large))
      const { connection: accepting, port } = yield* listening(server)
      const client = connect(port, "127.0.0.1").pause()
      client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      const [accepted] = yield* Effect.promise(() => accepting)
      yield* Effect.promise(() => once(client, "readable"))
      const connection = new Connection(accepted)
      connection.cutIfUnread(3_600_000, 100)
      assert.isFalse(accepted.destroyed, "just begun")
      // More than the kernels of both sides buffer: the server's has received more since.
      let read = 0
      yield* Effect.callback<void>((resume) => {
        client.on("data", (chunk) => {
          read += chunk.length
          if (read > large.length / 2) resume(Effect.sync(() => client.pause()))
        })
      })
      assert.isAbove(accepted.writableLength, large.length, "Node counts it as one")
      connection.cutIfUnread(3_700_000, 100)
      assert.isFalse(accepted.destroyed)
      client.destroy()
    })
  )

  it("a client that reads, however slowly, is not cut", () => {
    const [, socket] = duplexPair()
    const state = { writableLength: 0, bytesWritten: 0 }
    for (const name of ["writableLength", "bytesWritten"] as const) {
      Object.defineProperty(socket, name, { get: () => state[name] })
    }
    const connection = new Connection(socket as Socket)
    const after = (millis: number, given: typeof state) => {
      Object.assign(state, given)
      connection.cutIfUnread(3_600_000 + millis, 100)
      return socket.destroyed
    }
    assert.isFalse(after(0, { writableLength: 1000, bytesWritten: 1000 }))
    assert.isFalse(after(99, { writableLength: 1000, bytesWritten: 1000 }))
    assert.isFalse(after(110, { writableLength: 999, bytesWritten: 1000 }), "it has read a byte")
    assert.isFalse(after(200, { writableLength: 0, bytesWritten: 1000 }), "and the rest")
    assert.isFalse(after(900, { writableLength: 0, bytesWritten: 1000 }))
    assert.isFalse(after(950, { writableLength: 50, bytesWritten: 1050 }))
    assert.isTrue(after(1050, { writableLength: 50, bytesWritten: 1050 }))
  })
})

describe("a client that ends its side", () => {
  it.live("gets the answers to what it asked, and the connection ends", () =>
    Effect.gen(function* () {
      const latch = yield* Latch.make()
      const begun = yield* Deferred.make<void>()
      const server = yield* start({}, Effect.andThen(Deferred.succeed(begun, undefined), latch.await))
      const socket = yield* open(server)
      const all = yield* Effect.forkChild(received(socket, /$^/))
      socket.end(get("slow") + get("wheel"))
      yield* Deferred.await(begun)
      // By then the end has arrived as well.
      for (let times = 0; times < 3; times++) yield* send(server, { path: "/api/v1/things/wheel" })
      yield* latch.open
      const text = yield* Fiber.join(all)
      assert.deepStrictEqual(text.match(/\{"slug":"\w+"\}/g), [`{"slug":"slow"}`, `{"slug":"wheel"}`])
      yield* closed(socket)
    })
  )

  it.live("before its request is whole gets 400", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const head = "POST /api/v1/things/wheel HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      for (const part of ["GET / HTTP/1.1\r\nHo", `${head}Content-Length: 50\r\n\r\n{`]) {
        const socket = yield* open(server)
        const all = yield* Effect.forkChild(received(socket, /$^/))
        socket.end(part)
        assert.match(yield* Fiber.join(all), /^HTTP\/1\.1 400 /)
      }
    })
  )

  it.live("in the midst of a stream has gone: the stream ends", () =>
    Effect.gen(function* () {
      const ended = yield* Deferred.make<void>()
      const server = serve((_request, response) => {
        response.on("close", () => Deferred.doneUnsafe(ended, Effect.void))
        response.write("the first event")
      })
      const { port } = yield* listening(server)
      const socket = yield* open({ port })
      const first = received(socket, /first event/)
      socket.write(get("wheel"))
      yield* first
      socket.end()
      yield* Deferred.await(ended)
    })
  )

  it("is worked for 10 seconds at most", () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] })
    try {
      const [, socket] = duplexPair()
      const connection = new Connection(socket as Socket)
      const response = new ServerResponse(new IncomingMessage(socket as Socket))
      connection.admit(response, () => undefined)
      socket.emit("end")
      vi.advanceTimersByTime(9_999)
      assert.isFalse(socket.destroyed)
      vi.advanceTimersByTime(1)
      assert.isTrue(socket.destroyed)
    } finally {
      vi.useRealTimers()
    }
  })
})
