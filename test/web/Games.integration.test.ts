/** The games in the admin, in a browser, on a service of its own. */
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { browser, fault, type Visitor } from "../accounts/pages/Visitor.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { build } from "./Built.ts"
import { findings, go, isWide, settled, signIn } from "./Screens.ts"

const doing = <A>(work: () => Promise<A>) => Effect.promise(work)

const long = `${"A very long title of a game ".repeat(6)}${"w".repeat(30)}`

const start = Effect.gen(function* () {
  build()
  const url = yield* TestDatabase.makeUrl
  // Preview links are sealed by the key.
  const { base } = yield* Service.start(url, { SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") })
  const client = yield* Service.client(4)
  // The session's cookie is for https, and for this name.
  const here = base.replace("127.0.0.1", "localhost")
  const editor = yield* query(url, () => keyFor("editor"))
  /** What somebody else does meanwhile. */
  const elsewhere = (method: string, path: string, body?: unknown) =>
    doing(async () => {
      const answer = await client.send(base, method, `/api/v1/games${path}`, body, editor.headers)
      assert.isBelow(answer.status, 300, JSON.stringify(answer.body))
      return answer.body
    })
  yield* addGame(url, "wheel", 5)
  yield* elsewhere("POST", "", { slug: "other", title: long, timeZone: "Europe/Prague" })
  yield* elsewhere("POST", "", { slug: "soon", title: "Soon", opensAt: "2099-01-01T00:00:00Z" })
  yield* elsewhere("PUT", "/soon/page/settings", { mechanic: "memory", isDraft: true })
  for (const email of ["nora@shop.example", "nora@shop.example", "ivan@shop.example"]) {
    assert.strictEqual((yield* doing(() => client.play(base, "wheel", { email }))).status, 201)
  }
  const visit = yield* browser
  const enter = (role: "owner" | "editor" | "viewer", options?: Parameters<typeof visit>[1]) =>
    Effect.gen(function* () {
      const visitor = yield* visit(here, { width: 1280, ...options })
      yield* signIn(visitor, here, url, role)
      return visitor
    })
  return { here, url, enter, elsewhere }
})

class Running extends Context.Service<Running, Effect.Success<typeof start>>()("test/web/Games/Running") {
  static readonly layer = Layer.effect(Running, start)
}

const screens = [
  "/games",
  "/games?q=nothing-begins-so",
  "/games?new=yes",
  "/games/other",
  "/games/wheel?tab=look",
  "/games/wheel?tab=embed",
  "/games/wheel?tab=statistics",
  "/games/there-is-none"
]

const rowOf = ({ page }: Visitor, title: string) => page.getByRole("row", { name: title })

const isSaved = async ({ page }: Visitor) => {
  await page.getByRole("button", { name: "Save changes" }).click()
  await page.locator(".save-bar").waitFor({ state: "detached" })
}

describe.skipIf(fault !== undefined)("the games in the admin", () => {
  layer(Running.layer, { excludeTestServices: true, timeout: "3 minutes" })((it) => {
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390]
    ] as const) {
      it.effect(`have screens without a fault, in the ${colorScheme} theme and at ${width} px`, () =>
        Effect.gen(function* () {
          const { enter, here } = yield* Running
          const visitor = yield* enter("owner", { colorScheme, width })
          yield* doing(async () => {
            for (const at of screens) {
              await go(visitor, `${here}/admin${at}`)
              assert.deepStrictEqual(await findings(visitor), [], at)
              assert.isFalse(await isWide(visitor), `${at} scrolls sideways`)
            }
          })
          assert.deepStrictEqual(visitor.faults, [])
          yield* doing(visitor.close)
        })
      )
    }

    it.effect("are listed with state, draft, plays and the last days, with one request for each of them", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("viewer")
        const asked: Array<string> = []
        visitor.page.on("request", (request) => {
          const { pathname } = new URL(request.url())
          if (/^\/api\/v1\/(?:games|pages|statistics)/.test(pathname)) asked.push(pathname)
        })
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games`)
          const wheel = rowOf(visitor, "A game wheel")
          await wheel.getByRole("img", { name: "3 plays in the last 14 days" }).waitFor()
          await wheel.getByRole("cell", { name: "3", exact: true }).waitFor()
          await wheel.getByText("open", { exact: true }).filter({ visible: true }).waitFor()
          const soon = rowOf(visitor, "Soon soon")
          await soon.getByText("scheduled", { exact: true }).filter({ visible: true }).waitFor()
          await soon.getByText("draft", { exact: true }).filter({ visible: true }).waitFor()
          await soon.getByText(/^Opens in \d+ years$/).waitFor()
          assert.strictEqual(await wheel.getByText("draft", { exact: true }).count(), 0)
        })
        assert.sameMembers([...new Set(asked)], ["/api/v1/games", "/api/v1/pages", "/api/v1/statistics/recent"])
        // An event may have them asked for once more; a request for each game would be many.
        assert.isAtMost(asked.length, 6)
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("are added, get a look that the preview shows, and are in the list at once", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games`)
          await page.getByRole("button", { name: "New game" }).click()
          const dialog = page.getByRole("dialog", { name: "New game" })
          await dialog.getByLabel("Title").fill("Autumn Wheel")
          assert.strictEqual(await dialog.getByLabel("Slug").inputValue(), "autumn-wheel")
          await dialog.getByLabel("Slug").fill("wheel")
          await dialog.getByRole("button", { name: "Create the game" }).click()
          await dialog.getByText("Another game has this slug.").waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await dialog.getByLabel("Slug").fill("autumn")
          await dialog.getByRole("button", { name: "Create the game" }).click()
          await page.waitForURL("**/admin/games/autumn?tab=look")
          await page.getByRole("heading", { name: "Autumn Wheel", level: 1 }).waitFor()

          const colour = page.getByRole("textbox", { name: "Text on the accent", exact: true })
          await page.getByLabel("Heading", { exact: true }).fill("Spin once a day")
          await page.getByLabel("Slice 1", { exact: true }).fill("Coffee")
          await page.getByLabel("Weight", { exact: true }).first().fill("3")
          await page.getByText("100% of plays").waitFor()
          await colour.fill("#c02040")
          await page.getByText(/Too close to Accent: the contrast is 1\./).waitFor()
          await page.getByRole("button", { name: "Save changes" }).click()
          // What is wrong takes the focus.
          await page.locator('[aria-invalid="true"]:focus').waitFor()
          assert.strictEqual(await page.evaluate("document.activeElement.value"), "#c02040")
          assert.deepStrictEqual(await findings(visitor), [])
          await colour.fill("#fff")
          await isSaved(visitor)
          const preview = page.frameLocator("iframe[title='The page of Autumn Wheel']")
          await preview.getByText("Spin once a day").first().waitFor({ state: "attached" })
          await preview.getByText("Coffee").first().waitFor({ state: "attached" })

          await page.getByLabel(/^Draft:/).check()
          await isSaved(visitor)
          await page.locator(".game-lead").getByText("draft", { exact: true }).waitFor()
          const shown = () => page.request.get(`${here}/api/v1/games/autumn/page`)
          assert.strictEqual((await shown()).status(), 404)

          await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Games" }).click()
          await rowOf(visitor, "Autumn Wheel").getByText("draft", { exact: true }).filter({ visible: true }).waitFor()
          await page.getByRole("searchbox").fill("autumn")
          await page.waitForURL("**/games?q=autumn")
          await rowOf(visitor, "Autumn Wheel").getByRole("link").click()
          await page.waitForURL("**/admin/games/autumn")
          await page.getByRole("link", { name: "Look" }).click()
          await page.getByLabel(/^Draft:/).uncheck()
          await isSaved(visitor)
          assert.strictEqual((await shown()).status(), 200)
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("keep times on their own clocks, and ask before changes are lost", () =>
      Effect.gen(function* () {
        const { elsewhere, enter, here } = yield* Running
        yield* elsewhere("POST", "", { slug: "prague", title: "Prague", timeZone: "Europe/Prague" })
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games/prague`)
          await page.getByLabel("Closes", { exact: true }).fill("2030-07-01T12:00")
          await isSaved(visitor)
          await page.getByLabel("Title").fill("Mine")
          await page.getByRole("link", { name: "Embed" }).click()
          const asked = page.getByRole("dialog", { name: "Leave without saving?" })
          assert.deepStrictEqual(await findings(visitor), [])
          await asked.getByRole("button", { name: "Stay here" }).click()
          await asked.waitFor({ state: "detached" })
          assert.strictEqual(await page.getByLabel("Title").inputValue(), "Mine")
          await page.getByRole("link", { name: "Embed" }).click()
          await asked.getByRole("button", { name: "Leave without saving" }).click()
          await page.getByText('<fairground-game game="prague">').first().waitFor()
          await page.getByRole("img", { name: `QR code of ${here}/play/prague` }).waitFor()
        })
        const { closesAt, title } = yield* elsewhere("GET", "/prague")
        assert.deepStrictEqual({ closesAt, title }, { closesAt: "2030-07-01T10:00:00.000Z", title: "Prague" })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("follow what somebody else changes, and say what both have changed", () =>
      Effect.gen(function* () {
        const { elsewhere, enter, here } = yield* Running
        yield* elsewhere("POST", "", { slug: "shared", title: "Shared" })
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games`)
          await rowOf(visitor, "Shared shared").waitFor()
        })
        yield* elsewhere("PATCH", "/shared", { title: "Renamed" })
        yield* elsewhere("PUT", "/shared/page/settings", { mechanic: "memory", isDraft: true })
        yield* doing(async () => {
          await rowOf(visitor, "Renamed shared").getByText("draft", { exact: true }).filter({ visible: true }).waitFor()
          await rowOf(visitor, "Renamed shared").getByRole("link").click()
          await page.getByRole("heading", { name: "Renamed", level: 1 }).waitFor()
        })
        // Nothing was changed here: the form follows.
        yield* elsewhere("PATCH", "/shared", { title: "Followed" })
        yield* doing(async () => {
          await page.getByRole("heading", { name: "Followed", level: 1 }).waitFor()
          await page.locator('form input[value="Followed"]').waitFor()
          await page.getByLabel("Title").fill("Mine")
          await page.getByLabel("Tags").fill("autumn")
        })
        yield* elsewhere("PATCH", "/shared", { title: "Theirs", espList: "7" })
        yield* doing(async () => {
          const note = page.getByRole("alert").filter({ hasText: "Somebody else has changed this meanwhile" })
          await note.getByText("They have changed: List.").waitFor()
          await note.getByText("You have both changed: Title.").waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          // Saved all the same, it is refused.
          const refused = page.waitForResponse((response) => response.status() === 412)
          await page.getByRole("button", { name: "Save changes" }).click()
          await refused
          await note.getByRole("button", { name: "Keep my changes on top" }).click()
          await note.waitFor({ state: "detached" })
          assert.strictEqual(await page.getByLabel("List", { exact: true }).inputValue(), "7")
          await isSaved(visitor)
        })
        const { espList, espTags, title } = yield* elsewhere("GET", "/shared")
        assert.deepStrictEqual({ espList, espTags, title }, { espList: "7", espTags: ["autumn"], title: "Mine" })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("are closed, duplicated with their look, deleted or archived, and let pages have them", () =>
      Effect.gen(function* () {
        const { elsewhere, enter, here } = yield* Running
        yield* elsewhere("POST", "", { slug: "fair", title: "Fair" })
        const visitor = yield* enter("owner")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games/fair?tab=embed`)
          await page.getByLabel("Origin", { exact: true }).fill("https://shop.example/path")
          await page.getByRole("button", { name: "Add" }).click()
          await page.getByText("Such as https://shop.example, without a path.").waitFor()
          await page.getByLabel("Origin", { exact: true }).fill("https://shop.example/")
          await page.getByRole("button", { name: "Add" }).click()
          await page.getByRole("button", { name: "Remove https://shop.example" }).waitFor()

          await page.getByRole("button", { name: "Close now" }).click()
          const close = page.getByRole("dialog", { name: "Close “Fair” now?" })
          await close.getByRole("button", { name: "Close now" }).click()
          await page.locator(".game-lead").getByText("closed", { exact: true }).waitFor()

          await page.getByRole("button", { name: "Duplicate" }).click()
          await page.getByRole("dialog").getByRole("button", { name: "Duplicate" }).click()
          await page.waitForURL("**/admin/games/fair-2")
          await page.getByRole("link", { name: "Embed" }).click()
          await page.getByRole("button", { name: "Remove https://shop.example" }).waitFor()
          await page
            .getByRole("navigation", { name: "Parts of the game" })
            .getByRole("link", { name: "Settings" })
            .click()
          await page.getByText("Nobody has played it").waitFor()
          await page.getByRole("button", { name: "Delete the game" }).click()
          const gone = page.getByRole("dialog", { name: "Delete “Fair”?" })
          await gone.getByRole("button", { name: "Delete the game" }).click()
          await page.waitForURL("**/admin/games")
          await rowOf(visitor, "Fair fair-2").waitFor({ state: "detached" })

          await go(visitor, `${here}/admin/games/wheel`)
          await page.getByRole("button", { name: "Archive the game" }).click()
          const archive = page.getByRole("dialog", { name: "Archive “A game”?" })
          await archive.getByRole("button", { name: "Archive the game" }).click()
          await page.getByText("This game is archived").waitFor()
          assert.isTrue(await page.getByLabel("Title").isDisabled())
          assert.deepStrictEqual(await findings(visitor), [])
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("are found by the search over everything, and from the audit log", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("owner")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin`)
          await page.keyboard.press("Control+k")
          await page.getByRole("dialog").getByRole("combobox").fill("soo")
          await page.getByRole("option", { name: "Soon" }).click()
          await page.waitForURL("**/admin/games/soon")
          await go(visitor, `${here}/admin/audit?action=page.change`)
          const slug = '"slug": "soon"'
          await page.locator("tbody .row-anchor").last().click()
          const entry = page.getByRole("dialog")
          await entry.getByText(slug).waitFor()
          await entry.getByRole("link", { name: "Show it" }).click()
          await page.waitForURL("**/admin/games/soon?tab=look")
          await page.getByRole("heading", { name: "Soon", level: 1 }).waitFor()
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("offer a viewer nothing to change, in Russian too", () =>
      Effect.gen(function* () {
        const { enter, here, url } = yield* Running
        // The account's language counts, not the browser's.
        const visitor = yield* enter("viewer", { width: 390 })
        yield* query(url, (sql) => sql`update account set language = 'ru' where role = 'viewer'`)
        const { page } = visitor
        yield* doing(async () => {
          await page.goto(`${here}/admin/games`)
          await page.getByRole("heading", { name: "Игры", level: 1 }).waitFor()
          await settled(visitor)
          assert.strictEqual(await page.getByRole("button", { name: "Новая игра" }).count(), 0)
          for (const tab of ["settings", "look", "embed", "statistics"]) {
            await go(visitor, `${here}/admin/games/other?tab=${tab}`)
            await page.getByRole("link", { name: "Открыть страницу" }).waitFor()
            const buttons = await page.locator(".screen button").allTextContents()
            for (const word of ["Закрыть сейчас", "Копировать", "Удалить", "Сохранить", "Добавить"]) {
              assert.isFalse(
                buttons.some((text) => text.includes(word)),
                `${tab}: ${word}`
              )
            }
            assert.strictEqual(await page.locator(".screen iframe").count(), 0)
            assert.deepStrictEqual(await findings(visitor), [], tab)
            assert.isFalse(await isWide(visitor), `${tab} scrolls sideways`)
          }
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )
  })
})
