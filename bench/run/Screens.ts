import { Effect, type Scope } from "effect"
import type { Page } from "playwright-core"
import { gzipSync } from "node:zlib"
import * as Answers from "./Answers.ts"
import type { BenchError } from "./BenchError.ts"
import * as Browser from "./Browser.ts"
import type { Service } from "./Services.ts"
import { median } from "./Statistics.ts"

export const planFor = (size: "quick" | "default" | "full") => ({
  rounds: size === "quick" ? 1 : size === "full" ? 11 : 5
})
export type Plan = ReturnType<typeof planFor>

export interface Screen {
  readonly name: string
  /** What is done there. */
  readonly deeds: string
  readonly width: number
  readonly bytes: number
  readonly requests: number
  readonly lcp: number
  readonly cls: number
  readonly inp: number
}

export interface Result {
  readonly screens: ReadonlyArray<Screen>
  /** KiB after gzip. */
  readonly widget: number
  readonly admin: number
}

const name = "Email"

const play = {
  name: "`/play/wheel`",
  deeds: "a click into the field, an address typed, a click on the button: the wheel turns",
  width: 390,
  height: 844,
  shown: (page: Page) => page.getByRole("textbox", { name }).waitFor(),
  use: async (page: Page) => {
    await page.getByRole("textbox", { name }).click()
    await page.keyboard.type("nora@players.example", { delay: 40 })
    await page.getByRole("button", { name: /^(?:Play|Spin)/ }).click()
    await page.locator("fairground-game .root[data-phase=ended]").waitFor({ timeout: 60_000 })
  }
}

const settled = 'html:has(h1):not(:has(.bone, [aria-busy="true"]))'

const admin = {
  name: "`/admin`, the overview",
  deeds: "a click on Players, a search typed, a click on a player: the drawer opens",
  width: 1280,
  height: 900,
  shown: (page: Page) => page.locator(settled).waitFor(),
  use: async (page: Page) => {
    await page.getByRole("navigation").getByRole("link", { name: "Players" }).click()
    await page.locator("tbody .row-link").first().waitFor()
    await page.getByRole("searchbox").click()
    await page.keyboard.type("p1", { delay: 100 })
    await page.waitForURL("**/players?q=p1")
    await page.locator(settled).waitFor()
    await page.locator("tbody .row-link").first().click()
    await page.getByRole("dialog").getByText("History").waitFor()
  }
}

/** Of scripts together, compressed one by one, in KiB. */
const sizeOf = (port: number, paths: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(paths, (path) => Answers.get(port, path, {})),
    (answers) => answers.reduce((sum, { body }) => sum + gzipSync(body, { level: 9 }).length, 0) / 1024
  )

/** Visits the page of a game and the first screen of the admin several times, as somebody who was never there. */
export const run = Effect.fnUntraced(function* (
  service: Service,
  session: string,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  const browser = yield* Browser.start
  const base = `http://localhost:${service.port}`
  const slots = [
    { visit: { ...play, url: `${base}/play/wheel` }, rounds: [] as Array<Browser.Visited> },
    { visit: { ...admin, url: `${base}/admin`, session }, rounds: [] as Array<Browser.Visited> }
  ] as const
  yield* say("Pages in a browser: a first look")
  for (const { visit } of slots) yield* Browser.measure(browser, visit)
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`Pages in a browser, round ${round} of ${plan.rounds}`)
    for (const { rounds, visit } of slots) rounds.push(yield* Browser.measure(browser, visit))
  }
  const [, ofAdmin] = slots
  return {
    screens: slots.map(({ rounds, visit: { deeds, name, width } }): Screen => {
      const of = (pick: (one: Browser.Visited) => number) => median(rounds.map(pick))
      return {
        name,
        deeds,
        width,
        bytes: of(({ bytes }) => bytes),
        requests: of(({ requests }) => requests),
        lcp: of(({ lcp }) => lcp),
        cls: of(({ cls }) => cls),
        inp: of(({ inp }) => inp)
      }
    }),
    widget: yield* sizeOf(service.port, ["/widget.js"]),
    admin: yield* sizeOf(service.port, ofAdmin.rounds[0]?.scripts ?? [])
  }
})
