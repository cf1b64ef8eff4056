import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll } from "vitest"
import { sliceAt } from "../../../src/web/game/mechanics/wheel.ts"
import type { Prize } from "../../../src/web/game/shapes.ts"
import { fault } from "../../support/Chromium.ts"
import { closeBrowser, fair, open, played, problem, type Visit } from "./support/Fair.ts"
import { gameOf } from "./support/Games.ts"

const prize: Prize = { segment: "s4", title: "Coffee", code: "FAIR-7K2M", isWin: true }

const email = (tab: Visit["tab"]) => tab.getByRole("textbox", { name: "Email" })
const alerts = (tab: Visit["tab"]) => tab.getByRole("alert").filter({ hasText: /./ })
const title = (tab: Visit["tab"]) => tab.locator("fairground-game .title")
const enter = async (tab: Visit["tab"], address = "nora@shop.example") => {
  await email(tab).fill(address)
  await tab.getByRole("button", { name: "Play" }).click()
}
/** The slice under the pointer, computed from the angle that the wheel has. */
const slice = async (tab: Visit["tab"]) => {
  const angle = await tab.locator("fairground-game .disc").evaluate((disc) => getComputedStyle(disc).rotate)
  return sliceAt(Number.parseFloat(angle), 8)
}
const ended = (tab: Visit["tab"]) => tab.locator("fairground-game .root[data-phase=ended]").waitFor({ timeout: 30_000 })

afterAll(closeBrowser)

describe.skipIf(fault !== undefined)("the wheel in a browser", () => {
  it.live("lands on the slice that was answered, at the speed that people see", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [played(prize)]
      const { faults, tab } = yield* open(`${service.origin}/play/fair`, { fast: false })
      yield* Effect.promise(() => enter(tab))
      yield* Effect.promise(() => ended(tab))
      assert.strictEqual(yield* Effect.promise(() => slice(tab)), 4)
      assert.match((yield* Effect.promise(() => title(tab).textContent())) ?? "", /^You won Coffee$/)
      assert.strictEqual(yield* Effect.promise(() => tab.locator("fairground-game .hit text").textContent()), "Coffee")
      assert.isTrue(yield* Effect.promise(() => tab.getByText("FAIR-7K2M").isVisible()))
      assert.deepStrictEqual(service.plays[0]?.body, { email: "nora@shop.example" })
      assert.deepStrictEqual(faults, [])
      // The settings came with the page: nothing was asked for but the script and the play.
      assert.notInclude(service.paths, "GET /api/v1/games/fair/page")
      assert.deepStrictEqual(
        service.views.map(({ step }) => step),
        ["view", "start"]
      )
    })
  )

  it.live("every slice, under reduced motion: the wheel jumps, and nothing blinks", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      for (const [place, each] of service.game.segments.entries()) {
        service.answers = [played({ segment: each.id, title: each.title, isWin: place % 2 === 0 })]
        const { faults, tab } = yield* open(`${service.origin}/play/fair`, { reducedMotion: "reduce", fast: false })
        yield* Effect.promise(() => enter(tab))
        yield* Effect.promise(() => ended(tab))
        assert.strictEqual(yield* Effect.promise(() => slice(tab)), place)
        const moving = yield* Effect.promise(() =>
          tab.locator("fairground-game").evaluate((game) => game.shadowRoot?.getAnimations().length)
        )
        assert.strictEqual(moving, 0)
        assert.deepStrictEqual(faults, [])
      }
    })
  )

  it.live("can be played with the keyboard alone, and the result takes the focus", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [played(prize)]
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await email(tab).waitFor()
        await tab.keyboard.press("Tab")
        await tab.keyboard.press("Tab")
        await tab.keyboard.type("nora@shop.example")
        await tab.keyboard.press("Tab")
        await tab.keyboard.press("Space")
        await tab.keyboard.press("Enter")
        await ended(tab)
      })
      assert.deepStrictEqual(service.plays[0]?.body, {
        email: "nora@shop.example",
        consent: { textVersion: "2026-10", language: "en" }
      })
      const focused = yield* Effect.promise(() =>
        tab.locator("fairground-game").evaluate((game) => game.shadowRoot?.activeElement?.className)
      )
      assert.strictEqual(focused, "title")
      yield* Effect.promise(() => tab.keyboard.press("Tab"))
      const next = yield* Effect.promise(() =>
        tab.locator("fairground-game").evaluate((game) => game.shadowRoot?.activeElement?.textContent)
      )
      assert.strictEqual(next, "Copy")
      assert.deepStrictEqual(
        service.views.map(({ step }) => step),
        ["view", "start", "consent"]
      )
    })
  )

  it.live("a bad address, and consent that is needed: the words stand at the field, which takes the focus", () =>
    Effect.gen(function* () {
      const service = yield* fair(
        gameOf("wheel", {
          consent: { text: "Terms: https://shop.example/terms.", version: "1", required: true },
          name: "required"
        })
      )
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(() => enter(tab, "nora@shop"))
      yield* Effect.promise(() => alerts(tab).first().waitFor())
      assert.strictEqual(yield* Effect.promise(() => alerts(tab).count()), 3)
      const described = yield* Effect.promise(() =>
        email(tab).evaluate((field) => {
          const root = field.getRootNode() as ShadowRoot
          return {
            focus: root.activeElement === field,
            invalid: field.getAttribute("aria-invalid"),
            words: (field.getAttribute("aria-describedby") ?? "")
              .split(" ")
              .map((id) => root.getElementById(id)?.textContent)
              .join(" ")
          }
        })
      )
      assert.isTrue(described.focus)
      assert.strictEqual(described.invalid, "true")
      assert.include(described.words, "Enter an email address")
      assert.strictEqual(
        yield* Effect.promise(() => tab.getByRole("link").getAttribute("href")),
        "https://shop.example/terms"
      )
      assert.deepStrictEqual(service.plays, [])
      yield* Effect.promise(async () => {
        await email(tab).fill("nora@shop.example")
        await tab.getByRole("textbox", { name: "Name" }).fill("Nora")
        await tab.getByRole("checkbox").check()
        assert.strictEqual(await alerts(tab).count(), 0)
        await tab.getByRole("button", { name: "Play" }).click()
        await ended(tab)
      })
      assert.strictEqual(service.plays[0]?.body["name"], "Nora")
    })
  )

  it.live("an address that only the server refuses", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [
        problem(400, "validation-failed", {
          errors: [{ path: ["payload", "email"], message: "Expected an email address" }]
        }),
        played(prize)
      ]
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await enter(tab, "nora@-.example")
        await alerts(tab).waitFor()
        await enter(tab)
        await ended(tab)
      })
      assert.strictEqual(new Set(service.plays.map(({ key }) => key)).size, 2)
    })
  )

  it.live("503 twice, then the answer: one key", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [problem(503, "overloaded", {}, { "retry-after": "1" }), { status: "cut" }, played(prize)]
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(() => enter(tab))
      yield* Effect.promise(() => ended(tab))
      assert.isAtLeast(service.plays.length, 3)
      assert.strictEqual(new Set(service.plays.map(({ key }) => key)).size, 1)
      assert.strictEqual(yield* Effect.promise(() => slice(tab)), 4)
    })
  )

  it.live("offline: the play is kept, and sent as soon as the network is back", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [played(prize)]
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await email(tab).waitFor()
        await tab.context().setOffline(true)
        await enter(tab)
        await tab.getByText("No connection.").waitFor()
        assert.deepStrictEqual(service.plays, [])
        await tab.context().setOffline(false)
        await ended(tab)
      })
      assert.strictEqual(service.plays.length, 1)
    })
  )

  it.live("a reload in the middle sends the same key, and shows the answer", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [{ status: 201, after: new Promise(() => undefined) }, played(prize)]
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        const asked = tab.waitForRequest(/plays$/)
        await enter(tab)
        await asked
        await tab.reload()
        await ended(tab)
      })
      assert.strictEqual(service.plays.length, 2)
      assert.deepStrictEqual(service.plays[0], service.plays[1])
      yield* Effect.promise(() => tab.reload())
      yield* Effect.promise(() => email(tab).waitFor())
      assert.strictEqual(service.plays.length, 2)
    })
  )

  it.live("no prize in the answer: the player is thanked by who came", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      for (const [more, words] of [
        [{}, "Nice to meet you!"],
        [{ contact: "existed" }, "Good to see you again!"],
        [{ playedBefore: true, plays: 3 }, "You have played 3 times. Thank you!"]
      ] as const) {
        service.answers = [played(undefined, more)]
        const { tab } = yield* open(`${service.origin}/play/fair`)
        yield* Effect.promise(() => enter(tab))
        yield* Effect.promise(() => ended(tab))
        assert.strictEqual((yield* Effect.promise(() => title(tab).textContent()))?.trim(), words)
      }
    })
  )

  it.live("a prize of a segment that the page does not know: the slice says what was won", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [played({ segment: "new", title: "Brand new", isWin: true })]
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(() => enter(tab))
      yield* Effect.promise(() => ended(tab))
      const hit = yield* Effect.promise(() => tab.locator("fairground-game .hit text tspan").allTextContents())
      assert.strictEqual(hit.join(" "), "Brand new")
    })
  )

  it.live("limit reached, not open, over, rate limited, and a game that is gone: each says what is so", () =>
    Effect.gen(function* () {
      const soon = "2031-01-02T10:00:00.000Z"
      const service = yield* fair(gameOf("wheel"))
      for (const [answer, words] of [
        [problem(409, "play-limit-reached", { nextPlayAt: soon }), /^You have played already.*from January 2, 2031/],
        [problem(409, "play-limit-reached", { nextPlayAt: null }), /^You have played already\s*$/],
        [problem(409, "game-not-open", { opensAt: soon, closesAt: null }), /^Not open yet.*January 2, 2031/],
        [problem(409, "game-not-open", { opensAt: null, closesAt: "2020-01-02T10:00:00.000Z" }), /^The game is over/],
        [problem(429, "too-many-requests", { retryAfterSeconds: 90 }), /^Many people.*90 s.*Try again$/],
        [problem(404, "game-not-found"), /^This game cannot be shown/]
      ] as const) {
        service.answers = [answer]
        const { tab } = yield* open(`${service.origin}/play/fair`)
        yield* Effect.promise(() => enter(tab))
        const panel = tab.locator("fairground-game .root:not([data-phase=ready]):not([data-phase=turning]) .panel")
        yield* Effect.promise(() => panel.waitFor())
        assert.match((yield* Effect.promise(() => panel.textContent())) ?? "", words)
      }
    })
  )

  it.live("after rate limiting, trying again is the same key", () =>
    Effect.gen(function* () {
      const service = yield* fair(gameOf("wheel"))
      service.answers = [problem(429, "too-many-requests", { retryAfterSeconds: 90 }), played(prize)]
      const { tab } = yield* open(`${service.origin}/play/fair`)
      yield* Effect.promise(async () => {
        await enter(tab)
        await tab.getByRole("button", { name: "Try again" }).click()
        await ended(tab)
      })
      assert.strictEqual(new Set(service.plays.map(({ key }) => key)).size, 1)
      assert.strictEqual(service.plays.length, 2)
    })
  )
})
