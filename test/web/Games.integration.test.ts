/** The games in the admin, in a browser, on a service of its own. */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { browser, fault, type Visitor } from "../accounts/pages/Visitor.ts"
import * as Service from "../support/service/Service.ts"
import { addGame } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { build } from "./Built.ts"
import { findings, go, isWide, signIn } from "./Screens.ts"

const long = `${"A very long title of a game ".repeat(6)}${"w".repeat(30)}`

const doing = <A>(work: () => Promise<A>) => Effect.promise(work)

const start = Effect.gen(function* () {
  build()
  const url = yield* TestDatabase.makeUrl
  // Preview links are sealed by the key.
  const { base } = yield* Service.start(url, { SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") })
  const client = yield* Service.client(4)
  yield* addGame(url, "wheel", 5)
  const database = PgClient.layer({ url, maxConnections: 1 })
  yield* Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql`
      insert into game (id, slug, title, time_zone, created_at, updated_at)
      values (gen_random_uuid(), 'other', ${long}, 'Europe/Prague', now(), now())`
  ).pipe(Effect.provide(database))
  for (const email of ["nora@shop.example", "nora@shop.example", "ivan@shop.example"]) {
    const answer = yield* doing(() => client.play(base, "wheel", { email }))
    assert.strictEqual(answer.status, 201)
  }
  const visit = yield* browser
  // The session's cookie is for https, and for this name.
  const here = base.replace("127.0.0.1", "localhost")
  const enter = (role: "owner" | "editor" | "viewer", options?: Parameters<typeof visit>[1]) =>
    Effect.gen(function* () {
      const visitor = yield* visit(here, options)
      yield* signIn(visitor, here, url, role)
      return visitor
    })
  return { here, enter }
})

class Running extends Context.Service<Running, Effect.Success<typeof start>>()("test/web/games/Running") {
  static readonly layer = Layer.effect(Running, start)
}

const screens = [
  "/games",
  "/games?q=nothing-begins-so",
  "/games/other",
  "/games/wheel?tab=look",
  "/games/wheel?tab=embed",
  "/games/wheel?tab=statistics",
  "/games/there-is-none"
]

/** `there-is-none` is answered with 404, which the browser logs. */
const serious = ({ faults }: Visitor) => faults.filter((one) => !/status of (?:404|409|412|422)/.test(one))

describe.skipIf(fault !== undefined)("the games in the admin", () => {
  layer(Running.layer, { excludeTestServices: true, timeout: "3 minutes" })((it) => {
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390]
    ] as const) {
      it.effect(`shows every part without a fault, in the ${colorScheme} theme at ${width} px`, () =>
        Effect.gen(function* () {
          const { enter, here } = yield* Running
          const visitor = yield* enter("owner", { colorScheme, width })
          yield* doing(async () => {
            for (const at of screens) {
              await go(visitor, `${here}/admin${at}`)
              assert.deepStrictEqual(await findings(visitor), [], at)
              assert.isFalse(await isWide(visitor), `${at} scrolls sideways`)
              assert.strictEqual(await visitor.page.locator("h1").count(), 1)
            }
          })
          assert.deepStrictEqual(serious(visitor), [])
          yield* doing(visitor.close)
        })
      )
    }

    it.effect("adds a game, gives it a look, shows the look, and lists it", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("editor", { width: 1280 })
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

          await page.getByLabel("Heading", { exact: true }).fill("Spin once a day")
          await page.getByRole("textbox", { name: "Text on the accent", exact: true }).fill("#c02040")
          await page.getByRole("button", { name: "Save changes" }).click()
          // What the service says stands at the field, and takes the focus.
          const colour = page.getByRole("textbox", { name: "Text on the accent", exact: true })
          await page.waitForFunction('document.activeElement?.getAttribute("aria-invalid") === "true"')
          assert.strictEqual(await page.evaluate("document.activeElement.value"), "#c02040")
          await page.getByText(/Too close to Accent: the contrast is 1\./).waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await colour.fill("#fff")
          await page.getByRole("button", { name: "Save changes" }).click()
          await page.getByText("Saved", { exact: true }).first().waitFor()
          await page.getByRole("button", { name: "Save changes" }).waitFor({ state: "detached" })
          const frame = page.frameLocator("iframe[title='The page of Autumn Wheel']")
          await frame.getByText("Spin once a day").first().waitFor({ state: "attached" })

          await page.getByRole("link", { name: "Games" }).click()
          await page.locator("tbody").getByText("Autumn Wheel").waitFor()
          await page.getByRole("searchbox").fill("autumn")
          await page.waitForURL("**/games?q=autumn")
          await page.waitForFunction('document.querySelectorAll("tbody .row-anchor").length === 1')
          await page.locator("tbody .row-anchor").click()
          await page.waitForURL("**/admin/games/autumn")
        })
        assert.deepStrictEqual(serious(visitor), [])
        yield* doing(visitor.close)
      })
    )

    it.effect("keeps times on the game's clocks, and one's changes when somebody else was faster", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("owner", { width: 1280 })
        const { page } = visitor
        const shown = async () =>
          (await (await page.request.get(`${here}/api/v1/games/other`)).json()) as Record<string, unknown>
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games/other`)
          await page.getByLabel("Closes", { exact: true }).fill("2030-07-01T12:00")
          // Somebody else changes the title meanwhile.
          const other = await page.request.patch(`${here}/api/v1/games/other`, {
            data: { title: "Theirs" },
            headers: { origin: here }
          })
          assert.strictEqual(other.status(), 200)
          await page.getByRole("button", { name: "Save changes" }).click()
          await page.getByText("Somebody else has changed this meanwhile").waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await page.getByRole("button", { name: "Keep my changes on top" }).click()
          assert.strictEqual(await page.getByLabel("Title").inputValue(), "Theirs")
          await page.getByRole("button", { name: "Save changes" }).click()
          await page.getByRole("button", { name: "Save changes" }).waitFor({ state: "detached" })
          const { closesAt, title } = await shown()
          assert.deepStrictEqual({ closesAt, title }, { closesAt: "2030-07-01T10:00:00.000Z", title: "Theirs" })

          // Leaving with changes asks first.
          await page.getByLabel("Title").fill("Mine")
          await page.getByRole("link", { name: "Embed" }).click()
          const asked = page.getByRole("dialog", { name: "Leave without saving?" })
          await asked.getByRole("button", { name: "Stay here" }).click()
          await asked.waitFor({ state: "detached" })
          assert.strictEqual(await page.getByLabel("Title").inputValue(), "Mine")
          await page.getByRole("link", { name: "Embed" }).click()
          await asked.getByRole("button", { name: "Leave without saving" }).click()
          await page.getByText('<fairground-game game="other">').first().waitFor()
          assert.strictEqual((await shown())["title"], "Theirs")
        })
        assert.deepStrictEqual(serious(visitor), [])
        yield* doing(visitor.close)
      })
    )

    it.effect("closes, duplicates with the look, archives, and lets pages have the game", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("owner", { width: 1280 })
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games/wheel?tab=embed`)
          await page.getByLabel("Origin", { exact: true }).fill("https://shop.example/path")
          await page.getByRole("button", { name: "Add" }).click()
          await page.getByText("Such as https://shop.example, without a path.").waitFor()
          await page.getByLabel("Origin", { exact: true }).fill("https://shop.example/")
          await page.getByRole("button", { name: "Add" }).click()
          await page.getByRole("button", { name: "Remove https://shop.example" }).waitFor()

          await page.getByRole("button", { name: "Close now" }).click()
          const close = page.getByRole("dialog", { name: "Close “A game” now?" })
          await close.getByRole("button", { name: "Close now" }).click()
          await page.getByText("closed", { exact: true }).waitFor()

          await page.getByRole("button", { name: "Duplicate" }).click()
          await page.getByRole("dialog").getByRole("button", { name: "Duplicate" }).click()
          await page.waitForURL("**/admin/games/wheel-2")
          await page.getByRole("link", { name: "Embed" }).click()
          await page.getByRole("button", { name: "Remove https://shop.example" }).waitFor()
          await page.getByRole("link", { name: "Settings" }).click()
          await page.getByText("Nobody has played it").waitFor()
          await page.getByRole("button", { name: "Delete the game" }).click()
          const gone = page.getByRole("dialog", { name: "Delete “A game”?" })
          await gone.getByRole("button", { name: "Delete the game" }).click()
          await page.waitForURL("**/admin/games")

          await go(visitor, `${here}/admin/games/wheel`)
          await page.getByRole("button", { name: "Archive the game" }).click()
          const archive = page.getByRole("dialog", { name: "Archive “A game”?" })
          await archive.getByRole("button", { name: "Archive the game" }).click()
          await page.getByText("This game is archived").waitFor()
          assert.isTrue(await page.getByLabel("Title").isDisabled())
          assert.deepStrictEqual(await findings(visitor), [])
        })
        assert.deepStrictEqual(serious(visitor), [])
        yield* doing(visitor.close)
      })
    )

    it.effect("offers nothing to change to a viewer, in Russian too", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("viewer", { locale: "ru-RU" })
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games`)
          assert.strictEqual(await page.locator("h1").textContent(), "Игры")
          assert.strictEqual(await page.getByRole("button", { name: "Новая игра" }).count(), 0)
          for (const tab of ["settings", "look", "embed"]) {
            await go(visitor, `${here}/admin/games/other?tab=${tab}`)
            const buttons = await page.locator(".screen button").allTextContents()
            for (const word of ["Закрыть сейчас", "Копировать", "Удалить", "Сохранить", "Добавить"]) {
              assert.isFalse(
                buttons.some((text) => text.includes(word)),
                `${tab}: ${word}`
              )
            }
            assert.strictEqual(await page.locator(".screen iframe").count(), 0)
            assert.deepStrictEqual(await findings(visitor), [], tab)
          }
        })
        assert.deepStrictEqual(serious(visitor), [])
        yield* doing(visitor.close)
      })
    )
  })
})
