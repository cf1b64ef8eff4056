import { Context, DateTime, Effect, Layer } from "effect"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Game, type PlayLimit, type Slug } from "./Game.ts"
import { GameNotFound, type SlugTaken, TimesReversed, TimeZoneUnknown } from "./GameErrors.ts"
import * as GamesRepo from "./GamesRepo.ts"

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

export class Games extends Context.Service<
  Games,
  {
    readonly find: (slug: Slug) => Effect.Effect<Game, GameNotFound | DatabaseUnavailable>
    readonly add: (
      game: NewGame
    ) => Effect.Effect<Game, SlugTaken | TimesReversed | TimeZoneUnknown | DatabaseUnavailable>
    /** All games, by slug. */
    readonly list: Effect.Effect<ReadonlyArray<Game>, DatabaseUnavailable>
    /** Closes a game now; one that is already closed keeps its closing time. */
    readonly close: (slug: Slug) => Effect.Effect<Game, GameNotFound | DatabaseUnavailable>
    /**
     * Moves a game to another ESP connection. All verdicts are kept. Players get a verdict at the new connection when they play
     * again, or by `Backlog.sync`. List and tags are replaced by those of `to`, because the old ones belong to the old
     * connection.
     */
    readonly move: (slug: Slug, to: Destination) => Effect.Effect<Game, GameNotFound | DatabaseUnavailable>
  }
>()("fairground/games/Games") {
  static readonly layer = Layer.effect(
    Games,
    Effect.gen(function* () {
      const repo = yield* GamesRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      const orNotFound = Effect.flatMap((game: Game | undefined) =>
        game === undefined ? Effect.fail(new GameNotFound({})) : Effect.succeed(game)
      )
      return Games.of({
        find: Effect.fn("Games.find")((slug) => repo.find(slug).pipe(retry, orNotFound)),
        add: Effect.fn("Games.add")(function* ({ limit, ...game }) {
          if (game.opensAt !== null && game.closesAt !== null && !DateTime.isLessThan(game.opensAt, game.closesAt)) {
            return yield* new TimesReversed()
          }
          if (!(yield* retry(repo.knowsTimeZone(game.timeZone)))) {
            return yield* new TimeZoneUnknown({ name: game.timeZone })
          }
          const row = yield* Effect.orDie(
            Game.insert.makeEffect({
              ...game,
              espList: game.espList ?? null,
              espTags: game.espTags ?? [],
              limitPlays: limit?.plays ?? null,
              limitPeriod: limit?.period ?? null,
              limitWindowSeconds: limit?.windowSeconds ?? null
            })
          )
          return yield* retry(repo.insert(row))
        }),
        list: repo.list.pipe(retry, Effect.withSpan("Games.list")),
        close: Effect.fn("Games.close")(function* (slug) {
          return yield* repo.close(slug, yield* DateTime.now).pipe(retry, orNotFound)
        }),
        move: Effect.fn("Games.move")(function* (slug, to) {
          return yield* repo.move(slug, to, yield* DateTime.now).pipe(retry, orNotFound)
        })
      })
    })
  )
}
