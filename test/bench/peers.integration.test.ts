import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { HttpServer } from "effect/http"
import pg from "pg"
import * as Ordinary from "../../bench/peers/ordinary.ts"
import * as Statement from "../../bench/peers/statement.ts"
import * as App from "../../src/App.ts"
import { modules } from "../../src/Modules.ts"
import { settingsOf } from "../support/AllSettings.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** A request, and the part of the answer that does not differ from run to run. */
interface Answer {
  readonly what: string
  readonly status: number
  readonly body: Record<string, unknown>
}

type Send = (game: string, body: unknown, key?: string) => Promise<{ status: number; type: string; body: unknown }>

const Body = Schema.Struct({
  id: Schema.optionalKey(Schema.String),
  playedAt: Schema.optionalKey(Schema.String),
  nextPlayAt: Schema.optionalKey(Schema.NullOr(Schema.String)),
  errors: Schema.optionalKey(
    Schema.Array(Schema.Struct({ path: Schema.Array(Schema.Union([Schema.String, Schema.Int])) }))
  )
})

const games = `
  insert into game (id, slug, title, opens_at, closes_at, limit_plays, limit_period, limit_window_seconds, created_at, updated_at)
  values
    (uuidv7(), 'wheel', 'No limit', null, null, null, null, null, now(), now()),
    (uuidv7(), 'other', 'No limit', null, null, null, null, null, now(), now()),
    (uuidv7(), 'once', 'One for ever', null, null, 1, 'ever', null, now(), now()),
    (uuidv7(), 'daily', 'Two a day', null, null, 2, 'day', null, now(), now()),
    (uuidv7(), 'window', 'One an hour', null, null, 1, 'window', 3600, now(), now()),
    (uuidv7(), 'early', 'Not open yet', '2999-01-01', null, null, null, null, now(), now()),
    (uuidv7(), 'over', 'Closed', null, '2001-01-01', null, null, null, now(), now())`

/** Everything in a row; equal ids get equal names, and times are only looked at for being there. */
const script = async (send: Send): Promise<ReadonlyArray<Answer>> => {
  const answers: Array<Answer> = []
  const ids = new Map<string, string>()
  const play = async (what: string, game: string, body: unknown, key?: string) => {
    const answer = await send(game, body, key)
    const all = answer.body as Record<string, unknown>
    const { id } = Schema.decodeSync(Body)(all)
    if (id !== undefined && !ids.has(id)) ids.set(id, `play ${ids.size + 1}`)
    const times = Object.fromEntries(
      ["playedAt", "nextPlayAt"].flatMap((name) =>
        name in all ? [[name, typeof all[name] === "string" ? new Date(all[name]).getTime() > 0 : all[name]]] : []
      )
    )
    // Texts for people may differ, and a peer may stop at the first error.
    const { detail: _detail, errors: _errors, title: _title, ...kept } = all
    const errors = Schema.decodeSync(Body)(all).errors?.map(({ path }) => path.join("."))
    answers.push({
      what,
      status: answer.status,
      body: {
        ...kept,
        ...times,
        ...(id === undefined ? {} : { id: ids.get(id) }),
        ...(errors === undefined ? {} : { errors }),
        contentType: answer.type
      }
    })
  }
  const nora = { email: "nora@shop.example", name: "Nora", score: 120, data: { prize: "coffee" } }
  await play("a new address", "wheel", nora)
  await play("a returning one", "wheel", nora)
  await play("another case of it", "wheel", { email: " Nora@SHOP.example " })
  await play("the same in another game", "other", { email: "nora@shop.example" })
  await play("an international address", "wheel", { email: "jörg@bücher.example" })
  await play("its domain spelled otherwise", "wheel", { email: "JÖRG@xn--bcher-kva.example" })
  await play("below a limit", "once", { email: "olaf@shop.example" })
  await play("the limit reached", "once", { email: "olaf@shop.example" })
  await play("a new player at a game with a limit", "once", { email: "pia@shop.example" })
  for (const nth of ["first", "second", "third"])
    await play(`the ${nth} of a day`, "daily", { email: "olaf@shop.example" })
  for (const nth of ["first", "second"]) await play(`the ${nth} in a window`, "window", { email: "olaf@shop.example" })
  await play("a first with a key", "wheel", { email: "quin@shop.example" }, "key 1")
  await play("its retry", "wheel", { email: "quin@shop.example" }, "key 1")
  await play("its key for another body", "wheel", { email: "rosa@shop.example" }, "key 1")
  await play("its key in another game", "other", { email: "quin@shop.example" }, "key 1")
  await play("without the key", "wheel", { email: "quin@shop.example" })
  await play("a key at a limit", "once", { email: "olaf@shop.example" }, "key 2")
  await play("the same again", "once", { email: "olaf@shop.example" }, "key 2")
  await play("an unknown game", "nothing", nora)
  await play("a game that is not open yet", "early", nora)
  await play("a game that is closed", "over", nora)
  await play("no address", "wheel", { email: "nora at shop" })
  await play("an address that is too long", "wheel", { email: `${"n".repeat(300)}@shop.example` })
  await play("a missing address", "wheel", { name: "Nora" })
  await play("a score that is text", "wheel", { ...nora, score: "120" })
  await play("a blank name", "wheel", { ...nora, name: " " })
  await play("half a consent", "wheel", { ...nora, consent: { language: "en" } })
  await play("too much data", "wheel", { ...nora, data: { text: "x".repeat(5000) } })
  await play("a field nobody knows", "wheel", { ...nora, colour: "red" })
  await play("no more than was recorded", "wheel", nora)
  return answers
}

const sendTo =
  (address: string): Send =>
  async (game, body, key) => {
    const response = await fetch(`${address}/api/v1/games/${game}/plays`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) },
      body: JSON.stringify(body)
    })
    return {
      status: response.status,
      type: (response.headers.get("content-type") ?? "").split(";")[0]!,
      body: await response.json()
    }
  }

const database = Effect.tap(Effect.map(TestDatabase.makeUrl, Redacted.value), (url) =>
  Effect.promise(async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(games)
    await client.end()
  })
)

const ofFairground = Effect.gen(function* () {
  const url = yield* database
  return yield* HttpServer.HttpServer.pipe(
    Effect.flatMap((server) => Effect.promise(() => script(sendTo(HttpServer.formatAddress(server.address))))),
    Effect.provide(
      App.layerOf(modules, Effect.void).pipe(
        Layer.provide(settingsOf({ PORT: "0", DATABASE_URL: url, LOG_LEVEL: "warn" }))
      )
    )
  )
}).pipe(Effect.scoped)

const ofPeer = (make: typeof Statement.make) =>
  Effect.gen(function* () {
    const url = yield* database
    const app = yield* Effect.acquireRelease(
      Effect.sync(() => make(url)),
      (peer) => Effect.promise(() => peer.close())
    )
    const address = yield* Effect.promise(() => app.listen({ host: "127.0.0.1", port: 0 }))
    return yield* Effect.promise(() => script(sendTo(address)))
  }).pipe(Effect.scoped)

const peers = [(url: string) => Ordinary.make(url, false), (url: string) => Ordinary.make(url, true), Statement.make]

describe("the peers of the bench", () => {
  it.live("give the answers that Fairground gives", () =>
    Effect.gen(function* () {
      const wanted = yield* ofFairground
      // Were these wrong, all three could be wrong alike.
      const statuses = wanted.map(({ status }) => status)
      assert.deepStrictEqual(
        [...new Set(statuses)].sort((a, b) => a - b),
        [201, 400, 404, 409, 422]
      )
      assert.deepInclude(wanted[0]?.body, { plays: 1, playedBefore: false, contact: "created" })
      assert.deepInclude(wanted.at(-1)?.body, { playedBefore: true })
      for (const make of peers) assert.deepStrictEqual(yield* ofPeer(make), wanted)
    })
  )

  it.live("let exactly as many parallel plays through as a limit allows, and count parallel tries of a key once", () =>
    Effect.gen(function* () {
      for (const make of peers) {
        const url = yield* database
        const app = yield* Effect.acquireRelease(
          Effect.sync(() => make(url)),
          (peer) => Effect.promise(() => peer.close())
        )
        const send = sendTo(yield* Effect.promise(() => app.listen({ host: "127.0.0.1", port: 0 })))
        const statusesOf = (game: string, email: string, key?: string) =>
          Effect.promise(async () =>
            (await Promise.all(Array.from({ length: 40 }, () => send(game, { email }, key))))
              .map(({ status }) => status)
              .sort((a, b) => a - b)
          )
        assert.deepStrictEqual(yield* statusesOf("daily", "one@shop.example"), [
          201,
          201,
          ...Array.from({ length: 38 }, () => 409)
        ])
        assert.deepStrictEqual(
          yield* statusesOf("wheel", "two@shop.example", "key"),
          Array.from({ length: 40 }, () => 201)
        )
        const { body } = yield* Effect.promise(() => send("wheel", { email: "two@shop.example" }))
        assert.deepInclude(body, { plays: 2 })
      }
    }).pipe(Effect.scoped)
  )
})
