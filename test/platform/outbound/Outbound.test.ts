import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import type { LookupAddress } from "node:dns"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Outbound, type Resolve } from "../../../src/platform/outbound/Outbound.ts"
import { httpPeer, json } from "../../support/esp/HttpPeer.ts"

const send = (url: string, more: { readonly allowPrivate?: boolean; readonly maxBytes?: number } = {}) =>
  Effect.flatMap(Outbound, (outbound) =>
    outbound.send({ method: "GET", url, headers: {}, maxBytes: 1024, allowPrivate: false, ...more })
  )

/** How a request ends: the status or the reason. */
const end = (url: string, more: Parameters<typeof send>[1] = {}) =>
  Effect.match(send(url, more), {
    onFailure: ({ reason }) => reason,
    onSuccess: ({ status }) => `${status}`
  })

const portOf = (url: string) => new URL(url).port

/** Resolves every name to these addresses, and counts lookups. */
const resolving = (...addresses: ReadonlyArray<string>) => {
  const asked: Array<string> = []
  const resolve: Resolve = (hostname, _, done) => {
    asked.push(hostname)
    done(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 }))
    )
  }
  return { asked, layer: Outbound.layerResolving(resolve) }
}

describe("Outbound", () => {
  it.live("does not connect to a private address, however it is written", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 200, {}))
      const port = portOf(peer.url)
      for (const host of [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "2130706433",
        "0x7f.1",
        "127.1",
        "169.254.169.254"
      ]) {
        assert.strictEqual(yield* end(`http://${host}:${port}/`), "private-address", host)
      }
      assert.strictEqual(yield* end(`https://127.0.0.1:${port}/`), "private-address")
      assert.lengthOf(peer.received, 0)
      assert.strictEqual(peer.open(), 0)
      assert.strictEqual(yield* end(`http://localhost:${port}/`, { allowPrivate: true }), "200")
    }).pipe(Effect.provide(Outbound.layer))
  )

  it.live("checks the address that it connects to, which is looked up once", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 200, {}))
      for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "fd00::1"]) {
        const { asked, layer } = resolving(address)
        const reason = yield* Effect.provide(end(`http://shop.example:${portOf(peer.url)}/`), layer)
        assert.strictEqual(reason, "private-address", address)
        assert.deepStrictEqual(asked, ["shop.example"])
      }
      assert.lengthOf(peer.received, 0)
      const { layer } = resolving("127.0.0.1")
      const allowed = end(`http://shop.example:${portOf(peer.url)}/`, { allowPrivate: true })
      assert.strictEqual(yield* Effect.provide(allowed, layer), "200")
    })
  )

  it.live("does not fall back on the private one of several addresses", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 200, {}))
      // The public address belongs to no host, so nothing answers there.
      const { layer } = resolving("127.0.0.1", "2001:4860::")
      const ended = yield* end(`http://shop.example:${portOf(peer.url)}/`).pipe(
        Effect.timeoutOrElse({ duration: "1 second", orElse: () => Effect.succeed("waits") }),
        Effect.provide(layer)
      )
      assert.include(["waits", "unreachable"], ended)
      assert.lengthOf(peer.received, 0)
    })
  )

  it.live("follows no redirect", () =>
    Effect.gen(function* () {
      const other = yield* httpPeer((_, response) => json(response, 200, {}))
      const peer = yield* httpPeer((_, response) => json(response, 302, {}, { location: other.url }))
      assert.strictEqual(yield* end(peer.url, { allowPrivate: true }), "302")
      assert.lengthOf(other.received, 0)
    }).pipe(Effect.provide(Outbound.layer))
  )

  it.live("reads no more than it is told to", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer(({ path }, response) => response.end("x".repeat(Number(path.slice(1)))))
      const bounded = { allowPrivate: true, maxBytes: 1000 }
      assert.strictEqual(yield* end(`${peer.url}/1000`, bounded), "200")
      assert.strictEqual(yield* end(`${peer.url}/1001`, bounded), "too-large")
    }).pipe(Effect.provide(Outbound.layer))
  )

  it.live("drops the connection of a request that is given up", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.callback<{
        readonly url: string
        readonly isClosed: Promise<void>
        readonly isAsked: Promise<void>
      }>((resume) => {
        const { promise: isClosed, resolve: onClosed } = Promise.withResolvers<void>()
        const { promise: isAsked, resolve: onAsked } = Promise.withResolvers<void>()
        const server = createServer((_, response) => {
          response.on("close", () => {
            onClosed()
            server.close()
          })
          onAsked()
        })
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo
          resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, isClosed, isAsked }))
        })
      })
      const fiber = yield* Effect.forkChild(send(closed.url, { allowPrivate: true }))
      yield* Effect.promise(() => closed.isAsked)
      yield* Fiber.interrupt(fiber)
      yield* Effect.promise(() => closed.isClosed)
      assert.isTrue(true)
    }).pipe(Effect.provide(Outbound.layer))
  )
})
