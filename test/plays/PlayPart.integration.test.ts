import { assert, layer } from "@effect/vitest"
import { Cause, DateTime, Effect, Exit, Layer } from "effect"
import { HttpServer } from "effect/http"
import { HttpApi, HttpApiTest } from "effect/http-api"
import { SqlClient } from "effect/sql"
import * as AccessHttp from "../../src/accounts/access/AccessHttp.ts"
import { Sessions } from "../../src/accounts/session/Sessions.ts"
import { AccountsSettings } from "../../src/accounts/AccountsSettings.ts"
import { Holders } from "../../src/holders/Holders.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"
import { monotonicMillis } from "../../src/platform/Monotonic.ts"
import type { Slug } from "../../src/games/Game.ts"
import { RateLimits } from "../../src/platform/edge/RateLimits.ts"
import * as Validation from "../../src/platform/edge/Validation.ts"
import { ValidationProblems } from "../../src/platform/contract/Problems.ts"
import { PlayParts } from "../../src/plays/PlayPart.ts"
import type { PlayId } from "../../src/plays/Play.ts"
import { PlaysList } from "../../src/plays/lists/PlaysList.ts"
import { playsApi } from "../../src/plays/PlaysApi.ts"
import * as PlaysHttp from "../../src/plays/PlaysHttp.ts"
import * as PlaysRepo from "../../src/plays/PlaysRepo.ts"
import { PlayWriter } from "../../src/plays/PlayWriter.ts"
import { type Change, outcomesOf, submission } from "../support/service/PlayTables.ts"
import { addGame, layer as recording, numbersOf } from "../support/service/Recording.ts"
import { draw, first, makeTables } from "./Draw.ts"

const parts = [draw, first]

const service = PlaysHttp.layer.pipe(
  Layer.provideMerge(Layer.effectDiscard(makeTables)),
  Layer.provide(Layer.mock(PlaysList, {})),
  Layer.provideMerge(
    AccessHttp.layer.pipe(
      Layer.provide([Sessions.layer, Layer.mock(Holders, {})]),
      Layer.provide(layerOf(AccountsSettings))
    )
  ),
  Layer.provideMerge(recording()),
  Layer.provideMerge(Layer.mergeAll(Validation.layer, RateLimits.layerMemory, HttpServer.layerServices)),
  Layer.provideMerge(Layer.succeed(PlayParts, parts))
)

const contract = HttpApi.make("fairground").add(playsApi(parts)).middleware(ValidationProblems)

const deadline = new Date(60_000)

layer(service, { excludeTestServices: true })("A part in recording plays", (it) => {
  const http = Effect.map(HttpApiTest.groups(contract, ["plays"]), ({ plays }) => ({
    record: (slug: Slug, email: string, score: number, key?: string) =>
      plays.record({
        params: { slug },
        payload: { email, score },
        headers: key === undefined ? {} : { "idempotency-key": key }
      }),
    get: (id: PlayId) => plays.get({ params: { id } })
  }))

  const drawn = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`select play_id, prize, ticket from drawn`)

  /** Submits all plays at once, so that they share a batch. Gives their fields, or a word for the error. */
  const submit = Effect.fnUntraced(function* (slug: Slug, changes: ReadonlyArray<Change>) {
    const writer = yield* PlayWriter
    const playedAt = yield* DateTime.now
    const since = yield* monotonicMillis
    const exits = yield* Effect.all(
      changes.map((change, at) =>
        Effect.exit(writer.submit(submission(`player${at}@shop.example`, { playedAt, since, slug, ...change })))
      ),
      { concurrency: "unbounded" }
    )
    return exits.map((exit) => {
      if (Exit.isSuccess(exit)) return exit.value.fields
      const error = Cause.findErrorOption(exit.cause)
      return error._tag === "Some" ? error.value._tag : "defect"
    })
  })

  it.effect("each play of a batch has its own, also where its answer was lost", () =>
    Effect.gen(function* () {
      const repo = yield* PlaysRepo.make
      const slug = yield* addGame()
      const scores = [0, 0.5, 0.95, 0.49, 0.9, 2]
      const prizes = ["none", "coffee", "car", "none", "car", undefined]
      const batch = scores.map((score, at) => submission(`player${at}@shop.example`, { slug, score }))
      const judged = yield* repo.record(batch, deadline, false)
      const fieldsOf = batch.map((play) => {
        const row = judged.get(play)!
        return row.outcome === "recorded" ? row.play.fields : { outcome: row.outcome }
      })
      assert.deepStrictEqual(
        fieldsOf.map((fields) => (fields as { readonly draw?: { readonly prize: string } }).draw?.prize),
        prizes
      )
      assert.deepStrictEqual(fieldsOf[5], { isFirst: true }, "without a value the field is left out")
      assert.lengthOf(new Set(fieldsOf.map((fields) => JSON.stringify(fields))), 6, "each has a code of its own")
      // The same batch again, as if its answer was lost.
      const again = yield* outcomesOf({ ...repo, record: (plays) => repo.record(plays, deadline, false) }, batch)
      assert.deepStrictEqual(
        again.map((outcome) => (Exit.isSuccess(outcome) ? outcome.value.fields : { outcome: String(outcome) })),
        fieldsOf
      )
      assert.lengthOf(yield* drawn, 5)
    })
  )

  it.effect("the answer has its field, a retry repeats it, and who knows the id is shown what is for everybody", () =>
    Effect.gen(function* () {
      const plays = yield* http
      const slug = yield* addGame()
      const answer = yield* plays.record(slug, "nora@shop.example", 0.99, "key")
      const { draw } = answer as unknown as { readonly draw: { readonly prize: string; readonly code: string } }
      assert.deepStrictEqual([draw.prize, draw.code.length], ["car", 32])
      assert.deepInclude<object>(answer, { game: slug, plays: 1, isFirst: true })
      assert.deepStrictEqual(yield* plays.record(slug, "nora@shop.example", 0.99, "key"), answer)
      assert.deepStrictEqual(yield* plays.get(answer.id), { ...answer, draw: { prize: "car" } } as typeof answer)
      // A play from before the module was on.
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from drawn where play_id = ${answer.id}`
      assert.notProperty(yield* plays.get(answer.id), "draw")
      assert.notProperty(yield* plays.record(slug, "nora@shop.example", 0.99, "key"), "draw")
    })
  )

  it.effect("a retry beside its original, and a play that is refused, draw nothing", () =>
    Effect.gen(function* () {
      const slug = yield* addGame({ limit: { plays: 1, period: "ever", windowSeconds: null } })
      const before = (yield* drawn).length
      const email = { emailKey: "one@shop.example" as never, email: "one@shop.example" }
      const retry = { ...email, key: "k", requestHash: Buffer.from("same") }
      const [one, two, refused] = yield* submit(slug, [retry, retry, email])
      assert.property(one, "draw")
      assert.deepStrictEqual(two, one)
      assert.strictEqual(refused, "PlayLimitReached")
      assert.lengthOf(yield* drawn, before + 1)
    })
  )

  it.effect("a play that its constraint refuses is not recorded, and all others of the batch are", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const sql = yield* SqlClient.SqlClient
      const ticket = (number: number) => ({ data: { ticket: number } })
      const before = (yield* drawn).length
      yield* submit(slug, [ticket(7)])
      const lonely = { emailKey: "lonely@shop.example" as never, email: "lonely@shop.example", key: "lonely" }
      const words = yield* submit(slug, [
        ticket(1),
        { ...lonely, ...ticket(7), requestHash: Buffer.from("lonely") },
        {},
        ticket(2),
        ticket(3)
      ])
      assert.deepStrictEqual(
        words.map((word) => (typeof word === "string" ? word : "recorded")),
        ["recorded", "defect", "recorded", "recorded", "recorded"]
      )
      assert.deepStrictEqual(
        new Set((yield* drawn).map(({ ticket }) => ticket)),
        new Set([null, 1, 2, 3, 7]),
        "the writes of the part are those of the plays that are recorded"
      )
      assert.lengthOf(yield* drawn, before + 5)
      // All or nothing: the refused play has left no row anywhere.
      assert.deepStrictEqual(
        yield* sql`
          select from player where email_key = 'lonely@shop.example'
          union all select from idempotency_key where key = 'lonely'`,
        []
      )
      assert.deepStrictEqual(
        yield* sql`select from drawn where not exists (select from play where play.id = drawn.play_id)`,
        []
      )
      assert.isTrue((yield* numbersOf).every(({ isWhole }) => isWhole))
      assert.property((yield* submit(slug, [{}]))[0], "draw", "the writer lives on")
    })
  )
})
