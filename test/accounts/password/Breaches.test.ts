import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { hash } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Breaches } from "../../../src/accounts/password/Breaches.ts"
import { settingsOf } from "../../support/AllSettings.ts"
import { typed } from "../../support/accounts/AccountServices.ts"

const digest = (text: string) => hash("sha1", text, "hex").toUpperCase()
const [leaked, padded] = ["éclair with 3 spoons", "a line that only pads"]

/** A service of breached passwords, and what it was asked. */
const peer = Effect.acquireRelease(
  Effect.promise(async () => {
    const asked: Array<{ readonly path: string; readonly headers: unknown }> = []
    const arrived = Deferred.makeUnsafe<void>()
    const server = createServer((request, response) => {
      const path = request.url ?? ""
      asked.push({ path, headers: request.headers })
      if (path.startsWith("/silent/")) return void Effect.runSync(Deferred.succeed(arrived, undefined))
      if (path.startsWith("/broken/")) return void response.writeHead(500).end("no")
      const prefix = path.slice(path.lastIndexOf("/") + 1)
      const lines = [leaked, padded]
        .map((text) => ({ text, sha1: digest(text) }))
        .filter(({ sha1 }) => sha1.startsWith(prefix))
        .map(({ sha1, text }) => `${sha1.slice(5)}:${text === padded ? 0 : 3}`)
      response.end([...lines, `${"0".repeat(35)}:17`].join("\r\n"))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    return { base: `http://127.0.0.1:${port}`, asked, arrived, server }
  }),
  ({ server }) =>
    Effect.promise(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
)

const has = (url: string, text: string) =>
  Effect.flatMap(Breaches, (breaches) => breaches.has(typed(text))).pipe(
    Effect.provide(Breaches.layer.pipe(Layer.provide(settingsOf({ PASSWORD_BREACH_URL: url }))))
  )

it.effect("the service learns five digits of a password's SHA-1, and what it knows is refused in each spelling", () =>
  Effect.gen(function* () {
    const { asked, base } = yield* peer
    assert.isTrue(yield* has(`${base}/range/`, leaked))
    assert.isTrue(yield* has(`${base}/range`, leaked.normalize("NFD")))
    assert.isFalse(yield* has(`${base}/range`, "known to nobody else"))
    assert.isFalse(yield* has(`${base}/range`, padded))
    assert.deepStrictEqual(asked[0]?.path, `/range/${digest(leaked).slice(0, 5)}`)
    for (const { headers, path } of asked) {
      assert.match(path, /^\/range\/[0-9A-F]{5}$/)
      assert.notInclude(JSON.stringify(headers), digest(leaked).slice(5))
    }
  })
)

it.effect("a service that is down, broken or silent keeps nobody from choosing a password", () =>
  Effect.gen(function* () {
    const { arrived, base } = yield* peer
    assert.isFalse(yield* has(`${base}/broken`, leaked))
    assert.isFalse(yield* has("http://127.0.0.1:1/", leaked))
    const asking = yield* Effect.forkChild(has(`${base}/silent`, leaked))
    yield* Deferred.await(arrived)
    yield* TestClock.adjust("2 seconds")
    assert.isFalse(yield* Fiber.join(asking))
  })
)

it.effect("nothing is asked unless a service is set", () =>
  Effect.gen(function* () {
    assert.isFalse(yield* has("", leaked))
  })
)
