import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Tracer } from "effect"
import * as SecretPaths from "../../../src/platform/edge/SecretPaths.ts"
import { send, start } from "./TestServer.ts"

const secretIn = SecretPaths.make(["/docs", "/games/:slug", "/reset/:token", "/api/v1/tasks/:id/callback/:token/done"])

const token = "fgr_4fK0Zs1d9QmT7xY2bVw8LhJ3nCeA5gRu6oPiD0sXtEaMk3bHq1"

describe("secrets in paths", () => {
  it("are the segments that a route calls token, in whatever spelling the path comes", () => {
    for (const [url, shown] of [
      [`/reset/${token}`, "/reset/REDACTED"],
      [`/reset/${token}?next=/a`, "/reset/REDACTED?next=/a"],
      [`/reset/${token}/`, "/reset/REDACTED/"],
      [`/reset/${token}/more`, "/reset/REDACTED/more"],
      [`//RESET//${token}#x`, "//RESET//REDACTED#x"],
      [`/api/v1/tasks/1/callback/${token}/done`, "/api/v1/tasks/1/callback/REDACTED/done"]
    ] as const) {
      assert.strictEqual(secretIn(url)?.shown, shown)
    }
    for (const url of [
      "/",
      "/docs",
      `/games/${token}`,
      "/reset",
      "/reset/",
      "/reset?a/b",
      `/resets/${token}`,
      "*",
      ""
    ]) {
      assert.isUndefined(secretIn(url), url)
    }
    assert.isUndefined(SecretPaths.make([])(`/reset/${token}`))
  })

  it("are hidden in other texts too, encoded or not, but not where they could be any word", () => {
    const hide = (secret: string, text: string) => secretIn(`/reset/${secret}`)?.hide(text)
    assert.strictEqual(hide(token, `no ${token}: GET /reset/${token}`), "no REDACTED: GET /reset/REDACTED")
    assert.strictEqual(
      hide("a%2Fvery%2Flong%2Fsecret", "a/very/long/secret and a%2Fvery%2Flong%2Fsecret"),
      "REDACTED and REDACTED"
    )
    assert.strictEqual(hide("%E0%A4%A-broken-encoding", "%E0%A4%A-broken-encoding"), "REDACTED")
    assert.strictEqual(hide("a", "a sad text"), "a sad text")
  })

  it.live("reach the handler, but neither the log nor a span", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const server = yield* start({}).pipe(Effect.provideService(Tracer.Tracer, tracer))
      const given = yield* send(server, { path: `/reset/${token}?next=1` })
      assert.strictEqual(given.text, `/reset/${token}?next=1 ${token}`)
      const failed = yield* send(server, { path: "/reset/defect-defect-defect" })
      assert.strictEqual(failed.status, 500)
      assert.strictEqual((yield* send(server, { path: `/reset/${token}/` })).status, 404)
      assert.strictEqual((yield* send(server, { method: "POST", path: `/reset/${token}` })).status, 405)
      yield* send(server, { path: "/api/v1/things/wheel" })

      // Of an answer that is none of a failure, an exporter takes the attributes alone.
      const shown = spans.map(({ attributes, status }) => [
        [...attributes],
        status._tag === "Ended" && Exit.isFailure(status.exit) ? String(status.exit) : ""
      ])
      const told = JSON.stringify([shown, server.logs])
      for (const secret of [token, "defect-defect-defect"]) assert.notInclude(told, secret)
      assert.include(told, "500 GET /reset/REDACTED")
      const paths = spans.flatMap(({ attributes }) => attributes.get("url.path") ?? [])
      assert.deepStrictEqual(paths, [
        "/reset/REDACTED",
        "/reset/REDACTED",
        "/reset/REDACTED/",
        "/reset/REDACTED",
        "/api/v1/things/wheel"
      ])
      assert.deepStrictEqual(
        server.logs.map((line) => JSON.parse(line).annotations.path),
        ["/reset/REDACTED"]
      )
      assert.include(server.logs.join(), "the link /reset/REDACTED of REDACTED is broken")
    })
  )
})
