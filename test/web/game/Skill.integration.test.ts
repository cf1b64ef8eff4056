import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll } from "vitest"
import { fault } from "../../support/Chromium.ts"
import { closeBrowser, fair, open, played, type Visit } from "./support/Fair.ts"
import { gameOf } from "./support/Games.ts"

const prize = { segment: "s4", title: "Coffee", code: "FAIR-7K2M", isWin: true }
const root = (tab: Visit["tab"], phase: string) => tab.locator(`fairground-game .root[data-phase=${phase}]`)
const give = async (tab: Visit["tab"], button: string) => {
  await tab.getByRole("textbox", { name: "Email" }).fill("nora@shop.example")
  await tab.getByRole("button", { name: button }).click()
}

afterAll(closeBrowser)

describe.skipIf(fault !== undefined)("the other games in a browser", () => {
  it.live("scratch card: by hand, after the answer and not before", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("scratch"))
      service.answers = [played(prize)]
      const { faults, tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await tab.getByRole("textbox", { name: "Email" }).waitFor()
        const foil = tab.locator("fairground-game .foil canvas")
        const box = (await foil.boundingBox())!
        const rub = async (rows: number) => {
          for (let row = 0; row < rows; row++) {
            const y = box.y + (box.height * (row + 0.5)) / rows
            await tab.mouse.move(box.x + 10, y)
            await tab.mouse.down()
            await tab.mouse.move(box.x + box.width - 10, y, { steps: 8 })
            await tab.mouse.up()
          }
        }
        assert.strictEqual(await tab.locator("fairground-game .foil span").textContent(), "")
        await rub(2)
        await give(tab, "Play")
        await root(tab, "revealing").waitFor()
        assert.strictEqual(await tab.locator("fairground-game .foil span").textContent(), "Coffee")
        await rub(9)
        await root(tab, "ended").waitFor()
      })
      assert.match((yield* Effect.promise(() => tab.locator("fairground-game .title").textContent())) ?? "", /Coffee/)
      assert.deepStrictEqual(faults, [])
    })
  )

  it.live("scratch card: by its button, which has the focus's place", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("scratch"))
      service.answers = [played({ segment: "s3", title: "Try again", isWin: false })]
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await give(tab, "Play")
        await root(tab, "revealing").waitFor()
        await tab.keyboard.press("Tab")
        await tab.keyboard.press("Enter")
        await root(tab, "ended").waitFor()
      })
      assert.match(
        (yield* Effect.promise(() => tab.locator("fairground-game .title").textContent())) ?? "",
        /Not this time/
      )
    })
  )

  it.live("quiz: by keyboard, with the score beside the address", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("quiz"))
      service.answers = [played()]
      const { faults, tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await tab.getByRole("button", { name: "Play" }).press("Enter")
        await root(tab, "playing").waitFor()
        // The heading of the question has the focus: the second option is two steps on.
        await tab.keyboard.press("Tab")
        await tab.keyboard.press("Tab")
        await tab.keyboard.press("Enter")
        await tab.getByText("Right!", { exact: true }).first().waitFor()
        await tab.keyboard.press("Enter")
        await tab.getByRole("heading", { name: "How high was the first Ferris wheel?" }).waitFor()
        await tab.getByRole("button", { name: "20 metres" }).click()
        await tab.getByText("Not quite", { exact: true }).first().waitFor()
        await tab.getByRole("button", { name: "Next" }).click()
        await give(tab, "Next")
        await root(tab, "ended").waitFor()
      })
      assert.deepStrictEqual(service.plays[0]?.body, { email: "nora@shop.example", score: 1 })
      assert.deepStrictEqual(faults, [])
    })
  )

  it.live("memory: arrows lead from card to card, cards say what they show, and all pairs end it", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("memory"))
      const { faults, tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await tab.getByRole("button", { name: "Play" }).click()
        const card = (place: number) => tab.locator("fairground-game .flip").nth(place)
        const label = async (place: number) => (await card(place).getAttribute("aria-label")) ?? ""
        await tab.keyboard.press("Enter")
        assert.match(await label(0), /^Card 1: [A-C]$/)
        await tab.keyboard.press("ArrowRight")
        await tab.keyboard.press("Enter")
        assert.match(await label(1), /^Card 2: [A-C]$/)
        const seen = new Map<string, Array<number>>()
        const note = async (place: number) => {
          const sign = (await label(place)).slice(-1)
          const places = seen.get(sign) ?? []
          if (!places.includes(place)) seen.set(sign, [...places, place])
        }
        await note(0)
        await note(1)
        for (let place = 2; place < 6; place += 2) {
          await card(place).click()
          await note(place)
          await card(place + 1).click()
          await note(place + 1)
        }
        assert.strictEqual(seen.size, 3)
        for (const places of seen.values()) {
          assert.strictEqual(places.length, 2)
          for (const place of places) {
            if (!/met/.test((await card(place).getAttribute("class")) ?? "")) await card(place).click()
          }
        }
        await give(tab, "Next")
        await root(tab, "ended").waitFor()
      })
      const score = service.plays[0]?.body["score"] as number
      assert.isAbove(score, 0)
      assert.isAtMost(score, 100)
      assert.deepStrictEqual(faults, [])
    })
  )

  it.live("catch: by keys and by what is told alone", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("catch"))
      const { faults, tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await tab.getByRole("button", { name: "Play" }).click()
        await root(tab, "playing").waitFor()
        // As somebody plays who hears the lanes: presses the number that was told.
        await tab.locator("fairground-game").evaluate((game) => {
          const shadow = game.shadowRoot
          const told = shadow?.querySelector(".quiet[role=status]")
          const field = shadow?.querySelector("[role=application]")
          new MutationObserver(() =>
            field?.dispatchEvent(new KeyboardEvent("keydown", { key: told?.textContent ?? "", bubbles: true }))
          ).observe(told as Node, { childList: true, characterData: true, subtree: true })
        })
        await root(tab, "ready").waitFor({ timeout: 40_000 })
        await give(tab, "Next")
        await root(tab, "ended").waitFor()
      })
      assert.isAtLeast(service.plays[0]?.body["score"] as number, 3)
      assert.deepStrictEqual(faults, [])
    })
  )
})
