import { Context, DateTime, Effect, Layer } from "effect"
import { Audit } from "../audit/Audit.ts"
import * as Paging from "../platform/contract/Paging.ts"
import * as Lookup from "../platform/postgres/Lookup.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { ChangedMeanwhile, DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Notifier } from "../platform/notify/Notifier.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Game, type GameState, type PlayLimit, type Slug } from "./Game.ts"
import * as GameEdits from "./GameEdits.ts"
import { type GameArchived, GameNotFound, SlugTaken, TimesReversed, TimeZoneUnknown } from "./GameErrors.ts"
import * as GameRemoval from "./GameRemoval.ts"
import { closed, isReversed, opened, plainOf, setupOf } from "./GameSetup.ts"
import * as GamesRepo from "./GamesRepo.ts"
import { type GameChange, type GameCopy, type GamePlace, type GameSort, placeOf } from "./ManagedGame.ts"

export interface NewGame {
  readonly slug: Slug
  readonly title: string
  readonly opensAt: DateTime.Utc | null
  readonly closesAt: DateTime.Utc | null
  readonly timeZone: string
  readonly limit: PlayLimit | null
  /** Name of the ESP connection. */
  readonly esp: string
  /** List at the ESP that replaces the connection's; null or left out: the connection's. */
  readonly espList?: string | null
  /** Tags for contacts, added to the connection's. */
  readonly espTags?: ReadonlyArray<string>
}

/** Where a game's contacts are registered. */
export interface Destination {
  readonly esp: string
  readonly espList: string | null
  readonly espTags: ReadonlyArray<string>
}

/** `after` is of the same order. */
export interface GamesQuery extends Paging.PageQuery<GamePlace> {
  /** Left out: the newest first. */
  readonly sort?: GameSort
  readonly state?: GameState
  /** The beginning of the slug or of the title, in capitals or not. */
  readonly q?: string
  /** Name of the ESP connection. */
  readonly esp?: string
}

type EditError = GameNotFound | GameArchived | ChangedMeanwhile | DatabaseUnavailable

/**
 * The games. Whoever changes one gives the version that they expect (null: any), and every change leaves an entry in the audit log.
 * That a game's ESP connection exists is for the caller to make sure of (`requireEsp`).
 */
export class Games extends Context.Service<
  Games,
  {
    readonly find: (slug: Slug) => Effect.Effect<Game, GameNotFound | DatabaseUnavailable>
    /** The same for what many ask at once: it shares its statement with them, and so stands outside of any transaction. */
    readonly lookUp: (slug: Slug) => Effect.Effect<Game, GameNotFound | DatabaseUnavailable>
    readonly add: (
      game: NewGame
    ) => Effect.Effect<Game, SlugTaken | TimesReversed | TimeZoneUnknown | DatabaseUnavailable>
    /** All games, by slug. */
    readonly list: Effect.Effect<ReadonlyArray<Game>, DatabaseUnavailable>
    readonly page: (query: GamesQuery) => Effect.Effect<Paging.Page<Game, GamePlace>, DatabaseUnavailable>
    /** Changes the given fields. Another ESP connection empties list and tags that are not given, as `move` does. */
    readonly change: (
      slug: Slug,
      change: GameChange,
      version: number | null
    ) => Effect.Effect<Game, EditError | TimesReversed | TimeZoneUnknown>
    /** Opens a game now: a later opening comes forward, and an end that is over is lifted. */
    readonly open: (slug: Slug, version: number | null) => Effect.Effect<Game, EditError>
    /** Closes a game now; one that is already closed keeps its closing time. */
    readonly close: (slug: Slug, version?: number | null) => Effect.Effect<Game, EditError>
    /**
     * Moves a game to another ESP connection. All verdicts are kept. Players get a verdict at the new connection when they play
     * again, or by `Backlog.sync`. List and tags are replaced by those of `to`, because the old ones belong to the old
     * connection.
     */
    readonly move: (slug: Slug, to: Destination) => Effect.Effect<Game, EditError>
    /** Adds a game that is set up like this one, without its plays. */
    readonly duplicate: (
      slug: Slug,
      copy: GameCopy
    ) => Effect.Effect<Game, GameNotFound | SlugTaken | DatabaseUnavailable>
    /**
     * Deletes a game that nobody has ever played: undefined. Any other is archived, that is closed for good, and returned; so is one
     * of which it cannot be told in time.
     */
    readonly remove: (
      slug: Slug,
      version: number | null
    ) => Effect.Effect<Game | undefined, GameNotFound | ChangedMeanwhile | DatabaseUnavailable>
  }
>()("fairground/games/Games") {
  static readonly layerNoDeps = Layer.effect(
    Games,
    Effect.gen(function* () {
      const repo = yield* GamesRepo.make
      const audit = yield* Audit
      const { databaseDeadline } = yield* Settings
      const retry = retryTransient(databaseDeadline)
      const edit = GameEdits.make(repo, audit, databaseDeadline)
      const notifier = yield* Notifier

      /** Tells of a change that has been committed. `version` null: the game was deleted. */
      const tell = (slug: Slug, version: number | null) =>
        Effect.sync(() => notifier.tell("games", () => [{ game: slug, item: { slug, version } }]))
      const tellOf = <E, R>(edited: Effect.Effect<Game, E, R>) =>
        Effect.tap(edited, ({ slug, version }) => tell(slug, version))

      const lookUp = yield* Lookup.make({
        name: "game",
        deadline: databaseDeadline,
        find: repo.findAll,
        keyOf: ({ slug }) => slug,
        textOf: (slug: Slug) => slug
      })

      const find = Effect.fn("Games.find")(function* (slug: Slug) {
        return (yield* retry(repo.find(slug))) ?? (yield* new GameNotFound({}))
      })

      const requireTimeZone = Effect.fnUntraced(function* (name: string) {
        if (!(yield* retry(repo.knowsTimeZone(name)))) return yield* new TimeZoneUnknown({ name })
      })

      /** Stores a new game. `from`: the game that it is a copy of. */
      const store = Effect.fnUntraced(function* ({ limit, ...game }: NewGame, from?: Game) {
        const row = yield* Effect.orDie(
          Game.insert.makeEffect({
            ...game,
            espList: game.espList ?? null,
            espTags: game.espTags ?? [],
            limitPlays: limit?.plays ?? null,
            limitPeriod: limit?.period ?? null,
            limitWindowSeconds: limit?.windowSeconds ?? null,
            version: 1,
            archivedAt: null
          })
        )
        const inserting = Effect.gen(function* () {
          const added = yield* repo.insert(row)
          if (added !== undefined) return { game: added, isNew: true }
          // An earlier attempt, whose connection broke, may have stored this very row.
          const own = yield* repo.findById(row.id)
          return own === undefined ? yield* new SlugTaken({ slug: row.slug }) : { game: own, isNew: false }
        })
        const { game: stored } = yield* retry(
          audit.within(inserting, ({ game, isNew }) =>
            isNew
              ? {
                  action: from === undefined ? "game.create" : "game.duplicate",
                  target: { kind: "game", id: game.id },
                  details: {
                    slug: game.slug,
                    ...(from === undefined ? {} : { from: from.slug }),
                    ...plainOf(setupOf(game))
                  }
                }
              : undefined
          )
        )
        yield* tell(stored.slug, stored.version)
        return stored
      })

      const remove = GameRemoval.make(repo, edit, audit, databaseDeadline)

      return Games.of({
        find,
        lookUp: Effect.fn("Games.lookUp")(function* (slug) {
          return (yield* lookUp(slug)) ?? (yield* new GameNotFound({}))
        }),
        add: Effect.fn("Games.add")(function* (game) {
          if (isReversed(game)) return yield* new TimesReversed()
          yield* requireTimeZone(game.timeZone)
          return yield* store(game)
        }),
        list: repo.all.pipe(retry, Effect.withSpan("Games.list")),
        page: Effect.fn("Games.page")(function* ({
          after,
          esp,
          limit = Paging.defaultLimit,
          q,
          sort = "newest",
          state
        }) {
          const filter = {
            sort,
            after: after ?? null,
            state: state ?? null,
            q: q ?? null,
            esp: esp ?? null,
            now: yield* DateTime.now
          }
          return Paging.page(yield* retry(repo.list(filter, limit + 1)), limit, (game) => placeOf(sort, game))
        }),
        change: Effect.fn("Games.change")(function* (slug, change, version) {
          if (change.timeZone !== undefined) yield* requireTimeZone(change.timeZone)
          const changed = GameEdits.ofCurrent((setup) => {
            const moves = change.esp !== undefined && change.esp !== setup.esp
            return { ...setup, ...(moves ? { espList: null, espTags: [] } : {}), ...change }
          })
          return yield* edit({
            slug,
            version,
            action: "game.change",
            next: Effect.fnUntraced(function* (game, at) {
              const setup = yield* changed(game, at)
              return isReversed(setup) ? yield* new TimesReversed() : setup
            })
          }).pipe(tellOf)
        }),
        open: Effect.fn("Games.open")((slug, version) =>
          tellOf(edit({ slug, version, action: "game.open", next: GameEdits.ofCurrent(opened) }))
        ),
        close: Effect.fn("Games.close")((slug, version = null) =>
          tellOf(edit({ slug, version, action: "game.close", next: GameEdits.ofCurrent(closed) }))
        ),
        move: Effect.fn("Games.move")((slug, to) =>
          tellOf(
            edit({
              slug,
              version: null,
              action: "game.move",
              next: GameEdits.ofCurrent((setup) => ({ ...setup, ...to }))
            })
          )
        ),
        duplicate: Effect.fn("Games.duplicate")(function* (slug, copy) {
          const from = yield* find(slug)
          const { archivedAt: _, ...setup } = setupOf(from)
          return yield* store({ ...setup, slug: copy.slug, title: copy.title ?? from.title }, from)
        }),
        remove: (slug, version) =>
          Effect.tap(remove(slug, version), (archived) => tell(slug, archived?.version ?? null))
      })
    })
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Audit.layer))
}
