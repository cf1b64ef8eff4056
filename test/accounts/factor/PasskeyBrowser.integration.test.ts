import { assert, describe, it } from "@effect/vitest"
import chromium from "@sparticuz/chromium"
import { Effect } from "effect"
import { type Browser as Chromium, chromium as playwright, type Page } from "playwright-core"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import * as Browser from "./Browser.ts"

const launch = async (): Promise<Chromium> =>
  playwright.launch({
    executablePath: await chromium.executablePath(),
    // The package's own arguments would switch off web security, which is tested here.
    args: ["--no-sandbox", "--disable-gpu"],
    headless: true
  })

const fault = await launch().then(
  (browser) => browser.close(),
  (error: unknown) => String(error).split("\n", 1)[0]
)

if (fault !== undefined) console.log(`The tests of passkeys in a browser are skipped: it does not run here (${fault}).`)

/** What a page does with passkeys. It runs in the browser. */
const onPage = `{
  const send = async (path, body) => {
    const answer = await fetch("/api/v1" + path, {
      method: "POST",
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
    })
    return { status: answer.status, body: answer.status === 204 ? null : await answer.json() }
  }
  window.add = async () => {
    const { body } = await send("/account/passkeys/options")
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(body)
    const passkey = (await navigator.credentials.create({ publicKey })).toJSON()
    return send("/account/passkeys", { name: "This browser", passkey })
  }
  window.prove = async (optionsAt, provenAt, purpose) => {
    const { body } = await send(optionsAt, purpose === undefined ? undefined : { purpose })
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(body)
    const passkey = (await navigator.credentials.get({ publicKey })).toJSON()
    return send(provenAt, { passkey })
  }
  window.who = async () => (await fetch("/api/v1/session")).json()
}`

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const run = (page: Page, call: string) => Effect.promise(() => page.evaluate<Answer>(call))

describe.skipIf(fault !== undefined)("passkeys in a browser", () => {
  it.live("one is added, signs in alone and as the second factor, and confirms", () =>
    Effect.gen(function* () {
      const running = yield* Browser.start()
      const person = yield* Browser.signedIn(running)
      const browser = yield* Effect.acquireRelease(Effect.promise(launch), (browser) =>
        Effect.promise(() => browser.close())
      )
      const context = yield* Effect.promise(() => browser.newContext())
      const page = yield* Effect.promise(() => context.newPage())
      const devices = yield* Effect.promise(() => context.newCDPSession(page))
      const plugIn = (hasUserVerification: boolean) =>
        Effect.promise(async () => {
          await devices.send("WebAuthn.enable")
          return devices.send("WebAuthn.addVirtualAuthenticator", {
            options: {
              protocol: "ctap2",
              transport: "internal",
              hasResidentKey: true,
              hasUserVerification,
              isUserVerified: hasUserVerification,
              automaticPresenceSimulation: true
            }
          })
        })
      // Chromium takes such a cookie for https alone, and sends it to http://localhost all the same.
      const home = "https://localhost/"
      const setCookie = (name: string, value: string) =>
        Effect.promise(() => context.addCookies([{ name, value, url: home, secure: true, httpOnly: true }]))
      const cookies = Effect.map(
        Effect.promise(() => context.cookies(home)),
        (all) => new Map(all.map(({ name, value }) => [name, value]))
      )
      const open = Effect.promise(async () => {
        await page.goto(`${running.origin}/`, { waitUntil: "load" })
        await page.evaluate(onPage)
      })

      // A device that cannot verify its owner is not taken: the browser itself refuses.
      const weak = yield* plugIn(false)
      yield* setCookie(cookieNames.session, person.jar.get(cookieNames.session) ?? "")
      yield* open
      const refusal = yield* Effect.promise(() =>
        page.evaluate<string>(`add().then(() => "added", ({ name }) => name)`)
      )
      assert.include(["NotAllowedError", "ConstraintError"], refusal)
      yield* Effect.promise(() => devices.send("WebAuthn.removeVirtualAuthenticator", weak))

      yield* plugIn(true)
      const added = yield* run(page, "add()")
      assert.strictEqual(added.status, 201, JSON.stringify(added.body))
      assert.strictEqual(added.body["name"], "This browser")
      // The same device again: the browser knows it by excludeCredentials.
      const twice = yield* Effect.promise(() => page.evaluate<string>(`add().then(() => "added", ({ name }) => name)`))
      assert.strictEqual(twice, "InvalidStateError")

      // Alone, by a browser that nobody is signed in with.
      yield* Effect.promise(() => context.clearCookies())
      yield* open
      const alone = yield* run(page, `prove("/session/passkey-options", "/session/passkey", "sign-in")`)
      assert.strictEqual(alone.status, 201, JSON.stringify(alone.body))
      assert.deepInclude(alone.body["account"], { id: person.accountId })
      assert.deepInclude(yield* run(page, "who()"), alone.body)

      // Confirmation gives the session another token.
      const before = (yield* cookies).get(cookieNames.session)
      const confirmed = yield* run(
        page,
        `prove("/session/confirmation/passkey-options", "/session/confirmation/passkey")`
      )
      assert.strictEqual(confirmed.status, 201, JSON.stringify(confirmed.body))
      assert.notStrictEqual((yield* cookies).get(cookieNames.session), before)

      // As the second factor.
      yield* Effect.promise(() => context.clearCookies())
      const { token } = yield* Browser.halfSignedIn(running, person.accountId)
      yield* setCookie(cookieNames.step, token)
      yield* open
      const second = yield* run(page, `prove("/session/passkey-options", "/session/second-factor", "second-factor")`)
      assert.strictEqual(second.status, 201, JSON.stringify(second.body))
      assert.deepInclude(second.body["session"], { methods: ["password", "passkey"] })
      assert.isFalse((yield* cookies).has(cookieNames.step))
    })
  )
})
