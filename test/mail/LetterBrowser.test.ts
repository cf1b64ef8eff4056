import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { filled } from "../../src/mail/Composed.ts"
import { letter, secretLink, strong, words } from "../../src/mail/Letter.ts"
import { fault, visit } from "../support/Chromium.ts"

const long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

const { html: bodyHtml, text: bodyText } = letter({
  language: "ru",
  subject: long,
  paragraphs: [
    words`Здравствуйте, ${long}!`,
    {
      facts: [
        ["Приглашает", strong(`${long}@${long.toLowerCase()}.example`)],
        [`Предоставляемая роль`, "admin"]
      ]
    },
    { list: [long, "два"] },
    { code: "1234 5678 9012 3456 7890" }
  ],
  button: { label: `Принять приглашение от ${long}`, link: secretLink },
  footer: [`Письмо отправлено для ${long}`]
})

/** What mail programs show, served as a page. Without its sheet, as some of them drop it. */
const pages = ["/whole", "/bare"] as const
const { html } = filled(
  { language: "ru", bodyText, bodyHtml },
  { link: `https://games.brand.example/join/${"a1".repeat(60)}`, unsubscribe: "https://games.brand.example/u/token" }
)

const serving = Effect.acquireRelease(
  Effect.callback<{ readonly origin: string; readonly close: () => void }>((resume) => {
    const server = createServer((request, response) => {
      const body = request.url === "/bare" ? html.replace(/<style>[\s\S]*?<\/style>/, "") : html
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(body)
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ origin: `http://127.0.0.1:${port}`, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

describe.skipIf(fault !== undefined)("a letter in a browser", () => {
  it.live("fits a narrow window, in light and in dark, and asks nobody for anything", () =>
    Effect.gen(function* () {
      const { origin } = yield* serving
      for (const path of pages) {
        for (const colorScheme of ["light", "dark"] as const) {
          const { page, requests } = yield* visit(origin, path, { colorScheme, width: 320 })
          const width = yield* Effect.promise(() => page.evaluate("document.documentElement.scrollWidth"))
          assert.strictEqual(width, 320, `${path} in ${colorScheme}`)
          assert.deepStrictEqual(
            requests.filter((request) => request !== "GET /favicon.ico"),
            [`GET ${path}`]
          )
        }
      }
    }).pipe(Effect.scoped)
  )
})
