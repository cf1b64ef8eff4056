import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import type { SqlClient } from "effect/sql"
import { SignJWT } from "jose"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { caller, itemsOf, problemOf, refused, took } from "../accounts/people/Calls.ts"
import { sessionFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { mailedCode, otherThan, secrets, storedCode } from "./HolderServices.ts"

const signing = "a secret of the brand that is long enough"

const env = {
  SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"),
  PLAYER_TOKEN_KEY: signing,
  RATE_LIMIT_PLAYER_CODES: "off",
  RATE_LIMIT_SIGN_IN: "off",
  LOG_LEVEL: "debug"
}

/** Two replicas on one database. */
const serve = Effect.gen(function* () {
  const url = yield* TestDatabase.makeUrl
  const client = yield* Service.client()
  const [first, second] = [yield* Service.start(url, env), yield* Service.start(url, env)]
  yield* addGame(url, "wheel")
  const run = <A, E>(work: Effect.Effect<A, E, SqlClient.SqlClient>) => query(url, () => work)
  return { url, client, first, second, run, here: caller(client, first.base), there: caller(client, second.base) }
})

class Served extends Context.Service<Served, Effect.Success<typeof serve>>()("test/Served") {}

const presenting = (token: string) => ({ headers: { "fairground-token": token } }) as never

const asked = Effect.fnUntraced(function* (email: string) {
  const { here, run } = yield* Served
  const before = yield* run(storedCode(email))
  assert.deepStrictEqual((yield* here.post(undefined, "/player-codes", { email })).status, 202)
  yield* Service.until(
    "the code is issued",
    Effect.map(run(storedCode(email)), (code) => (code === undefined || code.id === before?.id ? undefined : true))
  )
  return yield* run(Effect.provide(mailedCode(email), secrets))
})

let players = 0

/** Somebody who has played, with a token. */
const player = Effect.gen(function* () {
  const { client, first, here } = yield* Served
  const email = `vera.${players++}@shop.example`
  took(yield* Effect.promise(() => client.play(first.base, "wheel", { email, name: "Vera" })), 201)
  const code = yield* asked(email)
  const made = took(yield* here.post(undefined, "/player-tokens", { email, code }), 201)
  return { email, code, id: String(made["playerId"]), token: String(made["token"]), tokenId: String(made["id"]) }
})

const sign = (email: string) =>
  Effect.promise(() =>
    new SignJWT({ email })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1 hour")
      .sign(new TextEncoder().encode(signing))
  )

layer(Layer.effect(Served, serve), { excludeTestServices: true, timeout: "1 minute" })("A player's token", (it) => {
  it.effect("shows its player what is theirs, and nothing of anybody else", () =>
    Effect.gen(function* () {
      const { here } = yield* Served
      const [vera, other] = [yield* player, yield* player]
      const me = took(yield* here.get(presenting(vera.token), "/players/me"), 200)
      assert.deepInclude(me, { id: vera.id, email: vera.email, name: "Vera", plays: 1, games: 1 })
      assert.deepStrictEqual(took(yield* here.get(presenting(vera.token), `/players/${vera.id}`), 200), me)
      for (const part of ["entries", "plays"]) {
        const page = took(yield* here.get(presenting(vera.token), `/players/${vera.id}/${part}`), 200)
        assert.lengthOf(itemsOf(page), 1)
        assert.deepInclude(itemsOf(page)[0], { playerId: vera.id, game: "wheel" })
        refused(yield* here.get(presenting(vera.token), `/players/${other.id}/${part}`), 404, "player-not-found")
      }
      refused(yield* here.get(presenting(vera.token), `/players/${other.id}`), 404, "player-not-found")
      refused(yield* here.get(presenting(vera.token), `/players/${uuidV7At(0)}`), 404, "player-not-found")
      // It is no account's credential.
      for (const path of ["/players", "/mails", `/players/${vera.id}/contacts`]) {
        refused(yield* here.get(presenting(vera.token), path), 401, "not-signed-in", path)
      }
    })
  )

  it.effect("is taken besides the permission: staff see all players, and nobody is `me` for them", () =>
    Effect.gen(function* () {
      const { here, run } = yield* Served
      const vera = yield* player
      const [editor, viewer] = [yield* run(sessionFor("editor")), yield* run(sessionFor("viewer"))]
      assert.strictEqual(took(yield* here.get(editor, `/players/${vera.id}`), 200)["id"], vera.id)
      refused(yield* here.get(viewer, `/players/${vera.id}`), 403, "not-permitted")
      refused(yield* here.get(undefined, `/players/${vera.id}`), 401, "not-signed-in")
      refused(yield* here.get(editor, "/players/me"), 401, "not-signed-in")
      // Who sends a token means it: a wrong one does not fall back to the session.
      const both = (token: string) => ({ headers: { ...editor.headers, "fairground-token": token } }) as never
      refused(yield* here.get(both("junk"), `/players/${vera.id}`), 401, "not-signed-in")
      refused(yield* here.get(both(""), `/players/${vera.id}`), 401, "not-signed-in")
      assert.strictEqual(took(yield* here.get(both(vera.token), "/players/me"), 200)["id"], vera.id)
    })
  )

  it.effect("that was ended is refused by both replicas with the next request", () =>
    Effect.gen(function* () {
      const { here, run, there } = yield* Served
      const vera = yield* player
      took(yield* there.get(presenting(vera.token), "/players/me"), 200)
      assert.strictEqual((yield* here.remove(presenting(vera.token), "/player-tokens/current")).status, 204)
      for (const replica of [there, here]) {
        refused(yield* replica.get(presenting(vera.token), "/players/me"), 401, "not-signed-in")
        refused(yield* replica.remove(presenting(vera.token), "/player-tokens/current"), 401, "not-signed-in")
      }
      const owner = yield* run(sessionFor("owner"))
      refused(yield* here.remove(owner, "/player-tokens/current"), 401, "not-signed-in")
    })
  )

  it.effect(
    "that the brand's server signed is taken too, also of somebody who has not played, and cannot be ended",
    () =>
      Effect.gen(function* () {
        const { client, first, here } = yield* Served
        const email = "signed@shop.example"
        const token = yield* sign(email)
        refused(yield* here.get(presenting(token), "/players/me"), 404, "player-not-found")
        took(yield* Effect.promise(() => client.play(first.base, "wheel", { email })), 201)
        assert.deepInclude(took(yield* here.get(presenting(token), "/players/me"), 200), { email, plays: 1 })
        refused(yield* here.remove(presenting(token), "/player-tokens/current"), 409, "token-not-endable")
        refused(yield* here.get(presenting(`${token}x`), "/players/me"), 401, "not-signed-in")
      })
  )

  it.effect(
    "and its code stand in no log, no list and no preview of mails, and are answered alike for all addresses",
    () =>
      Effect.gen(function* () {
        const { first, here, run, second } = yield* Served
        const vera = yield* player
        const next = yield* asked(vera.email)
        const nobody = "nobody@shop.example"
        const toNobody = yield* here.post(undefined, "/player-codes", { email: nobody })
        const toVera = yield* here.post(undefined, "/player-codes", { email: vera.email })
        const shape = ({ body, headers, status }: Service.Answer) => ({
          body,
          status,
          names: Object.keys(headers).sort()
        })
        assert.deepStrictEqual(shape(toNobody), shape(toVera))
        const wrong = { code: otherThan(next) }
        const refusals = [
          yield* here.post(undefined, "/player-tokens", { email: nobody, ...wrong }),
          yield* here.post(undefined, "/player-tokens", { email: vera.email, ...wrong })
        ]
        for (const refusal of refusals) refused(refusal, 422, "player-code-refused")
        assert.deepStrictEqual(shape(refusals[0]!), shape(refusals[1]!))

        const owner = yield* run(sessionFor("owner"))
        const list = took(yield* here.get(owner, `/mails?to=${encodeURIComponent(vera.email)}`), 200)
        const mails = itemsOf(list)
        assert.isAbove(mails.length, 1)
        for (const { about, hasLink, id } of mails) {
          assert.isTrue(hasLink)
          assert.deepInclude(about, { kind: "player-code" })
          const preview = took(yield* here.get(owner, `/mails/${String(id)}/preview`), 200)
          assert.include(String(preview["text"]), "•••")
          for (const form of [preview["text"], preview["html"]]) {
            assert.notInclude(String(form), next)
            assert.notInclude(String(form), vera.code)
          }
        }
        assert.deepStrictEqual(
          itemsOf(took(yield* here.get(owner, `/mails?to=${encodeURIComponent(nobody)}`), 200)),
          []
        )
        const log = first.log() + second.log()
        for (const one of [vera.token, vera.token.slice(4, 47), vera.email, nobody]) assert.notInclude(log, one)
        // Six digits may stand in a moment or an id; a code beside its word may not.
        for (const one of [next, vera.code]) assert.notMatch(log, new RegExp(`[^0-9a-f.-]${one}[^0-9a-f.-]`, "i"))
      })
  )

  it.effect("is a header that pages elsewhere may send to what is for players, and no cookie", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const service = yield* Service.start(url, { ...env, CORS_ORIGINS: "https://shop.example" })
      const client = yield* Service.client()
      const preflight = (path: string, method: string) =>
        Effect.promise(() =>
          client.send(service.base, "OPTIONS", `/api/v1${path}`, undefined, {
            origin: "https://shop.example",
            "access-control-request-method": method,
            "access-control-request-headers": "fairground-token"
          })
        )
      for (const [path, method] of [
        ["/players/me", "GET"],
        ["/player-tokens/current", "DELETE"]
      ] as const) {
        const { headers } = yield* preflight(path, method)
        assert.strictEqual(headers["access-control-allow-origin"], "https://shop.example")
        assert.include(String(headers["access-control-allow-headers"]), "Fairground-Token")
        assert.include(String(headers["access-control-allow-methods"]), method)
        assert.notProperty(headers, "access-control-allow-credentials")
      }
    })
  )

  it.effect("is asked for a bounded number of times from one client address", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const service = yield* Service.start(url, { ...env, RATE_LIMIT_PLAYER_CODES: "3/1h" })
      const { post } = caller(yield* Service.client(), service.base)
      const answers = yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7], (n) =>
        post(undefined, "/player-codes", { email: `${n}@shop.example` })
      )
      assert.isAtMost(answers.filter(({ status }) => status === 202).length, 6, "at most two windows")
      const last = yield* post(undefined, "/player-tokens", { email: "1@shop.example", code: "123456" })
      assert.deepStrictEqual(problemOf(last), [429, "too-many-requests"])
      assert.match(String(last.headers["retry-after"]), /^\d+$/)
    })
  )

  it.effect("is not made of rubbish", () =>
    Effect.gen(function* () {
      const { here } = yield* Served
      const email = "nora@shop.example"
      const bodies: ReadonlyArray<unknown> = [
        {},
        { email },
        { email, code: 123456 },
        { email, code: "12345" },
        { email, code: "1234567" },
        { email, code: "١٢٣٤٥٦" },
        { email, code: " ".repeat(100_000) + "123456" },
        { email, code: "123456", token: "x" },
        { email: "nora", code: "123456" },
        { email: ["nora@shop.example"], code: "123456" },
        []
      ]
      for (const body of bodies) {
        const { status } = yield* here.post(undefined, "/player-tokens", body)
        assert.include([400, 413], status, JSON.stringify(body).slice(0, 80))
      }
      for (const body of [
        {},
        { email: "nora" },
        { email, language: "xx" },
        { email: `${"x".repeat(300)}@shop.example` }
      ]) {
        assert.strictEqual((yield* here.post(undefined, "/player-codes", body)).status, 400, JSON.stringify(body))
      }
    })
  )
})
