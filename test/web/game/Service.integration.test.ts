/** The widget as it is built, on the real service. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll } from "vitest"
import { sliceAt } from "../../../src/web/game/mechanics/wheel.ts"
import type { MechanicName } from "../../../src/web/game/shapes.ts"
import { fault } from "../../support/Chromium.ts"
import { keyFor } from "../../support/service/Credentials.ts"
import * as Service from "../../support/service/Service.ts"
import { query, stored } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"
import { build } from "../Built.ts"
import { closeBrowser, open, type Visit } from "./support/Fair.ts"

const folder = join(import.meta.dirname, "..", "..", "..", "src", "web")
const axe = readFileSync(join(folder, "node_modules", "axe-core", "axe.min.js"), "utf8")

const segments = ["coffee", "cake", "nothing", "voucher", "almost"].map((id, place) => ({
  id,
  title: { en: `A ${id}`, ru: `Приз ${id}`, ar: `جائزة ${id}` },
  weight: place + 1,
  isWin: place % 2 === 0
}))
const questions = ["one", "two"].map((id) => ({
  id,
  text: { en: `Which is right, ${id}?` },
  options: ["right", "wrong"].map((each) => ({ id: each, text: { en: `The ${each} one` } })),
  right: "right"
}))

/** A running service with a game of each mechanic, and a site of another origin that may embed them. */
const served = Effect.gen(function* () {
  build()
  const url = yield* TestDatabase.makeUrl
  const client = yield* Service.client()
  const site = http.createServer((request, response) => {
    const asked = new URL(request.url ?? "", "http://brand.example").searchParams
    const base = asked.get("service")
    response.writeHead(200, {
      "content-type": "text/html",
      "content-security-policy": `default-src 'none'; script-src ${base}; img-src data:; connect-src ${base}; frame-src ${base}; require-trusted-types-for 'script'`
    })
    response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Brand</title><link rel="icon" href="data:,">
<script type="module" src="${base}/widget.js"></script><main><h1>Brand</h1>
<fairground-game game="wheel" ${asked.has("frame") ? "frame" : ""}></fairground-game></main></html>`)
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve))),
    () => Effect.sync(() => site.close())
  )
  const brand = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  const { base } = yield* Service.start(url, {
    SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"),
    RATE_LIMIT_VIEWS: "off"
  })
  const editor = yield* query(url, () => keyFor("editor"))
  const send = (method: string, to: string, body?: unknown) =>
    Effect.promise(() => client.send(base, method, `/api/v1/games${to}`, body, editor.headers))
  for (const mechanic of ["wheel", "scratch", "quiz", "memory", "catch"] as ReadonlyArray<MechanicName>) {
    assert.strictEqual((yield* send("POST", "", { slug: mechanic, title: mechanic })).status, 201)
    const settings = {
      mechanic,
      languages: ["en", "ru", "ar"],
      segments,
      questions: mechanic === "quiz" ? questions : [],
      settings: mechanic === "memory" ? { pairs: 3 } : mechanic === "catch" ? { seconds: 10 } : {},
      consent: { text: { en: "I agree." }, isRequired: false },
      embedOrigins: [brand]
    }
    const changed = yield* send("PUT", `/${mechanic}/page/settings`, settings)
    assert.strictEqual(changed.status, 200, JSON.stringify(changed.body))
    yield* Service.until(
      "the page is seen",
      Effect.map(send("GET", `/${mechanic}/page`), ({ body }) => (body["mechanic"] === mechanic ? true : undefined))
    )
  }
  return { base, brand, url }
})

/** What axe finds. `evaluate` is not bound by the policy, a script in the page would be. */
const findings = async (tab: Visit["tab"]): Promise<ReadonlyArray<string>> => {
  await tab.evaluate(axe)
  return tab.evaluate(async () => {
    const run = Reflect.get(globalThis, "axe") as {
      run: (
        on: unknown,
        options: object
      ) => Promise<{ violations: ReadonlyArray<{ id: string; nodes: ReadonlyArray<{ html: string }> }> }>
    }
    // Animations change opacity: what is looked at is where they end.
    for (const game of document.querySelectorAll("fairground-game")) {
      for (const animation of game.shadowRoot?.getAnimations() ?? []) {
        if (animation.effect?.getComputedTiming().iterations !== Infinity) animation.finish()
      }
    }
    const { violations } = await run.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
    })
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
  })
}

const phase = (tab: Visit["tab"], which: string) =>
  tab.locator(`fairground-game .root[data-phase=${which}]`).waitFor({ timeout: 60_000 })
const press = (tab: Visit["tab"], where = ".panel .main") => tab.locator(`fairground-game ${where}`).click()

afterAll(closeBrowser)

describe.skipIf(fault !== undefined)("the widget on the real service", () => {
  it.live(
    "each game is played to its end, and axe finds nothing in any state",
    () =>
      Effect.gen(function* () {
        const { base, url } = yield* served
        for (const mechanic of ["wheel", "scratch", "quiz", "memory", "catch"] as ReadonlyArray<MechanicName>) {
          const [language, width] = mechanic === "scratch" || mechanic === "memory" ? ["ar", 390] : ["en", 1280]
          const { faults, tab } = yield* open(`${base}/play/${mechanic}?lang=${language}`, {
            viewport: { width, height: 844 }
          })
          const clean = async (state: string) =>
            assert.deepStrictEqual(await findings(tab), [], `${mechanic} ${language} ${state}`)
          yield* Effect.promise(async () => {
            await tab.locator("fairground-game .title").waitFor()
            await clean("at first")
            if (mechanic === "quiz" || mechanic === "memory" || mechanic === "catch") {
              await press(tab)
              await phase(tab, "playing")
              await clean("playing")
            }
            if (mechanic === "quiz") {
              for (const option of [0, 1]) {
                await tab.locator("fairground-game .options button").nth(option).click()
                await clean("answered")
                await press(tab, ".ask .main")
              }
            }
            if (mechanic === "memory") {
              // Each card with each other: so all pairs are met.
              for (let first = 0; first < 6; first++) {
                for (let second = first + 1; second < 6; second++) {
                  for (const place of [first, second]) await tab.locator("fairground-game .flip").nth(place).click()
                }
              }
            }
            await tab.locator("fairground-game form").waitFor({ timeout: 60_000 })
            await press(tab)
            await tab.locator("fairground-game .error").filter({ hasText: /./ }).waitFor()
            await clean("at fault")
            await tab.locator("fairground-game #email").fill(`${mechanic}-${language}@shop.example`)
            await press(tab)
            if (mechanic === "scratch") {
              await phase(tab, "revealing")
              await clean("revealing")
              await press(tab)
            }
            await phase(tab, "ended")
            await clean("at the end")
          })
          assert.deepStrictEqual(faults, [])
          assert.strictEqual((yield* stored(url, mechanic)).length, 1)
        }
      }),
    240_000
  )

  it.live(
    "the wheel lands on what the service drew; lost answers are sent again with the same key, and counted once",
    () =>
      Effect.gen(function* () {
        const { base, url } = yield* served
        const { tab } = yield* open(`${base}/play/wheel`)
        let lost = 0
        const answers: Array<{ readonly prize: { readonly segment: string } }> = []
        yield* Effect.promise(async () => {
          await tab.route("**/plays", async (route) => {
            // The service records the play, and its answer is lost on the way, twice.
            const answer = await route.fetch()
            answers.push((await answer.json()) as (typeof answers)[number])
            await (lost++ < 2 ? route.abort("connectionreset") : route.fulfill({ response: answer }))
          })
          await tab.locator("fairground-game #email").fill("nora@shop.example")
          await press(tab)
          await phase(tab, "ended")
        })
        assert.strictEqual(answers.length, 3)
        assert.strictEqual(new Set(answers.map(({ prize }) => prize.segment)).size, 1)
        assert.strictEqual((yield* stored(url, "wheel")).length, 1)
        const angle = yield* Effect.promise(() =>
          tab.locator("fairground-game .disc").evaluate((disc) => getComputedStyle(disc).rotate)
        )
        assert.strictEqual(segments[sliceAt(Number.parseFloat(angle), segments.length)]?.id, answers[0]?.prize.segment)
      }),
    120_000
  )

  it.live(
    "on a page of another origin that the game allows, in place and in a frame",
    () =>
      Effect.gen(function* () {
        const { base, brand, url } = yield* served
        const address = `${brand}/?service=${encodeURIComponent(base)}`
        const { faults, tab } = yield* open(address)
        yield* Effect.promise(async () => {
          await tab.locator("fairground-game #email").fill("in-place@shop.example")
          await press(tab)
          await phase(tab, "ended")
        })
        assert.deepStrictEqual(faults, [])
        const framed = yield* open(`${address}&frame`, { viewport: { width: 390, height: 800 } })
        yield* Effect.promise(async () => {
          const inner = framed.tab.frameLocator("fairground-game iframe")
          await inner.locator("fairground-game #email").fill("framed@shop.example")
          await inner.locator("fairground-game .panel .main").click()
          await inner.locator("fairground-game .root[data-phase=ended]").waitFor({ timeout: 60_000 })
          const frame = framed.tab.frames().find((each) => each.url().includes("/play/"))
          const scrolls = () => frame?.evaluate(() => document.documentElement.scrollHeight - innerHeight)
          while ((await scrolls()) !== 0) await framed.tab.waitForTimeout(50)
        })
        assert.deepStrictEqual(framed.faults, [])
        assert.deepStrictEqual(
          (yield* stored(url, "wheel")).map(({ email }) => email),
          ["framed@shop.example", "in-place@shop.example"]
        )
      }),
    120_000
  )
})
