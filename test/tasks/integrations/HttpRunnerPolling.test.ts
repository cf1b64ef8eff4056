import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { httpPeer, json } from "../../support/esp/HttpPeer.ts"
import { echo } from "../../support/tasks/Runners.ts"

const good = { text: "Emil", at: "2026-11-22T10:00:00.000Z" }
const now = { "retry-after": "0" }

/** Answers the task with a place, and the looks there by their number, the first being 1. */
const polled = (
  look: (number: number) => readonly [status: number, body: unknown, headers?: Record<string, string>],
  location = "/places/1"
) =>
  Effect.gen(function* () {
    let looks = 0
    return yield* httpPeer(({ method }, response) => {
      if (method === "POST") return json(response, 202, {}, { location, ...now })
      looks++
      const [status, body, headers] = look(looks)
      return json(response, status, body, { ...now, ...headers })
    })
  })

const codeOf = (effect: ReturnType<typeof echo>) =>
  Effect.match(effect, { onFailure: ({ code }) => code, onSuccess: ({ content }) => content.text })

describe("the http runner, polling", () => {
  it.live("looks until the content is there, and shows the progress", () =>
    Effect.gen(function* () {
      const peer = yield* polled((number) =>
        number < 3
          ? [202, { progress: { fraction: number / 2, message: `step ${number} for nora@shop.example` } }]
          : [200, good]
      )
      const { content, reported } = yield* echo(`${peer.url}/do`)
      assert.strictEqual(content.text, "Emil")
      assert.deepStrictEqual(reported, [
        { fraction: null, message: "The integration is working on it." },
        { fraction: 0.5, message: "step 1 for <address>" },
        { fraction: 1, message: "step 2 for <address>" }
      ])
      assert.deepStrictEqual(
        peer.received.map(({ method, path }) => `${method} ${path}`),
        ["POST /do", "GET /places/1", "GET /places/1", "GET /places/1"]
      )
      assert.strictEqual(peer.received[1]?.headers["authorization"], "Bearer the+secret/key")
    })
  )

  it.live("follows the place when it moves", () =>
    Effect.gen(function* () {
      const peer = yield* polled((number) => (number === 1 ? [202, {}, { location: "2" }] : [200, good]))
      assert.strictEqual(yield* codeOf(echo(peer.url)), "Emil")
      assert.strictEqual(peer.received[2]?.path, "/places/2")
    })
  )

  it.live("bears looks that fail, up to five in a row", () =>
    Effect.gen(function* () {
      const sometimes = yield* polled((number) => (number === 8 ? [200, good] : [number === 5 ? 202 : 503, {}]))
      assert.strictEqual(yield* codeOf(echo(sometimes.url)), "Emil")
      const never = yield* polled(() => [503, {}])
      assert.strictEqual(yield* codeOf(echo(never.url)), "integration-unavailable")
      assert.lengthOf(never.received, 6)
    })
  )

  it.live("fails at once where a look fails for good", () =>
    Effect.gen(function* () {
      const codes = [
        [410, {}, "integration-rejected"],
        [302, {}, "integration-misconfigured"],
        [204, undefined, "answer-unexpected"],
        [200, {}, "answer-invalid"],
        [200, "<", "answer-invalid"]
      ] as const
      for (const [status, body, code] of codes) {
        const peer = yield* polled(() => [status, body])
        assert.strictEqual(yield* codeOf(echo(peer.url)), code)
        assert.lengthOf(peer.received, 2)
      }
    })
  )

  it.live("looks at no place that the settings do not allow", () =>
    Effect.gen(function* () {
      const other = yield* httpPeer((_, response) => json(response, 200, good))
      for (const place of [
        `${other.url}/x`,
        `${other.url.replace("http://", "//")}/x`,
        "ftp://127.0.0.1/x",
        "http://u:p@"
      ]) {
        const peer = yield* polled(() => [200, good], place)
        assert.strictEqual(yield* codeOf(echo(peer.url)), "integration-misconfigured", place)
        const moving = yield* polled(() => [202, {}, { location: place }])
        assert.strictEqual(yield* codeOf(echo(moving.url)), "integration-misconfigured", place)
      }
      assert.lengthOf(other.received, 0)
      for (const place of [
        `blob:${other.url}/x`,
        `${other.url.replace("//", "//:p@")}/x`,
        `${other.url.replace("//", "//u@")}/x`
      ]) {
        const odd = yield* polled(() => [200, good], place)
        assert.strictEqual(yield* codeOf(echo(odd.url, { origins: [other.url] })), "integration-misconfigured", place)
      }
      assert.lengthOf(other.received, 0)
      const peer = yield* polled(() => [500, {}], `${other.url}/x`)
      assert.strictEqual(yield* codeOf(echo(peer.url, { origins: [other.url] })), "Emil")
      assert.lengthOf(other.received, 1)
    })
  )

  it.live("takes a 202 only with a place, and not at all in direct mode", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 202, {}))
      assert.strictEqual(yield* codeOf(echo(peer.url)), "answer-unexpected")
      const place = yield* polled(() => [200, good])
      assert.strictEqual(yield* codeOf(echo(place.url, { mode: "direct" })), "answer-unexpected")
      assert.lengthOf(place.received, 1)
    })
  )

  it.live("waits no longer than the settings say", () =>
    Effect.gen(function* () {
      const peer = yield* polled(() => [202, {}])
      assert.strictEqual(yield* codeOf(echo(peer.url, { wait: "250 millis" })), "integration-timeout")
      // A busy machine may not come to look at all.
      assert.isAtLeast(peer.received.length, 1)
    })
  )
})
