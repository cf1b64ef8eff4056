import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Exit, Layer, Stream } from "effect"
import { SqlClient } from "effect/sql"
import * as fc from "fast-check"
import { Slug } from "../../../src/games/Game.ts"
import type * as Paging from "../../../src/platform/contract/Paging.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { keyOf } from "../../../src/players/Email.ts"
import { PlayerId } from "../../../src/players/Player.ts"
import { Players } from "../../../src/players/Players.ts"
import { EntriesList } from "../../../src/plays/lists/EntriesList.ts"
import { PlayersList } from "../../../src/plays/lists/PlayersList.ts"
import { PlaysList } from "../../../src/plays/lists/PlaysList.ts"
import { PlayId } from "../../../src/plays/Play.ts"
import { forget, playerOf } from "../../support/service/Persons.ts"
import { addGame, layer as recording, record } from "../../support/service/Recording.ts"
import { lists, seedMany, seedPlays } from "../../support/service/Seeded.ts"

const service = lists.pipe(Layer.provideMerge(recording({ DATABASE_STATEMENT_TIMEOUT: "2 minutes" })))

/** All pages, one after the other. */
const pagesOf = <Item, Key, E, R>(
  list: (after: Key | undefined) => Effect.Effect<Paging.Page<Item, Key>, E, R>
): Effect.Effect<ReadonlyArray<ReadonlyArray<Item>>, E, R> =>
  Effect.gen(function* () {
    const pages: Array<ReadonlyArray<Item>> = []
    for (let after: Key | undefined | null = undefined; after !== null;) {
      const page: Paging.Page<Item, Key> = yield* list(after)
      pages.push(page.items)
      after = page.nextCursor
      assert.isBelow(pages.length, 100)
    }
    return pages
  })

const withAfter = <Key>(after: Key | undefined) => (after === undefined ? {} : { after })

const at = (text: string) => new Date(text)
const utc = (text: string) => DateTime.makeUnsafe(text)

layer(service, { excludeTestServices: true })("Lists for staff", (it) => {
  it.effect("show a play with all that is stored of it, to those who know its game", () =>
    Effect.gen(function* () {
      const plays = yield* PlaysList
      const [slug, other] = [yield* addGame(), yield* addGame()]
      const { id, playedAt } = yield* record(slug, " Nora@Shop.example ", {
        name: "Nora",
        score: 1.5,
        consent: { textVersion: "2026-10", language: "en" },
        data: { prize: "coffee", nested: { a: [1] } }
      })
      const { id: playerId } = yield* playerOf("nora@shop.example")
      assert.deepStrictEqual(yield* plays.find(slug, id), {
        id,
        game: slug,
        playerId: PlayerId.make(playerId),
        email: "Nora@Shop.example",
        number: 1,
        playedAt,
        name: "Nora",
        score: 1.5,
        consent: { textVersion: "2026-10", language: "en" },
        data: { prize: "coffee", nested: { a: [1] } },
        esp: "sandbox",
        contact: "created"
      })
      const bare = yield* record(slug, "nora@shop.example")
      assert.deepInclude(yield* plays.find(slug, bare.id), {
        number: 2,
        name: null,
        score: null,
        consent: null,
        data: null
      })
      assert.strictEqual((yield* Effect.flip(plays.find(other, id)))._tag, "PlayNotFound")
      assert.strictEqual((yield* Effect.flip(plays.find(Slug.make("nowhere"), id)))._tag, "GameNotFound")
      const nobodys = PlayId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52")
      assert.strictEqual((yield* Effect.flip(plays.find(slug, nobodys)))._tag, "PlayNotFound")
    })
  )

  it.effect("page through the plays of a game by time, newest first, between two moments", () =>
    Effect.gen(function* () {
      const plays = yield* PlaysList
      // The plays are older than the game, by less than clocks may differ.
      const [slug, other] = [yield* addGame(), yield* addGame()]
      const since = new Date(Date.now() - 3_600_000)
      const ids = yield* seedPlays(
        Array.from({ length: 9 }, (_, n) => ({
          game: n % 3 === 2 ? other : slug,
          email: `p${n % 2}@shop.example`,
          at: new Date(since.getTime() + n * 1000)
        }))
      )
      const own = ids.filter((_, n) => n % 3 !== 2).toReversed()
      const list = (query: object) =>
        Effect.map(
          pagesOf((after: string | undefined) => plays.ofGame(slug, { limit: 2, ...query, ...withAfter(after) })),
          (pages) => pages.map((page) => page.map(({ id }) => id as string))
        )
      const [a, b, c, d, e, f] = own
      assert.deepStrictEqual(yield* list({}), [
        [a, b],
        [c, d],
        [e, f]
      ])
      const [from, to] = [1, 6].map((n) => DateTime.makeUnsafe(since.getTime() + n * 1000))
      // The sixth second is excluded, the first included.
      assert.deepStrictEqual((yield* list({ from, to })).flat(), [ids[4], ids[3], ids[1]])
      assert.deepStrictEqual((yield* list({ from: to })).flat(), [ids[7], ids[6]])
      assert.deepStrictEqual(yield* list({ from: to, to: from }), [[]])
      // A cursor from beyond the range, as of a page with other moments.
      assert.deepStrictEqual((yield* list({ to: from, limit: 9 })).flat(), [ids[0]])
      assert.strictEqual((yield* Effect.flip(plays.ofGame(Slug.make("nowhere"), {})))._tag, "GameNotFound")
      const none = yield* addGame()
      assert.deepStrictEqual(yield* plays.ofGame(none, {}), { items: [], nextCursor: null })
    })
  )

  it.effect("find the few plays and entries of a game among many of another", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const plays = yield* PlaysList
      const entries = yield* EntriesList
      const [slug, other] = [yield* addGame(), yield* addGame()]
      const since = at("2026-03-01T00:00:00Z")
      yield* sql`update game set created_at = ${since} where slug in (${slug}, ${other})`
      yield* seedMany({ game: other, count: 30_000, prefix: "crowd", at: since })
      const few = [3, 14_000, 29_999].map((n) => new Date(since.getTime() + n * 1000 + 500))
      const ids = yield* seedPlays(few.map((at, n) => ({ game: slug, email: `few${n}@shop.example`, at })))
      const found = yield* pagesOf((after: string | undefined) => plays.ofGame(slug, { limit: 2, ...withAfter(after) }))
      assert.deepStrictEqual(
        found.flat().map(({ id }) => id as string),
        ids.toReversed()
      )
      const players = yield* pagesOf((after: string | undefined) =>
        entries.ofGame(slug, { limit: 2, ...withAfter(after) })
      )
      assert.deepStrictEqual(
        players.map((page) => page.map(({ email }) => email)),
        [["few0@shop.example", "few1@shop.example"], ["few2@shop.example"]]
      )
      // A dense game fills its pages.
      const dense = yield* plays.ofGame(other, { limit: 100 })
      assert.deepStrictEqual([dense.items.length, dense.items[0]?.score], [100, 30_000])
      const exported = yield* Stream.runCollect(yield* plays.exported({ game: slug }))
      assert.deepStrictEqual(
        exported.map(({ play }) => play.id as string),
        ids
      )
      const names = yield* Stream.runCollect(yield* (yield* PlayersList).exported({ game: slug }))
      assert.deepStrictEqual(
        names.map(({ email, games, plays }) => [email, games, plays]),
        [0, 1, 2].map((n) => [`few${n}@shop.example`, 1, 1])
      )
    })
  )

  it.effect(
    "give every play of a player once, newest first, whatever the games, the times and the limit",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const plays = yield* PlaysList
        const games = [yield* addGame(), yield* addGame(), yield* addGame()]
        const start = Date.parse("2026-01-01T00:00:00Z")
        const services = yield* Effect.context<SqlClient.SqlClient>()
        let run = 0
        const property = fc.asyncProperty(
          fc.array(
            fc.record({
              game: fc.constantFrom(...games),
              second: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 20_000_000 })),
              isOthers: fc.boolean()
            }),
            { minLength: 1, maxLength: 12 }
          ),
          fc.integer({ min: 1, max: 4 }),
          fc.boolean(),
          (made, limit, isSeenLater) =>
            Effect.runPromiseWith(services)(
              Effect.gen(function* () {
                const email = `player${++run}@shop.example`
                // Recorded in the order of time, as good as: within a minute another replica may be first.
                const sorted = made.toSorted((a, b) => Math.floor(a.second / 30) - Math.floor(b.second / 30))
                const ids = yield* seedPlays(
                  sorted.map(({ game, isOthers, second }) => ({
                    game,
                    email: isOthers ? `other${run}@shop.example` : email,
                    at: new Date(start + second * 1000)
                  }))
                )
                const own = ids.filter((_, n) => sorted[n]?.isOthers === false)
                if (own.length === 0) return
                const { id } = yield* playerOf(email)
                if (isSeenLater) {
                  yield* sql`update entry set updated_at = updated_at + interval '1 day' where player_id = ${id}`
                }
                const pages = yield* pagesOf((after: { readonly id: string; readonly left: number } | undefined) =>
                  plays.ofPlayer(PlayerId.make(id), { limit, ...withAfter(after) })
                )
                assert.deepStrictEqual(
                  pages.flat().map((play) => play.id as string),
                  own.toSorted().toReversed()
                )
              })
            )
        )
        yield* Effect.promise(() => fc.assert(property, { numRuns: 40 }))
      }),
    60_000
  )

  it.effect("show players with the name of the newest play, by address and by its beginning", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const list = yield* PlayersList
      const [slug, other] = [yield* addGame(), yield* addGame()]
      yield* seedPlays([
        { game: slug, email: "Ann_1@a.example", at: at("2024-02-01T10:00:00Z"), name: "Old" },
        { game: slug, email: "ann_1@a.example", at: at("2024-02-02T10:00:00Z") },
        { game: other, email: "ann_1@a.example", at: at("2024-02-03T10:00:00Z"), name: "Ann" },
        { game: slug, email: "annx1@a.example", at: at("2024-02-04T10:00:00Z"), name: "First" },
        { game: slug, email: "annx1@a.example", at: at("2024-02-05T10:00:00Z"), name: "Second" },
        { game: slug, email: "ann%@bücher.example", at: at("2024-02-06T10:00:00Z") }
      ])
      // The limit has turned away a later play.
      yield* sql`
        update entry set updated_at = '2024-02-07T10:00:00Z' from player
        where player.id = player_id and email_key = 'annx1@a.example'`
      const emailsOf = ({ items }: { readonly items: ReadonlyArray<{ readonly email: string }> }) =>
        items.map(({ email }) => email)
      const found = yield* list.list({ emailPrefix: "ann" })
      assert.deepStrictEqual(emailsOf(found), ["ann%@bücher.example", "Ann_1@a.example", "annx1@a.example"])
      assert.deepStrictEqual(
        found.items.map(({ games, lastSeenAt, name, plays }) => [name, games, plays, lastSeenAt]),
        [
          [null, 1, 1, utc("2024-02-06T10:00:00Z")],
          ["Ann", 2, 3, utc("2024-02-03T10:00:00Z")],
          ["First", 1, 2, utc("2024-02-07T10:00:00Z")]
        ]
      )
      const pages = yield* pagesOf((after: (typeof found)["nextCursor"] | undefined) =>
        list.list({ emailPrefix: "ann", limit: 1, ...(after === undefined || after === null ? {} : { after }) })
      )
      assert.deepStrictEqual(pages.map((page) => emailsOf({ items: page })).flat(), emailsOf(found))
      for (const [emailPrefix, expected] of [
        ["ann_", ["Ann_1@a.example"]],
        ["ann%", ["ann%@bücher.example"]],
        ["ann%@xn--bcher-kva.", ["ann%@bücher.example"]],
        ["annz", []]
      ] as const) {
        assert.deepStrictEqual<ReadonlyArray<string>>(
          emailsOf(yield* list.list({ emailPrefix })),
          expected,
          emailPrefix
        )
      }
      assert.deepStrictEqual(emailsOf(yield* list.list({ email: keyOf("ANN_1@a.example") })), ["Ann_1@a.example"])
      assert.deepStrictEqual(emailsOf(yield* list.list({ email: keyOf("nobody@a.example") })), [])
      const [one] = found.items
      assert.deepStrictEqual(yield* list.find(one!.id), one)
      // Newest first: the last one that came.
      assert.deepStrictEqual(
        emailsOf(yield* list.list({ after: { id: PlayerId.make(uuidV7At(Date.parse("2024-02-08T00:00:00Z"))) } })),
        ["ann%@bücher.example", "annx1@a.example", "Ann_1@a.example"]
      )
      const wrong = yield* Effect.flip(list.list({ emailPrefix: "ann", after: { id: one!.id } }))
      assert.strictEqual(wrong._tag, "ValidationFailed")
      assert.strictEqual(
        (yield* Effect.flip(list.list({ after: { key: keyOf("a@b.example") } })))._tag,
        "ValidationFailed"
      )
    })
  )

  it.effect("keep the numbers of a forgotten player, and say no address", () =>
    Effect.gen(function* () {
      const plays = yield* PlaysList
      const entries = yield* EntriesList
      const players = yield* PlayersList
      const slug = yield* addGame()
      const play = yield* record(slug, "gone@shop.example", { name: "Gone", data: { secret: "gone" } })
      const player = yield* playerOf("gone@shop.example")
      const id = PlayerId.make(player.id)
      yield* forget(player)
      const nameless = { email: null, name: null, data: null, number: 1 }
      for (const { items } of [yield* plays.ofGame(slug, {}), yield* plays.ofPlayer(id, {})]) {
        assert.lengthOf(items, 1)
        assert.deepInclude(items[0], nameless)
      }
      assert.deepInclude(yield* plays.find(slug, play.id), nameless)
      for (const { items } of [yield* entries.ofGame(slug, {}), yield* entries.ofPlayer(id, {})]) {
        assert.lengthOf(items, 1)
        assert.deepInclude(items[0], { email: null, plays: 1, playerId: id })
      }
      assert.deepInclude(yield* entries.find(slug, id), { email: null, plays: 1 })
      assert.strictEqual((yield* Effect.flip(players.find(id)))._tag, "PlayerNotFound")
      const [exported] = yield* Stream.runCollect(yield* plays.exported({ game: slug }))
      assert.deepInclude(exported?.play, { email: null, name: null })
      assert.deepStrictEqual(yield* Stream.runCollect(yield* players.exported({ game: slug })), [])
      // Of an id that never was there is nothing at all.
      const nobody = PlayerId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b51")
      assert.strictEqual((yield* Effect.flip(plays.ofPlayer(nobody, {})))._tag, "PlayerNotFound")
      assert.strictEqual((yield* Effect.flip(entries.ofPlayer(nobody, {})))._tag, "PlayerNotFound")
      assert.strictEqual((yield* Effect.flip(entries.find(slug, nobody)))._tag, "EntryNotFound")
    })
  )

  it.effect("export what there was when they began, page by page, between two moments", () =>
    Effect.gen(function* () {
      const plays = yield* PlaysList
      const players = yield* PlayersList
      const slug = yield* addGame()
      const sql = yield* SqlClient.SqlClient
      yield* sql`update game set created_at = '2025-01-01' where slug = ${slug}`
      yield* seedMany({ game: slug, count: 1203, prefix: "export", at: at("2025-05-01T00:00:00Z") })
      const [from, to] = [utc("2025-05-01T00:00:00Z"), utc("2025-05-02T00:00:00Z")]
      for (const of of [
        { from, to },
        { from, to, game: slug }
      ]) {
        const all = yield* Stream.runCollect(yield* plays.exported(of))
        assert.deepStrictEqual(
          all.map(({ play }) => play.score),
          Array.from({ length: 1203 }, (_, n) => n + 1)
        )
        const names = yield* Stream.runCollect(yield* players.exported(of))
        assert.deepStrictEqual(
          names.map(({ name }) => name),
          Array.from({ length: 1203 }, (_, n) => `Player ${n + 1}`)
        )
      }
      const some = yield* Stream.runCollect(yield* plays.exported({ from, to: utc("2025-05-01T00:00:03Z") }))
      assert.deepStrictEqual(
        some.map(({ play }) => play.score),
        [1, 2]
      )
      // A play while it runs is no part of it: it ends.
      const stream = yield* plays.exported({ game: slug })
      yield* record(slug, "late@shop.example")
      assert.lengthOf(yield* Stream.runCollect(stream), 1203)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(plays.exported({ game: Slug.make("nowhere") }))))
    })
  )

  it.effect("do not mind players without plays", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const id = PlayerId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b5f")
      yield* sql`insert into player (id, email_key, email, created_at) values (${id}, 'idle@shop.example', 'idle@shop.example', now())`
      assert.deepInclude(yield* (yield* PlayersList).find(id), { name: null, games: 0, plays: 0, lastSeenAt: null })
      assert.deepStrictEqual(yield* (yield* PlaysList).ofPlayer(id, {}), { items: [], nextCursor: null })
      assert.deepStrictEqual(yield* (yield* EntriesList).ofPlayer(id, {}), { items: [], nextCursor: null })
      assert.strictEqual((yield* (yield* Players).find(id)).email, "idle@shop.example")
    })
  )
})
