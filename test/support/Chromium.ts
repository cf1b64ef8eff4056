import chromium from "@sparticuz/chromium"
import { Effect, type Scope } from "effect"
import { type Browser, chromium as playwright, type Page } from "playwright-core"

/** Starts the browser. */
export const launch = async (): Promise<Browser> =>
  playwright.launch({
    executablePath: await chromium.executablePath(),
    // The package's own arguments would switch off web security, which is tested here.
    args: ["--no-sandbox", "--disable-gpu"],
    headless: true
  })

/** Why the browser does not run on this machine; undefined: it does. */
export const fault = await launch().then(
  (browser) => browser.close(),
  (error: unknown) => String(error).split("\n", 1)[0]
)

if (fault !== undefined) console.log(`The tests of pages in a browser are skipped: it does not run here (${fault}).`)

export interface Visit {
  readonly page: Page
  /** What a page must not cause: requests to other services, error messages, and violations of the policy. */
  readonly faults: ReadonlyArray<string>
  readonly requests: ReadonlyArray<string>
}

/** Opens a page of a service in a browser of its own, which is closed with the scope. */
export const visit = (
  origin: string,
  path: string,
  options: { readonly colorScheme?: "light" | "dark"; readonly width?: number } = {}
) =>
  Effect.gen(function* (): Effect.fn.Return<Visit, never, Scope.Scope> {
    const browser = yield* Effect.acquireRelease(Effect.promise(launch), (browser) =>
      Effect.promise(() => browser.close())
    )
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
