import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Option } from "effect"
import { HttpApi } from "effect/http-api"
import { AccountsModule } from "../../src/accounts/AccountsModule.ts"
import { cookieNames } from "../../src/accounts/access/Cookies.ts"
import { pages } from "../../src/accounts/pages/PagesHttp.ts"
import { makeToken } from "../../src/accounts/Tokens.ts"
import { Api } from "../../src/Api.ts"
import { Access } from "../../src/platform/contract/Access.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { sessionFor } from "../support/service/Credentials.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { served } from "./people/Calls.ts"

/** Fields of any of the bodies and forms. */
const fields = [
  "email",
  "password",
  "current",
  "token",
  "name",
  "code",
  "recoveryCode",
  "passkey",
  "purpose",
  "invitation",
  "enrolment",
  "next",
  "language",
  "role",
  "scopes",
  "scope",
  "accountId",
  "expiresAt",
  "disabled",
  "version",
  "days"
] as const

const everywhere = (value: unknown) => Object.fromEntries(fields.map((name) => [name, value]))

const texts = [
  "",
  " ",
  "\0",
  "a\0b@brand.example",
  "\ud800",
  "%00",
  "__proto__",
  "'; drop table account; --",
  "\u202e\r\nSet-Cookie: a=b",
  "＠".repeat(300),
  "ﷺ".repeat(2000),
  makeToken("reset"),
  "AA"
]

const bodies: ReadonlyArray<unknown> = [
  ...texts.map(everywhere),
  ...[null, -1, 1e308, true, [], { id: "x", response: {} }].map(everywhere),
  {
    passkey: {
      id: "AA",
      rawId: "AA",
      type: "public-key",
      clientExtensionResults: {},
      response: { clientDataJSON: "AA", authenticatorData: "AA", signature: "AA", attestationObject: "AA" }
    },
    name: "x"
  },
  null,
  [],
  1,
  `${"[".repeat(3000)}${"]".repeat(3000)}`,
  '{"email":',
  ""
]

/** Operations of this module that take a body. */
const operations = (() => {
  const own = new Set<string>(AccountsModule.groups([], new Set()).map(({ identifier }) => identifier))
  const found: Array<{ readonly method: string; readonly path: string; readonly isPublic: boolean }> = []
  HttpApi.reflect(Api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint: { annotations, method, path }, group }) => {
      if (!own.has(group.identifier) || method === "GET") return
      const at = path.replaceAll(/:(\w+)/g, (_, name: string) => (name === "id" ? uuidV7At(Date.now()) : "nowhere"))
      found.push({ method, path: at, isPublic: Option.isNone(Context.getOption(annotations, Access)) })
    }
  })
  return found
})()

it.live("no way in, and nothing behind it, answers rubbish with a defect", () =>
  Effect.gen(function* () {
    const { client, service, url } = yield* served({
      SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"),
      PUBLIC_URL: "https://games.brand.example",
      ACCOUNT_REGISTRATION: "open",
      ACCOUNT_REGISTRATION_DOMAINS: "brand.example"
    })
    const database = yield* Layer.build(TestDatabase.clientLayer(url))
    const session = Effect.map(Effect.provide(sessionFor("owner"), database), ({ headers }) => ({
      ...headers,
      // All cookies are rubbish but the session's.
      cookie: `${headers.cookie}; ${cookieNames.step}=%; ${cookieNames.attempt}=%01; ${cookieNames.device}=__proto__`
    }))
    const faults: Array<string> = []
    const send = (what: string, method: string, path: string, body: string, headers: Record<string, string>) =>
      Effect.map(
        Effect.promise(() => client.send(service.base, method, path, body, headers)),
        ({ status }) => {
          if (status === 0 || status >= 500) faults.push(`${what}: ${status}`)
        }
      )
    const own = { "sec-fetch-site": "same-origin" }
    assert.isAbove(operations.length, 30)
    yield* Effect.forEach(
      operations,
      ({ isPublic, method, path }) =>
        Effect.gen(function* () {
          const headers = { ...(isPublic ? own : yield* session), "content-type": "application/json" }
          for (const body of bodies) {
            const text = typeof body === "string" ? body : JSON.stringify(body)
            yield* send(`${method} ${path} ${text.slice(0, 60)}`, method, path, text, headers)
          }
        }),
      { concurrency: 8, discard: true }
    )
    const form = { "content-type": "application/x-www-form-urlencoded" }
    yield* Effect.forEach(
      pages.filter(({ method }) => method === "POST"),
      ({ path }) =>
        Effect.gen(function* () {
          const at = path.replaceAll(/:(\w+)/g, () => makeToken("reset"))
          const isOwn = path.startsWith("/account") || path === "/sign-out"
          const headers = { ...(isOwn ? yield* session : own), ...form }
          for (const text of texts) {
            const body = new URLSearchParams(everywhere(text) as Record<string, string>).toString()
            yield* send(`POST ${path} ${JSON.stringify(text).slice(0, 60)}`, "POST", at, body, headers)
          }
        }),
      { concurrency: 8, discard: true }
    )
    assert.deepStrictEqual(faults, [])
    assert.notInclude(service.log(), "A request failed with a defect")
  })
)
