/** Statistics in a browser: the overview and a game's tab, with notes on their charts. */
import { assert, describe, layer } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import type { Role } from "../../src/platform/contract/Access.ts"
import { browser, fault, type Visitor } from "../accounts/pages/Visitor.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { build } from "./Built.ts"
import { findings, go, isWide, settled, signIn } from "./Screens.ts"

const start = Effect.gen(function* () {
  build()
  const url = yield* TestDatabase.makeUrl
  const { base } = yield* Service.start(url)
  const client = yield* Service.client(4)
  yield* addGame(url, "wheel")
  yield* addGame(url, "quiet")
  yield* query(
    url,
    (sql) => sql`update game set title = 'Autumn wheel', time_zone = 'Europe/Prague' where slug = 'wheel'`
  )
  yield* query(url, (sql) => sql`update game set title = 'Quiet game' where slug = 'quiet'`)
  const play = (email: string) =>
    Effect.promise(async () => {
      const answer = await client.play(base, "wheel", { email })
      assert.strictEqual(answer.status, 201)
    })
  yield* play("nora@shop.example")
  yield* play("nora@shop.example")
  yield* play("rejected@sandbox.example")
  const { headers } = yield* keyFor("editor").pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))
  const notes = (method: string, path: string, body?: unknown) =>
    Effect.promise(async () => {
      const answer = await client.send(base, method, `/api/v1/statistics/notes${path}`, body, headers)
      assert.isBelow(answer.status, 300, JSON.stringify(answer.body))
      return answer.body as { readonly id: string; readonly at: string; readonly text: string; readonly game: unknown }
    })
  const visit = yield* browser
  // The session's cookie is for https, and for this name.
  const here = base.replace("127.0.0.1", "localhost")
  const enter = (role: Role, options?: Parameters<typeof visit>[1]) =>
    Effect.gen(function* () {
      const visitor = yield* visit(here, { width: 1280, ...options })
      yield* signIn(visitor, here, url, role)
      return visitor
    })
  return { here, enter, play, notes }
})

class Running extends Context.Service<Running, Effect.Success<typeof start>>()("test/web/Counting") {
  static readonly layer = Layer.effect(Running, start)
}

const doing = <A>(work: () => Promise<A>) => Effect.promise(work)

/** What a screen reader hears of the last day of the chart, which is today. */
const lastDay = async ({ page }: Visitor) => {
  const chart = page.getByRole("application")
  await chart.focus()
  await page.keyboard.press("End")
  const said = (await page.locator(".chart [role=status]").textContent()) ?? ""
  await page.keyboard.press("Escape")
  return said
}

const noted = ({ page }: Visitor, text: string) => page.locator(".chart-notes li", { hasText: text })

describe.skipIf(fault !== undefined)("statistics in a browser", () => {
  layer(Running.layer, { excludeTestServices: true, timeout: "3 minutes" })((it) => {
    it.effect("takes notes of all games and of one, and shows them on the charts they belong to", () =>
      Effect.gen(function* () {
        const { enter, here, notes } = yield* Running
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin?days=7`)
          assert.notInclude(await lastDay(visitor), "Notes:")
          await page.getByRole("button", { name: "Add a note" }).click()
          const dialog = page.getByRole("dialog", { name: "A new note" })
          await dialog.getByRole("button", { name: "Add a note" }).click()
          await dialog.getByText("Write what happened").waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await dialog.getByLabel("What happened").fill("Post shared")
          await dialog.getByRole("button", { name: "Add a note" }).click()
          await page.getByText("The note was added").waitFor()
          await noted(visitor, "Post shared").waitFor()
          assert.match(await lastDay(visitor), /Notes: Post shared$/)

          await go(visitor, `${here}/admin/games/wheel?tab=statistics&days=7`)
          await page.getByRole("button", { name: "Add a note" }).click()
          await dialog.getByText("On the clocks of Europe/Prague.").waitFor()
          await dialog.getByLabel("What happened").fill("=Mailing sent")
          await dialog.getByRole("button", { name: "Add a note" }).click()
          await noted(visitor, "=Mailing sent").waitFor()
          assert.match(await lastDay(visitor), /Notes: Post shared; =Mailing sent$/)

          // Among the notes of all games it says of which one it is.
          await go(visitor, `${here}/admin?days=7`)
          assert.match(await lastDay(visitor), /Notes: Post shared; =Mailing sent \(Autumn wheel\)$/)
          await page.getByText("Show as table").click()
          await page.locator(".chart-table td", { hasText: "=Mailing sent (Autumn wheel)" }).waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await go(visitor, `${here}/admin?days=7&game=quiet`)
          assert.strictEqual(await page.getByText("=Mailing sent").count(), 0)
        })
        const stored = (yield* notes("GET", "")) as unknown as {
          readonly items: ReadonlyArray<{ readonly game: unknown }>
        }
        assert.deepStrictEqual(
          stored.items.map(({ game }) => game),
          ["wheel", null]
        )
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("keeps an edit apart from one that somebody else has made in between, and shows both", () =>
      Effect.gen(function* () {
        const { enter, here, notes } = yield* Running
        const { id } = yield* notes("POST", "", { game: "wheel", text: "First" })
        const visitor = yield* enter("editor")
        const { page } = visitor
        const dialog = page.getByRole("dialog", { name: "Edit the note" })
        const save = dialog.getByRole("button", { name: "Save" })
        const stale = dialog.getByText("Somebody else has changed this meanwhile")
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games/wheel?tab=statistics&days=7`)
          await page.getByRole("button", { name: "Edit “First”" }).click()
          await dialog.getByLabel("What happened").fill("Mine")
        })
        yield* notes("PATCH", `/${id}`, { text: "Theirs" })
        yield* doing(async () => {
          await save.click()
          await stale.waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await dialog.getByRole("button", { name: "Take theirs" }).click()
          await stale.waitFor({ state: "detached" })
          assert.strictEqual(await dialog.getByLabel("What happened").inputValue(), "Theirs")
          await dialog.getByLabel("What happened").fill("Mine after all")
        })
        yield* notes("PATCH", `/${id}`, { text: "Theirs again" })
        yield* doing(async () => {
          await save.click()
          await stale.waitFor()
          await dialog.getByRole("button", { name: "Keep my changes on top" }).click()
          await save.click()
          await page.getByText("The note was saved").waitFor()
          await noted(visitor, "Mine after all").waitFor()
        })
        assert.strictEqual((yield* notes("GET", `/${id}`)).text, "Mine after all")
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("keeps the moment of a note in the zone of its game, and to the second if only the text changes", () =>
      Effect.gen(function* () {
        const { enter, here, notes } = yield* Running
        const at = new Date(Date.now() - 3_600_000)
        const { id } = yield* notes("POST", "", { game: "wheel", text: "Moved", at: at.toISOString() })
        const visitor = yield* enter("editor")
        const { page } = visitor
        const dialog = page.getByRole("dialog", { name: "Edit the note" })
        const edit = async (text: string) => {
          await go(visitor, `${here}/admin?days=7`)
          await page.getByRole("button", { name: `Edit “${text}”` }).click()
        }
        yield* doing(async () => {
          await edit("Moved")
          await dialog.getByLabel("What happened").fill("Said otherwise")
          await dialog.getByRole("button", { name: "Save" }).click()
          await dialog.waitFor({ state: "detached" })
        })
        assert.strictEqual((yield* notes("GET", `/${id}`)).at, at.toISOString())
        yield* doing(async () => {
          await edit("Said otherwise")
          await dialog.getByText("On the clocks of Europe/Prague.").waitFor()
          await dialog.getByLabel("When").fill("2026-03-01T09:30")
          await dialog.getByRole("button", { name: "Save" }).click()
          await dialog.waitFor({ state: "detached" })
          // It has left the time that is shown.
          await noted(visitor, "Said otherwise").waitFor({ state: "detached" })
        })
        assert.strictEqual((yield* notes("GET", `/${id}`)).at, "2026-03-01T08:30:00.000Z")
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("removes a note after asking by its name, also one that has changed meanwhile or is gone", () =>
      Effect.gen(function* () {
        const { enter, here, notes } = yield* Running
        const changed = yield* notes("POST", "", { text: "Before" })
        const gone = yield* notes("POST", "", { text: "Soon gone" })
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin?days=7`)
          await page.getByRole("button", { name: "Remove “Before”" }).click()
          await page.getByRole("dialog", { name: "Remove “Before”?" }).waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
        })
        yield* notes("PATCH", `/${changed.id}`, { text: "Said anew" })
        yield* doing(async () => {
          await page.getByRole("button", { name: "Remove the note" }).click()
          const asked = page.getByRole("dialog", { name: "Remove “Said anew”?" })
          await asked.getByText("Somebody else has changed this meanwhile").waitFor()
          await asked.getByRole("button", { name: "Remove the note" }).click()
          await page.getByText("The note was removed").waitFor()
          await noted(visitor, "Said anew").waitFor({ state: "detached" })

          await page.getByRole("button", { name: "Edit “Soon gone”" }).click()
          await page.getByLabel("What happened").fill("Kept")
        })
        yield* notes("DELETE", `/${gone.id}`)
        yield* doing(async () => {
          const dialog = page.getByRole("dialog", { name: "Edit the note" })
          await dialog.getByRole("button", { name: "Save" }).click()
          await dialog.getByText("There is no such note any more").waitFor()
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("lets viewers read the notes, and offers them nothing to write", () =>
      Effect.gen(function* () {
        const { enter, here, notes } = yield* Running
        yield* notes("POST", "", { text: "For everybody" })
        const visitor = yield* enter("viewer")
        const { page } = visitor
        yield* doing(async () => {
          for (const at of ["", "/games/wheel?tab=statistics"]) {
            await go(visitor, `${here}/admin${at}`)
            await noted(visitor, "For everybody").waitFor()
            assert.match(await lastDay(visitor), /For everybody/)
            assert.strictEqual(await page.getByRole("button", { name: /note|“/ }).count(), 0)
          }
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("gives what the chart shows as a file, in which no cell is a formula", () =>
      Effect.gen(function* () {
        const { enter, here, notes } = yield* Running
        const at = new Date(Date.now() - 3 * 86_400_000).toISOString()
        yield* notes("POST", "", { at, game: "wheel", text: '=HYPERLINK("https://elsewhere.example")' })
        const visitor = yield* enter("viewer")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games/wheel?tab=statistics&days=7`)
          const [download] = await Promise.all([
            page.waitForEvent("download"),
            page.getByRole("link", { name: "Download CSV" }).click()
          ])
          assert.match(download.suggestedFilename(), /^wheel_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.csv$/)
          const lines = readFileSync(await download.path(), "utf8").split("\r\n")
          assert.lengthOf(lines, 9)
          assert.strictEqual(lines[0], "\uFEFFDay,New players,Returning,Notes")
          const found = lines.filter((line) => line.includes("HYPERLINK"))
          assert.lengthOf(found, 1)
          assert.match(found[0] ?? "", /^\d{4}-\d\d-\d\d,0,0,"'=HYPERLINK\(""https:\/\/elsewhere.example""\)"$/)
          assert.isTrue(lines.some((line) => /^\d{4}-\d\d-\d\d,2,1,/.test(line)))
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("asks for its figures in one request, and compares them with the time before", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("viewer")
        const { page } = visitor
        const asked: Array<string> = []
        page.on("request", (request) => {
          const { pathname } = new URL(request.url())
          if (pathname.startsWith("/api/v1/statistics")) asked.push(pathname)
        })
        yield* doing(async () => {
          await go(visitor, `${here}/admin`)
          await page.getByText("2 players in all").waitFor()
          const tile = page.locator(".tile", { has: page.getByRole("heading", { name: "New to a game", exact: true }) })
          assert.strictEqual(await tile.locator(".tile-now").textContent(), "2")
          await page.locator(".meters li", { hasText: "Autumn wheel" }).getByText("3 plays").waitFor()
          await page.getByRole("heading", { name: "Happening now" }).waitFor()
          const steps = page.locator(".steps li")
          assert.match((await steps.nth(0).textContent()) ?? "", /^Saw a game/)
          assert.match((await steps.nth(2).textContent()) ?? "", /^Played3$/)
        })
        assert.isNotEmpty(asked)
        assert.deepStrictEqual(new Set(asked), new Set(["/api/v1/statistics/overview"]))
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("says of a game that nobody has played how it gets onto a page, and how to try it", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("viewer")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin?game=quiet`)
          await page.getByRole("heading", { name: "No play yet" }).waitFor()
          const lines = (await page.locator(".code").allTextContents()).join("\n")
          assert.include(lines, '<fairground-game game="quiet">')
          assert.include(lines, `curl ${here}/api/v1/games/quiet/plays`)
          assert.deepStrictEqual(await findings(visitor), [])
          await go(visitor, `${here}/admin?game=wheel`)
          await page.getByRole("heading", { name: "From seeing to playing" }).waitFor()
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("says when an ESP fails, with a link to the connections", () =>
      Effect.gen(function* () {
        const { enter, here, play } = yield* Running
        yield* Effect.forEach(
          Array.from({ length: 12 }, (_, at) => at),
          (at) => play(`down+${at}@sandbox.example`),
          { concurrency: 4 }
        )
        const visitor = yield* enter("viewer")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin`)
          await page.getByText(/^These ESP connections fail for now: sandbox \(not called until [^)]+\)\./).waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await page.getByRole("link", { name: "Show the connections" }).click()
          await page.getByRole("heading", { name: "ESP connections" }).waitFor()
          await settled(visitor)
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390]
    ] as const) {
      it.effect(`has no fault in the ${colorScheme} theme, and does not scroll sideways at ${width} px`, () =>
        Effect.gen(function* () {
          const { enter, here, notes } = yield* Running
          yield* notes("POST", "", { text: "W".repeat(200) })
          const visitor = yield* enter("owner", { colorScheme, width })
          if (width === 390) {
            yield* doing(() => visitor.page.addInitScript("localStorage.setItem('fairground-language', 'ru')"))
          }
          yield* doing(async () => {
            for (const at of ["", "?game=wheel&days=90", "/games/wheel?tab=statistics"]) {
              await go(visitor, `${here}/admin${at}`)
              for (const table of await visitor.page.locator(".chart-table summary").all()) await table.click()
              assert.deepStrictEqual(await findings(visitor), [], `${at} at ${width} px`)
              assert.isFalse(await isWide(visitor), `${at} scrolls sideways at ${width} px`)
            }
          })
          assert.deepStrictEqual(visitor.faults, [])
          yield* doing(visitor.close)
        })
      )
    }
  })
})
