import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Api } from "../../../src/Api.ts"
import * as Edge from "../../../src/platform/edge/Edge.ts"
import * as Methods from "../../../src/platform/edge/Methods.ts"
import { otherSpellings } from "../../support/OtherSpellings.ts"
import { parse, send, sendRaw, start, TestApi } from "./TestServer.ts"

const sample = (path: string) => path.replace(/:\w+/g, "wheel")

describe("paths are exact", () => {
  it("every route of the contract and every page has one spelling", () => {
    const methods = Methods.make(Api, Edge.extraRoutes)
    const paths = new Set(Methods.routesOf(Api, Edge.extraRoutes).map(({ path }) => sample(path)))
    assert.isAbove(paths.size, 12)
    for (const path of paths) {
      assert.isString(methods.allow(path), path)
      for (const other of otherSpellings(path)) assert.isUndefined(methods.allow(other), other)
    }
  })

  it.live("any other spelling is 404 with every method", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const paths = new Set(Methods.routesOf(TestApi, Edge.extraRoutes).map(({ path }) => sample(path)))
      for (const path of paths) {
        for (const other of otherSpellings(path)) {
          for (const method of ["GET", "DELETE"]) {
            const answer = yield* send(server, { method, path: other })
            assert.strictEqual(answer.status, 404, `${method} ${other}`)
            assert.strictEqual(JSON.parse(answer.text).type, "/problems/not-found")
          }
        }
      }
    })
  )

  it.live("a target with scheme and authority is its path, which is as exact", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const ask = (target: string) =>
        Effect.map(sendRaw(server, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`), parse)
      for (const target of [
        "http://a/metrics",
        "HTTP://A:80/metrics?a",
        "https://b/metrics",
        "http://a",
        "http://a?b"
      ]) {
        assert.strictEqual((yield* ask(target)).status, 200, target)
      }
      const none = [
        "http://a/METRICS",
        "http://a//metrics",
        "http://a/x/../metrics",
        "http://a/metrics/",
        "ftp://a/metrics"
      ]
      for (const target of none) assert.strictEqual((yield* ask(target)).status, 404, target)
      for (const target of ["metrics", "%2Fmetrics", "\\metrics"]) {
        assert.strictEqual((yield* ask(target)).status, 400, target)
      }
    })
  )
})
