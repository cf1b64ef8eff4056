/** The admin in a browser, on a service of its own. */
import { assert, describe, it, layer } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { entries } from "../../src/web/admin/Nav.ts"
import type { Role } from "../../src/platform/contract/Access.ts"
import { browser, fault, type Visitor } from "../accounts/pages/Visitor.ts"
import * as Service from "../support/service/Service.ts"
import { addGame } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { build } from "./Built.ts"
import { findings, go, hasRows, isWide, settled, signIn } from "./Screens.ts"

const start = Effect.gen(function* () {
  build()
  const url = yield* TestDatabase.makeUrl
  const { base } = yield* Service.start(url)
  const client = yield* Service.client(8)
  yield* addGame(url, "wheel", 5)
  yield* addGame(url, "empty")
  // More than a page of players; one has played often, and one has an address as long as they get.
  const long = `${"a-very-long-name".repeat(4)}@${"subdomain.of-a-company.".repeat(7)}example`
  for (let turn = 0; turn < 31; turn++) {
    const email = turn < 3 ? "nora@shop.example" : turn === 3 ? long : `p${String(turn).padStart(2, "0")}@shop.example`
    const name = turn % 2 === 0 ? { name: `Player ${turn}` } : {}
    const answer = yield* Effect.promise(() => client.play(base, "wheel", { email, ...name, score: turn }))
    assert.strictEqual(answer.status, 201)
  }
  const visit = yield* browser
  // The session's cookie is for https, and for this name.
  const here = base.replace("127.0.0.1", "localhost")
  const database = PgClient.layer({ url, maxConnections: 1 })
  const enter = (role: Role | undefined, options?: Parameters<typeof visit>[1]) =>
    Effect.gen(function* () {
      const visitor = yield* visit(here, options)
      if (role === undefined) return visitor
      yield* signIn(visitor, here, url, role)
      return visitor
    })
  return { here, url, database, enter, long }
})

class Running extends Context.Service<Running, Effect.Success<typeof start>>()("test/web/Running") {
  static readonly layer = Layer.effect(Running, start)
}

const doing = <A>(work: () => Promise<A>) => Effect.promise(work)

interface Visit {
  readonly visitor: Visitor
  readonly page: Visitor["page"]
  readonly here: string
  /** An address as long as they get. */
  readonly long: string
}

/** What somebody with this role does in a browser, without a fault. */
const visiting = (role: Role | undefined, work: (visit: Visit) => Promise<void>) =>
  Effect.gen(function* () {
    const { enter, here, long } = yield* Running
    const visitor = yield* enter(role)
    yield* doing(() => work({ visitor, page: visitor.page, here, long }))
    assert.deepStrictEqual(visitor.faults, [])
  })

describe.skipIf(fault !== undefined)("the admin in a browser", () => {
  layer(Running.layer, { excludeTestServices: true, timeout: 180_000 })((it) => {
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390]
    ] as const) {
      it.effect(`shows every screen without a fault, in the ${colorScheme} theme at ${width} px`, () =>
        Effect.gen(function* () {
          const { enter, here } = yield* Running
          const visitor = yield* enter("owner", { colorScheme, width })
          yield* doing(async () => {
            for (const { to } of entries) {
              await go(visitor, `${here}/admin${to === "/" ? "" : to}`)
              assert.deepStrictEqual(await findings(visitor), [], `${to} at ${width} px`)
              assert.isFalse(await isWide(visitor), `${to} scrolls sideways at ${width} px`)
              assert.strictEqual(await visitor.page.locator("h1").count(), 1)
            }
          })
          assert.deepStrictEqual(visitor.faults, [])
          yield* doing(visitor.close)
        })
      )
    }

    it.effect("opens a player by the keyboard, and gives the focus back", () =>
      visiting("editor", async ({ here, page, visitor }) => {
        await go(visitor, `${here}/admin/players?q=nora`)
        const row = page.locator("tbody a")
        await row.focus()
        await page.keyboard.press("Enter")
        const drawer = page.getByRole("dialog")
        await drawer.getByText("History").waitFor()
        await settled(visitor)
        assert.match(page.url(), /[?&]id=[0-9a-f-]{36}/)
        await drawer.locator(".lines .box").nth(2).waitFor()
        assert.strictEqual(await drawer.locator(".lines .box").count(), 3)
        assert.deepStrictEqual(await findings(visitor), [])
        await page.keyboard.press("Escape")
        await drawer.waitFor({ state: "detached" })
        assert.notInclude(page.url(), "id=")
        assert.strictEqual(await page.locator("tbody a:focus").count(), 1)
        // The drawer survives a reload, because it is in the address.
        await page.goBack()
        await page.getByRole("dialog").waitFor()
        await page.reload()
        await page.getByRole("dialog").getByText("nora@shop.example").first().waitFor()
      })
    )

    it.effect("searches while one types, keeps that in the address, and shows more", () =>
      visiting("editor", async ({ here, long, page, visitor }) => {
        await go(visitor, `${here}/admin/players`)
        assert.strictEqual(await page.locator("tbody .row-link").count(), 25)
        await page.getByRole("button", { name: "Show more" }).click()
        await hasRows(page, 29)
        assert.isAbove(await page.getByText(long).count(), 0)

        await page.getByRole("searchbox").fill("p1")
        await page.waitForURL("**/players?q=p1")
        await hasRows(page, 10)
        await page.reload()
        await page.locator("tbody .row-link").first().waitFor()
        assert.strictEqual(await page.getByRole("searchbox").inputValue(), "p1")

        await page.getByRole("searchbox").fill("nobody@")
        await page.getByRole("heading", { name: "No address begins with “nobody@”" }).waitFor()
        await page.getByRole("button", { name: "Clear filters" }).click()
        await hasRows(page, 25)
      })
    )

    it.effect("shows people what their role lets them see, and says what is missing for the rest", () =>
      visiting("viewer", async ({ here, page, visitor }) => {
        await go(visitor, `${here}/admin`)
        const names = await page.getByRole("navigation").getByRole("link").allTextContents()
        assert.include(names, "Overview")
        assert.notInclude(names, "Players")
        await go(visitor, `${here}/admin/players`)
        await page.getByRole("heading", { name: "This is not for your role" }).waitFor()
        await page.getByText("players:read").waitFor()
        assert.deepStrictEqual(await findings(visitor), [])
        await page.getByRole("link", { name: "Back to the overview" }).click()
        await page.getByRole("heading", { name: "Overview" }).waitFor()
        // A reload finds the same screen: the edge knows one spelling of each path.
        assert.strictEqual(new URL(page.url()).pathname, "/admin")
      })
    )

    it.effect("resets a limit for those who may, and says so", () =>
      Effect.gen(function* () {
        const { database, enter, here } = yield* Running
        const visitor = yield* enter("owner")
        const { page } = visitor
        // A limit for ever has no period that could be ended; one per day has.
        yield* Effect.flatMap(
          PgClient.PgClient,
          (sql) => sql`update game set limit_period = 'day' where slug = 'wheel'`
        ).pipe(Effect.provide(database))
        yield* doing(async () => {
          await page.request.post(`${here}/api/v1/games/wheel/plays`, { data: { email: "limited@shop.example" } })
          await go(visitor, `${here}/admin/players?q=limited`)
          await page.locator("tbody a").click()
          const reset = page.getByRole("dialog").getByRole("button", { name: "Reset the limit" })
          await reset.click()
          const asked = page.getByRole("dialog", { name: "Reset the limit of limited@shop.example?" })
          await asked.getByRole("button", { name: "Reset the limit" }).click()
          await page.getByText("The limit was reset").waitFor()
          await reset.waitFor({ state: "detached" })
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("asks who one is, and comes back to the very screen", () =>
      visiting(undefined, async ({ here, page }) => {
        await page.goto(`${here}/admin/players?q=p1`)
        await page.waitForURL("**/sign-in?next=*")
        assert.strictEqual(new URL(page.url()).searchParams.get("next"), "/admin/players?q=p1")
      })
    )

    it.effect("keeps what was entered when the session ends, and goes on after signing in again", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(() => go(visitor, `${here}/admin/players`))
        const [cookie] = yield* doing(() => visitor.context.cookies())
        yield* doing(() => visitor.context.clearCookies())
        yield* doing(async () => {
          await page.getByRole("searchbox").fill("p2")
          const dialog = page.getByRole("dialog", { name: "Your session has ended" })
          await dialog.waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          assert.strictEqual(await page.locator("input[type=search]").inputValue(), "p2")
          await dialog.getByRole("button", { name: "I have done that" }).click()
          await dialog.getByRole("alert").waitFor()
          if (cookie !== undefined) await visitor.context.addCookies([cookie])
          await dialog.getByRole("button", { name: "I have done that" }).click()
          await dialog.waitFor({ state: "detached" })
          await hasRows(page, 10)
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("speaks Russian, and remembers the theme before the page is drawn", () =>
      visiting("owner", async ({ here, page, visitor }) => {
        await go(visitor, `${here}/admin`)
        await page.getByRole("button", { name: "Account of The owner" }).click()
        await page.getByRole("menuitemradio", { name: "Dark" }).click()
        assert.deepStrictEqual(await findings(visitor, true), [])
        await page.getByRole("menuitemradio", { name: "Русский" }).click()
        await page.getByRole("heading", { name: "Обзор" }).waitFor()
        assert.strictEqual(await page.locator("html").getAttribute("lang"), "ru")
        await go(visitor, `${here}/admin/players`)
        assert.strictEqual(await page.locator("h1").textContent(), "Игроки")
        assert.strictEqual(await page.locator("html").getAttribute("data-theme"), "dark")
        assert.deepStrictEqual(await findings(visitor), [])
      })
    )

    it.effect("says the figures of a chart to those who move along it by the keyboard, and has them in a table", () =>
      visiting("viewer", async ({ here, page, visitor }) => {
        await go(visitor, `${here}/admin?days=7`)
        const said = page.locator(".chart [role=status]")
        await page.getByRole("application").focus()
        await page.keyboard.press("End")
        // All plays are of today, which is not over; at midnight some are of yesterday.
        assert.match((await said.textContent()) ?? "", /20\d\d \(not over yet\): New to a game \d+, Returning \d+$/)
        await page.keyboard.press("Home")
        assert.match((await said.textContent()) ?? "", /New to a game 0, Returning 0$/)
        await page.keyboard.press("Escape")
        assert.strictEqual(await said.textContent(), "")
        await page.getByText("Show as table").click()
        assert.strictEqual(await page.locator(".chart tbody tr").count(), 7)
        assert.deepStrictEqual(await findings(visitor), [])
      })
    )

    it.effect("shows the time and the game that one chooses, and keeps both in the address", () =>
      visiting("viewer", async ({ here, page, visitor }) => {
        await go(visitor, `${here}/admin`)
        await page.getByRole("button", { name: "7 days" }).click()
        await page.waitForURL("**/admin?days=7")
        await page.getByRole("button", { name: "Own" }).click()
        const dialog = page.getByRole("dialog", { name: "Period" })
        await dialog.getByLabel("From").fill("2026-03-05")
        await dialog.getByLabel("To").fill("2026-03-01")
        await dialog.getByText("The end lies before the beginning.").waitFor()
        assert.deepStrictEqual(await findings(visitor), [])
        await dialog.getByLabel("To").fill("2026-03-09")
        await dialog.getByRole("button", { name: "Apply" }).click()
        await page.waitForURL("**/admin?from=2026-03-05&to=2026-03-09")
        await page.getByRole("heading", { name: "Nobody played in this time" }).waitFor()

        await page.getByRole("combobox", { name: "Game" }).focus()
        await page.keyboard.press("ArrowDown")
        await page.getByRole("option", { name: "A game" }).first().waitFor()
        assert.deepStrictEqual(await findings(visitor, true), [])
        await page.getByRole("option", { name: "A game" }).last().click()
        await page.waitForURL(/\/admin\?.*game=(?:wheel|empty)/)
        await page.reload()
        await page.getByRole("button", { name: /Mar 5/ }).waitFor()
        await page.goBack()
        await page.goBack()
        await page.waitForURL("**/admin?days=7")
      })
    )

    it.effect("finds screens, games and players by the keyboard", () =>
      visiting("editor", async ({ here, page, visitor }) => {
        await go(visitor, `${here}/admin`)
        await page.keyboard.press("Control+k")
        await page.getByRole("combobox", { name: "Screen, game or address" }).fill("nora")
        await page.getByRole("option", { name: /nora@shop\.example/ }).waitFor()
        assert.deepStrictEqual(await findings(visitor), [])
        await page.keyboard.press("Enter")
        await page.waitForURL("**/players?id=*")
        await page.getByRole("dialog").getByText("History").waitFor()
      })
    )

    it.effect("says that there is no such screen, and what is missing where the service fails", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/nothing/here`)
          assert.strictEqual(await page.locator("h1").textContent(), "There is no such screen")
          await page.route("**/api/v1/players?*", (route) => route.abort())
          await page.route("**/api/v1/players", (route) => route.abort())
          await page.getByRole("link", { name: "Players" }).click()
          await page.getByRole("alert").getByText("No connection to the service").waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await page.unrouteAll()
          await page.getByRole("button", { name: "Try again" }).click()
          await page.locator("tbody .row-link").first().waitFor()
        })
      })
    )
  })

  it.live("shows what to do where nobody has played yet", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const { base } = yield* Service.start(url)
      const here = base.replace("127.0.0.1", "localhost")
      const visit = yield* browser
      const visitor = yield* visit(here)
      yield* signIn(visitor, here, url, "owner")
      yield* doing(async () => {
        await go(visitor, `${here}/admin`)
        await visitor.page.getByRole("heading", { name: "No play yet" }).waitFor()
        await visitor.page.getByRole("link", { name: "Go to the games" }).waitFor()
        assert.deepStrictEqual(await findings(visitor), [])
        await go(visitor, `${here}/admin/players`)
        await visitor.page.getByRole("heading", { name: "No players yet" }).waitFor()
        await go(visitor, `${here}/admin/plays`)
        await visitor.page.getByRole("heading", { name: "No game yet" }).waitFor()
        assert.deepStrictEqual(await findings(visitor), [])
      })
      assert.deepStrictEqual(visitor.faults, [])
    })
  )
})
