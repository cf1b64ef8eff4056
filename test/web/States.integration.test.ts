/** States that screens are seldom in: the rights of each role, filters that leave nothing, and a service that stops in the middle. */
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer, Scope } from "effect"
import { modules } from "../../src/Modules.ts"
import { type Role, roles } from "../../src/platform/contract/Access.ts"
import { entries } from "../../src/web/admin/Nav.ts"
import { browser, fault, type Visitor } from "../accounts/pages/Visitor.ts"
import { operationsOf } from "../support/Operations.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { build } from "./Built.ts"
import { findings, go, isWide, settled, signIn } from "./Screens.ts"

const doing = <A>(work: () => Promise<A>) => Effect.promise(work)

const start = Effect.gen(function* () {
  build()
  const url = yield* TestDatabase.makeUrl
  // Preview links are sealed by the key.
  const settings = { SECRETS_KEY: Buffer.alloc(32, 9).toString("base64") }
  // A test that starts it again leaves it to the next.
  const scope = yield* Effect.scope
  let service = yield* Service.start(url, settings)
  const { base } = service
  const client = yield* Service.client(4)
  // The session's cookie is for https, and for this name.
  const here = base.replace("127.0.0.1", "localhost")
  yield* addGame(url, "wheel", 5)
  yield* addGame(url, "other")
  yield* query(url, (sql) => sql`update game set limit_period = 'day' where limit_period is not null`)
  const post = (path: string, body: unknown) =>
    doing(async () => {
      const answer = await client.send(base, "POST", `/api/v1${path}`, body)
      assert.isBelow(answer.status, 300, JSON.stringify(answer.body))
    })
  yield* post("/games/wheel/plays", { email: "created@sandbox.example" })
  yield* post("/games/wheel/plays", { email: "rejected@sandbox.example" })
  yield* post("/tasks", {
    kind: "truth-or-dare",
    input: { type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora", "Emil"] },
    runAt: new Date(Date.now() + 86_400_000).toISOString()
  })
  const visit = yield* browser
  const enter = (role: Role, options?: Parameters<typeof visit>[1]) =>
    Effect.gen(function* () {
      const visitor = yield* visit(here, { width: 1280, ...options })
      yield* signIn(visitor, here, url, role)
      return visitor
    })
  /** From now on nobody answers. */
  const stop = doing(async () => {
    service.signal("SIGKILL")
    await service.exited
  })
  /** The service runs again, at the same address. */
  const startAgain = Effect.gen(function* () {
    service = yield* Scope.provide(Service.start(url, { ...settings, PORT: new URL(base).port }), scope)
  })
  return { here, enter, stop, startAgain }
})

class Running extends Context.Service<Running, Effect.Success<typeof start>>()("test/web/States/Running") {
  static readonly layer = Layer.effect(Running, start)
}

const permissionsOf = (role: Role) =>
  new Set<string>(
    modules.flatMap(({ permissions }) => permissions.filter((one) => one.roles.includes(role)).map(({ name }) => name))
  )

const operations = new Map(operationsOf(modules).map((operation) => [operation.name, operation]))

/** Screens, and drawers by a click on the first row, with the buttons that call these operations. */
const deeds: ReadonlyArray<{
  readonly at: string
  readonly opens?: true
  readonly buttons: Readonly<Record<string, string>>
}> = [
  { at: "", buttons: { "Add a note": "statisticsNotes.create" } },
  { at: "/games", buttons: { "New game": "games.create" } },
  {
    at: "/games/wheel",
    buttons: { Duplicate: "games.duplicate", "Close now": "games.close", "Archive the game": "games.delete" }
  },
  { at: "/games/other", buttons: { "Delete the game": "games.delete" } },
  { at: "/games/wheel?tab=look", buttons: {} },
  { at: "/games/wheel?tab=embed", buttons: { Add: "pages.change" } },
  { at: "/games/wheel?tab=statistics", buttons: { "Add a note": "statisticsNotes.create" } },
  { at: "/players?q=created", opens: true, buttons: { "Reset the limit": "entries.reset" } },
  { at: "/plays?game=wheel", opens: true, buttons: {} },
  { at: "/contacts?state=rejected", buttons: { "Attempt all again": "contacts.retryAll" } },
  { at: "/contacts?state=rejected", opens: true, buttons: { "Attempt again": "contacts.retry" } },
  { at: "/esps", buttons: { "Check now": "esps.check" } },
  { at: "/tasks?status=failed", buttons: { "Queue all again": "tasks.retryAll" } },
  { at: "/tasks?status=queued", opens: true, buttons: { "Cancel the task": "tasks.cancel" } },
  { at: "/mails", buttons: {} },
  { at: "/mails?tab=suppressions", buttons: {} },
  { at: "/accounts", buttons: { "Invite a person": "invitations.create" } },
  { at: "/accounts?role=viewer", opens: true, buttons: { Disable: "accounts.update" } },
  { at: "/accounts?tab=invitations", buttons: { "Invite a person": "invitations.create" } },
  { at: "/accounts?tab=roles", buttons: {} },
  // One's own keys are for everybody.
  { at: "/keys", buttons: { "Make a key": "apiKeys.create" } },
  { at: "/audit", buttons: {} },
  { at: "/settings", buttons: {} }
]

const entryOf = (at: string) => {
  const path = at.replace(/\?.*/, "")
  return entries.filter(({ to }) => to === "/" || path.startsWith(to)).at(-1)!
}

const isForbidden = ({ page }: Visitor) =>
  page
    .getByRole("heading", { name: "This is not for your role" })
    .count()
    .then((count) => count > 0)

/** Filters of each list that leave nothing. */
const nothingFits: ReadonlyArray<readonly [at: string, heading: string]> = [
  ["/games?q=nothing-begins-so", "No game fits"],
  ["/players?q=nobody%40", "No address begins with “nobody@”"],
  ["/plays?from=2020-01-01&to=2020-01-02", "No play in this time"],
  ["/contacts?state=existed", "No contact fits"],
  ["/tasks?status=failed&age=older", "No task fits"],
  ["/mails?to=nobody%40brand.example", "No mail fits"],
  ["/accounts?kind=machine&role=editor", "No account fits"],
  ["/audit?action=mail.resend", "Nothing fits these filters"],
  ["/settings?q=nothing-is-called-so", "No setting fits"]
]

describe.skipIf(fault !== undefined)("the admin's states", () => {
  layer(Running.layer, { excludeTestServices: true, timeout: "3 minutes" })((it) => {
    for (const role of roles) {
      it.effect(`show the role ${role} what it may see, and offer what it may do: nothing is refused`, () =>
        Effect.gen(function* () {
          const { enter, here } = yield* Running
          const visitor = yield* enter(role)
          const { page } = visitor
          const may = permissionsOf(role)
          const refused: Array<string> = []
          page.on("response", (response) => {
            if (response.status() === 403) refused.push(`${page.url()}: ${response.url()}`)
          })
          yield* doing(async () => {
            for (const { at, buttons, opens } of deeds) {
              const { needs } = entryOf(at)
              await go(visitor, `${here}/admin${at}`)
              assert.strictEqual(await isForbidden(visitor), !may.has(needs), at)
              if (!may.has(needs)) {
                await page.getByText(needs).waitFor()
                assert.strictEqual(await page.locator(".screen button").count(), 0, `${at} offers something`)
                continue
              }
              if (opens === true) {
                await page.locator("tbody a").first().click()
                await page.getByRole("dialog").locator(".facts").first().waitFor()
                await settled(visitor)
              }
              const place = opens === true ? page.getByRole("dialog") : page.locator(".screen")
              for (const [name, operation] of Object.entries(buttons)) {
                const found = operations.get(operation)
                assert.isDefined(found, `there is no operation ${operation}`)
                const permission = found?.access?.permission ?? null
                const button = place.getByRole("button", { name, exact: true }).first()
                if (permission === null || may.has(permission)) await button.waitFor()
                else assert.strictEqual(await button.count(), 0, `${name} at ${at}`)
              }
              const files = page.locator('.screen a[download][href^="/"]')
              for (let place = 0; place < (await files.count()); place++) {
                const path = (await files.nth(place).getAttribute("href")) ?? ""
                assert.strictEqual((await page.request.get(here + path)).status(), 200, path)
              }
            }
            const named = await page.getByRole("navigation", { name: "Screens" }).getByRole("link").count()
            assert.strictEqual(named, entries.filter(({ needs }) => may.has(needs)).length)
          })
          assert.deepStrictEqual(refused, [])
          assert.deepStrictEqual(visitor.faults, [])
        })
      )
    }

    it.effect("say where filters leave nothing, and take them away by a button", () =>
      Effect.gen(function* () {
        const { enter, here } = yield* Running
        const visitor = yield* enter("owner")
        const narrow = yield* enter("owner", { width: 390, colorScheme: "dark" })
        const { page } = visitor
        yield* doing(async () => {
          for (const [at, heading] of nothingFits) {
            const title = { name: heading, exact: true }
            await go(narrow, `${here}/admin${at}`)
            await narrow.page.getByRole("heading", title).waitFor()
            assert.deepStrictEqual(await findings(narrow), [], at)
            assert.isFalse(await isWide(narrow), at)
            await go(visitor, `${here}/admin${at}`)
            await page.locator(".empty").getByRole("button", { name: "Clear filters" }).click()
            await page.getByRole("heading", title).waitFor({ state: "detached" })
            await settled(visitor)
            assert.strictEqual(await page.locator(".empty [role=alert]").count(), 0)
          }
        })
        assert.deepStrictEqual([...visitor.faults, ...narrow.faults], [])
      })
    )

    it.effect("keep what was entered when the service stops, and save it once it is back", () =>
      Effect.gen(function* () {
        const { enter, here, startAgain, stop } = yield* Running
        const visitor = yield* enter("editor")
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/games/other`)
          await page.getByLabel("Title").fill("Kept through a stop")
        })
        yield* stop
        yield* doing(async () => {
          await page.getByRole("button", { name: "Save changes" }).click()
          await page.getByText("No connection to the service").first().waitFor()
          assert.strictEqual(await page.getByLabel("Title").inputValue(), "Kept through a stop")
          assert.deepStrictEqual(await findings(visitor), [])
        })
        yield* startAgain
        yield* doing(async () => {
          await page.getByRole("button", { name: "Save changes" }).click()
          await page.getByRole("heading", { name: "Kept through a stop", level: 1 }).waitFor()
          await page.locator(".save-bar").waitFor({ state: "detached" })
          assert.strictEqual(await page.getByText("No connection to the service").count(), 0)
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("say that nobody answers, on every screen, and come back by themselves", () =>
      Effect.gen(function* () {
        const { enter, here, startAgain, stop } = yield* Running
        const visitor = yield* enter("owner")
        const { page } = visitor
        const follow = async (word: string) => {
          await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: word, exact: true }).click()
          await page.getByRole("heading", { level: 1 }).waitFor()
        }
        const words = ["Games", "Players", "Plays", "Contacts", "ESPs", "Tasks", "Mails", "Accounts"]
        yield* doing(async () => {
          await go(visitor, `${here}/admin/audit`)
          // What was shown before stays; what was not says what is wrong.
          await follow("Settings")
          await settled(visitor)
        })
        yield* stop
        yield* doing(async () => {
          for (const word of words) {
            await follow(word)
            await page.getByRole("alert").getByText("No connection to the service").first().waitFor()
            await page.getByRole("button", { name: "Try again" }).first().waitFor()
            assert.deepStrictEqual(await findings(visitor), [], word)
          }
          // It is still away.
          await page.getByRole("button", { name: "Try again" }).first().click()
          await page.getByRole("button", { name: "Try again" }).first().waitFor()
        })
        yield* startAgain
        yield* doing(async () => {
          // It asks for itself, so that the button may be gone before it is pressed.
          await page.locator("tbody .row-link").first().waitFor()
          assert.strictEqual(await page.getByRole("alert").count(), 0)
        })
      })
    )
  })
})
