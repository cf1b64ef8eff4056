import chromium from "@sparticuz/chromium"
import { Effect, type Scope } from "effect"
import { type Browser, type BrowserContext, chromium as playwright, type Page } from "playwright-core"

const launch = async (): Promise<Browser> =>
  playwright.launch({
    executablePath: await chromium.executablePath(),
    // The package's own arguments would switch off web security, which is tested here.
    args: ["--no-sandbox", "--disable-gpu"],
    headless: true
  })

/** Why a browser does not run here; undefined: it does. */
export const fault: string | undefined = await launch().then(
  async (browser) => {
    await browser.close()
    return undefined
  },
  (error: unknown) => String(error).split("\n", 1)[0]
)

if (fault !== undefined) console.log(`The tests of the account pages are skipped: no browser runs here (${fault}).`)

export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** Violations of the policy, thrown errors, and requests to other services. */
  readonly faults: ReadonlyArray<string>
  readonly close: () => Promise<void>
}

interface Options {
  readonly javaScript?: boolean
  readonly locale?: string
  readonly width?: number
  readonly colorScheme?: "light" | "dark"
}

/** A browser that is closed with the scope, and what makes visitors in it, each with cookies of their own. */
export const browser: Effect.Effect<
  (base: string, options?: Options) => Effect.Effect<Visitor, never, Scope.Scope>,
  never,
  Scope.Scope
> = Effect.gen(function* () {
  const running = yield* Effect.acquireRelease(Effect.promise(launch), (one) => Effect.promise(() => one.close()))
  return (base: string, { colorScheme = "light", javaScript = true, locale = "en-US", width = 1000 }: Options = {}) =>
    Effect.promise(async (): Promise<Visitor> => {
      const context = await running.newContext({
        locale,
        colorScheme,
        javaScriptEnabled: javaScript,
        viewport: { width, height: 900 }
      })
      const page = await context.newPage()
      const faults: Array<string> = []
      page.on("request", (request) => {
        const url = request.url()
        if (!url.startsWith(`${base}/`) && !url.startsWith("data:")) faults.push(`request to ${url}`)
      })
      page.on("console", (message) => {
        // A refused form is answered with a status that browsers report.
        if (message.type() === "error" && !/Failed to load resource/.test(message.text())) faults.push(message.text())
      })
      page.on("pageerror", (error) => faults.push(`thrown: ${error.message}`))
      return { context, page, faults, close: () => context.close() }
    })
})

/** A device with fingerprints, which answers for its person at once. */
export const authenticator = async ({ context, page }: Visitor) => {
  const session = await context.newCDPSession(page)
  await session.send("WebAuthn.enable")
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true
    }
  })
  return {
    /** From now on the device does not recognise its person. */
    forgetPerson: () => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false })
  }
}
