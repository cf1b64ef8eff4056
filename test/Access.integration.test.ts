import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { FindMyWay, HttpServer } from "effect/http"
import { OpenApi } from "effect/http-api"
import * as App from "../src/App.ts"
import { apiOf, extraRoutesOf } from "../src/Http.ts"
import type { AnyModule } from "../src/Module.ts"
import { modules } from "../src/Modules.ts"
import * as Edge from "../src/platform/edge/Edge.ts"
import * as Methods from "../src/platform/edge/Methods.ts"
import * as Logging from "../src/platform/observe/Logging.ts"
import { settingsOf } from "./support/AllSettings.ts"
import { type Operation, operationsOf } from "./support/Operations.ts"
import { sessionFor } from "./support/service/Credentials.ts"
import * as Service from "./support/service/Service.ts"
import { query } from "./support/service/Stored.ts"
import * as TestDatabase from "./support/TestDatabase.ts"

const all: ReadonlyArray<AnyModule> = modules

interface Described {
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly in: string; readonly example?: unknown }>
  readonly requestBody?: {
    readonly content: Record<string, { readonly examples: { readonly all: { value: unknown } } }>
  }
}

const document = JSON.parse(JSON.stringify(OpenApi.fromApi(apiOf(all)))) as {
  readonly paths: Record<string, Record<string, Described>>
}

/** What the document says of an operation. */
const described = ({ method, path }: Operation): Described =>
  document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()] ?? assert.fail(`${method} ${path}`)

/** The path of an operation with the examples of its parameters. */
const exampleOf = (operation: Operation): string =>
  operation.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(described(operation).parameters.find((one) => one.name === name)?.example))
  )

/** Records what routers are told, from now on until the scope closes. The edge has routers of its own, without handlers. */
const registrations = Effect.acquireRelease(
  Effect.sync(() => {
    const found = new Set<string>()
    const prototype = Object.getPrototypeOf(FindMyWay.make()) as Record<"on", (...args: Array<unknown>) => void>
    const { on } = prototype
    prototype.on = function (this: unknown, method, path, handler) {
      for (const one of [method].flat()) if (handler !== true) found.add(`${String(one)} ${String(path)}`)
      return on.call(this, method, path, handler)
    }
    return { found, restore: () => void (prototype.on = on) }
  }),
  ({ restore }) => Effect.sync(restore)
)

/** The service in this process, and what its routers were told. */
const serve = Effect.gen(function* () {
  const url = yield* TestDatabase.makeUrl
  const { found } = yield* registrations
  const context = yield* Layer.build(
    App.layerOf(all, Effect.void).pipe(
      Layer.provide(Logging.layer),
      Layer.provide(
        settingsOf({
          PORT: "0",
          DATABASE_URL: Redacted.value(url),
          LOG_LEVEL: "none",
          RATE_LIMIT_ADDRESS: "off",
          RATE_LIMIT_PAGES: "off",
          RATE_LIMIT_SIGN_IN: "off"
        })
      )
    )
  )
  const { address } = yield* Effect.provide(HttpServer.HttpServer, context)
  return { url, base: HttpServer.formatAddress(address), found }
})

class Served extends Context.Service<Served, Effect.Success<typeof serve>>()("test/Served") {}
/** Operations that take text too, with the reason: a page of another site can send it without asking first. */
const alsoText: Readonly<Record<string, string>> = {
  "pages.view": "it is what browsers send as a beacon; it counts, and looks at no credential"
}

layer(Layer.effect(Served, serve), { excludeTestServices: true })("who may call what", (it) => {
  it.effect("every route that the server has is an operation, or a page that its face or the platform lists", () =>
    Effect.gen(function* () {
      const { found } = yield* Served
      const listed = Methods.routesOf(apiOf(all), extraRoutesOf(all)).map(({ method, path }) => `${method} ${path}`)
      assert.isAbove(found.size, 15)
      const served = [...found].filter((route) => !listed.includes(route))
      assert.deepStrictEqual(served, [], "served, and not listed")
      const missing = listed.filter((route) => !found.has(route))
      assert.deepStrictEqual(missing, [], "listed, and not served")
      // Of these, all but the pages have said who may call them (Access.test.ts), and are asked (accounts/Matrix).
      const pages = [...Edge.extraRoutes, ...all.flatMap(({ pages }) => pages)]
      assert.lengthOf(listed, operationsOf(all).length + pages.length)
      assert.strictEqual(new Set(listed).size, listed.length)
    })
  )

  it.effect("each operation with a JSON body takes it as application/json alone", () =>
    Effect.gen(function* () {
      const { base, url } = yield* Served
      const client = yield* Service.client()
      const withBody = operationsOf(all).flatMap((operation) => {
        const { content = {} } = described(operation).requestBody ?? {}
        const json = content["application/json"]
        return json === undefined ? [] : [{ operation, body: JSON.stringify(json.examples.all.value) }]
      })
      assert.isAbove(withBody.length, 2)
      const owner = yield* query(url, () => sessionFor("owner"))
      for (const { body, operation } of withBody) {
        const query = described(operation)
          .parameters.filter((one) => one.in === "query")
          .map(({ example, name }) => `${name}=${encodeURIComponent(String(example))}`)
        for (const type of [undefined, "text/plain", "text/json", "application/problem+json", "multipart/form-data"]) {
          if (type === "text/plain" && alsoText[operation.name] !== undefined) continue
          const headers: Record<string, string> = type === undefined ? {} : { "content-type": type }
          const answer = yield* Effect.promise(() =>
            client.sendAs(base, operation.method, `${exampleOf(operation)}?${query.join("&")}`, body, {
              ...owner.headers,
              ...headers
            })
          )
          assert.deepStrictEqual(
            [answer.status, answer.body["type"]],
            [415, "/problems/unsupported-media-type"],
            `${operation.name} as ${type}`
          )
        }
      }
    })
  )
})
