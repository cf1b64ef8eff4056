import { assert, it, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Slug } from "../../src/games/Game.ts"
import { drawOf } from "../../src/pages/Draws.ts"
import { KnownPages } from "../../src/pages/KnownPages.ts"
import { padsOf, valueOf, valueSql } from "../../src/pages/Odds.ts"
import { draws, part } from "../../src/pages/PagePart.ts"
import { Pages } from "../../src/pages/Pages.ts"
import { AllowedOrigins } from "../../src/platform/edge/AllowedOrigins.ts"
import * as PagesPerson from "../../src/pages/PagesPerson.ts"
import { PlayMemory } from "../../src/plays/PlayPart.ts"
import { Plays } from "../../src/plays/Plays.ts"
import * as PlaysRepo from "../../src/plays/PlaysRepo.ts"
import { outcomesOf, submission } from "../support/service/PlayTables.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { playerOf } from "../support/service/Persons.ts"
import { addGame, record } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import * as Paged from "./Paged.ts"
import * as Vectors from "./Vectors.ts"

const deadline = new Date(60_000)

interface Answer {
  readonly id: never
  readonly prize?: { segment: string; title: string; isWin: boolean }
}

const play = (slug: Slug, email: string, more: object = {}, key?: string) =>
  Effect.map(record(slug, email, more, key), (answer) => answer as unknown as Answer)

layer(Paged.layer(), { excludeTestServices: true })("what plays draw of a page's segments", (it) => {
  const { segment, setUp } = Paged

  it.effect("the database computes the values of the protocol's vectors", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { inner, outer } = padsOf(Vectors.seed, Vectors.manifest)
      const value = valueSql({ inner: "i", outer: "o", emailKey: "e", number: "n" })
      for (const [number, expected] of Vectors.odds) {
        const [row] = yield* sql.unsafe<{ value: string }>(
          `select (${value})::text as value from (select $1::bytea as i, $2::bytea as o, $3::text as e, $4::int as n) given`,
          [inner, outer, Vectors.address, number]
        )
        assert.strictEqual(BigInt(row?.value ?? "0"), expected)
      }
    })
  )

  it.effect("a play draws one, and a retry with its key is answered the same", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      yield* setUp(slug, {
        mechanic: "wheel",
        languages: ["en", "de"],
        segments: [segment("apple", 1, true), segment("never", 0)]
      })
      const first = yield* play(slug, "nora@shop.example", {}, "key")
      assert.deepStrictEqual(first.prize, { segment: "apple", title: "An apple", isWin: true })
      assert.deepStrictEqual(yield* play(slug, "nora@shop.example", {}, "key"), first)
      assert.deepStrictEqual<unknown>(yield* Effect.flatMap(Plays, ({ get }) => get(first.id)), first)
      const german = yield* play(slug, "vera@shop.example", { consent: { textVersion: "1", language: "de-AT" } })
      assert.strictEqual(german.prize?.title, "Ein apple")
    })
  )

  it.effect("a game of the same name as one that was deleted draws nothing of it, and lets no pages of it in", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const slug = yield* addGame()
      const allows = yield* AllowedOrigins
      const isOpen = () => allows?.("https://shop.example", `/api/v1/games/${slug}/page`)
      yield* setUp(slug, {
        mechanic: "wheel",
        languages: ["en", "de"],
        segments: [segment("apple", 1, true), segment("pear", 1)],
        embedOrigins: ["https://shop.example"]
      })
      assert.isTrue(isOpen())
      const [game] = yield* sql`delete from game where slug = ${slug} returning *`
      yield* sql`insert into game ${sql.insert({ ...game, id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b59" })}`
      assert.isTrue(yield* Effect.flatMap(KnownPages, ({ refresh }) => refresh))
      assert.notProperty(yield* play(slug, "nora@shop.example"), "prize")
      assert.isFalse(isOpen())
    })
  )

  it.effect("without weights nothing is drawn, and the statement is that of a process without the module", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const memory = yield* PlayMemory
      const [plain, unweighted, weighted] = [yield* addGame(), yield* addGame(), yield* addGame()]
      yield* setUp(unweighted, { mechanic: "wheel" })
      yield* setUp(weighted, {
        mechanic: "wheel",
        languages: ["en", "de"],
        segments: [segment("a", 1), segment("b", 1)]
      })
      for (const slug of [plain, unweighted]) assert.notProperty(yield* play(slug, "nora@shop.example"), "prize")
      const batch = (...slugs: ReadonlyArray<Slug>) => slugs.map((slug) => submission("nora@shop.example", { slug }))
      assert.isFalse(part.isNeeded?.(batch(plain, unweighted), memory))
      assert.isTrue(part.isNeeded?.(batch(plain, weighted), memory))
      const [row] = yield* sql`
        select count(*)::int as prizes from play_prize join game on game.id = play_prize.game_id
        where game.slug in (${plain}, ${unweighted})`
      assert.deepStrictEqual(row, { prizes: 0 })
    })
  )

  it.effect("each play of a batch draws for itself, of its own game, as the process computes it", () =>
    Effect.gen(function* () {
      const repo = yield* PlaysRepo.make
      const memory = yield* PlayMemory
      const games = [
        yield* addGame(),
        yield* addGame(),
        yield* addGame({ limit: { plays: 2, period: "ever", windowSeconds: null } })
      ]
      for (const slug of games.slice(1)) {
        yield* setUp(slug, {
          mechanic: "wheel",
          languages: ["en", "de"],
          segments: [segment("a", 1), segment("b", 2), segment("c", 3, true)]
        })
      }
      // Three plays of one player in each game, of which the last game lets two in.
      const batch = games.flatMap((slug) =>
        ["nora@shop.example", "nora@shop.example", "vera@shop.example", "nora@shop.example"].map((email) =>
          submission(email, { slug })
        )
      )
      const judged = yield* repo.record(batch, deadline, false)
      const drawn = batch.map((one) => {
        const row = judged.get(one)!
        return row.outcome === "recorded"
          ? { number: row.play.number, prize: row.play.fields["prize"] as Answer["prize"] }
          : { number: 0, prize: undefined }
      })
      assert.deepStrictEqual(
        drawn.map(({ number }) => number),
        [1, 2, 1, 3, 1, 2, 1, 3, 1, 2, 1, 0]
      )
      for (const [at, { number, prize }] of drawn.entries()) {
        const { emailKey, slug } = batch[at]!
        const draw = memory.get(draws).get(slug)
        if (draw === undefined || number === 0) {
          assert.isUndefined(prize)
          continue
        }
        const value = valueOf(draw.pads, emailKey, number)
        assert.strictEqual(prize?.segment, draw.shares.find(({ last }) => value <= last)?.segment)
      }
      // The same batch again, as if its answer was lost.
      const again = yield* outcomesOf({ ...repo, record: (plays) => repo.record(plays, deadline, false) }, batch)
      assert.deepStrictEqual(
        again.map((outcome) => (Exit.isSuccess(outcome) ? outcome.value.fields["prize"] : undefined)),
        drawn.map(({ prize }) => prize)
      )
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(
        yield* sql`select from play_prize where not exists (select from play where play.id = play_prize.play_id)`,
        []
      )
    })
  )

  it.effect("segments come as often as their weights say", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* PlaysRepo.make
      const slug = yield* addGame()
      const weights = { a: 1, b: 2, c: 5, d: 12 }
      yield* setUp(slug, {
        mechanic: "wheel",
        languages: ["en", "de"],
        segments: Object.entries(weights).map(([id, weight]) => segment(id, weight))
      })
      const plays = 4000
      for (let from = 0; from < plays; from += 500) {
        const batch = Array.from({ length: 500 }, (_, at) => submission(`player${from + at}@shop.example`, { slug }))
        yield* repo.record(batch, deadline, false)
      }
      const rows = yield* sql<{ segment: keyof typeof weights; plays: number }>`
        select segment, count(*)::int as plays from play_prize join game on game.id = play_prize.game_id
        where game.slug = ${slug} group by segment order by segment`
      assert.deepStrictEqual(
        rows.map(({ segment }) => segment),
        ["a", "b", "c", "d"]
      )
      assert.strictEqual(
        rows.reduce((sum, row) => sum + row.plays, 0),
        plays
      )
      // Chi-square with 3 degrees of freedom: beyond 26 with a probability below 0.00001. The seed is a new one each time.
      const chi = rows.reduce((sum, row) => {
        const expected = (plays * weights[row.segment]) / 20
        return sum + (row.plays - expected) ** 2 / expected
      }, 0)
      assert.isBelow(chi, 26)
    })
  )

  it.effect("what one player draws, another one does not, nor the same in another game", () =>
    Effect.gen(function* () {
      const slugs = [yield* addGame(), yield* addGame()]
      const many = Array.from({ length: 16 }, (_, at) => segment(`s${at}`, 1))
      for (const slug of slugs) yield* setUp(slug, { mechanic: "wheel", languages: ["en", "de"], segments: many })
      const repo = yield* PlaysRepo.make
      const drawnBy = (slug: Slug, email: string) =>
        Effect.map(
          repo.record(
            Array.from({ length: 20 }, () => submission(email, { slug })),
            deadline,
            false
          ),
          (judged) =>
            [...judged.values()]
              .map((row) => (row.outcome === "recorded" ? (row.play.fields["prize"] as Answer["prize"])?.segment : ""))
              .join()
        )
      const drawn = [
        yield* drawnBy(slugs[0]!, "nora@shop.example"),
        yield* drawnBy(slugs[0]!, "vera@shop.example"),
        yield* drawnBy(slugs[1]!, "nora@shop.example")
      ]
      assert.lengthOf(new Set(drawn), 3)
    })
  )

  it.effect("the seed stands nowhere in the clear, and outlives a change of the page", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const memory = yield* PlayMemory
      const slug = yield* addGame()
      const page = { mechanic: "wheel", languages: ["en", "de"], segments: [segment("a", 1), segment("b", 1)] } as const
      yield* setUp(slug, page)
      const before = memory.get(draws).get(slug)!
      yield* setUp(slug, { ...page, segments: [segment("a", 1), segment("b", 3)] })
      assert.deepStrictEqual(memory.get(draws).get(slug)?.pads, before.pads)
      const inner = Buffer.from(before.pads.inner.subarray(0, 32).map((byte) => byte ^ 0x36))
      assert.deepStrictEqual(drawOf(slug, { languages: ["en"], segments: page.segments }, inner)?.pads, before.pads)
      const [row] = yield* sql<{ seed: Uint8Array; whole: string }>`
        select seed, settings::text as whole from game_page join game on game.id = game_page.game_id where slug = ${slug}`
      assert.isFalse(Buffer.from(row!.seed).includes(inner))
      assert.notInclude(row!.whole, inner.toString("hex"))
    })
  )

  it.effect("connections that break cost no prize and give none twice, and every answer says what is stored", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const slug = yield* addGame()
      const many = Array.from({ length: 8 }, (_, at) => segment(`s${at}`, at + 1))
      yield* setUp(slug, { mechanic: "wheel", languages: ["en", "de"], segments: many })
      const kill = sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'fairground-writer' and datname = current_database()`
      const killing = yield* Effect.forkChild(
        Effect.repeat(Effect.andThen(kill, Effect.sleep("30 millis")), { times: 20 })
      )
      const answers = yield* Effect.forEach(
        Array.from({ length: 300 }, (_, at) => at),
        (at) => play(slug, `player${at % 40}@shop.example`, {}, `key-${at}`),
        { concurrency: 60 }
      )
      yield* Fiber.join(killing)
      const stored = yield* sql<{ id: string; segment: string | null }>`
        select play.id, play_prize.segment
        from play
        join game on game.id = play.game_id
        left join play_prize on play_prize.player_id = play.player_id and play_prize.play_id = play.id
        where game.slug = ${slug}`
      assert.lengthOf(stored, 300)
      assert.deepStrictEqual(
        new Map(answers.map(({ id, prize }) => [id as string, prize?.segment ?? null])),
        new Map(stored.map(({ id, segment }) => [id, segment]))
      )
      assert.isTrue(stored.every(({ segment }) => segment !== null))
    })
  )

  it.effect("a player's prizes are exported with the plays", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      yield* setUp(slug, {
        mechanic: "wheel",
        languages: ["en", "de"],
        segments: [segment("pear", 1, true), segment("x", 0)]
      })
      const { id } = yield* play(slug, "prized@shop.example")
      const player = yield* playerOf("prized@shop.example")
      const person = yield* PagesPerson.make
      assert.deepStrictEqual(yield* person.export(player), {
        prizes: [{ play: id, game: slug, segment: "pear", title: "An pear", isWin: true }]
      })
      yield* person.forget(player)
      assert.lengthOf((yield* person.export(player))["prizes"] as never, 1)
      assert.deepStrictEqual(yield* person.export({ ...player, id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52" }), {
        prizes: []
      })
    })
  )

  it.effect("a page that changes elsewhere is known here after the next look", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const known = yield* KnownPages
      const pages = yield* Pages
      yield* known.refresh
      assert.isFalse(yield* known.refresh)
      yield* setUp(slug, { mechanic: "wheel", languages: ["en", "de"], segments: [segment("a", 1), segment("b", 1)] })
      const { page } = yield* pages.find(slug)
      yield* pages.change(slug, { ...page, segments: page.segments.map(({ weight: _, ...rest }) => rest) }, null)
      assert.property(yield* play(slug, "nora@shop.example"), "prize")
      assert.isTrue(yield* known.refresh)
      assert.notProperty(yield* play(slug, "nora@shop.example"), "prize")
    })
  )
})

it.live("the seed outlives a new key of the ring; without its key, plays count and draw nothing", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const [first, second] = Paged.keys as [Uint8Array, Uint8Array]
    const processWith = (ring: ReadonlyArray<Uint8Array>) => Paged.paged(url, ring).pipe(Layer.provide(EspMemory.layer))
    const weights = (of: number) => ({
      mechanic: "wheel" as const,
      languages: ["en", "de"],
      segments: [Paged.segment("a", of), Paged.segment("b", 1)]
    })
    /** A process with these keys: what the game draws by, and what a play gets. */
    const asks = <E>(
      ring: ReadonlyArray<Uint8Array>,
      slug: Slug,
      before: Effect.Effect<unknown, E, Pages | KnownPages>
    ) =>
      Effect.gen(function* () {
        yield* before
        const memory = yield* PlayMemory
        const { prize } = yield* play(slug, "nora@shop.example")
        return { pads: memory.get(draws).get(slug)?.pads, prize }
      }).pipe(Effect.provide(processWith(ring)), Effect.scoped)

    const slug = yield* addGame().pipe(Effect.provide(processWith([first])))
    const one = yield* asks([first], slug, Paged.setUp(slug, weights(1)))
    assert.isDefined(one.prize)
    // Rotated: the old key still decrypts, and the next change encrypts with the new one.
    const two = yield* asks([second, first], slug, Paged.setUp(slug, weights(2)))
    assert.deepStrictEqual(two.pads, one.pads)
    const three = yield* asks([second], slug, Effect.void)
    assert.deepStrictEqual(three.pads, one.pads)
    const four = yield* asks([first], slug, Effect.void)
    assert.deepStrictEqual(four, { pads: undefined, prize: undefined })
    // A change without the key keeps the seed for when the key comes back.
    yield* asks([first], slug, Paged.setUp(slug, weights(3)))
    assert.deepStrictEqual((yield* asks([second], slug, Effect.void)).pads, one.pads)
  })
)
