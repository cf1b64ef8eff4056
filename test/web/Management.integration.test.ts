/** Accounts, keys, audit log, mails and settings in a browser, on a service of its own. */
import { assert, describe, layer } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { folder } from "../../scripts/web.mjs"
import { browser, fault, type Visitor } from "../accounts/pages/Visitor.ts"
import { sessionFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { build } from "./Built.ts"

const axe = readFileSync(join(folder, "node_modules", "axe-core", "axe.min.js"), "utf8")

const password = "a cow jumped over the moon"
const screens = [
  "/accounts",
  "/accounts?tab=invitations",
  "/accounts?tab=roles",
  "/keys",
  "/audit",
  "/mails",
  "/mails?tab=suppressions",
  "/settings"
]

const start = Effect.gen(function* () {
  build()
  const url = yield* TestDatabase.makeUrl
  const { base } = yield* Service.start(url, { SECRETS_KEY: Buffer.alloc(32, 5).toString("base64") })
  const client = yield* Service.client(4)
  const database = PgClient.layer({ url, maxConnections: 1 })
  const visit = yield* browser
  // The session's cookie is for https, and for this name.
  const here = base.replace("127.0.0.1", "localhost")
  const call = (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>>) =>
    Effect.promise(() => client.send(base, method, `/api/v1${path}`, body, headers))
  const owner = yield* sessionFor("owner").pipe(Effect.provide(database))

  /** A person with a password, who came by an invitation. */
  const person = Effect.fnUntraced(function* (name: string, role: "viewer" | "admin") {
    const invited = yield* call("POST", "/invitations", { email: `${name}@brand.example`, role }, owner.headers)
    assert.strictEqual(invited.status, 201)
    const token = String(invited.body["link"]).split("/").at(-1)
    const came = yield* call(
      "POST",
      "/invitations/acceptance",
      { token, name, password },
      { "sec-fetch-site": "same-origin" }
    )
    assert.strictEqual(came.status, 201)
    const cookie = String(came.headers["set-cookie"])
    return /__Host-fairground=([^;]+)/.exec(cookie)?.[1] ?? ""
  })

  const enter = (token: string, options?: Parameters<typeof visit>[1]) =>
    Effect.gen(function* () {
      const visitor = yield* visit(here, { width: 1280, ...options })
      yield* Effect.promise(() =>
        visitor.context.addCookies([
          {
            name: "__Host-fairground",
            value: token,
            url: here.replace("http:", "https:"),
            secure: true,
            httpOnly: true
          }
        ])
      )
      return visitor
    })

  /** The person of this name has not proven lately who they are. */
  const age = (name: string) =>
    Effect.flatMap(
      PgClient.PgClient,
      (sql) => sql`
        update account_session set authenticated_at = now() - interval '1 hour'
        where account_id = (select id from account where name = ${name})`
    ).pipe(Effect.provide(database))

  return { here, owner: owner.token, enter, person, age }
})

class Running extends Context.Service<Running, Effect.Success<typeof start>>()("test/web/Management/Running") {
  static readonly layer = Layer.effect(Running, start)
}

const doing = <A>(work: () => Promise<A>) => Effect.promise(work)

/** Goes there, and waits until the screen shows what it has. */
const go = async ({ page }: Visitor, at: string) => {
  await page.goto(at)
  await page.locator("h1").waitFor()
  await page.waitForLoadState("networkidle")
}

interface Finding {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary: string }>
}

/** What axe finds in the screen, or in the dialog that is open. The frame around the screens has tests of its own. */
const findings = async ({ page }: Visitor, within: string): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe)
  const found = await page.evaluate(async (place) => {
    const run = Reflect.get(globalThis, "axe") as {
      run: (on: unknown, options: object) => Promise<{ violations: unknown }>
    }
    const { violations } = await run.run(place, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
    })
    return violations as ReadonlyArray<Finding>
  }, within)
  return found.flatMap(({ id, nodes }) => nodes.map(({ failureSummary, html }) => `${id}: ${html}: ${failureSummary}`))
}

describe.skipIf(fault !== undefined)("the screens of management in a browser", () => {
  layer(Running.layer, { excludeTestServices: true, timeout: 180_000 })((it) => {
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390]
    ] as const) {
      it.effect(`are shown without a fault, in the ${colorScheme} theme and at ${width} px`, () =>
        Effect.gen(function* () {
          const { enter, here, owner } = yield* Running
          const visitor = yield* enter(owner, { colorScheme, width })
          yield* doing(async () => {
            for (const at of screens) {
              await go(visitor, `${here}/admin${at}`)
              assert.deepStrictEqual(await findings(visitor, "main"), [], at)
              const isWide = await visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth")
              assert.strictEqual(isWide, false, `${at} scrolls sideways`)
            }
          })
          assert.deepStrictEqual(visitor.faults, [])
          yield* doing(visitor.close)
        })
      )
    }

    it.effect("invite a person, show the link once, and withdraw the invitation", () =>
      Effect.gen(function* () {
        const { enter, here, owner } = yield* Running
        const visitor = yield* enter(owner)
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/accounts`)
          await page.getByRole("button", { name: "Invite a person" }).click()
          const form = page.getByRole("dialog", { name: "Invite a person" })
          await form.getByRole("button", { name: "Invite a person" }).click()
          await form.getByRole("alert").getByText("Enter an address").waitFor()
          await form.getByLabel("Address").fill("ivan@brand.example")
          assert.deepStrictEqual(await findings(visitor, "[role=dialog]"), [])
          await form.getByRole("button", { name: "Invite a person" }).click()
          const link = page.getByRole("dialog", { name: "Hand this link to ivan@brand.example" })
          assert.match((await link.locator("pre").textContent()) ?? "", /^http.*\/join\/fgi_/)
          await link.getByRole("button", { name: "I have passed it on" }).click()
          await page.waitForURL("**/accounts?tab=invitations")
          const row = page.getByRole("row", { name: /ivan@brand\.example/ })
          await row.getByRole("button", { name: "Withdraw" }).click()
          const asked = page.getByRole("dialog", { name: "Withdraw the invitation of ivan@brand.example?" })
          await asked.getByRole("button", { name: "Withdraw" }).click()
          await page.getByText("The invitation of ivan@brand.example was withdrawn").waitFor()
          await row.waitFor({ state: "detached" })
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("ask for the password where the last proof is too old, and do the deed then", () =>
      Effect.gen(function* () {
        const { age, enter, here, person } = yield* Running
        yield* person("Vera", "viewer")
        const visitor = yield* enter(yield* person("Nina", "admin"))
        const { page } = visitor
        yield* age("Nina")
        yield* doing(async () => {
          await go(visitor, `${here}/admin/accounts?role=viewer`)
          await page.getByRole("link", { name: /Vera/ }).click()
          await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click()
          const asked = page.getByRole("dialog", { name: "Disable Vera?" })
          await asked.getByRole("button", { name: "Disable" }).click()
          const proof = page.getByRole("dialog", { name: "Confirm that it is you" })
          await proof.getByLabel("Your password").fill("a cow jumped over the sun")
          await proof.getByRole("button", { name: "Confirm" }).click()
          await proof.getByText("This is not your password.").waitFor()
          assert.deepStrictEqual(await findings(visitor, "[role=dialog]:has([type=password])"), [])
          await proof.getByLabel("Your password").fill(password)
          await page.keyboard.press("Enter")
          await page.getByText("Vera was disabled").waitFor()
          await asked.waitFor({ state: "detached" })
          await page.getByRole("dialog").getByRole("button", { name: "Enable" }).waitFor()
          assert.strictEqual(await proof.count(), 0)
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("say why one's own account, an owner and the last owner are not changed", () =>
      Effect.gen(function* () {
        const { enter, here, owner, person } = yield* Running
        const visitor = yield* enter(owner)
        yield* doing(async () => {
          await go(visitor, `${here}/admin/accounts?role=owner`)
          await visitor.page.locator("tbody a").click()
          await visitor.page.getByText("This is your own account.").waitFor()
          await visitor.page.getByText("This is the last owner who is not disabled.").waitFor()
          assert.strictEqual(await visitor.page.getByRole("dialog").getByRole("button", { name: "Disable" }).count(), 0)
        })
        const admin = yield* enter(yield* person("Olga", "admin"))
        yield* doing(async () => {
          await go(admin, `${here}/admin/accounts?role=owner`)
          await admin.page.locator("tbody a").click()
          await admin.page.getByText("This account has a role above yours.").waitFor()
          assert.deepStrictEqual(await findings(admin, "[role=dialog]"), [])
        })
        assert.deepStrictEqual([...visitor.faults, ...admin.faults], [])
      })
    )

    it.effect("make a key, show it once, revoke it, and find both in the audit log", () =>
      Effect.gen(function* () {
        const { enter, here, person } = yield* Running
        const visitor = yield* enter(yield* person("Pavel", "admin"))
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/keys`)
          await page.getByRole("heading", { name: "No key yet" }).waitFor()
          await page.getByRole("button", { name: "Make a key" }).first().click()
          const form = page.getByRole("dialog", { name: "Make a key" })
          await form.getByRole("button", { name: "Make a key" }).click()
          await form.getByText("Choose at least one.").waitFor()
          await form.getByLabel("What it is for").fill("Nightly export")
          await form.getByRole("checkbox", { name: /games:read/ }).check()
          assert.deepStrictEqual(await findings(visitor, "[role=dialog]"), [])
          await form.getByRole("button", { name: "Make a key" }).click()
          const made = page.getByRole("dialog", { name: "The key “Nightly export”" })
          const key = (await made.locator("pre").first().textContent()) ?? ""
          const answer = await page.request.get(`${here}/api/v1/session`, {
            headers: { authorization: `Bearer ${key}` }
          })
          assert.deepStrictEqual(((await answer.json()) as { permissions: unknown }).permissions, ["games:read"])
          await made.getByRole("button", { name: "I have copied it" }).click()
          await page.getByRole("link", { name: /Nightly export/ }).click()
          await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click()
          const asked = page.getByRole("dialog", { name: "Revoke the key “Nightly export”?" })
          await asked.getByRole("button", { name: "Revoke" }).click()
          await page.getByText("The key was revoked").waitFor()
          await page.getByRole("heading", { name: "No key yet" }).waitFor()
          const after = await page.request.get(`${here}/api/v1/session`, {
            headers: { authorization: `Bearer ${key}` }
          })
          assert.strictEqual(after.status(), 401)

          await go(visitor, `${here}/admin/audit?action=api-key.revoke`)
          await page.locator("tbody a").click()
          const entry = page.getByRole("dialog")
          await entry.getByText("Nightly export").waitFor()
          await entry.getByRole("link", { name: "Everything that was done to it" }).click()
          await page.waitForURL("**/audit?targetKind=api-key&targetId=*")
          await page.locator("tbody .row-link").nth(1).waitFor()
          assert.strictEqual(await page.locator("tbody .row-link").count(), 2)
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("show what a mail says, with its secret link masked", () =>
      Effect.gen(function* () {
        const { enter, here, owner, person } = yield* Running
        yield* person("Sofia", "viewer")
        const visitor = yield* enter(owner)
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/mails?to=sofia%40brand.example`)
          await page.locator("tbody a").click()
          const drawer = page.getByRole("dialog")
          await drawer.getByText("invites you to work on games").waitFor()
          assert.notMatch((await drawer.textContent()) ?? "", /fgi_/)
          assert.deepStrictEqual(await findings(visitor, "[role=dialog]"), [])
          await go(visitor, `${here}/admin/mails?to=nobody%40brand.example`)
          await page.getByRole("heading", { name: "No mail fits" }).waitFor()
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )

    it.effect("show a viewer their own keys alone, and say what is missing for the rest", () =>
      Effect.gen(function* () {
        const { enter, here, person } = yield* Running
        const visitor = yield* enter(yield* person("Viktor", "viewer"))
        const { page } = visitor
        yield* doing(async () => {
          await go(visitor, `${here}/admin/keys`)
          const names = await page.getByRole("navigation").getByRole("link").allTextContents()
          assert.include(names, "API keys")
          for (const name of ["Accounts", "Audit log", "Mails", "Settings"]) assert.notInclude(names, name)
          for (const at of ["/accounts", "/audit", "/mails", "/settings"]) {
            await go(visitor, `${here}/admin${at}`)
            await page.getByRole("heading", { name: "This is not for your role" }).waitFor()
            assert.strictEqual(await page.getByRole("button", { name: "Invite a person" }).count(), 0)
          }
        })
        assert.deepStrictEqual(visitor.faults, [])
      })
    )
  })
})
