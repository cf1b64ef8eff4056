import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import * as fc from "fast-check"
import { Game, Slug } from "../../src/games/Game.ts"
import { changesBetween, closed, type GameSetup, isReversed, opened, setupOf } from "../../src/games/GameSetup.ts"
import { type GameSort, placeOf } from "../../src/games/ManagedGame.ts"

const at = (minute: number) => DateTime.makeUnsafe(Date.parse("2026-11-20T10:00:00Z") + minute * 60_000)

const setup: GameSetup = {
  title: "Wheel",
  opensAt: null,
  closesAt: null,
  timeZone: "UTC",
  limit: null,
  esp: "sandbox",
  espList: null,
  espTags: [],
  archivedAt: null
}

const gameOf = ({ limit, ...facts }: GameSetup) =>
  Game.make({
    ...facts,
    id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52" as never,
    slug: Slug.make("wheel"),
    limitPlays: limit?.plays ?? null,
    limitPeriod: limit?.period ?? null,
    limitWindowSeconds: limit?.windowSeconds ?? null,
    version: 1,
    createdAt: at(0) as never,
    updatedAt: at(0) as never
  })

const minute = fc.integer({ min: -3, max: 3 })
const time = fc.option(minute.map(at), { nil: null })
const times = fc.record({ opensAt: time, closesAt: time }).filter((both) => !isReversed(both))

describe("opening and closing", () => {
  it("an opened game takes plays from the moment on, and opening it again changes nothing", () => {
    fc.assert(
      fc.property(times, minute, (both, now) => {
        const open = opened({ ...setup, ...both }, at(now))
        assert.isTrue(gameOf(open).isOpenAt(at(now)))
        assert.strictEqual(gameOf(open).stateAt(at(now)), "open")
        assert.isFalse(isReversed(open))
        assert.isUndefined(changesBetween(open, opened(open, at(now))))
        // A game that is open stays as it is.
        if (gameOf({ ...setup, ...both }).isOpenAt(at(now))) assert.deepStrictEqual(open, { ...setup, ...both })
      })
    )
  })

  it("a closed game takes none, at no later time either, and closing it again changes nothing", () => {
    fc.assert(
      fc.property(times, minute, fc.nat(5), (both, now, later) => {
        const close = closed({ ...setup, ...both }, at(now))
        assert.isFalse(gameOf(close).isOpenAt(at(now + later)))
        assert.strictEqual(gameOf(close).stateAt(at(now + later)), "closed")
        assert.isFalse(isReversed(close))
        assert.isUndefined(changesBetween(close, closed(close, at(now + later))))
        // What has closed before keeps its time.
        if (both.closesAt !== null && DateTime.isLessThan(both.closesAt, at(now))) {
          assert.deepStrictEqual(close.closesAt, both.closesAt)
        }
      })
    )
  })
})

describe("the state of a game", () => {
  it("goes by its times, unless it is archived", () => {
    const states = (opensAt: number | null, closesAt: number | null, archivedAt: number | null = null) => {
      const of = (minute: number | null) => (minute === null ? null : at(minute))
      const game = gameOf({ ...setup, opensAt: of(opensAt), closesAt: of(closesAt), archivedAt: of(archivedAt) })
      return [-1, 0, 1, 2, 3].map((now) => game.stateAt(at(now)))
    }
    assert.deepStrictEqual(states(null, null), ["open", "open", "open", "open", "open"])
    assert.deepStrictEqual(states(0, 2), ["scheduled", "open", "open", "closed", "closed"])
    assert.deepStrictEqual(states(null, 0), ["open", "closed", "closed", "closed", "closed"])
    assert.deepStrictEqual(states(2, null), ["scheduled", "scheduled", "scheduled", "open", "open"])
    assert.deepStrictEqual(states(null, -2, -1), ["archived", "archived", "archived", "archived", "archived"])
  })
})

describe("changes", () => {
  it("are the fields that differ, as JSON, with old and new values", () => {
    const limit = { plays: 3, period: "day" as const, windowSeconds: null }
    assert.deepStrictEqual(
      changesBetween(setup, { ...setup, title: "Autumn", opensAt: at(1), limit, espTags: ["a"], espList: null }),
      {
        title: { from: "Wheel", to: "Autumn" },
        opensAt: { from: null, to: "2026-11-20T10:01:00.000Z" },
        limit: { from: null, to: limit },
        espTags: { from: [], to: ["a"] }
      }
    )
    assert.isUndefined(changesBetween(setup, { ...setup, espTags: [] }))
  })

  it("of a game are those of what can be changed of it", () => {
    assert.isUndefined(changesBetween(setup, setupOf(gameOf(setup))))
  })
})

describe("the place of a game in a list", () => {
  it("is in the order of the list; a game without an opening time opens when it is added", () => {
    const places = (opensAt: DateTime.Utc | null) =>
      (["newest", "slug", "opening"] satisfies ReadonlyArray<GameSort>).map((sort) =>
        placeOf(sort, gameOf({ ...setup, opensAt }))
      )
    const { id } = gameOf(setup)
    const millis = DateTime.toEpochMillis(at(0))
    assert.deepStrictEqual(places(null), [
      { sort: "newest", id },
      { sort: "slug", slug: Slug.make("wheel") },
      { sort: "opening", at: millis, id }
    ])
    assert.deepStrictEqual(places(at(5))[2], { sort: "opening", at: millis + 300_000, id })
  })
})
