import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { type Game, Slug } from "../../src/games/Game.ts"
import { Games, type NewGame } from "../../src/games/Games.ts"
import { CurrentDoer, theService } from "../../src/platform/Doer.ts"
import { lost } from "../support/service/PlayTables.ts"
import { layerWith } from "../support/Settings.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const at = (text: string) => DateTime.makeUnsafe(text)

let games = 0

const add = (change: Partial<NewGame> = {}) =>
  Effect.flatMap(Games, (service) =>
    service.add({
      slug: Slug.make(`game-${games++}`),
      title: "A game",
      opensAt: null,
      closesAt: null,
      timeZone: "UTC",
      limit: null,
      esp: "sandbox",
      ...change
    })
  )

/** What the audit log tells of a game, oldest first. */
const toldOf = ({ id }: Game) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ action: string; details: unknown; via: string; accountId: string | null }>`
      select action, details, via, account_id from audit_entry
      where target_kind = 'game' and target_id = ${id} order by id`
  )

const actionsOf = (game: Game) => Effect.map(toldOf(game), (told) => told.map(({ action }) => action))

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onSuccess: () => "done", onFailure: ({ _tag }): string => _tag })

const ground = TestDatabase.layer.pipe(Layer.provideMerge(layerWith({})))

layer(Games.layer.pipe(Layer.provideMerge(ground)), { excludeTestServices: true })("Editing games", (it) => {
  it.effect("changes the given fields and no others, and counts the version up", () =>
    Effect.gen(function* () {
      const service = yield* Games
      const game = yield* add({ espList: "7", espTags: ["a"] })
      assert.strictEqual(game.version, 1)
      const limit = { plays: 2, period: "window" as const, windowSeconds: 60 }
      const changed = yield* service.change(
        game.slug,
        { title: "Autumn", limit, opensAt: at("2026-01-01T00:00:00Z") },
        1
      )
      assert.deepInclude(changed, { title: "Autumn", espList: "7", espTags: ["a"], esp: "sandbox", version: 2 })
      assert.deepStrictEqual(changed.limit, limit)
      assert.deepStrictEqual(yield* service.find(game.slug), changed)
      assert.isTrue(DateTime.isGreaterThanOrEqualTo(changed.updatedAt, game.updatedAt))
      const emptied = yield* service.change(
        game.slug,
        {
          limit: null,
          opensAt: null,
          espList: null,
          espTags: [],
          closesAt: at("2999-01-01T00:00:00Z"),
          timeZone: "Asia/Tokyo"
        },
        2
      )
      assert.deepInclude(emptied, { opensAt: null, espList: null, espTags: [], timeZone: "Asia/Tokyo", version: 3 })
      assert.isNull(emptied.limit)
      assert.deepStrictEqual((yield* toldOf(game)).at(-1)?.details, {
        slug: game.slug,
        changes: {
          opensAt: { from: "2026-01-01T00:00:00.000Z", to: null },
          closesAt: { from: null, to: "2999-01-01T00:00:00.000Z" },
          timeZone: { from: "UTC", to: "Asia/Tokyo" },
          limit: { from: limit, to: null },
          espList: { from: "7", to: null },
          espTags: { from: ["a"], to: [] }
        }
      })
    })
  )

  it.effect("to another ESP connection empties list and tags that are not given, and only then", () =>
    Effect.gen(function* () {
      const service = yield* Games
      const { slug } = yield* add({ espList: "7", espTags: ["a"] })
      const change = (fields: Parameters<typeof service.change>[1]) =>
        Effect.map(service.change(slug, fields, null), ({ esp, espList, espTags }) => [esp, espList, espTags])
      assert.deepStrictEqual(yield* change({ esp: "sandbox", title: "Same" }), ["sandbox", "7", ["a"]])
      assert.deepStrictEqual(yield* change({ esp: "shop" }), ["shop", null, []])
      assert.deepStrictEqual(yield* change({ esp: "sandbox", espTags: ["b"] }), ["sandbox", null, ["b"]])
      assert.deepStrictEqual(yield* change({ espList: "9" }), ["sandbox", "9", ["b"]])
      const moved = yield* service.move(slug, { esp: "sandbox", espList: null, espTags: ["c"] })
      assert.deepStrictEqual([moved.espList, moved.espTags], [null, ["c"]])
    })
  )

  it.effect("refuses what no game can have, and changes nothing then", () =>
    Effect.gen(function* () {
      const service = yield* Games
      const game = yield* add({ opensAt: at("2026-02-01T00:00:00Z") })
      const { slug } = game
      for (const closesAt of [at("2026-02-01T00:00:00Z"), at("2026-01-01T00:00:00Z")]) {
        assert.strictEqual(yield* tagOf(service.change(slug, { title: "x", closesAt }, null)), "TimesReversed")
      }
      assert.strictEqual(yield* tagOf(service.change(slug, { timeZone: "Europe/Nowhere" }, null)), "TimeZoneUnknown")
      const nobody = Slug.make("nobody")
      for (const nothing of [
        tagOf(service.change(nobody, { title: "x" }, null)),
        tagOf(service.open(nobody, null)),
        tagOf(service.close(nobody)),
        tagOf(service.move(nobody, { esp: "sandbox", espList: null, espTags: [] })),
        tagOf(service.duplicate(nobody, { slug: Slug.make("copy") })),
        tagOf(service.remove(nobody, null))
      ]) {
        assert.strictEqual(yield* nothing, "GameNotFound")
      }
      assert.deepStrictEqual(yield* service.find(slug), game)
      assert.deepStrictEqual(yield* actionsOf(game), ["game.create"])
    })
  )

  it.effect("refuses another version; of edits of one version at once, one is made", () =>
    Effect.gen(function* () {
      const service = yield* Games
      const game = yield* add()
      const current = yield* service.change(game.slug, { title: "first" }, 1)
      for (const stale of [
        service.change(game.slug, { title: "second" }, 1),
        service.change(game.slug, { title: "second" }, 3),
        service.close(game.slug, 1)
      ]) {
        assert.strictEqual(yield* tagOf(stale), "ChangedMeanwhile")
      }
      assert.deepStrictEqual(yield* service.find(game.slug), current)

      const told = yield* Effect.all(
        Array.from({ length: 8 }, (_, index) => tagOf(service.change(game.slug, { title: `title ${index}` }, 2))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(told.toSorted(), [...Array.from({ length: 7 }, () => "ChangedMeanwhile"), "done"])
      assert.strictEqual((yield* service.find(game.slug)).version, 3)

      // Without a version each is made, one after the other.
      yield* Effect.all(
        Array.from({ length: 8 }, (_, index) => service.change(game.slug, { title: `more ${index}` }, null)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual((yield* service.find(game.slug)).version, 11)
      assert.lengthOf(yield* toldOf(game), 11)
    })
  )

  it.effect("changes nothing where all is as it is wanted, and tells of nothing, whatever the version", () =>
    Effect.gen(function* () {
      const service = yield* Games
      const game = yield* add({ espTags: ["a"] })
      for (const again of [
        service.change(game.slug, {}, null),
        service.change(game.slug, { title: game.title, espTags: ["a"], limit: null }, 7),
        service.open(game.slug, 7)
      ]) {
        assert.deepStrictEqual(yield* again, game)
      }
      const closed = yield* service.close(game.slug)
      assert.deepStrictEqual(yield* service.close(game.slug, 1), closed)
      assert.deepStrictEqual(yield* actionsOf(game), ["game.create", "game.close"])
    })
  )

  it.effect("opens a game that is scheduled, or closed", () =>
    Effect.gen(function* () {
      const service = yield* Games
      const scheduled = yield* add({ opensAt: at("2999-01-01T00:00:00Z"), closesAt: at("2999-02-01T00:00:00Z") })
      const open = yield* service.open(scheduled.slug, 1)
      assert.strictEqual(open.stateAt(yield* DateTime.now), "open")
      assert.deepStrictEqual(open.closesAt, at("2999-02-01T00:00:00Z"))
      const closed = yield* service.close(scheduled.slug, 2)
      assert.strictEqual(closed.stateAt(yield* DateTime.now), "closed")
      const again = yield* service.open(scheduled.slug, 3)
      assert.deepStrictEqual([again.opensAt, again.closesAt, again.version], [open.opensAt, null, 4])
      assert.deepStrictEqual(yield* actionsOf(scheduled), ["game.create", "game.open", "game.close", "game.open"])
    })
  )

  it.effect("duplicates a game with all that it is set up with; nothing else has changed of either", () =>
    Effect.gen(function* () {
      const service = yield* Games
      const game = yield* add({
        opensAt: at("2026-01-01T00:00:00Z"),
        closesAt: at("2026-02-01T00:00:00Z"),
        timeZone: "Europe/Prague",
        limit: { plays: 1, period: "day", windowSeconds: null },
        espList: "7",
        espTags: ["a"]
      })
      const copy = yield* service.duplicate(game.slug, { slug: Slug.make("the-copy") })
      const { createdAt: _c, id, slug: _s, updatedAt: _u, ...facts } = game
      assert.notStrictEqual(copy.id, id)
      assert.deepInclude(copy, { ...facts, slug: Slug.make("the-copy") })
      const named = yield* service.duplicate(copy.slug, { slug: Slug.make("the-other"), title: "Other" })
      assert.deepInclude(named, { title: "Other", espList: "7", version: 1 })
      assert.deepStrictEqual(yield* service.find(game.slug), game)
      const [told] = yield* toldOf(copy)
      assert.strictEqual(told?.action, "game.duplicate")
      assert.deepInclude(told?.details, { slug: "the-copy", from: game.slug, espList: "7" })
      assert.strictEqual(yield* tagOf(service.duplicate(game.slug, { slug: copy.slug })), "SlugTaken")
    })
  )

  it.effect("says who did it", () =>
    Effect.gen(function* () {
      const accountId = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"
      const game = yield* Effect.provideService(add(), CurrentDoer, { ...theService, via: "http", accountId })
      yield* (yield* Games).close(game.slug)
      assert.deepStrictEqual(
        (yield* toldOf(game)).map(({ accountId, via }) => [via, accountId]),
        [
          ["http", accountId],
          ["service", null]
        ]
      )
    })
  )
})

/** An audit log whose transactions are all committed, while the answer to one of them (the first is 1) is lost on the way. */
const forgetful = (which: number) =>
  Layer.effect(
    Audit,
    Effect.gen(function* () {
      const audit = yield* Audit
      let made = 0
      return Audit.of({
        ...audit,
        within: (write, deed) =>
          Effect.tap(audit.within(write, deed), () => (++made === which ? Effect.fail(lost) : Effect.void))
      })
    })
  ).pipe(Layer.provide(Audit.layer))

const losing = <A, E, R>(use: Effect.Effect<A, E, R>, which = 1) =>
  Effect.provide(use, Games.layerNoDeps.pipe(Layer.provide(forgetful(which))))

layer(Games.layer.pipe(Layer.provideMerge(ground)), { excludeTestServices: true })("After a lost answer", (it) => {
  it.effect("a game is there once, and the edit is made once, and each is told of once", () =>
    Effect.gen(function* () {
      const service = yield* Games
      const game = yield* losing(add())
      assert.deepStrictEqual(yield* actionsOf(game), ["game.create"])
      const again = Effect.flatMap(Games, (games) => games.change(game.slug, { title: "Autumn" }, 1))
      assert.deepInclude(yield* losing(again), { title: "Autumn", version: 2 })
      const close = yield* losing(Effect.flatMap(Games, (games) => games.close(game.slug, 2)))
      assert.strictEqual(close.version, 3)
      const open = yield* losing(Effect.flatMap(Games, (games) => games.open(game.slug, 3)))
      assert.deepInclude(open, { version: 4, closesAt: null })
      const copy = yield* losing(
        Effect.flatMap(Games, (games) => games.duplicate(game.slug, { slug: Slug.make("lost-copy") }))
      )
      assert.deepStrictEqual(yield* actionsOf(copy), ["game.duplicate"])
      assert.deepStrictEqual(yield* service.find(game.slug), open)
      assert.deepStrictEqual(yield* actionsOf(game), ["game.create", "game.change", "game.close", "game.open"])
    })
  )

  it.effect("a game is deleted, and that is told of once", () =>
    Effect.gen(function* () {
      for (const which of [1, 2]) {
        const game = yield* add()
        assert.isUndefined(
          yield* losing(
            Effect.flatMap(Games, (games) => games.remove(game.slug, 1)),
            which
          )
        )
        assert.deepStrictEqual(yield* actionsOf(game), ["game.create", "game.archive", "game.delete"])
        assert.strictEqual(yield* tagOf((yield* Games).find(game.slug)), "GameNotFound")
      }
    })
  )

  it.effect("a change that cannot be told of is not made", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const service = yield* Games
      const game = yield* add()
      yield* sql`alter table audit_entry add constraint audit_entry_full_check check (action <> 'game.change') not valid`
      const exit = yield* Effect.exit(service.change(game.slug, { title: "untold" }, null))
      yield* sql`alter table audit_entry drop constraint audit_entry_full_check`
      assert.strictEqual(exit._tag, "Failure")
      assert.deepStrictEqual(yield* service.find(game.slug), game)
    })
  )
})
