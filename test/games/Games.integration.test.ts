import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { Slug } from "../../src/games/Game.ts"
import { Games, type NewGame } from "../../src/games/Games.ts"
import { layerWith } from "../support/Settings.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const at = (text: string) => DateTime.makeUnsafe(text)

const newGame = (slug: string, change: Partial<NewGame> = {}): NewGame => ({
  slug: Slug.make(slug),
  title: "Wheel of fortune",
  opensAt: null,
  closesAt: null,
  timeZone: "Europe/Prague",
  limit: null,
  esp: "sandbox",
  ...change
})

const subject = Games.layer.pipe(Layer.provide(TestDatabase.layer), Layer.provide(layerWith({})))

layer(subject, { excludeTestServices: true })("Games", (it) => {
  it.effect("a game is found as it was added", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const facts = {
        title: "Kolo štěstí 😀",
        opensAt: at("2026-12-01T00:00:00.123Z"),
        closesAt: at("2026-12-24T00:00:00Z"),
        limit: { plays: 5, period: "window" as const, windowSeconds: 43_200 },
        esp: "sandbox"
      }
      const added = yield* games.add(newGame("autumn", facts))
      const found = yield* games.find(Slug.make("autumn"))
      assert.deepStrictEqual(found, added)
      assert.deepInclude(found, { title: facts.title, opensAt: facts.opensAt, closesAt: facts.closesAt })
      assert.deepStrictEqual(found.limit, facts.limit)
    })
  )

  it.effect("every limit comes back as it went in", () =>
    Effect.gen(function* () {
      const games = yield* Games
      for (const [index, limit] of [
        null,
        { plays: 1, period: "ever" as const, windowSeconds: null },
        { plays: 3, period: "day" as const, windowSeconds: null },
        { plays: 1_000_000, period: "window" as const, windowSeconds: 1 }
      ].entries()) {
        assert.deepStrictEqual((yield* games.add(newGame(`limit-${index}`, { limit }))).limit, limit)
      }
    })
  )

  it.effect("a slug is taken once, by parallel adds too", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const results = yield* Effect.all(
        Array.from({ length: 10 }, (_, index) =>
          Effect.result(games.add(newGame("taken", { title: `Game ${index}` })))
        ),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        results.filter(({ _tag }) => _tag === "Success"),
        1
      )
      const error = yield* Effect.flip(games.add(newGame("taken")))
      assert.strictEqual(error.message, 'Another game has the slug "taken".')
    })
  )

  it.effect("what no game can have is refused by name", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const now = at("2026-12-01T00:00:00Z")
      for (const closesAt of [now, at("2026-11-30T00:00:00Z")]) {
        assert.strictEqual(
          (yield* Effect.flip(games.add(newGame("reversed", { opensAt: now, closesAt }))))._tag,
          "TimesReversed"
        )
      }
      assert.strictEqual(
        (yield* Effect.flip(games.add(newGame("nowhere", { timeZone: "Europe/Nowhere" }))))._tag,
        "TimeZoneUnknown"
      )
      assert.strictEqual((yield* Effect.flip(games.find(Slug.make("nowhere"))))._tag, "GameNotFound")
    })
  )

  it.effect("the list is in the order of slugs, whatever the language", () =>
    Effect.gen(function* () {
      const games = yield* Games
      for (const slug of ["z9", "z-9", "z10"]) yield* games.add(newGame(slug))
      assert.deepStrictEqual(
        (yield* games.list).map(({ slug }) => String(slug)).filter((slug) => slug.startsWith("z")),
        ["z-9", "z10", "z9"]
      )
    })
  )

  it.effect("a game that is closed takes no plays from then on; closing it again changes nothing", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const close = (slug: string) => games.close(Slug.make(slug))
      yield* games.add(newGame("open", { opensAt: at("2020-01-01T00:00:00Z") }))
      const closed = yield* close("open")
      const now = yield* DateTime.now
      assert.isFalse(closed.isOpenAt(now))
      assert.deepStrictEqual(closed.opensAt, at("2020-01-01T00:00:00Z"))
      assert.deepStrictEqual((yield* close("open")).closesAt, closed.closesAt)

      yield* games.add(newGame("future", { opensAt: at("2999-01-01T00:00:00Z"), closesAt: at("2999-02-01T00:00:00Z") }))
      const never = yield* close("future")
      assert.isFalse(never.isOpenAt(yield* DateTime.now))
      assert.isFalse(never.isOpenAt(at("2999-01-15T00:00:00Z")))

      yield* games.add(newGame("past", { closesAt: at("2020-02-01T00:00:00Z") }))
      assert.deepStrictEqual((yield* close("past")).closesAt, at("2020-02-01T00:00:00Z"))
      assert.strictEqual((yield* Effect.flip(close("unknown")))._tag, "GameNotFound")
    })
  )
})
