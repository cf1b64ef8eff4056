import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { FindMyWay, HttpServer } from "effect/http"
import { OpenApi } from "effect/http-api"
import * as App from "../src/App.ts"
import { apiOf, extraRoutesOf } from "../src/Http.ts"
import type { AnyModule } from "../src/Module.ts"
import { modules } from "../src/Modules.ts"
import { type Role, roles } from "../src/platform/contract/Access.ts"
import * as Edge from "../src/platform/edge/Edge.ts"
import * as Methods from "../src/platform/edge/Methods.ts"
import * as Logging from "../src/platform/observe/Logging.ts"
import { byRole } from "../src/accounts/Permissions.ts"
import { makeToken } from "../src/accounts/Tokens.ts"
import { settingsOf } from "./support/AllSettings.ts"
import { type Operation, operationsOf } from "./support/Operations.ts"
import { type Credential, keyFor, sessionFor } from "./support/service/Credentials.ts"
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

/** The service in this process. */
const serve = Effect.fnUntraced(function* (url: Redacted.Redacted<string>) {
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
  return HttpServer.formatAddress(address)
})

const notSignedIn = "/problems/not-signed-in"
const notPermitted = "/problems/not-permitted"

describe("who may call what", () => {
  it.live("every route that the server has is an operation, or a page that its face or the platform lists", () =>
    Effect.gen(function* () {
      const { found } = yield* registrations
      yield* serve(yield* TestDatabase.makeUrl)
      const listed = Methods.routesOf(apiOf(all), extraRoutesOf(all)).map(({ method, path }) => `${method} ${path}`)
      assert.isAbove(found.size, 15)
      assert.sameMembers([...found], listed)
      // Of these, all but the pages have said who may call them (Access.test.ts).
      const pages = [...Edge.extraRoutes, ...all.flatMap(({ pages }) => pages)]
      assert.lengthOf(listed, operationsOf(all).length + pages.length)
      assert.strictEqual(new Set(listed).size, listed.length)
    })
  )

  it.live("each operation asks for what it says it needs, of every role and of nobody", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const base = yield* serve(url)
      const client = yield* Service.client()
      const permissions = byRole(all.flatMap(({ permissions }) => permissions))
      // Without a body: whoever may call is told so after that (400), and nothing is done.
      const typeOf = ({ method, ...operation }: Operation, headers: Readonly<Record<string, string>>) =>
        Effect.map(
          Effect.promise(() => client.send(base, method, exampleOf({ method, ...operation }), undefined, headers)),
          ({ body, headers, status }) => {
            assert.isAbove(status, 0)
            assert.notStrictEqual(status, 500, `${operation.name}: ${JSON.stringify(body)}`)
            assert.strictEqual(headers["www-authenticate"] !== undefined, status === 401)
            return body["type"]
          }
        )
      const junk: ReadonlyArray<Readonly<Record<string, string>>> = [
        { authorization: "Bearer junk" },
        { authorization: `Bearer ${makeToken("key")}` },
        { authorization: `Bearer ${makeToken("session")}` },
        { authorization: "Basic bm9yYTpub3Jh" },
        { authorization: "" },
        { cookie: `__Host-fairground=${makeToken("session")}`, "sec-fetch-site": "same-origin" },
        { cookie: `__Host-fairground=${makeToken("key")}`, "sec-fetch-site": "same-origin" }
      ]
      const judgeAll = Effect.gen(function* () {
        const keys = new Map<Role, Credential>()
        const narrow = new Map<Role, Credential>()
        for (const role of roles) {
          keys.set(role, yield* keyFor(role))
          narrow.set(role, yield* keyFor(role, ["nothing:read"]))
        }
        for (const operation of operationsOf(all)) {
          const { access, name } = operation
          const needsSome = access !== undefined && !access.isOptional
          const permission = needsSome ? access.permission : null
          assert.strictEqual((yield* typeOf(operation, {})) === notSignedIn, needsSome, `${name} for nobody`)
          for (const headers of junk) {
            const type = yield* typeOf(operation, headers)
            assert.strictEqual(type === notSignedIn, access !== undefined, `${name} with ${JSON.stringify(headers)}`)
          }
          for (const role of roles) {
            // A session for each: signing out ends it.
            for (const credential of [keys.get(role), yield* sessionFor(role)]) {
              const type = yield* typeOf(operation, credential?.headers ?? {})
              assert.notStrictEqual(type, notSignedIn, `${name} for ${role}`)
              const isRefused = permission !== null && !permissions[role].has(permission)
              assert.strictEqual(type === notPermitted, isRefused, `${name} for ${role}`)
            }
            // A key may what both its scopes and its account's role say.
            const type = yield* typeOf(operation, narrow.get(role)?.headers ?? {})
            assert.strictEqual(type === notPermitted, permission !== null, `${name} for a narrow key`)
          }
        }
      })
      yield* query(url, () => judgeAll)
    })
  )

  it.live("each operation with a JSON body takes it as application/json alone", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const base = yield* serve(url)
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
