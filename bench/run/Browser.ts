import chromium from "@sparticuz/chromium"
import { Effect, type Scope } from "effect"
import { type Browser, chromium as playwright, type Page } from "playwright-core"
import { attempt, BenchError } from "./BenchError.ts"
import { observing, seen, type Seen, type Vitals, vitalsOf } from "./Vitals.ts"

/** Slow 4G and a slow phone, as Lighthouse has them for phones: milliseconds to an answer, bits a second, times slower. */
export const throttle = { latencyMs: 150, down: 1_600_000, up: 750_000, cpu: 4 }

export const start: Effect.Effect<Browser, BenchError, Scope.Scope> = Effect.acquireRelease(
  Effect.tryPromise({
    try: async () =>
      playwright.launch({
        executablePath: await chromium.executablePath(),
        args: ["--no-sandbox", "--disable-gpu"],
        headless: true
      }),
    catch: (cause) => new BenchError({ message: `No browser runs here: ${String(cause).split("\n", 1)[0]}` })
  }),
  (browser) => Effect.promise(() => browser.close())
)

/** A page to visit, and what somebody does there. */
export interface Visit {
  readonly url: string
  readonly width: number
  readonly height: number
  readonly session?: string
  /** Until the page shows what it has. */
  readonly shown: (page: Page) => Promise<void>
  readonly use: (page: Page) => Promise<void>
}

export interface Visited extends Vitals {
  /** Bytes that came over the network until the page was shown, with the heads of answers. */
  readonly bytes: number
  readonly requests: number
  /** The paths of its scripts. */
  readonly scripts: ReadonlyArray<string>
}

const visit = async (browser: Browser, { height, session, shown, url, use, width }: Visit): Promise<Visited> => {
  const context = await browser.newContext({ locale: "en-US", viewport: { width, height } })
  try {
    if (session !== undefined) {
      // The cookie is for https, and for names that browsers trust without.
      await context.addCookies([
        {
          name: "__Host-fairground",
          value: session,
          url: url.replace("http:", "https:"),
          secure: true,
          httpOnly: true
        }
      ])
    }
    const page = await context.newPage()
    await page.addInitScript(observing)
    const devTools = await context.newCDPSession(page)
    await devTools.send("Network.enable")
    await devTools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: throttle.latencyMs,
      downloadThroughput: throttle.down / 8,
      uploadThroughput: throttle.up / 8
    })
    await devTools.send("Emulation.setCPUThrottlingRate", { rate: throttle.cpu })
    let [bytes, requests] = [0, 0]
    const scripts = new Set<string>()
    devTools.on("Network.loadingFinished", ({ encodedDataLength }) => {
      bytes += encodedDataLength
      requests++
    })
    devTools.on("Network.responseReceived", ({ response }) => {
      const { pathname } = new URL(response.url)
      if (pathname.endsWith(".js")) scripts.add(pathname)
    })
    await page.goto(url)
    await shown(page)
    // What is painted last is seen a moment later.
    await page.waitForTimeout(1500)
    const loaded = { bytes, requests, scripts: [...scripts] }
    await use(page)
    return { ...loaded, ...vitalsOf(await page.evaluate<Seen>(seen)) }
  } finally {
    await context.close()
  }
}

/** Visits a page in a browser that has nothing of it yet, on a slow network and a slow processor. */
export const measure = (browser: Browser, one: Visit) => attempt(one.url, () => visit(browser, one))
