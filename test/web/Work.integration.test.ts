/** What goes on in the background, in a browser: tasks, contacts, ESP connections, and live events. */
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { browser, fault } from "../accounts/pages/Visitor.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { build } from "./Built.ts"
import { findings, go, hasRows, isWide, settled, signIn } from "./Screens.ts"

const screens = ["/tasks", "/contacts", "/esps"]

const input = { type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora", "Emil"] }

const start = Effect.gen(function* () {
  build()
  const url = yield* TestDatabase.makeUrl
  const { base } = yield* Service.start(url)
  // The session's cookie is for https, and for this name.
  const here = base.replace("127.0.0.1", "localhost")
  yield* addGame(url, "wheel")
  const post = (path: string, body: unknown) =>
    Effect.promise(async () => {
      const response = await fetch(`${here}/api/v1${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body)
      })
      assert.isBelow(response.status, 300, await response.clone().text())
      return (await response.json()) as { readonly id: string }
    })
  const play = (email: string) => post("/games/wheel/plays", { email })
  const submit = (runAt?: string) =>
    post("/tasks", { kind: "truth-or-dare", input, ...(runAt === undefined ? {} : { runAt }) })
  yield* play("created@sandbox.example")
  yield* play("rejected@sandbox.example")
  yield* play(`${"a-very-long-name".repeat(4)}@${"subdomain.of-a-company.".repeat(7)}example`)
  const visit = yield* browser
  const enter = (role: "owner" | "editor" | "viewer", options?: Parameters<typeof visit>[1]) =>
    Effect.gen(function* () {
      const visitor = yield* visit(here, options)
      yield* signIn(visitor, here, url, role)
      return visitor
    })
  return { here, url, enter, play, submit }
})

class Running extends Context.Service<Running, Effect.Success<typeof start>>()("test/web/Working") {
  static readonly layer = Layer.effect(Running, start)
}

const doing = <A>(work: () => Promise<A>) => Effect.promise(work)

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString()

describe.skipIf(fault !== undefined)("what goes on in the background, in a browser", () => {
  layer(Running.layer, { excludeTestServices: true, timeout: "3 minutes" })((it) => {
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390]
    ] as const) {
      it.effect(`has screens without a fault, in the ${colorScheme} theme at ${width} px`, () =>
        Effect.gen(function* () {
          const { enter, here, submit } = yield* Running
          yield* submit(tomorrow())
          const visitor = yield* enter("owner", { colorScheme, width, locale: width === 390 ? "ru-RU" : "en-US" })
          const { page } = visitor
          yield* doing(async () => {
            for (const to of [...screens, "/tasks?status=failed", "/contacts?state=stuck"]) {
              await go(visitor, `${here}/admin${to}`)
              assert.deepStrictEqual(await findings(visitor), [], `${to} at ${width} px`)
              assert.isFalse(await isWide(visitor), `${to} scrolls sideways at ${width} px`)
              assert.strictEqual(await page.locator("h1").count(), 1)
            }
            for (const to of ["/tasks", "/contacts?state=rejected"]) {
              await go(visitor, `${here}/admin${to}`)
              await page.locator("tbody a").first().click()
              await page.getByRole("dialog").locator(".facts").waitFor()
              // Once it follows, it asks for all again.
              await page.locator(".live-dot[data-on]").waitFor()
              await settled(visitor)
              assert.deepStrictEqual(await findings(visitor), [], `the drawer of ${to} at ${width} px`)
            }
          })
          assert.deepStrictEqual(visitor.faults, [])
          yield* doing(visitor.close)
        })
      )
    }

    it.effect("cancels a task and queues it again, for those who may", () =>
      Effect.gen(function* () {
        const { enter, here, submit } = yield* Running
        const { id } = yield* submit(tomorrow())
        const viewer = yield* enter("viewer")
        yield* doing(async () => {
          await go(viewer, `${here}/admin/tasks?id=${id}`)
          const drawer = viewer.page.getByRole("dialog")
          await drawer.getByText("Timeline").waitFor()
          assert.include((await drawer.locator("pre").first().textContent()) ?? "", '"Nora"')
          assert.strictEqual(await drawer.getByRole("button", { name: "Cancel the task" }).count(), 0)
        })
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/tasks?status=queued`)
          await page.locator(`[id="row-${id}"]`).click()
          const drawer = page.getByRole("dialog", { name: "Truth or dare", exact: true })
          await drawer.getByRole("button", { name: "Cancel the task" }).click()
          const asked = page.getByRole("dialog", { name: "Cancel “Truth or dare”?" })
          await asked.getByRole("button", { name: "Cancel the task" }).click()
          await page.getByText("The task was cancelled").waitFor()
          await drawer.getByRole("button", { name: "Queue again" }).click()
          // It is done at once then, and the drawer follows.
          await drawer.getByText("First attempt began").waitFor()
          await drawer.getByRole("heading", { name: "Result" }).waitFor()
          // It is the same address for whoever opens it later.
          await page.reload()
          await drawer.getByText("Timeline").waitFor()
          await page.keyboard.press("Escape")
          await drawer.waitFor({ state: "detached" })
        })
        assert.deepStrictEqual([...viewer.faults, ...visitor.faults], [])
      })
    )

    it.effect("runs a task again with the same input, and shows the new one", () =>
      Effect.gen(function* () {
        const { enter, here, submit } = yield* Running
        const { id } = yield* submit()
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/tasks?id=${id}`)
          const drawer = page.getByRole("dialog", { name: "Truth or dare", exact: true })
          await drawer.getByRole("heading", { name: "Result" }).waitFor()
          await drawer.getByRole("button", { name: "Run again" }).click()
          const asked = page.getByRole("dialog", { name: "Run “Truth or dare” again?" })
          assert.deepStrictEqual(await findings(visitor), [])
          await asked.getByRole("button", { name: "Run again" }).click()
          await page.getByText("The task is handed in again").waitFor()
          await page.waitForURL((at) => at.searchParams.get("id") !== id)
          await drawer.getByRole("heading", { name: "Result" }).waitFor()
          assert.include((await drawer.locator("pre").last().textContent()) ?? "", '"Nora"')
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("counts tasks by state, and queues thousands again that failed, for those who may", () =>
      Effect.gen(function* () {
        const { enter, here, url } = yield* Running
        // The built-in deck draws a card for each at once.
        yield* query(
          url,
          (sql) => sql`
            insert into task (id, kind, status, priority, input, error_code, attempts, version, run_at, created_at, finished_at,
              updated_at)
            select ('019aa0c5-8f3e-7cc1-b1a4-' || lpad(to_hex(n), 12, '0'))::uuid, 'truth-or-dare', 'failed', 'normal',
              ${JSON.stringify(input)}::jsonb, 'timeout', 5, 9, now(), now(), now(), now()
            from generate_series(1, 5000) n`
        )
        const viewer = yield* enter("viewer")
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(viewer, `${here}/admin/tasks?status=failed&age=older`)
          const failed = viewer.page
            .getByRole("navigation", { name: "State" })
            .getByRole("link", { name: "Failed 5,000" })
          await failed.waitFor()
          assert.strictEqual(await viewer.page.getByRole("button", { name: "Queue all again" }).count(), 0)

          await go(visitor, `${here}/admin/tasks?age=older`)
          await page.getByRole("link", { name: "Failed 5,000" }).click()
          await page.waitForURL("**/tasks?age=older&status=failed")
          await page.getByRole("button", { name: "Queue all again" }).click()
          const asked = page.getByRole("dialog", { name: "Queue 5,000 failed tasks again?" })
          await asked.waitFor()
          assert.deepStrictEqual(await findings(visitor), [])
          await asked.getByRole("button", { name: "Queue all again" }).click()
          await page.getByText("5,000 tasks are queued again").waitFor()
          await page.getByRole("link", { name: "Failed 0" }).waitFor()
          await page.getByRole("heading", { name: "No task fits" }).waitFor()
        })
        assert.deepStrictEqual([...viewer.faults, ...visitor.faults], [])
        assert.deepStrictEqual(
          yield* query(
            url,
            (sql) => sql`
              select sum((details ->> 'retried')::int)::int as retried from audit_entry
              where action = 'task.retry' and target_id is null`
          ),
          [{ retried: 5000 }]
        )
      })
    )

    it.effect("shows a task that a process does not know, and why it failed", () =>
      Effect.gen(function* () {
        const { enter, here, submit, url } = yield* Running
        const { id } = yield* submit(tomorrow())
        yield* query(
          url,
          (sql) => sql`
            with gone as (delete from task_queue where task_id = ${id})
            update task set kind = 'of-another-version', status = 'failed', error_code = 'unknown-kind',
              error_detail = 'Nobody knows it.', finished_at = now(), version = version + 1
            where id = ${id}`
        )
        const visitor = yield* enter("viewer")
        yield* doing(async () => {
          await go(visitor, `${here}/admin/tasks?id=${id}`)
          await visitor.page.getByRole("dialog", { name: "of-another-version" }).waitFor()
          await visitor.page.getByText("No process knows this kind any more").waitFor()
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect(
      "shows tasks, contacts and plays as they happen, over one stream, also after the connection was lost",
      () =>
        Effect.gen(function* () {
          const { enter, here, play, submit } = yield* Running
          const visitor = yield* enter("owner")
          const { page } = visitor
          const opened: Array<string> = []
          page.on("request", (request) => {
            if (request.url().includes("/api/v1/events")) opened.push(request.url())
          })
          yield* doing(async () => {
            await go(visitor, `${here}/admin/tasks`)
            await page.locator(".live-dot[data-on]").waitFor()
          })
          const { id } = yield* submit()
          yield* doing(() => page.locator(`[id="row-${id}"]`).waitFor())
          // The built-in deck does it at once.
          yield* doing(() =>
            page
              .locator("tr", { has: page.locator(`[id="row-${id}"]`) })
              .getByText("done")
              .waitFor()
          )

          yield* doing(() => page.getByRole("link", { name: "Contacts", exact: true }).click())
          yield* play("created+live@sandbox.example")
          yield* doing(() => page.getByText("created+live@sandbox.example").waitFor())

          yield* doing(async () => {
            await page.getByRole("link", { name: "Plays", exact: true }).click()
            await page.getByRole("heading", { name: "Plays", exact: true }).waitFor()
            await page.locator("tbody a").first().waitFor()
            assert.deepStrictEqual(opened, [`${here}/api/v1/events?topics=plays,tasks,contacts,games`])
          })
          yield* play("created+live@sandbox.example")
          yield* doing(async () => {
            // Once it said two for one new play, and nobody knows yet why. The rows below are counted exactly.
            const newer = page.getByRole("button", { name: /^Show \d+ new plays?$/ })
            await newer.waitFor()
            const before = await page.locator("tbody .row-link").count()
            assert.deepStrictEqual(await findings(visitor), [])
            await newer.click()
            await newer.waitFor({ state: "detached" })
            await hasRows(page, before + 1)
          })

          yield* doing(async () => {
            await page.getByRole("link", { name: "Tasks", exact: true }).click()
            await page.context().setOffline(true)
            await page.evaluate("dispatchEvent(new Event('online'))")
            await page.locator(".live-dot:not([data-on])").waitFor()
          })
          const later = yield* submit()
          yield* doing(async () => {
            await page.context().setOffline(false)
            await page.locator(`[id="row-${later.id}"]`).waitFor()
          })
          assert.deepStrictEqual(visitor.faults, [])
        })
    )

    it.effect("exports rejected contacts, and has them attempted again, one and all", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/contacts?state=rejected`)
          await page.locator("tbody a").first().waitFor()
          // What the filters show is what the file holds.
          for (const [name, format] of [
            ["Export CSV", "csv"],
            ["Export JSON", "jsonl"]
          ] as const) {
            const [file] = await Promise.all([
              page.waitForEvent("download"),
              page.getByRole("link", { name, exact: true }).click()
            ])
            assert.match(file.suggestedFilename(), new RegExp(`^contacts-.*\\.${format}$`))
            const text = readFileSync(await file.path(), "utf8")
            assert.include(text, "rejected@sandbox.example")
            assert.notInclude(text, "created@sandbox.example")
          }
          await page.locator("tbody a").first().click()
          const drawer = page.getByRole("dialog", { name: "rejected@sandbox.example" })
          await drawer.getByRole("button", { name: "Attempt again" }).click()
          await page.getByText("The contact is attempted again").waitFor()
          await page.keyboard.press("Escape")
          await drawer.waitFor({ state: "detached" })
          // The ESP rejects it anew, and the list follows.
          await page.locator("tbody a").getByText("rejected@sandbox.example").waitFor()
          await page.getByRole("button", { name: "Attempt all again" }).click()
          const asked = page.getByRole("dialog")
          await asked.getByRole("button", { name: "Attempt all again" }).click()
          await page.getByText("1 contact is attempted again").waitFor()
        })
        assert.deepStrictEqual(visitor.faults, [])
        const viewer = yield* enter("viewer")
        yield* doing(async () => {
          await go(viewer, `${here}/admin/contacts?state=rejected`)
          assert.strictEqual(await viewer.page.getByRole("button", { name: "Attempt all again" }).count(), 0)
        })
      })
    )

    it.effect("checks an ESP connection, for those who may", () =>
      Effect.gen(function* () {
        const { enter, here, play } = yield* Running
        yield* play("down@sandbox.example")
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/esps`)
          const card = page.getByRole("region", { name: "sandbox" })
          await card.getByText("works", { exact: true }).waitFor()
          await card.getByText(/^95% of the last \d+ calls took at most$/).waitFor()
          await card.getByText("The ESP could not be reached").waitFor()
          await card.getByRole("button", { name: "Check now" }).click()
          await page.getByText("sandbox is in order").waitFor()
          await card.getByRole("link", { name: "Given up" }).click()
          await page.waitForURL("**/contacts?esp=sandbox&state=stuck")
          await page.getByRole("heading", { name: "No contact was given up" }).waitFor()
        })
        const viewer = yield* enter("viewer")
        yield* doing(async () => {
          await go(viewer, `${here}/admin/esps`)
          assert.strictEqual(await viewer.page.getByRole("button", { name: "Check now" }).count(), 0)
        })
        assert.deepStrictEqual([...visitor.faults, ...viewer.faults], [])
      })
    )
  })
})
