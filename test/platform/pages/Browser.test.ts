import { assert, describe, it } from "@effect/vitest"
import chromium from "@sparticuz/chromium"
import { Effect, type Scope } from "effect"
import { type Browser, chromium as playwright, type Page } from "playwright-core"
import { start, type TestServer } from "../edge/TestServer.ts"

const launch = async (): Promise<Browser> =>
  playwright.launch({
    executablePath: await chromium.executablePath(),
    // The package's own arguments would switch off web security, which is tested here.
    args: ["--no-sandbox", "--disable-gpu"],
    headless: true
  })

const fault = await launch().then(
  (browser) => browser.close(),
  (error: unknown) => String(error).split("\n", 1)[0]
)

if (fault !== undefined) console.log(`The tests of pages in a browser are skipped: it does not run here (${fault}).`)

interface Visit {
  readonly page: Page
  /** What a page must not cause: requests to other services, error messages, and violations of the policy. */
  readonly faults: ReadonlyArray<string>
  readonly requests: ReadonlyArray<string>
}

const visit = (
  server: TestServer,
  path: string,
  options: { readonly colorScheme?: "light" | "dark"; readonly width?: number } = {}
) =>
  Effect.gen(function* (): Effect.fn.Return<Visit, never, Scope.Scope> {
    const browser = yield* Effect.acquireRelease(Effect.promise(launch), (browser) =>
      Effect.promise(() => browser.close())
    )
    const origin = `http://127.0.0.1:${server.port}`
    const faults: Array<string> = []
    const requests: Array<string> = []
    const page = yield* Effect.promise(() =>
      browser.newPage({
        locale: "en-US",
        colorScheme: options.colorScheme ?? "light",
        viewport: { width: options.width ?? 1280, height: 900 }
      })
    )
    page.on("request", (request) => {
      const url = request.url()
      if (url.startsWith("data:") || url.startsWith("blob:")) return
      requests.push(`${request.method()} ${url.slice(origin.length)}`)
      if (!url.startsWith(`${origin}/`)) faults.push(`request to ${url}`)
    })
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        faults.push(`${message.type()}: ${message.text()}`)
    })
    page.on("pageerror", (error) => faults.push(`thrown: ${error.message}`))
    yield* Effect.promise(() => page.goto(`${origin}${path}`, { waitUntil: "load" }))
    return { page, faults, requests }
  })

describe.skipIf(fault !== undefined)("pages in a browser", () => {
  it.live("the landing page shows its address and whether the service is ready", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const { faults, page, requests } = yield* visit(server, "/")
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
          const { faults, page } = yield* visit(server, path, { colorScheme, width: 360 })
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
      const { faults, page, requests } = yield* visit(server, "/docs")
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
      const { faults, page } = yield* visit(server, "/")
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
