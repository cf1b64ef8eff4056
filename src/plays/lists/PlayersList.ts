import { Context, DateTime, Effect, Layer, Option, type Stream } from "effect"
import type { Slug } from "../../games/Game.ts"
import type { GameNotFound } from "../../games/GameErrors.ts"
import { Games } from "../../games/Games.ts"
import type * as Paging from "../../platform/contract/Paging.ts"
import type { DatabaseUnavailable, ValidationFailed } from "../../platform/contract/Problems.ts"
import { leastUuidAt, nilUuid } from "../../platform/Ids.ts"
import { pacedPages } from "../../platform/PacedPages.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { PlayerId, PlayerPlace, PlayerRow } from "../../players/Player.ts"
import type { PlayerNotFound } from "../../players/PlayerErrors.ts"
import { Players, type PlayersQuery } from "../../players/Players.ts"
import * as EntriesListRepo from "./EntriesListRepo.ts"
import type { PlayerFacts } from "./PlayDetails.ts"

export interface ExportedPlayers {
  /** Only players of this game, with what they have played in it. */
  readonly game?: Slug
  /** Only players who came from this moment on. */
  readonly from?: DateTime.Utc
  /** Only players who came before this moment. */
  readonly to?: DateTime.Utc
}

/** Players that one statement of an export reads. */
const playersAPage = 200

/** Entries of all games that one statement of an export looks through for those of one. */
const entriesAStep = 20_000

const boundAt = (moment: DateTime.Utc) => leastUuidAt(DateTime.toEpochMillis(moment))

/** The players as staff see them: each with a summary of what they have played. */
export class PlayersList extends Context.Service<
  PlayersList,
  {
    readonly list: (
      query: PlayersQuery
    ) => Effect.Effect<Paging.Page<PlayerFacts, PlayerPlace>, ValidationFailed | DatabaseUnavailable>
    readonly find: (id: PlayerId) => Effect.Effect<PlayerFacts, PlayerNotFound | DatabaseUnavailable>
    /** All players who came until now, in the order in which they came, read page by page. */
    readonly exported: (
      of: ExportedPlayers
    ) => Effect.Effect<Stream.Stream<PlayerFacts, DatabaseUnavailable>, GameNotFound | DatabaseUnavailable>
  }
>()("fairground/plays/PlayersList") {
  static readonly layer = Layer.effect(
    PlayersList,
    Effect.gen(function* () {
      const games = yield* Games
      const players = yield* Players
      const repo = yield* EntriesListRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const withSummaries = Effect.fnUntraced(function* (
        found: ReadonlyArray<Pick<PlayerRow, "id" | "email" | "createdAt">>,
        gameId: string | null
      ) {
        if (found.length === 0) return []
        const ids = found.map(({ id }) => id)
        const summaries = new Map((yield* retry(repo.summaries(ids, gameId))).map((one) => [one.playerId, one]))
        return found.map(({ createdAt, email, id }): PlayerFacts => {
          const { games = 0, lastSeenAt = null, name = null, plays = 0 } = summaries.get(id) ?? {}
          return { id, email, createdAt, name, games, plays, lastSeenAt }
        })
      })

      const list = Effect.fn("PlayersList.list")(function* (query: PlayersQuery) {
        const page = yield* players.list(query)
        return { ...page, items: yield* withSummaries(page.items, null) }
      })

      const find = Effect.fn("PlayersList.find")(function* (id: PlayerId) {
        const player = yield* players.find(id)
        const [found] = yield* withSummaries([player], null)
        return found ?? (yield* Effect.die(new Error("a player has no summary")))
      })

      const exported = Effect.fn("PlayersList.exported")(function* ({ from, game: slug, to }: ExportedPlayers) {
        const game = slug === undefined ? undefined : yield* games.find(slug)
        const now = yield* DateTime.now
        const before = boundAt(to !== undefined && DateTime.isLessThan(to, now) ? to : now)

        const ofAll = Effect.fnUntraced(function* (after: string) {
          const found = yield* players.between(after, before, playersAPage)
          const next = found.length === playersAPage ? found.at(-1)?.id : undefined
          return [yield* withSummaries(found, null), Option.fromUndefinedOr<string | undefined>(next)] as const
        })

        /** By a walk along the entries of all games: one of a few players must not read all players one by one. */
        const ofGame = (gameId: string) =>
          Effect.fnUntraced(function* (after: string) {
            const place = yield* retry(repo.placeAfter(after, entriesAStep))
            const to = place === undefined || place > before ? before : place
            const entries = yield* retry(repo.ofGame(gameId, after, to, playersAPage))
            const isFull = entries.length === playersAPage
            const known = entries.flatMap(({ email, playerId: id, playerSince: createdAt }) =>
              email === null || createdAt === null ? [] : [{ id, email, createdAt }]
            )
            const next = isFull ? entries.at(-1)?.playerId : to === before ? undefined : place
            return [yield* withSummaries(known, gameId), Option.fromUndefinedOr<string | undefined>(next)] as const
          })

        const page = game === undefined ? ofAll : ofGame(game.id)
        return pacedPages(from === undefined ? nilUuid : boundAt(from), page)
      })

      return PlayersList.of({ list, find, exported })
    })
  )
}
