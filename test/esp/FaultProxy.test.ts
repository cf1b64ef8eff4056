import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { request } from "node:http"
import { type FaultProxy, faultProxy, type Mode } from "../support/esp/FaultProxy.ts"
import { httpPeer, json } from "../support/esp/HttpPeer.ts"
import { untilTrue } from "../support/service/Service.ts"

const answer = { a: "x".repeat(100) }

/** What a client with a new connection gets: the status and the body, or the error's code. */
const ask = (url: string) =>
  Effect.callback<string>((resume) => {
    let text = ""
    const asked = request(url, { agent: false }, (response) => {
      response.on("data", (chunk: Buffer) => (text += chunk.toString()))
      response.on("end", () => resume(Effect.succeed(`${response.statusCode} ${text}`)))
      response.on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(`${error.code}`)))
    })
    asked.on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(`${error.code}`)))
    asked.end()
    return Effect.sync(() => asked.destroy())
  })

const good = `200 ${JSON.stringify(answer)}`

const notAnswered = (url: string): Effect.Effect<void> =>
  Effect.map(ask(url), (end) => assert.fail(`it answered ${end}`))

const withProxy = <E>(
  test: (proxy: FaultProxy, peer: { readonly received: ReadonlyArray<unknown> }) => Effect.Effect<void, E>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 200, answer))
      yield* test(yield* faultProxy(peer.url), peer)
    })
  )

describe("the fault proxy", () => {
  it.live("passes what it is given, at first and again after each fault", () =>
    withProxy(
      Effect.fnUntraced(function* (proxy, peer) {
        assert.strictEqual(yield* ask(proxy.url), good)
        for (const mode of ["reset", "reset-answer", "refuse", "refuse", "black-hole"] as const) {
          yield* proxy.set(mode)
          yield* proxy.set("pass")
          assert.strictEqual(yield* ask(proxy.url), good, mode)
        }
        assert.lengthOf(peer.received, 6)
        yield* untilTrue("no connection is left", () => proxy.open() === 0)
      })
    )
  )

  it.live.each([
    ["reset", "ECONNRESET", 0],
    ["reset-answer", "ECONNRESET", 1],
    ["refuse", "ECONNREFUSED", 0]
  ] as const)("%s: %s", ([mode, code, requests]) =>
    withProxy(
      Effect.fnUntraced(function* (proxy, peer) {
        yield* proxy.set(mode)
        assert.strictEqual(yield* ask(proxy.url), code)
        assert.lengthOf(peer.received, requests)
      })
    )
  )

  it.live("a black hole swallows what comes, also on connections that are open, and lets clients go", () =>
    withProxy(
      Effect.fnUntraced(function* (proxy, peer) {
        yield* proxy.set("black-hole")
        yield* Effect.raceFirst(
          notAnswered(proxy.url),
          untilTrue("bytes in the hole", () => proxy.received() > 0 && proxy.open() === 1)
        )
        yield* untilTrue("the client is gone", () => proxy.open() === 0)
        assert.lengthOf(peer.received, 0)
      })
    )
  )

  it.live("latency holds up each way for itself, and comes through in the end", () =>
    withProxy(
      Effect.fnUntraced(function* (proxy, peer) {
        const slow = (mode: Omit<Extract<Mode, { readonly _tag: "latency" }>, "_tag">, until: () => boolean) =>
          Effect.andThen(
            proxy.set({ _tag: "latency", ...mode }),
            Effect.raceFirst(notAnswered(proxy.url), untilTrue("half of the way", until))
          )
        yield* slow({ request: 3_600_000, answer: 0 }, () => proxy.received() > 0)
        assert.lengthOf(peer.received, 0)
        yield* slow({ request: 0, answer: 3_600_000 }, () => peer.received.length > 0)
        assert.strictEqual(proxy.answered(), 0)
        yield* proxy.set({ _tag: "latency", request: 10, answer: 10 })
        assert.strictEqual(yield* ask(proxy.url), good)
      })
    )
  )
})
