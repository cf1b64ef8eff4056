import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cookieNames } from "../../src/accounts/access/Cookies.ts"
import { fault, visit, type Visit } from "../support/Chromium.ts"
import { keyFor, sessionFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** Sends the example of an operation from the page. Returns the status of its answer. */
const attempt = ({ page }: Visit, operation: RegExp) =>
  Effect.promise(async () => {
    await page.getByRole("button", { name: operation }).first().click()
    // Not one of the operations whose names begin so.
    const send = page.getByRole("button", { name: /^Send(?! an? )/ }).first()
    await send.waitFor()
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes("/api/v1/")),
      send.click()
    ])
    // Closed before the page has shown the answer, it would not send again.
    await answer.finished()
    await page
      .getByText("Response Body")
      .or(page.getByText("Body", { exact: true }))
      .first()
      .waitFor()
    await page.keyboard.press("Escape")
    return { status: answer.status(), sent: await answer.request().allHeaders() }
  })

const listTasks = /Test Request\s*\(get \/api\/v1\/tasks\)/
const handIn = /Test Request\s*\(post \/api\/v1\/tasks\)/

describe.skipIf(fault !== undefined)("/docs in a browser", () => {
  it.live(
    "lets a person try operations with a key, with a session, and without either what is public",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const { base } = yield* Service.start(url)
        const origin = base.replace("127.0.0.1", "localhost")
        const key = yield* query(url, () => keyFor("viewer"))
        const person = yield* query(url, () => sessionFor("viewer"))
        const visited = yield* visit(origin, "/docs")
        const { page } = visited
        // The reference of all operations takes a busy machine's browser long.
        page.setDefaultTimeout(120_000)
        const field = page.getByPlaceholder("Token").first()
        yield* Effect.promise(() => field.waitFor())

        const asNobody = yield* attempt(visited, handIn)
        assert.deepStrictEqual([asNobody.status, asNobody.sent["authorization"]], [202, undefined])
        yield* Effect.promise(() => field.fill(key.token))
        const withKey = yield* attempt(visited, listTasks)
        assert.deepStrictEqual([withKey.status, withKey.sent["authorization"]], [200, `Bearer ${key.token}`])
        const kept = yield* Effect.promise(() =>
          page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
        )
        assert.notInclude(String(kept), key.token, "a browser that others use does not keep the key")

        yield* Effect.promise(() => field.fill(""))
        yield* Effect.promise(() =>
          page.context().addCookies([
            {
              name: cookieNames.session,
              value: person.token,
              domain: "localhost",
              path: "/",
              secure: true,
              httpOnly: true,
              sameSite: "Lax"
            }
          ])
        )
        const signedIn = yield* attempt(visited, listTasks)
        assert.deepStrictEqual([signedIn.status, signedIn.sent["authorization"]], [200, undefined])
        assert.deepStrictEqual(visited.faults, [], "nothing is asked of others, and the page's policy refuses nothing")
      }),
    300_000
  )
})
