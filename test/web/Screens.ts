/** What tests of the admin do in a browser. */
import { Effect, type Redacted } from "effect"
import { PgClient } from "@effect/sql-pg"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { folder } from "../../scripts/web.mjs"
import type { Role } from "../../src/platform/contract/Access.ts"
import type { Visitor } from "../accounts/pages/Visitor.ts"
import { sessionFor } from "../support/service/Credentials.ts"

const axe = readFileSync(join(folder, "node_modules", "axe-core", "axe.min.js"), "utf8")

/**
 * Gives the browser a session of a new account with this role. `here` is the service's address as `http://localhost:…`: the cookie is
 * for https, and for names that browsers trust without.
 */
export const signIn = (visitor: Visitor, here: string, url: Redacted.Redacted<string>, role: Role) =>
  Effect.gen(function* () {
    const { token } = yield* sessionFor(role).pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))
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
  })

/** Until the screen shows what it has. A page that follows live events is never without a request, so that tells nothing. */
export const settled = ({ page }: Visitor) =>
  page.locator('html:has(h1):not(:has(.bone, [aria-busy="true"]))').waitFor()

/** Goes there, and waits until the screen shows what it has. */
export const go = async (visitor: Visitor, at: string) => {
  await visitor.page.goto(at)
  await settled(visitor)
}

interface Finding {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary: string }>
}

/** What axe finds against WCAG 2.2 AA and its own best practices. `evaluate` is not bound by the policy, a script in the page would be. */
export const findings = async ({ page }: Visitor, isMenuOpen = false): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe)
  // What is half faded, as a list is that was just asked for again, has less contrast than it ends with.
  await page.evaluate(
    "Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))"
  )
  // An open menu stands at the end of the page, outside its landmarks.
  const options = JSON.stringify({
    runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    rules: isMenuOpen ? { region: { enabled: false } } : {}
  })
  const found = await page.evaluate<ReadonlyArray<Finding>>(
    `axe.run(document, ${options}).then(({ violations }) => violations)`
  )
  return found.flatMap(({ id, nodes }) => nodes.map(({ failureSummary, html }) => `${id}: ${html}: ${failureSummary}`))
}

/** Waits until a list has so many rows. */
export const hasRows = (page: Visitor["page"], count: number) => {
  const row = (place: number) => `:has(> .row-link:nth-child(${place}))`
  return page.locator(`tbody${row(count)}:not(${row(count + 1)})`).waitFor()
}

export const isWide = ({ page }: Visitor) =>
  page.evaluate<boolean>("document.documentElement.scrollWidth > document.documentElement.clientWidth")
