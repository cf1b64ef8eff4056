import { assert, describe, it, layer } from "@effect/vitest"
import { Clock, Context, Effect, Layer } from "effect"
import { createServer } from "node:http"
import { codeOf, stepAt } from "../../../src/accounts/factor/TotpCode.ts"
import * as PasswordHash from "../../../src/accounts/password/PasswordHash.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { fairground } from "../../support/service/CommandLine.ts"
import * as Service from "../../support/service/Service.ts"
import { query } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"
import { authenticator, browser, fault, type Visitor } from "./Visitor.ts"

const password = "seven words that nobody else would say"
const email = "nora@brand.example"

const start = Effect.gen(function* () {
  const url = yield* TestDatabase.makeUrl
  const { base } = yield* Service.start(url, {
    RATE_LIMIT_SIGN_IN: "off",
    // Without the admin one arrives at these pages.
    MODULES: "none",
    SECRETS_KEY: Buffer.alloc(32, 7).toString("base64")
  })
  const visit = yield* browser
  // Passkeys are for a name, which 127.0.0.1 is not.
  const here = base.replace("127.0.0.1", "localhost")
  return { url, here, visit: (options?: Parameters<typeof visit>[1]) => visit(here, options) }
})

/** One service for all tests but the first, each of which has a person of its own. */
class Running extends Context.Service<Running, Effect.Success<typeof start>>()("test/Running") {
  static readonly layer = Layer.effect(Running, start)
}

/** Adds a person with the password. Returns the address. */
const person = Effect.fnUntraced(function* (name: string) {
  const { url } = yield* Running
  const hash = yield* PasswordHash.make(password)
  const id = uuidV7At(Date.now())
  const address = `${name}@brand.example`
  yield* query(url, (sql) =>
    Effect.andThen(
      sql`
        insert into account (id, kind, email, email_key, name, role, email_verified_at, created_at, updated_at)
        values (${id}, 'person', ${address}, ${address}, ${name}, 'owner', now(), now(), now())`,
      sql`insert into account_password (account_id, hash, changed_at) values (${id}, ${hash}, now())`
    )
  )
  return address
})

const doing = (work: () => Promise<void>) => Effect.promise(work)

/** Becomes the first owner. */
const own = async ({ page }: Visitor, link: string) => {
  await page.goto(link)
  await page.fill("#email", email)
  await page.fill("#name", "Nora")
  await page.fill("#password", password)
  await page.click("main button.main")
  await page.waitForURL("**/account")
}

const signIn = async ({ page }: Visitor, here: string, address: string, word = password) => {
  await page.goto(`${here}/sign-in`)
  await page.fill("#email", address)
  await page.fill("#password", word)
  await page.click("form[action='/sign-in'] button")
}

const enter = async (visitor: Visitor, here: string, address: string) => {
  await signIn(visitor, here, address)
  await visitor.page.waitForURL("**/account")
}

const heading = ({ page }: Visitor) => page.locator("h1").textContent()

const base32 = (text: string): Uint8Array => {
  const bits = Array.from(text.replaceAll(/\s/g, ""))
    .map((sign) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0"))
    .join("")
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}

/** Sets up an authenticator app. Returns its secret. */
const enrol = async ({ page }: Visitor, here: string, now: number): Promise<Uint8Array> => {
  await page.goto(`${here}/account/security`)
  await page.click("form[action='/account/totp'] button")
  const secret = base32((await page.locator("code").first().textContent()) ?? "")
  assert.lengthOf(secret, 20)
  await page.fill("#code", codeOf(secret, stepAt(now)))
  await page.click("form[action='/account/totp/confirm'] button")
  await page.waitForURL("**said=saved")
  return secret
}

describe.skipIf(fault !== undefined)("the account pages in a browser", () => {
  it.live("make the first owner by the link, once; opening it uses nothing up", () =>
    Effect.gen(function* () {
      const { here, url, visit } = yield* start
      const { stdout } = yield* fairground(url, "account", "setup")
      const link = `${here}${new URL(stdout.trim()).pathname}`
      const visitor = yield* visit()
      const second = yield* visit()
      yield* doing(async () => {
        for (let turn = 0; turn < 3; turn++) await visitor.page.goto(link)
        await fetch(link, { method: "HEAD" })
        assert.strictEqual(await heading(visitor), "Make the first account")
        await visitor.page.fill("#email", email)
        await visitor.page.fill("#name", "Nora")
        await visitor.page.fill("#password", "too short")
        await visitor.page.click("main button.main")
        assert.include(await visitor.page.locator("#note").textContent(), "at least 15 characters")
        // What was typed is kept, except the password.
        assert.strictEqual(await visitor.page.inputValue("#email"), email)
        assert.strictEqual(await visitor.page.inputValue("#password"), "")
        await own(visitor, link)
        assert.strictEqual(await heading(visitor), "Your account")
        const cookies = await visitor.context.cookies()
        const session = cookies.find(({ name }) => name === "__Host-fairground")
        assert.deepInclude(session, { httpOnly: true, secure: true, sameSite: "Lax", path: "/" })
        const answer = await second.page.goto(link)
        assert.strictEqual(answer?.status(), 409)
        await second.page.goto(`${here}/setup/fgo_nonsense`)
        assert.strictEqual(await heading(second), "Make the first account")
        assert.deepStrictEqual([...visitor.faults, ...second.faults], [])
      })
      const owners = yield* query(url, (sql) => sql`select email, role from account`)
      assert.deepStrictEqual(owners, [{ email, role: "owner" }])
    })
  )
})

describe.skipIf(fault !== undefined)("the account pages", () => {
  layer(Running.layer, { excludeTestServices: true })((it) => {
    it.effect("work without JavaScript: signing in, an authenticator app, recovery codes, sessions and keys", () =>
      Effect.gen(function* () {
        const { here, visit } = yield* Running
        const visitor = yield* visit({ javaScript: false })
        const address = yield* person("forms")
        const start = yield* Clock.currentTimeMillis
        const client = yield* Service.client()
        yield* doing(async () => {
          await enter(visitor, here, address)
          const { page } = visitor
          const secret = await enrol(visitor, here, start)
          await page.click("form[action='/account/recovery-codes'] button")
          const codes = await page.locator(".codes code").allTextContents()
          assert.lengthOf(new Set(codes), 10)
          await page.click("text=Sign out")
          await page.waitForURL("**/sign-in?said=signed-out")

          await signIn(visitor, here, address, "not the password of anybody")
          assert.include(await page.locator("#note").textContent(), "wrong")
          await signIn(visitor, here, address)
          assert.strictEqual(await heading(visitor), "One more step")
          // The code of the app was used to set it up; the next one is right already.
          await page.fill("#code", codeOf(secret, stepAt(start)))
          await page.click("main button.main")
          assert.include(await page.locator("#note").textContent(), "did not match")
          await page.click("text=Use a recovery code instead")
          await page.fill("#recoveryCode", codes[0]!.toLowerCase())
          await page.click("main button.main")
          await page.waitForURL("**/account")
          await page.click("text=Sign out")
          await signIn(visitor, here, address)
          await page.fill("#code", codeOf(secret, stepAt(start) + 1))
          await page.click("main button.main")
          await page.waitForURL("**/account")

          await page.goto(`${here}/account/keys`)
          await page.fill("#name", "A program")
          await page.check("input[value='audit:read']")
          await page.click("form[action='/account/keys'] button")
          const key = (await page.locator("pre").first().textContent()) ?? ""
          const auth = { authorization: `Bearer ${key}` }
          assert.strictEqual((await client.send(here, "GET", "/api/v1/audit-entries", undefined, auth)).status, 200)
          assert.strictEqual((await client.send(here, "GET", "/api/v1/accounts", undefined, auth)).status, 403)
          await page.goto(`${here}/account/keys`)
          assert.notInclude(await page.content(), key)
          await page.click("text=Revoke")
          assert.strictEqual((await client.send(here, "GET", "/api/v1/audit-entries", undefined, auth)).status, 401)
          await page.goto(`${here}/account/sessions`)
          assert.lengthOf(await page.locator("ul.list li").all(), 1)
          assert.deepStrictEqual(visitor.faults, [])
        })
      })
    )

    it.effect("take passkeys: to sign in, as the second factor, to confirm; none that does not know its person", () =>
      Effect.gen(function* () {
        const { here, url, visit } = yield* Running
        const visitor = yield* visit()
        const address = yield* person("passkeys")
        const aged = query(url, (sql) => sql`update account_session set authenticated_at = now() - interval '1 hour'`)
        yield* doing(async () => {
          const { page } = visitor
          const device = await authenticator(visitor)
          await enter(visitor, here, address)
          await page.goto(`${here}/account/security`)
          await page.fill("#passkeyName", "Nora’s laptop")
          await page.click("[data-passkey=add] button")
          await page.waitForURL("**said=saved")
          assert.include(await page.locator("ul.list").first().textContent(), "Nora’s laptop")
          await page.click("text=Sign out")
          await page.click("[data-passkey=sign-in] button")
          await page.waitForURL("**/account")

          // Too long ago for anything sensitive: the passkey confirms, and one comes back to where one wanted to go.
          await Effect.runPromise(aged)
          await page.goto(`${here}/account/security`)
          await page.click("form[action='/account/recovery-codes'] button")
          assert.strictEqual(await heading(visitor), "Is it you?")
          await page.click("[data-passkey=confirmation] button")
          await page.waitForURL("**/account/security")
          await page.click("text=Sign out")

          await signIn(visitor, here, address)
          assert.strictEqual(await heading(visitor), "One more step")
          await page.click("[data-passkey=second-factor] button")
          await page.waitForURL("**/account")
          await page.click("text=Sign out")
          await device.forgetPerson()
          await page.click("[data-passkey=sign-in] button")
          await page.locator("[data-passkey=sign-in] [role=alert]").waitFor()
          assert.include(page.url(), "/sign-in")
          assert.deepStrictEqual(visitor.faults, [])
        })
      })
    )

    it.effect("let in who was invited, in Russian; the link is good for one", () =>
      Effect.gen(function* () {
        const { here, url, visit } = yield* Running

        const { stdout } = yield* fairground(
          url,
          "account",
          "invite",
          "vera@brand.example",
          "--role",
          "editor",
          "--language",
          "ru"
        )
        const token = /\/join\/(\S+)/.exec(stdout)?.[1] ?? ""
        const visitor = yield* visit({ locale: "ru-RU", javaScript: false })
        yield* doing(async () => {
          const { page } = visitor
          await page.goto(`${here}/join/${token}`)
          assert.strictEqual(await heading(visitor), "Присоединиться")
          assert.strictEqual(await page.locator("html").getAttribute("lang"), "ru")
          assert.include(await page.textContent("main"), "vera@brand.example")
          await page.fill("#name", "Вера")
          await page.fill("#password", "семь слов, которых не скажет никто")
          await page.click("main button.main")
          await page.waitForURL("**/account")
          assert.include(await page.textContent("main"), "Вера, редактор")
          const answer = await page.goto(`${here}/join/${token}`)
          assert.strictEqual(answer?.status(), 410)
        })
      })
    )

    it.effect("give a new password by a link: sessions end, and the second factor stays", () =>
      Effect.gen(function* () {
        const { here, url, visit } = yield* Running
        const visitor = yield* visit()
        const address = yield* person("resets")
        const start = yield* Clock.currentTimeMillis
        const secret = yield* Effect.promise(async () => {
          await enter(visitor, here, address)
          return enrol(visitor, here, start)
        })
        const { stdout } = yield* fairground(url, "account", "reset", address)
        const path = /\/reset\/\S+/.exec(stdout)?.[0] ?? ""
        const other = yield* visit()
        yield* doing(async () => {
          const { page } = other
          for (let turn = 0; turn < 2; turn++) await page.goto(`${here}${path}`)
          await page.fill("#password", "quite another seven words of mine")
          await page.click("main button.main")
          assert.strictEqual(await heading(other), "Your password is changed")
          assert.strictEqual((await page.goto(`${here}${path}`))?.status(), 410)
          assert.strictEqual(await page.locator("main a.button").getAttribute("href"), "/forgot")
          await visitor.page.goto(`${here}/account`)
          assert.include(visitor.page.url(), "/sign-in")
          await signIn(other, here, address, "quite another seven words of mine")
          assert.strictEqual(await heading(other), "One more step")
          await page.fill("#code", codeOf(secret, stepAt(start) + 1))
          await page.click("main button.main")
          await page.waitForURL("**/account")
        })
      })
    )

    it.effect("cannot be driven from another site, and send nobody elsewhere", () =>
      Effect.gen(function* () {
        const { here, visit } = yield* Running
        const visitor = yield* visit()
        const address = yield* person("forged")
        const other = yield* Effect.acquireRelease(
          Effect.promise(
            () =>
              new Promise<ReturnType<typeof createServer>>((resolve) => {
                const page = `<!doctype html><form id="out" method="post" action="${here}/sign-out"></form>
<form id="key" method="post" action="${here}/account/keys"><input name="name" value="x"><input name="scope" value="audit:read"></form>`
                const server = createServer((_, response) => {
                  response.setHeader("content-type", "text/html")
                  response.end(page)
                }).listen(0, "127.0.0.1", () => resolve(server))
              })
          ),
          (server) => Effect.sync(() => server.close())
        )
        const listens = other.address()
        const elsewhere = `http://127.0.0.1:${typeof listens === "object" && listens !== null ? listens.port : 0}/`
        yield* doing(async () => {
          const { page } = visitor
          await enter(visitor, here, address)
          for (const form of ["out", "key"]) {
            await page.goto(elsewhere)
            const [answer] = await Promise.all([
              page.waitForResponse((response) => response.request().method() === "POST"),
              page.evaluate(`document.querySelector("#${form}").submit()`)
            ])
            // The browser sends no cookie with it, so nobody is signed in there.
            assert.include([303, 403], answer.status())
          }
          await page.goto(`${here}/account`)
          assert.strictEqual(await heading(visitor), "Your account")
          await page.goto(`${here}/account/keys`)
          assert.notInclude(await page.textContent("main"), "Revoke")
          await page.click("text=Sign out")
          for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]) {
            await page.goto(`${here}/sign-in?next=${encodeURIComponent(next)}`)
            await page.fill("#email", address)
            await page.fill("#password", password)
            await page.click("form[action='/sign-in'] button")
            await page.waitForURL(`${here}/account`)
            await page.click("text=Sign out")
          }
        })
      })
    )

    it.effect("say which field is wrong, and why", () =>
      Effect.gen(function* () {
        const { here, url, visit } = yield* Running
        const invited = yield* fairground(url, "account", "invite", "ida@brand.example", "--role", "viewer")
        const path = /\/join\/\S+/.exec(invited.stdout)?.[0] ?? ""
        const visitor = yield* visit()
        const wrong = () =>
          visitor.page.$$eval("[aria-invalid]", (fields: ReadonlyArray<{ readonly id: string }>) =>
            fields.map(({ id }) => id)
          )
        const send = async (name: string, word: string) => {
          await visitor.page.fill("#name", name)
          await visitor.page.fill("#password", word)
          await visitor.page.click("main button.main")
          return (await visitor.page.locator("#note").textContent()) ?? ""
        }
        yield* doing(async () => {
          const { page } = visitor
          await page.goto(`${here}${path}`)
          assert.include(await send("  ", password), "Give a name")
          assert.deepStrictEqual(await wrong(), ["name"])
          for (const [word, why] of [
            ["too short", "15 characters"],
            ["fairgroundfairground", "name of this service"],
            ["ida@brand.example", "own address or name"]
          ] as const) {
            assert.include(await send("Ida", word), why)
            assert.deepStrictEqual(await wrong(), ["password"])
          }
          await page.goto(`${here}/sign-in?problem=sso-failed`)
          assert.include(await page.locator("#note").textContent(), "did not confirm")
          assert.deepStrictEqual(await wrong(), [])
        })
      })
    )

    it.effect("offer passkeys only where they work, and nothing to choose where there is no choice", () =>
      Effect.gen(function* () {
        const { here, visit } = yield* Running
        const byAddress = here.replace("localhost", "127.0.0.1")
        const address = yield* person("host")
        const named = yield* visit()
        const numbered = yield* (yield* browser)(byAddress)
        const plain = yield* visit({ javaScript: false })
        const seen = async ({ page }: Visitor, base: string) => {
          await page.goto(`${base}/sign-in`)
          return [await page.locator("[data-passkey]").isVisible(), await page.locator(".or").isVisible()]
        }
        yield* doing(async () => {
          assert.deepStrictEqual(await seen(named, here), [true, true])
          assert.deepStrictEqual(await seen(numbered, byAddress), [false, false])
          assert.deepStrictEqual(await seen(plain, here), [false, false])
          await enter(numbered, byAddress, address)
          await numbered.page.goto(`${byAddress}/account/security`)
          assert.isTrue(await numbered.page.getByText("opened at localhost").isVisible())
          assert.isFalse(await numbered.page.locator("[data-passkey]").isVisible())
        })
      })
    )

    it.effect("ask who one is before a form is filled in, not after", () =>
      Effect.gen(function* () {
        const { here, url, visit } = yield* Running
        const address = yield* person("aged")
        const visitor = yield* visit()
        const aged = query(url, (sql) => sql`update account_session set authenticated_at = now() - interval '1 hour'`)
        yield* doing(async () => {
          const { page } = visitor
          await enter(visitor, here, address)
          for (const [path, action] of [
            ["/account", "/account/email"],
            ["/account/security", "/account/password"],
            ["/account/keys", "/account/keys"]
          ] as const) {
            await Effect.runPromise(aged)
            await page.goto(`${here}${path}`)
            assert.strictEqual(await page.locator(`form[action='${action}']`).count(), 0)
            await page.click("main a[href^='/account/confirm']")
            assert.strictEqual(await heading(visitor), "Is it you?")
            await page.fill("#password", password)
            await page.click("main button.main")
            await page.waitForURL(`**${path}`)
            assert.strictEqual(await page.locator(`form[action='${action}']`).count(), 1)
          }
        })
      })
    )

    it.effect("can be walked through with the keyboard and by landmarks", () =>
      Effect.gen(function* () {
        const { here, visit } = yield* Running
        const visitor = yield* visit()
        const address = yield* person("keyboard")
        yield* doing(async () => {
          const { page } = visitor
          await page.goto(`${here}/`)
          await page.click("text=Your account")
          assert.strictEqual(await heading(visitor), "Sign in")
          await enter(visitor, here, address)
          for (const path of ["/account", "/account/security", "/account/sessions", "/account/keys"]) {
            await page.goto(`${here}${path}`)
            assert.strictEqual(await page.locator("body > header").count(), 1)
            assert.strictEqual(await page.locator("h1").count(), 1)
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await page.keyboard.press("Tab")
            // What the header holds is skipped.
            assert.strictEqual(await page.evaluate("document.activeElement.closest('nav.tabs') !== null"), true, path)
          }
        })
      })
    )

    it.effect("fit a phone, in light and dark, in both languages, with the longest names", () =>
      Effect.gen(function* () {
        const { here, url, visit } = yield* Running
        const address = yield* person("phone")
        const long = "W".repeat(200)
        yield* query(url, (sql) => sql`update account set name = ${long} where email = ${address}`)
        yield* query(
          url,
          (sql) => sql`
            insert into api_key (id, account_id, name, hint, token_hash, scopes, created_by, created_at)
            select id, id, name, 'abcd', sha256(email::bytea), '{games:read}', id, now() from account
            where email = ${address}`
        )
        for (const colorScheme of ["light", "dark"] as const) {
          const visitor = yield* visit({ width: 360, colorScheme })
          yield* doing(async () => {
            const { page } = visitor
            await enter(visitor, here, address)
            const paths = ["/account", "/account/security", "/account/sessions", "/account/keys", "/account/confirm"]
            for (const path of [...paths, "/forgot", "/register"]) {
              for (const lang of ["en", "ru"]) {
                await page.goto(`${here}${path}?lang=${lang}`)
                const wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
                assert.strictEqual(wide, false, `${path} in ${lang} is wider than a phone`)
                const lines = await page.evaluate(
                  "new Set([...document.querySelectorAll('nav.tabs a')].map(({ offsetTop }) => offsetTop)).size"
                )
                assert.isAtMost(Number(lines), 1, `the tabs of ${path} in ${lang} are on several lines`)
                const nameless = await page.evaluate(
                  "[...document.querySelectorAll('input:not([type=hidden],[hidden]),select')].filter(({ labels }) => labels.length === 0).length"
                )
                assert.strictEqual(nameless, 0, `${path} has a field without a label`)
              }
            }
            assert.deepStrictEqual(visitor.faults, [])
          })
        }
      })
    )
  })
})
