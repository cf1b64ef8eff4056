import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { readFileSync } from "node:fs"
import { browser } from "../accounts/pages/Visitor.ts"
import { sessionFor } from "../support/service/Credentials.ts"
const here = "http://localhost:8172"
const pg = JSON.parse(readFileSync("/tmp/s2-data/postgres.json", "utf8"))
const url = Redacted.make(process.env["DB"] ?? `postgresql://fairground:${pg.password}@127.0.0.1:${pg.port}/fairground`)
const input = { type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora", "Emil"] }
const axe = readFileSync(new URL("../../src/web/node_modules/axe-core/axe.min.js", import.meta.url), "utf8")
const post = async (path: string, body: unknown) => { const r = await fetch(here + "/api/v1" + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }); if (r.status > 299) console.log(path, r.status, await r.text()); return await r.json().catch(() => ({})) as { id: string } }
const list = process.argv.slice(2)
await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
  const visit = yield* browser
  const { token } = yield* sessionFor("owner").pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))
  for (const [width, scheme, locale] of [[1280, "light", "en-US"], [390, "dark", "ru-RU"]] as const) {
    const visitor = yield* visit(here, { width, colorScheme: scheme, locale })
    yield* Effect.promise(async () => {
      await visitor.context.addCookies([{ name: "__Host-fairground", value: token, url: "https://localhost:8172", secure: true, httpOnly: true }])
      for (const to of list) {
        const t0 = Date.now()
        await visitor.page.goto(here + "/admin" + to)
        await visitor.page.waitForFunction(() => document.querySelector("h1") !== null && document.querySelector('.bone, [aria-busy="true"]') === null).catch((e) => console.log(to, "not settled", String(e).slice(0, 200)))
        if (to === "/" ) { await post("/games/wheel/plays", { email: `live${Math.random()}@shop.example` }); await visitor.page.waitForTimeout(4500) }
        if (to.startsWith("/plays")) { await visitor.page.waitForTimeout(2500); await post("/games/wheel/plays", { email: `live${Math.random()}@shop.example` }); await visitor.page.waitForTimeout(1500) }
        else await visitor.page.waitForTimeout(500)
        if (process.env["OPEN"]) { await visitor.page.locator("tbody a").first().click(); await visitor.page.waitForTimeout(1500) }
        await visitor.page.screenshot({ path: `/tmp/s2-shots/${to.replace(/[^a-z]/g, "_")}${process.env["OPEN"] ?? ""}-${width}.png` })
        await visitor.page.evaluate(axe)
        const found = await visitor.page.evaluate(async () => { const { violations } = await (globalThis as any).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }); return violations.flatMap((v: any) => v.nodes.map((n: any) => v.id + ": " + n.html.slice(0, 150) + " " + n.failureSummary)) })
        const wide = await visitor.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
        console.log(to, width, Date.now() - t0, "ms", wide ? "WIDE" : "", found)
      }
    })
    console.log(visitor.faults)
    yield* Effect.promise(visitor.close)
  }
})) as Effect.Effect<void>)
process.exit(0)
