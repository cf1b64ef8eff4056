import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fault, visit } from "../../support/Chromium.ts"
import { start, type TestServer } from "../edge/TestServer.ts"

const originOf = ({ port }: TestServer) => `http://127.0.0.1:${port}`

describe.skipIf(fault !== undefined)("pages in a browser", () => {
  it.live("the landing page shows its address and whether the service is ready", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const { faults, page, requests } = yield* visit(originOf(server), "/")
      yield* Effect.promise(() => page.getByText("Ready to take plays", { exact: true }).waitFor())
      assert.strictEqual(yield* Effect.promise(() => page.title()), "Fairground")
      const curl = yield* Effect.promise(() => page.locator("#curl").textContent())
      assert.include(curl, `curl http://127.0.0.1:${server.port}/api/v1/games/wheel/plays`)
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual(requests, ["GET /", "HEAD /health/ready"])
    })
  )

  it.live("pages fit a phone, in light and in dark", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const path of ["/", "/problems", "/problems/validation-failed"]) {
        const backgrounds: Array<unknown> = []
        for (const colorScheme of ["light", "dark"] as const) {
          const { faults, page } = yield* visit(originOf(server), path, { colorScheme, width: 360 })
          const width = yield* Effect.promise(() => page.evaluate("document.documentElement.scrollWidth"))
          assert.strictEqual(width, 360, `${path} is as wide as the screen`)
          backgrounds.push(
            yield* Effect.promise(() => page.evaluate("getComputedStyle(document.body).backgroundColor"))
          )
          assert.deepStrictEqual(faults, [])
        }
        assert.notStrictEqual(backgrounds[0], backgrounds[1])
      }
    })
  )

  it.live("the API reference shows the operations and tries them, without a request to anybody else", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const { faults, page, requests } = yield* visit(originOf(server), "/docs")
      for (const path of ["/api/v1/things/{slug}", "/api/v1/things/{slug}/parts/{part}"]) {
        yield* Effect.promise(() => page.getByText(path, { exact: true }).first().waitFor())
      }
      yield* Effect.promise(() =>
        page
          .getByRole("button", { name: /Test Request/ })
          .first()
          .click()
      )
      const answered = page.waitForResponse((response) => response.url().includes("/api/v1/"))
      yield* Effect.promise(() => page.getByRole("button", { name: /Send/ }).first().click())
      assert.isBelow((yield* Effect.promise(() => answered)).status(), 500)
      assert.strictEqual(requests[0], "GET /docs")
      assert.isAbove(requests.length, 1)
      assert.deepStrictEqual(
        faults.filter((each) => !/the server responded with a status of 4/.test(each)),
        []
      )
    })
  )

  it.live("a script that did not come with the page does not run, and is noticed", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const { faults, page } = yield* visit(originOf(server), "/")
      const planted = `{
        const element = document.createElement("script")
        element.textContent = "document.title = 'planted'"
        document.head.append(element)
      }`
      yield* Effect.promise(() => page.evaluate(planted))
      assert.strictEqual(yield* Effect.promise(() => page.title()), "Fairground")
      assert.match(faults.join(), /Content Security Policy/i)
    })
  )
})
