import { assert, layer } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { Notes } from "../../src/statistics/Notes.ts"
import { Overviews } from "../../src/statistics/Overviews.ts"
import { Statistics } from "../../src/statistics/Statistics.ts"
import { addGame, record, Time } from "../support/service/Recording.ts"
import { countAll, foldAll, layer as counting } from "./Counting.ts"

layer(counting(), { excludeTestServices: true })("An overview", (it) => {
  it.effect("has a time beside the time before, the games, and the notes, as the parts have them", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const statistics = yield* Statistics
      const overviews = yield* Overviews
      const notes = yield* Notes
      const wheel = yield* addGame({ timeZone: "Europe/Prague" })
      const scratch = yield* addGame({ timeZone: "Europe/Prague" })
      const playAt = Effect.fnUntraced(function* (
        at: string,
        ...plays: ReadonlyArray<readonly [typeof wheel, string]>
      ) {
        time.set(at)
        for (const [slug, name] of plays) yield* record(slug, `${name}@shop.example`)
      })
      yield* playAt("2026-11-16T08:00:00Z", [wheel, "nora"], [wheel, "nora"])
      yield* playAt("2026-11-16T20:00:00Z", [scratch, "adam"])
      yield* playAt("2026-11-18T09:00:00Z", [wheel, "nora"], [wheel, "ada"], [scratch, "ada"], [scratch, "adam"])
      yield* playAt("2026-11-19T10:00:00Z", [wheel, "eve"])
      const add = (at: string, game: typeof wheel | null) =>
        notes.add({ at: DateTime.makeUnsafe(at), game, text: `${game ?? "all"} at ${at}` })
      const mailing = yield* add("2026-11-18T07:00:00Z", wheel)
      const post = yield* add("2026-11-19T07:00:00Z", null)
      yield* add("2026-11-17T07:00:00Z", null)
      yield* add("2026-11-18T07:30:00Z", scratch)

      // The 18th and the 19th, beside the 16th and the 17th.
      time.set("2026-11-25T10:00:00Z")
      const query = { game: wheel, from: "2026-11-18", to: "2026-11-20" }
      const check = Effect.gen(function* () {
        const found = yield* overviews.of(query)
        const { isComplete, periods, total } = yield* statistics.plays(query)
        const before = (yield* statistics.plays({ ...query, from: "2026-11-16", to: "2026-11-18" })).total
        assert.deepInclude(found.total, { ...total, newShare: 0.67 })
        assert.deepInclude(found.before, { ...before, newShare: 0.5 })
        assert.deepInclude(found.total, { plays: 3, newPlayers: 2, returningPlays: 1 })
        assert.deepInclude(found.before, { plays: 2, newPlayers: 1, returningPlays: 1 })
        assert.deepStrictEqual(found.periods, periods)
        assert.strictEqual(found.isComplete, isComplete)
        assert.strictEqual(DateTime.formatIso(found.before.from), "2026-11-15T23:00:00.000Z")
        assert.strictEqual(DateTime.formatIso(found.before.to), "2026-11-17T23:00:00.000Z")
        assert.deepStrictEqual(found.games, [])
        assert.deepStrictEqual(
          found.notes.map(({ id }) => id),
          [post.id, mailing.id]
        )
        const settled = total.contacts.created + total.contacts.existed
        assert.strictEqual(found.total.verdictSeconds.p95 === null, settled === 0)
        return found
      })
      const first = yield* check
      assert.isNull(first.total.players)
      yield* foldAll
      yield* countAll
      const counted = yield* check
      assert.deepInclude(counted.total, { players: 3, playersAsOf: null })
      assert.deepInclude(counted.before, { players: 1, playersAsOf: null })

      const all = yield* overviews.of({ from: "2026-11-18", to: "2026-11-20", zone: "Europe/Prague" })
      assert.deepInclude(all.total, { plays: 5, newPlayers: 3 })
      assert.deepInclude(all.before, { plays: 3, newPlayers: 2 })
      assert.deepStrictEqual(
        all.games.map(({ game, newPlayers, plays }) => [game, plays, newPlayers]),
        [
          [wheel, 3, 2],
          [scratch, 2, 1]
        ]
      )
      assert.lengthOf(all.notes, 3)
    })
  )

  it.effect("compares a time that is not over with as much of the time before", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const overviews = yield* Overviews
      const slug = yield* addGame({ timeZone: "UTC" })
      time.set("2026-12-01T09:00:00Z")
      yield* record(slug, "nora@shop.example")
      time.set("2026-12-01T15:00:00Z")
      yield* record(slug, "nora@shop.example")
      time.set("2026-12-02T12:00:00Z")
      yield* record(slug, "nora@shop.example")
      const day = yield* overviews.of({ game: slug, from: "2026-12-02" })
      assert.deepStrictEqual([day.total.plays, day.before.plays, day.before.players], [1, 1, null])
      assert.strictEqual(DateTime.formatIso(day.before.to), "2026-12-01T12:15:00.000Z")
      time.set("2026-12-02T16:00:00Z")
      assert.strictEqual((yield* overviews.of({ game: slug, from: "2026-12-02" })).before.plays, 2)
      const over = yield* overviews.of({ game: slug, from: "2026-12-01", to: "2026-12-02" })
      assert.deepStrictEqual([over.total.plays, over.before.plays, over.before.players], [2, 0, 0])
      assert.deepStrictEqual([over.before.newShare, over.before.verdictSeconds], [null, { p50: null, p95: null }])
    })
  )
})
