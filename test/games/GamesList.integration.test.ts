import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Layer, String } from "effect"
import { SqlClient } from "effect/sql"
import { Slug } from "../../src/games/Game.ts"
import { Games, type GamesQuery } from "../../src/games/Games.ts"
import type { GamePlace, GameSort } from "../../src/games/ManagedGame.ts"
import { layerWith } from "../support/Settings.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** One connection: the counters of index scans are those of its statements. */
const database = Layer.unwrap(
  Effect.map(TestDatabase.makeUrl, (url) =>
    PgClient.layer({
      url,
      maxConnections: 1,
      transformResultNames: String.snakeToCamel,
      transformQueryNames: String.camelToSnake,
      startupParameters: { timezone: "UTC", plan_cache_mode: "force_custom_plan" }
    })
  )
)

const subject = Games.layer.pipe(Layer.provideMerge(database), Layer.provide(layerWith({})))

const at = (text: string) => DateTime.makeUnsafe(text)

const add = (
  slug: string,
  title: string,
  opensAt: string | null = null,
  closesAt: string | null = null,
  esp = "sandbox"
) =>
  Effect.flatMap(Games, (games) =>
    games.add({
      slug: Slug.make(slug),
      title,
      opensAt: opensAt === null ? null : at(opensAt),
      closesAt: closesAt === null ? null : at(closesAt),
      timeZone: "UTC",
      limit: null,
      esp,
      espTags: []
    })
  )

/** The slugs of all pages; `between` runs after each page. */
const slugsOf = Effect.fnUntraced(function* (
  query: GamesQuery,
  between: (page: number) => Effect.Effect<unknown, unknown, Games> = () => Effect.void
) {
  const games = yield* Games
  const slugs: Array<string> = []
  let after: GamePlace | undefined
  for (let page = 0; ; page++) {
    const { items, nextCursor } = yield* games.page({ ...query, ...(after === undefined ? {} : { after }) })
    slugs.push(...items.map(({ slug }) => slug))
    if (nextCursor === null) return slugs
    assert.lengthOf(items, query.limit ?? 25)
    after = nextCursor
    yield* between(page)
  }
})

layer(subject, { excludeTestServices: true })("The list of games", (it) => {
  it.effect("is in the order that is asked for, and has what the filters let through", () =>
    Effect.gen(function* () {
      const games = yield* Games
      assert.deepStrictEqual(yield* games.page({}), { items: [], nextCursor: null })
      yield* add("wheel", "Wheel of fortune")
      yield* add("advent", "The Advent", "2999-12-01T00:00:00Z", "2999-12-24T00:00:00Z")
      yield* add("spring", "100% Spring_time", "2020-03-01T00:00:00Z", "2020-06-01T00:00:00Z", "shop")
      yield* add("wheels-2", "Another", "2021-03-01T00:00:00Z")
      yield* add("old", "WHEELS of old", "2020-01-01T00:00:00Z")
      const sql = yield* SqlClient.SqlClient
      yield* sql`update game set archived_at = now(), closes_at = now() where slug = 'old'`

      assert.deepStrictEqual(yield* slugsOf({}), ["old", "wheels-2", "spring", "advent", "wheel"])
      assert.deepStrictEqual(yield* slugsOf({ sort: "slug" }), ["advent", "old", "spring", "wheel", "wheels-2"])
      assert.deepStrictEqual(yield* slugsOf({ sort: "opening" }), ["advent", "wheel", "wheels-2", "spring", "old"])

      const sorted = (query: GamesQuery) => slugsOf({ ...query, sort: "slug" })
      assert.deepStrictEqual(yield* sorted({ state: "scheduled" }), ["advent"])
      assert.deepStrictEqual(yield* sorted({ state: "open" }), ["wheel", "wheels-2"])
      assert.deepStrictEqual(yield* sorted({ state: "closed" }), ["spring"])
      assert.deepStrictEqual(yield* sorted({ state: "archived" }), ["old"])
      assert.deepStrictEqual(yield* sorted({ esp: "shop" }), ["spring"])
      assert.deepStrictEqual(yield* sorted({ esp: "sh" }), [])
      assert.deepStrictEqual(yield* sorted({ q: "wheel" }), ["old", "wheel", "wheels-2"])
      assert.deepStrictEqual(yield* sorted({ q: "WHEEL", state: "open" }), ["wheel", "wheels-2"])
      assert.deepStrictEqual(yield* sorted({ q: "of" }), [])
      // What is a sign of a pattern elsewhere is one of the text here.
      assert.deepStrictEqual(yield* sorted({ q: "100%" }), ["spring"])
      assert.deepStrictEqual(yield* sorted({ q: "100% spring_" }), ["spring"])
      for (const q of ["%", "_", "\\", "w%", "wh_el", "100\\%", "'; drop table game --", "𝓌"]) {
        assert.deepStrictEqual(yield* sorted({ q }), [], q)
      }
      yield* add("autumn", "Žluté Листья")
      for (const q of ["žlu", "ŽLUTÉ листЬЯ"]) assert.deepStrictEqual(yield* sorted({ q }), ["autumn"], q)
    })
  )
})

layer(subject, { excludeTestServices: true })("A list of many games", (it) => {
  const sorts = { newest: "game_pkey", slug: "game_slug_key", opening: "game_opening_idx" } as const

  it.effect("has each game once, while others are added and deleted, and reads it by an index", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const games = yield* Games
      // Several open at the same moment, in microseconds that cursors do not have.
      yield* sql`
        insert into game (id, slug, title, opens_at, created_at, updated_at)
        select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, 'many-' || n, 'Game ' || n,
          case when n % 3 > 0 then timestamptz '2020-01-01Z' + interval '7 hours' * (n / 10) + interval '1 microsecond' * n end,
          timestamptz '2019-01-01Z' + interval '1 minute' * (n / 4), now()
        from generate_series(1, 10000) n`
      yield* sql`analyze game`
      const all = yield* sql<{ slug: string }>`select slug from game where slug like 'many-%' order by slug`
      for (const sort of ["newest", "slug", "opening"] satisfies ReadonlyArray<GameSort>) {
        const isOfAll = ({ slug }: { readonly slug: string }) => slug.startsWith("many-")
        const seen = yield* slugsOf({ sort, limit: 100 }, (page) =>
          page % 40 === 0
            ? Effect.gen(function* () {
                yield* add(`between-${sort}-${page}`, "Between")
                yield* sql`delete from game where slug = ${`between-${sort}-${page}`} and ${page === 40}`
              })
            : Effect.void
        )
        const old = seen.filter((slug) => isOfAll({ slug }))
        assert.strictEqual(new Set(seen).size, seen.length)
        assert.deepStrictEqual(
          old.toSorted(),
          all.map(({ slug }) => slug)
        )
        const order = yield* Effect.map(
          sql<{ slug: string }>`
            select slug from game where slug like 'many-%'
            order by ${sql.literal(
              {
                newest: "id desc",
                slug: "slug",
                opening: "date_trunc('milliseconds', coalesce(opens_at, created_at)) desc, id desc"
              }[sort]
            )}`,
          (rows) => rows.map(({ slug }) => slug)
        )
        assert.deepStrictEqual(old, order)

        const scans = Effect.gen(function* () {
          yield* sql`select pg_stat_force_next_flush()`
          const [row] = yield* sql<{ byIndex: number; whole: number }>`
            select (select coalesce(idx_scan, 0)::int from pg_stat_user_indexes where indexrelname = ${sorts[sort]}) as by_index,
              (select seq_scan::int from pg_stat_user_tables where relname = 'game') as whole`
          return row!
        })
        const before = yield* scans
        const first = yield* games.page({ sort })
        assert.isNotNull(first.nextCursor)
        yield* games.page({ sort, after: first.nextCursor })
        const after = yield* scans
        // The planner may look at an end of the index too.
        assert.isAtLeast(after.byIndex - before.byIndex, 2, sort)
        assert.strictEqual(after.whole, before.whole, sort)
      }
    })
  )
})
