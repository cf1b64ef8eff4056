import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { httpPeer, json, type Received } from "../../support/esp/HttpPeer.ts"
import { observed } from "../../support/esp/Observed.ts"
import { echo, taskId } from "../../support/tasks/Runners.ts"
import type { ServerResponse } from "node:http"

const good = { text: "Emil", at: "2026-11-22T10:00:00.000Z" }

/** An address to call back at, until 2026, with a token whose rest is this. */
const callbackUrl = (rest: string) => `https://play.example/callback?token=1795320000.${rest}`

/** How an attempt ends: its content's text, or the code, whether that is final, and the wait in seconds. */
const endOf = (effect: ReturnType<typeof echo>) =>
  Effect.match(effect, {
    onFailure: ({ code, isFinal, retryAfter }) =>
      `${code}${isFinal ? ", final" : ""}${retryAfter === undefined ? "" : `, after ${Duration.toSeconds(retryAfter)} s`}`,
    onSuccess: ({ content }) => content.text
  })

const answering = (answer: (response: ServerResponse, request: Received) => void, more: object = {}) =>
  Effect.gen(function* () {
    const peer = yield* httpPeer((request, response) => answer(response, request))
    return yield* endOf(echo(peer.url, more))
  })

describe("the http runner", () => {
  it.live("sends the task and brings the content", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 200, good))
      const { content } = yield* echo(`${peer.url}/do/it`, { headers: { "x-tenant": "red" } }, 3)
      assert.strictEqual(content.text, "Emil")
      assert.strictEqual(content.at.epochMilliseconds, Date.parse(good.at))
      const [{ body, headers, method, path }] = peer.received as [Received]
      assert.strictEqual(`${method} ${path}`, "POST /do/it")
      assert.strictEqual(headers["idempotency-key"], taskId)
      assert.strictEqual(headers["authorization"], "Bearer the+secret/key")
      assert.strictEqual(headers["x-tenant"], "red")
      assert.strictEqual(headers["content-type"], "application/json")
      assert.isUndefined(headers["traceparent"])
      assert.deepStrictEqual(JSON.parse(body), {
        task: taskId,
        kind: "echo",
        attempt: 3,
        input: { text: "Nora", at: "2026-11-21T10:00:00.000Z" }
      })
    })
  )

  it.live.each([
    [400, "integration-rejected, final"],
    [401, "integration-misconfigured, final"],
    [403, "integration-misconfigured, final"],
    [404, "integration-misconfigured, final"],
    [408, "integration-unavailable, after 7 s"],
    [409, "integration-rejected, final"],
    [413, "integration-rejected, final"],
    [422, "integration-rejected, final"],
    [425, "integration-unavailable, after 7 s"],
    [429, "integration-busy, after 7 s"],
    [500, "integration-unavailable, after 7 s"],
    [503, "integration-unavailable, after 7 s"],
    [201, "Emil"],
    [300, "integration-misconfigured, final"],
    [301, "integration-misconfigured, final"],
    [307, "integration-misconfigured, final"],
    [304, "integration-misconfigured, final"],
    [204, "answer-unexpected, final"],
    [206, "answer-unexpected, final"]
  ] as const)("takes %i for %s", ([status, expected]) =>
    Effect.gen(function* () {
      const other = yield* httpPeer((_, response) => json(response, 200, good))
      const headers = { "retry-after": "7", location: other.url }
      const ended = yield* answering((response) => {
        if (status === 204 || status === 304) response.writeHead(status, headers).end()
        else json(response, status, good, headers)
      })
      assert.strictEqual(ended, expected)
      assert.lengthOf(other.received, 0)
    })
  )

  it.live("says what the integration said, without secrets and addresses", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) =>
        json(response, 422, { title: "No", detail: `nora@shop.example has the+secret/key ${"x".repeat(1000)}` })
      )
      const { detail } = yield* Effect.flip(echo(peer.url))
      assert.match(detail, /^The integration answered 422: <address> has <secret> x+…$/)
      const told = yield* httpPeer((_, response) =>
        json(response, 422, { detail: `cannot reach ${callbackUrl(`${"n".repeat(22)}.${"m".repeat(43)}`)}` })
      )
      const failure = yield* Effect.flip(echo(told.url))
      assert.strictEqual(failure.detail, `The integration answered 422: cannot reach ${callbackUrl("<secret>")}`)
      assert.isBelow(detail.length, 400)
      for (const words of [
        { detail: "", title: "No" },
        { detail: 7, title: " ", message: "No" }
      ]) {
        const other = yield* httpPeer((_, response) => json(response, 422, words))
        assert.strictEqual((yield* Effect.flip(echo(other.url))).detail, "The integration answered 422: No")
      }
      const nested = yield* httpPeer((_, response) => json(response, 400, { error: { message: "no such model" } }))
      assert.strictEqual((yield* Effect.flip(echo(nested.url))).detail, "The integration answered 400: no such model")
    })
  )

  it.live("bears words that cannot be stored, that are long, and that are buried", () =>
    Effect.gen(function* () {
      const words = (body: string) =>
        Effect.gen(function* () {
          const peer = yield* httpPeer((_, response) => response.writeHead(422).end(body))
          return (yield* Effect.flip(echo(peer.url))).detail
        })
      assert.strictEqual(yield* words(`{"detail":"a\\u0000b \\ud800"}`), "The integration answered 422: a b \ufffd")
      assert.match(yield* words(JSON.stringify({ detail: "x".repeat(250_000) })), /: x{300}…$/)
      assert.strictEqual(
        yield* words(`${`{"error":`.repeat(20_000)}{}${"}".repeat(20_000)}`),
        "The integration answered 422."
      )
    })
  )

  it.live("logs answers that are errors, but not each that is turned away for its number", () =>
    Effect.gen(function* () {
      for (const [status, lines] of [
        [503, 1],
        [429, 0]
      ] as const) {
        const { layer, logs } = observed()
        yield* Effect.provide(
          answering((response) => json(response, status, {})),
          layer
        )
        assert.strictEqual(logs.filter((line) => line.includes("answer is an error")).length, lines, `${status}`)
      }
    })
  )

  it.live("waits as long as the date of Retry-After says", () =>
    Effect.gen(function* () {
      const ended = yield* answering((response) =>
        json(response, 429, {}, { "retry-after": new Date(Date.now() + 100_000).toUTCString() })
      )
      const [, seconds] = /^integration-busy, after ([\d.]+) s$/.exec(ended) as unknown as [string, string]
      assert.isAbove(Number(seconds), 90)
      assert.isAtMost(Number(seconds), 100)
    })
  )

  it.live("tells rubbish from content", () =>
    Effect.gen(function* () {
      const body = (text: string, type = "application/json") =>
        answering((response) => {
          response.writeHead(200, { "content-type": type })
          response.end(text)
        })
      assert.strictEqual(yield* body("<html>It works!</html>", "text/html"), "answer-not-json")
      assert.strictEqual(yield* body(`{"text":`), "answer-not-json")
      assert.strictEqual(yield* body(""), "answer-not-json")
      assert.strictEqual(yield* body(`{"text":"Emil"}`), "answer-invalid, final")
      assert.strictEqual(yield* body(`{"text":7,"at":"2026-11-22T10:00:00.000Z"}`), "answer-invalid, final")
      assert.strictEqual(yield* body(`{"text":"Emil","at":"yesterday"}`), "answer-invalid, final")
      assert.strictEqual(yield* body("[]"), "answer-invalid, final")
    })
  )

  it.live("takes no content that is not UTF-8, and says so; the words of such a refusal are left out", () =>
    Effect.gen(function* () {
      const answer = (status: number, text: string, type = "application/json") =>
        Effect.gen(function* () {
          const peer = yield* httpPeer((_, response) =>
            response.writeHead(status, { "content-type": type }).end(Buffer.from(text, "latin1"))
          )
          return yield* echo(peer.url)
        })
      const content = JSON.stringify({ ...good, text: "caf\u00e9" })
      for (const type of ["application/json", "application/json; charset=iso-8859-1"]) {
        const { code, detail, isFinal } = yield* Effect.flip(answer(200, content, type))
        assert.deepStrictEqual(
          [code, detail, isFinal],
          ["answer-not-json", "The integration's answer is not in UTF-8, as JSON is.", false]
        )
      }
      const refused = yield* Effect.flip(answer(422, `{"detail":"caf\u00e9"}`))
      assert.deepStrictEqual([refused.code, refused.detail], ["integration-rejected", "The integration answered 422."])
    })
  )

  it.live("takes no answer that is larger than the settings allow", () =>
    Effect.gen(function* () {
      const text = JSON.stringify(good)
      const sized = (maxBytes: number) => answering((response) => response.end(text), { maxBytes })
      assert.strictEqual(yield* sized(text.length), "Emil")
      assert.strictEqual(yield* sized(text.length - 1), "answer-too-large, final")
    })
  )

  it.live("gives up an integration that does not answer, and lets another attempt try one that breaks off", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* answering(() => undefined, { timeout: "50 millis" }), "integration-timeout")
      assert.strictEqual(
        yield* answering((response) => response.write("{"), { timeout: "50 millis" }),
        "integration-timeout"
      )
      assert.strictEqual(yield* answering((response) => response.destroy()), "integration-unavailable")
      assert.strictEqual(
        yield* answering((response) => {
          response.writeHead(200, { "content-length": "100" })
          response.write("{", () => response.destroy())
        }),
        "integration-unavailable"
      )
      assert.strictEqual(yield* endOf(echo("http://127.0.0.1:1")), "integration-unreachable")
      assert.strictEqual(yield* endOf(echo("http://nowhere.invalid")), "integration-unreachable")
    })
  )

  it.live("sends nothing to a private address unless that is allowed", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer((_, response) => json(response, 200, good))
      for (const url of [peer.url, peer.url.replace("127.0.0.1", "localhost")]) {
        assert.strictEqual(yield* endOf(echo(url, { allowPrivate: false })), "integration-misconfigured, final")
      }
      assert.lengthOf(peer.received, 0)
      assert.strictEqual(yield* endOf(echo(peer.url)), "Emil")
    })
  )
})
