import { Effect, type Scope } from "effect"
import { isBuilt } from "../../scripts/web.mjs"
import * as Answers from "./Answers.ts"
import { BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"
import type { Load } from "./Load.ts"
import * as People from "./People.ts"
import * as Screens from "./Screens.ts"
import * as Services from "./Services.ts"
import * as Serving from "./Serving.ts"
import * as Streams from "./Streams.ts"

export const planFor = (size: "quick" | "default" | "full") => ({
  screens: Screens.planFor(size),
  serving: Serving.planFor(size),
  streams: Streams.planFor(size)
})
export type Plan = ReturnType<typeof planFor>

export interface Result {
  readonly screens: Screens.Result
  readonly serving: Serving.Result
  readonly streams: Streams.Result
}

/** The service reads at its start what was built. */
const built = Effect.suspend(() =>
  isBuilt() ? Effect.void : Effect.fail(new BenchError({ message: "The pages are not built: npm run web" }))
)

/** The pages of a service with the games of the demonstration: in a browser, then as requests. */
const pages = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
) {
  const url = yield* cluster.database("pages", 10_000)
  const [session = ""] = yield* People.add(cluster, url, 1)
  const service = yield* Services.startOn("demo", url)
  const screens = yield* Effect.scoped(Screens.run(service, session, plan.screens, say))
  const { body } = yield* Answers.get(service.port, "/admin", {})
  const style = /href="(\/assets\/[^"]+\.css)"/.exec(body.toString())?.[1]
  const script = /type="module"[^>]* src="(\/assets\/[^"]+\.js)"/.exec(body.toString())?.[1]
  if (style === undefined || script === undefined) {
    return yield* new BenchError({ message: "The admin's page names no style and no script." })
  }
  const requests: ReadonlyArray<Serving.Request> = [
    { path: "/play/wheel", encoding: "gzip", status: 200 },
    { path: "/play/wheel", encoding: "gzip", status: 304 },
    { path: "/widget.js", encoding: "br", status: 200 },
    { path: "/widget.js", encoding: "br", status: 304 },
    { path: style, encoding: "br", status: 200 },
    { path: script, encoding: "br", status: 200 }
  ]
  return { screens, serving: yield* Serving.run(load, service, requests, plan.serving, say) }
})

export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  yield* built
  const found = yield* Effect.scoped(pages(cluster, load, plan, say))
  return { ...found, streams: yield* Effect.scoped(Streams.run(cluster, load, plan.streams, say)) }
})
