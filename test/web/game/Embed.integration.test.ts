import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll } from "vitest"
import type { MechanicName } from "../../../src/web/game/shapes.ts"
import { fault } from "../../support/Chromium.ts"
import { closeBrowser, fair, open, played, strict, type Visit } from "./support/Fair.ts"
import { gameOf } from "./support/Games.ts"

const prize = { segment: "s4", title: "Coffee", isWin: true }
const ended = (tab: Visit["tab"]) => tab.locator("fairground-game .root[data-phase=ended]").waitFor({ timeout: 30_000 })

afterAll(closeBrowser)

describe.skipIf(fault !== undefined)("the widget on other pages", () => {
  it.live("another origin, a strict policy, Trusted Types, and CSS that reverts everything", () =>
    Effect.gen(function* () {
      const service = yield* fair(
        gameOf("wheel", { theme: { ...gameOf("wheel").theme, logo: "/files/logo.svg", picture: "/files/fair.svg" } })
      )
      service.answers = [played(prize)]
      const brand = yield* fair(gameOf("wheel"))
      brand.sites.set("/campaign", {
        html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Brand</title><link rel="icon" href="data:,">
<style nonce="n">* { all: revert !important; color: lime !important; font: 40px serif !important; display: inline !important; margin: 9px !important }</style>
<script type="module" src="${service.origin}/widget.js"></script>
<h1>Our campaign</h1><fairground-game game="fair"></fairground-game></html>`,
        policy: `default-src 'none'; script-src ${service.origin}; style-src 'nonce-n'; img-src data: ${service.origin}; connect-src ${service.origin}; require-trusted-types-for 'script'`
      })
      const { faults, tab } = yield* open(`${brand.origin}/campaign`)
      const seen = yield* Effect.promise(() =>
        tab.getByRole("textbox", { name: "Email" }).evaluate((field) => {
          const host = (field.getRootNode() as ShadowRoot).host
          const style = getComputedStyle(field)
          return { colour: style.color, size: style.fontSize, display: getComputedStyle(host).display }
        })
      )
      assert.deepStrictEqual(seen, { colour: "rgb(33, 24, 32)", size: "17px", display: "block" })
      // The page has a first heading: the game takes the second level.
      assert.strictEqual(yield* Effect.promise(() => tab.getByRole("heading", { level: 1 }).count()), 1)
      yield* Effect.promise(async () => {
        await tab.evaluate(() => {
          const told: Array<unknown> = []
          Object.assign(window, { told })
          for (const type of ["ready", "result", "failure"]) {
            document.addEventListener(`fairground:${type}`, (each) => told.push([type, (each as CustomEvent).detail]))
          }
        })
        await tab.getByRole("textbox", { name: "Email" }).fill("nora@shop.example")
        await tab.getByRole("button", { name: "Play" }).click()
        await ended(tab)
      })
      const told = yield* Effect.promise(() => tab.evaluate(() => (window as unknown as { told: unknown }).told))
      assert.deepStrictEqual(told, [["result", { ...(played(prize).body as object), isWin: true }]] as unknown)
      assert.strictEqual(service.views[0]?.["origin"], brand.origin)
      // Paths of pictures are those of the service.
      assert.includeMembers(service.paths, ["GET /files/logo.svg", "GET /files/fair.svg"])
      assert.deepStrictEqual(faults, [])
    })
  )

  it.live("in a frame: the height is that of the page inside, and events come through", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [played(prize)]
      const brand = yield* fair(gameOf("wheel"))
      brand.sites.set("/campaign", {
        html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Brand</title><link rel="icon" href="data:,">
<script type="module" src="${service.origin}/widget.js"></script><fairground-game game="fair" frame label="Our wheel"></fairground-game></html>`,
        policy: `default-src 'none'; script-src ${service.origin}; frame-src ${service.origin}; img-src data:; require-trusted-types-for 'script'`
      })
      for (const width of [390, 1000]) {
        const { faults, tab } = yield* open(`${brand.origin}/campaign`, { viewport: { width, height: 800 } })
        const frame = tab.frameLocator("fairground-game iframe")
        yield* Effect.promise(() => frame.getByRole("textbox", { name: "Email" }).waitFor())
        const differs = () =>
          tab.evaluate(() => {
            const inner = document.querySelector("fairground-game")?.shadowRoot?.querySelector("iframe")
            return inner?.style.height !== ""
          })
        yield* Effect.promise(async () => {
          while (!(await differs())) await tab.waitForTimeout(50)
          await tab.waitForTimeout(300)
        })
        const inner = tab.frames().find((each) => each.url().includes("/play/fair"))
        const sizes = yield* Effect.promise(() =>
          inner!.evaluate(() => ({ page: document.documentElement.scrollHeight, frame: window.innerHeight }))
        )
        assert.strictEqual(sizes.page, sizes.frame, `no second scroll bar at ${width}`)
        const card = yield* Effect.promise(() =>
          inner!.evaluate(() => document.querySelector("fairground-game")?.getBoundingClientRect().height ?? 0)
        )
        assert.isBelow(sizes.frame - card, 80)
        assert.strictEqual(
          yield* Effect.promise(() => tab.locator("fairground-game iframe").getAttribute("title")),
          "Our wheel"
        )
        yield* Effect.promise(() =>
          tab.evaluate(() => {
            addEventListener("fairground:result", (each) => {
              document.title = JSON.stringify((each as CustomEvent).detail)
            })
          })
        )
        yield* Effect.promise(async () => {
          await frame.getByRole("textbox", { name: "Email" }).fill("nora@shop.example")
          await frame.getByRole("button", { name: "Play" }).click()
          await frame.locator(".root[data-phase=ended]").waitFor()
        })
        assert.deepStrictEqual(JSON.parse(yield* Effect.promise(() => tab.title())), {
          game: "fair",
          isWin: true,
          plays: 1,
          playedBefore: false
        })
        assert.deepStrictEqual(faults, [])
      }
    })
  )

  it.live("no game fits badly: 320 and 390 pixels, Russian and Arabic, without scrolling sideways", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      for (const mechanic of ["wheel", "scratch", "quiz", "memory", "catch"] as ReadonlyArray<MechanicName>) {
        for (const [language, width] of [
          ["ru", 390],
          ["ar", 390],
          ["ru", 320]
        ] as const) {
          service.game = gameOf(mechanic, { language, direction: language === "ar" ? "rtl" : "ltr" })
          const { faults, tab } = yield* open(`${service.origin}/play/fair`, { viewport: { width, height: 800 } })
          yield* Effect.promise(() => tab.locator("fairground-game .title").waitFor())
          const page = yield* Effect.promise(() => tab.evaluate(() => document.documentElement.scrollWidth))
          assert.strictEqual(page, width, `${mechanic} ${language}`)
          const outside = yield* Effect.promise(() =>
            tab.locator("fairground-game").evaluate((game) => {
              const edge = game.getBoundingClientRect()
              return [...(game.shadowRoot?.querySelectorAll("button, input, .title, .lead, label") ?? [])].filter(
                (each) => {
                  const box = each.getBoundingClientRect()
                  return box.width > 0 && (box.left < edge.left - 1 || box.right > edge.right + 1)
                }
              ).length
            })
          )
          assert.strictEqual(outside, 0)
          assert.deepStrictEqual(faults, [])
        }
      }
    })
  )

  it.live(
    "right to left: the page is mirrored, the words of the wheel stay in their slices, the address is left to right",
    () =>
      Effect.gen(function* () {
        const service = yield* fair(gameOf("wheel", { language: "ar", direction: "rtl" }))
        const { tab } = yield* open(`${service.origin}/play/fair`)
        const seen = yield* Effect.promise(() =>
          tab.locator("fairground-game").evaluate((game) => {
            const shadow = game.shadowRoot
            const middle = (selector: string) => {
              const box = shadow?.querySelector(selector)?.getBoundingClientRect()
              return (box?.left ?? 0) + (box?.width ?? 0) / 2
            }
            const disc = shadow?.querySelector(".disc")?.getBoundingClientRect()
            return {
              mirrored: middle(".stage") > middle(".panel"),
              direction: getComputedStyle(shadow?.querySelector("#email") as Element).direction,
              inside: [...(shadow?.querySelectorAll(".disc text") ?? [])].every((text) => {
                const box = text.getBoundingClientRect()
                return (
                  disc !== undefined &&
                  box.left >= disc.left &&
                  box.right <= disc.right &&
                  box.top >= disc.top &&
                  box.bottom <= disc.bottom
                )
              })
            }
          })
        )
        assert.deepStrictEqual(seen, { mirrored: true, direction: "ltr", inside: true })
      })
  )

  it.live("settings by request: a skeleton first; a game that there is not, and a service that does not answer", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.sites.set("/plain", {
        html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,"><script type="module" src="/widget.js"></script><fairground-game game="fair"></fairground-game></html>`,
        policy: strict
      })
      service.sites.set("/none", {
        html: `<!doctype html><html lang="ru"><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,"><script type="module" src="/widget.js"></script><fairground-game game="none"></fairground-game></html>`,
        policy: strict
      })
      const { tab } = yield* open(`${service.origin}/plain`)
      yield* Effect.promise(() => tab.getByRole("textbox", { name: "Email" }).waitFor())
      assert.include(service.paths, "GET /api/v1/games/fair/page")
      const { tab: other } = yield* open(`${service.origin}/none`)
      yield* Effect.promise(() => other.getByText("Сейчас игру нельзя показать.").waitFor())
      // Another game by the attribute, without a reload.
      yield* Effect.promise(() =>
        other.evaluate(() => document.querySelector("fairground-game")?.setAttribute("game", "fair"))
      )
      yield* Effect.promise(() => other.getByRole("textbox", { name: "Email" }).waitFor())
    })
  )

  it.live(
    "custom properties of the page come before the theme; dark where the page is dark, and words are read there",
    () =>
      Effect.gen(function* () {
        const service = yield* fair(gameOf("wheel"))
        const site = (style: string) => ({
          html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,"><style nonce="n">${style}</style>
<script type="module" src="/widget.js"></script><fairground-game game="fair"></fairground-game></html>`,
          policy: strict.replace("style-src", "style-src 'nonce-n'")
        })
        service.sites.set(
          "/own",
          site(
            "fairground-game { --fairground-accent: rebeccapurple; --fairground-radius: 3px; --fairground-paper: #fffbe6 } :root { color-scheme: dark }"
          )
        )
        service.sites.set("/dark", site(":root { color-scheme: light dark }"))
        service.sites.set("/light", site(""))
        const look = (path: string) =>
          Effect.gen(function* () {
            const { tab } = yield* open(`${service.origin}${path}`, { colorScheme: "dark" })
            yield* Effect.promise(() => tab.getByRole("textbox", { name: "Email" }).waitFor())
            return yield* Effect.promise(() =>
              tab.locator("fairground-game").evaluate((game) => {
                const of = (selector: string) => getComputedStyle(game.shadowRoot?.querySelector(selector) as Element)
                return {
                  paper: of(".card").backgroundColor,
                  ink: of(".title").color,
                  corner: of(".card").borderTopLeftRadius,
                  button: of(".main").backgroundColor
                }
              })
            )
          })
        const [own, dark, light] = [yield* look("/own"), yield* look("/dark"), yield* look("/light")]
        assert.deepStrictEqual(own, {
          paper: "rgb(255, 251, 230)",
          ink: "rgb(33, 24, 32)",
          corner: "3px",
          button: "rgb(102, 51, 153)"
        })
        assert.deepStrictEqual([light.paper, light.ink], ["rgb(255, 255, 255)", "rgb(33, 24, 32)"])
        assert.deepStrictEqual([dark.paper, dark.ink], ["rgb(27, 20, 26)", "rgb(242, 241, 242)"])
      })
  )

  it.live("a game that opens while the page is open shows itself, without asking the service", () =>
    Effect.gen(function* () {
      const service = yield* fair(
        gameOf("wheel", { state: "scheduled", opensAt: new Date(Date.now() + 4000).toISOString() })
      )
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(() => tab.getByText("Not open yet").waitFor())
      yield* Effect.promise(() => tab.getByRole("textbox", { name: "Email" }).waitFor())
      assert.notInclude(service.paths, "GET /api/v1/games/fair/page")
    })
  )
})
