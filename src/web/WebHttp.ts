import { Effect } from "effect"
import { HttpRouter, type HttpServerResponse } from "effect/http"
import { fileURLToPath } from "node:url"
import type { ExtraRoute } from "../platform/edge/Methods.ts"
import { problemResponse } from "../platform/edge/ProblemResponse.ts"
import { page } from "../platform/pages/Html.ts"
import { html } from "../platform/pages/Markup.ts"
import * as Page from "../platform/pages/Page.ts"
import * as Assets from "./Assets.ts"
import { adminHeaders, assetHeaders, widgetHeaders } from "./Policies.ts"

/** The routes outside the contract. The router serves `/admin` with what is below it. */
export const pages: ReadonlyArray<ExtraRoute> = [
  { method: "GET", path: "/admin" },
  { method: "GET", path: "/admin/*" },
  { method: "GET", path: "/assets/:name" },
  { method: "GET", path: "/widget.js" }
]

const lead = "This copy of Fairground has no pages: they were not built. The API works without them."

const notBuilt = page({
  title: "The pages were not built",
  description: lead,
  body: html`<h1>The pages were not built</h1>
    <p class="lead">${lead}</p>
    <p>Build them with this command, then start the service again:</p>
    <figure>
      <pre tabindex="0" role="region" aria-label="Command"><code>npm run web</code></pre>
    </figure>
    <p class="back"><a href="/">Fairground</a> · <a href="/docs">API reference</a></p>`
})

type Answer = (name: string) => Assets.Asset | undefined

/** What is served of a build. */
const served = (built: Assets.Built): { readonly admin: Assets.Asset; readonly asset: Answer } => {
  const files = new Map<string, Assets.Asset>()
  for (const [name, bytes] of built) {
    if (name.startsWith("assets/")) files.set(name, Assets.make(bytes, Assets.typeOf(name), assetHeaders))
    if (name === "widget.js") files.set(name, Assets.make(bytes, Assets.typeOf(name), widgetHeaders))
  }
  const index = built.get("admin.html") ?? { plain: new Uint8Array() }
  return {
    admin: Assets.make(index, Assets.typeOf("admin.html"), adminHeaders()),
    asset: (name) => files.get(name)
  }
}

/** Serves what the build left in `folder`. */
export const layerOf = (folder: string) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const built = yield* Assets.read(folder)
      const site = built === undefined ? undefined : served(built)
      const missing = Page.made(notBuilt, 503)
      const noFile: HttpServerResponse.HttpServerResponse = problemResponse("not-found", {
        detail: "No file has this name. The page that named it may be older than the service: load it again."
      })
      yield* router.add("GET", "/admin/*", (request) =>
        Effect.succeed(site === undefined ? missing : site.admin(request))
      )
      yield* router.add("GET", "/assets/:name", (request) =>
        Effect.map(HttpRouter.params, ({ name = "" }) => site?.asset(`assets/${name}`)?.(request) ?? noFile)
      )
      yield* router.add("GET", "/widget.js", (request) => Effect.succeed(site?.asset("widget.js")?.(request) ?? noFile))
    })
  )

/** Serves `/admin/*`, its files and `/widget.js` from memory, as `npm run web` or the launcher has built them. */
export const layer = layerOf(fileURLToPath(new URL("../../dist/web", import.meta.url)))
