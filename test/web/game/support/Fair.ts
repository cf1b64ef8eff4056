import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"
import type { Browser, BrowserContextOptions, Page as Tab } from "playwright-core"
import type { Page, Play, Prize } from "../../../../src/web/game/shapes.ts"
import { launch } from "../../../support/Chromium.ts"
import { bundle } from "./Bundle.ts"

/** What the next play is answered with: a status, and a body or headers. `cut`: the connection ends without an answer. */
export interface Answer {
  readonly status: number | "cut"
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Answered when this is over. */
  readonly after?: Promise<void>
}

/** A service with the endpoints that the widget calls, whose answers the test chooses. */
export interface Fair {
  readonly origin: string
  game: Page
  /** Used up from the front; the last one stays. */
  answers: Array<Answer>
  readonly plays: Array<{ readonly key: string | undefined; readonly body: Record<string, unknown> }>
  readonly views: Array<Record<string, unknown>>
  readonly paths: Array<string>
  /** HTML by path, with the policy that it is served under. */
  readonly sites: Map<string, { readonly html: string; readonly policy: string }>
}

/** The policy of the game's own page. */
export const strict =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'"

export const played = (prize?: Prize, more: Partial<Play> = {}): Answer => ({
  status: 201,
  body: {
    id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52",
    game: "fair",
    playedAt: "2026-11-26T10:00:00.000Z",
    playedBefore: false,
    plays: 1,
    contact: "created",
    ...(prize === undefined ? {} : { prize }),
    ...more
  }
})

export const problem = (status: number, name: string, more: object = {}, headers = {}): Answer => ({
  status,
  body: { type: `/problems/${name}`, status, title: name, ...more },
  headers: { "content-type": "application/problem+json", ...headers }
})

/** The game's own page, as the service writes it; `head` stands before the game. */
export const pageOf = (game: Page, head = ""): string =>
  `<!doctype html><html lang="${game.language}" dir="${game.direction}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${game.title}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/play.css">${head}
<script type="application/json" id="fairground-${game.slug}">${JSON.stringify(game).replaceAll("<", "\\u003c")}</script>
<script type="module" src="/widget.js"></script>
<main><fairground-game game="${game.slug}" lang="${game.language}"></fairground-game></main></html>`

const sheet = `:root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;align-items:center;background:#fbeadb}
main{width:min(100%,1120px);margin:auto;padding:16px;box-sizing:border-box}
@media (prefers-color-scheme:dark){body{background:#120f13}}`

const script = bundle()

export const fair = (game: Page): Effect.Effect<Fair, never, Scope.Scope> =>
  Effect.gen(function* () {
    const code = yield* Effect.promise(() => script)
    const state = {
      game,
      answers: [played()] as Array<Answer>,
      plays: [] as Fair["plays"],
      views: [] as Fair["views"],
      paths: [] as Fair["paths"],
      sites: new Map() as Fair["sites"]
    }
    const server = http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => void answer(Buffer.concat(chunks).toString()))
      const end = (status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
        response.writeHead(status, { "content-type": type, ...headers }).end(body)
      const allowed = {
        "access-control-allow-origin": request.headers.origin ?? "*",
        "access-control-allow-headers": "content-type, idempotency-key",
        "access-control-expose-headers": "retry-after"
      }
      const answer = async (body: string) => {
        const path = (request.url ?? "").split("?")[0] ?? ""
        state.paths.push(`${request.method} ${path}`)
        const site = state.sites.get(path)
        if (site !== undefined) return end(200, "text/html", site.html, { "content-security-policy": site.policy })
        if (request.method === "OPTIONS") return end(204, "text/plain", "", allowed)
        if (path === "/widget.js") {
          return end(200, "text/javascript", code, {
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin"
          })
        }
        if (path === "/play.css") return end(200, "text/css", sheet)
        if (path === `/play/${state.game.slug}`) {
          return end(200, "text/html", pageOf(state.game), { "content-security-policy": strict })
        }
        if (path === `/api/v1/games/${state.game.slug}/page`) {
          return end(200, "application/json", JSON.stringify(state.game), allowed)
        }
        if (path.endsWith("/views")) {
          state.views.push(JSON.parse(body) as Record<string, unknown>)
          return response.writeHead(204, allowed).end()
        }
        if (path === `/api/v1/games/${state.game.slug}/plays`) {
          state.plays.push({
            key: request.headers["idempotency-key"] as string | undefined,
            body: JSON.parse(body) as Record<string, unknown>
          })
          const next = state.answers.length > 1 ? state.answers.shift() : state.answers[0]
          await next?.after
          if (next === undefined || next.status === "cut") return response.destroy()
          return end(next.status, "application/json", JSON.stringify(next.body ?? {}), { ...allowed, ...next.headers })
        }
        return end(
          404,
          "application/problem+json",
          JSON.stringify({ type: "/problems/not-found", status: 404 }),
          allowed
        )
      }
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () =>
        Effect.promise(
          () =>
            new Promise<void>((resolve) => {
              server.closeAllConnections()
              server.close(() => resolve())
            })
        )
    )
    return Object.assign(state, { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  })

let browser: Promise<Browser> | undefined

/** One browser for the tests of a file; the process of the file ends it. */
const shared = (): Promise<Browser> => (browser ??= launch())

/** Ends the browser of the file. */
export const closeBrowser = async (): Promise<void> => (await browser)?.close()

export interface Visit {
  readonly tab: Tab
  /** Error messages, warnings and violations of the policy. What the test makes fail on purpose is left out. */
  readonly faults: Array<string>
}

/** Makes turning ten times as fast: what is looked at is where it ends. */
const hurry = () => {
  const { animate } = Element.prototype
  Element.prototype.animate = function (...given) {
    const animation = animate.apply(this, given)
    animation.playbackRate = 10
    return animation
  }
}

/** Opens an address in a context of its own. */
export const open = (
  address: string,
  options: BrowserContextOptions & { readonly fast?: boolean } = {}
): Effect.Effect<Visit, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { fast, ...context } = options
    const opened = yield* Effect.acquireRelease(
      Effect.promise(async () =>
        (await shared()).newContext({ locale: "en-US", viewport: { width: 1280, height: 900 }, ...context })
      ),
      (each) => Effect.promise(() => each.close())
    )
    const tab = yield* Effect.promise(() => opened.newPage())
    const faults: Array<string> = []
    tab.on("console", (message) => {
      const text = message.text()
      if (text.startsWith("Failed to load resource")) return
      if (message.type() === "error" || message.type() === "warning") faults.push(`${message.type()}: ${text}`)
    })
    tab.on("pageerror", (error) => faults.push(`thrown: ${error.message}`))
    if (fast !== false) yield* Effect.promise(() => tab.addInitScript(hurry))
    yield* Effect.promise(() => tab.goto(address, { waitUntil: "load" }))
    return { tab, faults }
  })
