import { DateTime, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { contractOf } from "../platform/contract/Contract.ts"
import type { Game, GameFacts } from "./Game.ts"
import { Games } from "./Games.ts"
import { GamesApi } from "./GamesApi.ts"

const facts = (game: Game, now: DateTime.Utc): GameFacts => ({
  slug: game.slug,
  title: game.title,
  opensAt: game.opensAt,
  closesAt: game.closesAt,
  timeZone: game.timeZone,
  limit: game.limit,
  isOpen: game.isOpenAt(now)
})

export const layer = HttpApiBuilder.group(
  contractOf(GamesApi),
  "games",
  Effect.fnUntraced(function* (handlers) {
    const games = yield* Games
    return handlers.handleAll({
      get: ({ params }) => Effect.zipWith(games.find(params.slug), DateTime.now, facts)
    })
  })
)
