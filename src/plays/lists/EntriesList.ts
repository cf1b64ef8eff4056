import { Context, Effect, Layer } from "effect"
import type { Slug } from "../../games/Game.ts"
import type { GameNotFound } from "../../games/GameErrors.ts"
import { Games } from "../../games/Games.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { maxUuid, nilUuid } from "../../platform/Ids.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { walk } from "../../platform/Walk.ts"
import type { PlayerId } from "../../players/Player.ts"
import type { PlayerNotFound } from "../../players/PlayerErrors.ts"
import { Players } from "../../players/Players.ts"
import { EntryNotFound } from "../EntryErrors.ts"
import * as EntriesListRepo from "./EntriesListRepo.ts"
import type { EntryFacts } from "./PlayDetails.ts"

const factsOf = ({ gameId: _, playerSince: _since, ...entry }: EntriesListRepo.EntryRow): EntryFacts => entry

/** The entries as staff see them. They have one index, by player; those of a game are found by a walk along it, see `Walk.ts`. */
export class EntriesList extends Context.Service<
  EntriesList,
  {
    /** A player's entry in a game. */
    readonly find: (
      slug: Slug,
      playerId: PlayerId
    ) => Effect.Effect<EntryFacts, GameNotFound | EntryNotFound | DatabaseUnavailable>
    /** A page of a game's entries, by player. Those of forgotten players are there, without the address. */
    readonly ofGame: (
      slug: Slug,
      query: Paging.PageQuery<string>
    ) => Effect.Effect<Paging.Page<EntryFacts, string>, GameNotFound | DatabaseUnavailable>
    /** A page of a player's entries, by game. */
    readonly ofPlayer: (
      id: PlayerId,
      query: Paging.PageQuery<string>
    ) => Effect.Effect<Paging.Page<EntryFacts, string>, PlayerNotFound | DatabaseUnavailable>
  }
>()("fairground/plays/EntriesList") {
  static readonly layer = Layer.effect(
    EntriesList,
    Effect.gen(function* () {
      const games = yield* Games
      const players = yield* Players
      const repo = yield* EntriesListRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const find = Effect.fn("EntriesList.find")(function* (slug: Slug, playerId: PlayerId) {
        const { id } = yield* games.find(slug)
        return factsOf((yield* retry(repo.find(id, playerId))) ?? (yield* new EntryNotFound({})))
      })

      const ofGame = Effect.fn("EntriesList.ofGame")(function* (slug: Slug, query: Paging.PageQuery<string>) {
        const game = yield* games.find(slug)
        const page = yield* walk({
          limit: query.limit ?? Paging.defaultLimit,
          from: query.after ?? nilUuid,
          keyOf: ({ playerId }: EntriesListRepo.EntryRow): string => playerId,
          step: Effect.fnUntraced(function* (after, rows, most) {
            const place = yield* retry(repo.placeAfter(after, rows))
            const found = yield* retry(repo.ofGame(game.id, after, place ?? maxUuid, most))
            return { found, next: place }
          })
        })
        return { ...page, items: page.items.map(factsOf) }
      })

      const ofPlayer = Effect.fn("EntriesList.ofPlayer")(function* (id: PlayerId, query: Paging.PageQuery<string>) {
        const limit = query.limit ?? Paging.defaultLimit
        const found = yield* retry(repo.ofPlayer(id, query.after ?? nilUuid, limit + 1))
        // Fails where nothing is known of the id. A forgotten player still has entries.
        if (found.length === 0) yield* players.find(id)
        const page = Paging.page(found, limit, ({ gameId }): string => gameId)
        return { ...page, items: page.items.map(factsOf) }
      })

      return EntriesList.of({ find, ofGame, ofPlayer })
    })
  )
}
