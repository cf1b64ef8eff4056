import { assert, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Game, GameId, Slug } from "../../src/games/Game.ts"
import { GameNotFound } from "../../src/games/GameErrors.ts"
import { plainPage } from "../../src/pages/GamePage.ts"
import { PageCache } from "../../src/pages/PageCache.ts"
import { Pages } from "../../src/pages/Pages.ts"
import { PagesSettings } from "../../src/pages/PagesSettings.ts"
import type { StoredPage } from "../../src/pages/Shown.ts"
import { spoken } from "../../src/pages/Words.ts"
import { DatabaseUnavailable } from "../../src/platform/contract/Problems.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"

const slug = Slug.make("wheel")

const stored = (
  title: string,
  change: { readonly version?: number; readonly opensAt?: DateTime.Utc } = {}
): StoredPage => ({
  game: new Game({
    id: GameId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"),
    slug,
    title,
    opensAt: change.opensAt ?? null,
    closesAt: null,
    timeZone: "UTC",
    limitPlays: null,
    limitPeriod: null,
    limitWindowSeconds: null,
    esp: "sandbox",
    espList: null,
    espTags: [],
    version: change.version ?? 1,
    archivedAt: null,
    createdAt: DateTime.makeUnsafe(0),
    updatedAt: DateTime.makeUnsafe(0)
  }),
  page: plainPage(spoken),
  version: 1,
  updatedAt: null
})

/** A database with one page, which counts what it is asked. */
const database = () => {
  const asked = { find: 0, versions: 0 }
  let page = stored("One")
  let answer: Effect.Effect<void, DatabaseUnavailable> = Effect.void
  const layer = Layer.mock(Pages, {
    find: (wanted) =>
      Effect.suspend(() => {
        asked.find++
        return Effect.andThen(answer, wanted === slug ? Effect.succeed(page) : Effect.fail(new GameNotFound({})))
      }),
    versions: () =>
      Effect.suspend(() => {
        asked.versions++
        const { game, version } = page
        return Effect.as(answer, {
          id: game.id,
          gameVersion: game.version,
          pageVersion: version === 1 ? null : version
        })
      })
  })
  return {
    asked,
    layer: PageCache.layer.pipe(Layer.provide(layer), Layer.provide(layerOf(PagesSettings))),
    set: (next: StoredPage) => void (page = next),
    answerWith: (next: Effect.Effect<void, DatabaseUnavailable>) => void (answer = next)
  }
}

const titleOf = Effect.flatMap(PageCache, ({ render }) => Effect.map(render(slug, ["de"]), ({ facts }) => facts.title))

it.effect("many requests cost one look-up a second, and a change is seen within that", () => {
  const { asked, layer, set } = database()
  return Effect.gen(function* () {
    yield* Effect.all(
      Array.from({ length: 200 }, () => titleOf),
      { concurrency: "unbounded" }
    )
    for (let at = 0; at < 200; at++) yield* titleOf
    assert.deepStrictEqual(asked, { find: 1, versions: 0 })
    yield* TestClock.adjust("1 second")
    yield* Effect.all(
      Array.from({ length: 200 }, () => titleOf),
      { concurrency: "unbounded" }
    )
    assert.deepStrictEqual(asked, { find: 1, versions: 1 })
    set(stored("Two", { version: 2 }))
    assert.strictEqual(yield* titleOf, "One")
    yield* TestClock.adjust("1 second")
    assert.strictEqual(yield* titleOf, "Two")
    assert.deepStrictEqual(asked, { find: 2, versions: 2 })
    // Changed by this process.
    set(stored("Three", { version: 3 }))
    yield* (yield* PageCache).doubt(slug)
    assert.strictEqual(yield* titleOf, "Three")
  }).pipe(Effect.provide(layer))
})

it.effect("what is rendered is used again, in each language, until the state changes by itself", () => {
  const { layer, set } = database()
  return Effect.gen(function* () {
    const { render } = yield* PageCache
    const now = yield* DateTime.now
    set(stored("One", { opensAt: DateTime.addDuration(now, "10 minutes") }))
    const german = yield* render(slug, ["de"])
    assert.strictEqual(yield* render(slug, ["de-AT"]), german)
    assert.notStrictEqual(yield* render(slug, ["fr"]), german)
    assert.strictEqual(german.facts.state, "scheduled")
    yield* TestClock.adjust("10 minutes")
    assert.strictEqual((yield* render(slug, ["de"])).facts.state, "open")
  }).pipe(Effect.provide(layer))
})

it.effect("what is known and fresh is there without waiting, and nothing else is", () => {
  const { asked, layer } = database()
  return Effect.gen(function* () {
    const { known, render } = yield* PageCache
    assert.isUndefined(known(slug, ["de"]))
    const german = yield* render(slug, ["de"])
    assert.strictEqual(known(slug, ["de-AT"]), german)
    assert.strictEqual(known(slug, ["fr"])?.facts.language, "fr")
    assert.isUndefined(known("no slug at all?", ["de"]))
    yield* TestClock.adjust("1 second")
    assert.isUndefined(known(slug, ["de"]))
    assert.deepStrictEqual(asked, { find: 1, versions: 0 })
  }).pipe(Effect.provide(layer))
})

it.effect("without the database a page that is known is shown as it was, soon, and another one is not", () => {
  const { answerWith, asked, layer } = database()
  return Effect.gen(function* () {
    const { render } = yield* PageCache
    assert.strictEqual(yield* titleOf, "One")
    yield* TestClock.adjust("1 minute")
    answerWith(Effect.fail(new DatabaseUnavailable({})))
    assert.strictEqual(yield* titleOf, "One")
    // It does not answer at all.
    const gate = yield* Deferred.make<void>()
    answerWith(Deferred.await(gate))
    const waiting = yield* Effect.forkChild(titleOf)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(yield* Fiber.join(waiting), "One")
    const before = asked.versions
    // The one look-up goes on, and later requests wait for it.
    const next = yield* Effect.forkChild(titleOf)
    yield* TestClock.adjust("1 millis")
    yield* Deferred.succeed(gate, undefined)
    assert.strictEqual(yield* Fiber.join(next), "One")
    assert.strictEqual(asked.versions, before)
    const { _tag } = yield* Effect.flip(render(Slug.make("other"), []))
    assert.strictEqual(_tag, "GameNotFound")
  }).pipe(Effect.provide(layer))
})

it.effect("a visitor who leaves takes nothing from others who wait for the same page", () => {
  const { answerWith, layer } = database()
  return Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    answerWith(Deferred.await(gate))
    const first = yield* Effect.forkChild(titleOf, { startImmediately: true })
    const second = yield* Effect.forkChild(titleOf, { startImmediately: true })
    yield* Fiber.interrupt(first)
    yield* Deferred.succeed(gate, undefined)
    assert.strictEqual(yield* Fiber.join(second), "One")
  }).pipe(Effect.provide(layer))
})
