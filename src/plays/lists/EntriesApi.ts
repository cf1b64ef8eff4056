import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Slug } from "../../games/Game.ts"
import { GameNotFound } from "../../games/GameErrors.ts"
import { needs } from "../../platform/contract/Access.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import { DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { PlayerId } from "../../players/Player.ts"
import { EntryNotFound, NoPeriod } from "../EntryErrors.ts"
import { EntryFacts, GameEntriesCursor } from "./PlayDetails.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const
const one = { slug: Slug, playerId: PlayerId }

const GameEntryPage = Paging.pageOf(EntryFacts, GameEntriesCursor, {
  identifier: "GameEntryPage",
  description: "A page of a game's entries."
})

export class EntriesApi extends HttpApiGroup.make("entries")
  .add(
    HttpApiEndpoint.get("list", "/", {
      params: { slug: Slug },
      query: Paging.query(GameEntriesCursor),
      success: GameEntryPage,
      error: [GameNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "List a game's entries")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        `The players of the game and how often each has played it, by the players' ids, and so roughly by when they came. ${Paging.mayBeShort}`
      )
      .pipe(needs("players:read")),
    HttpApiEndpoint.get("get", "/:playerId", {
      params: one,
      success: EntryFacts,
      error: [GameNotFound, EntryNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Show an entry")
      .annotate(OpenApi.Description, "What a player has done in a game.")
      .pipe(needs("players:read")),
    HttpApiEndpoint.post("reset", "/:playerId/reset", {
      params: one,
      success: EntryFacts,
      error: [GameNotFound, EntryNotFound, NoPeriod, ...any]
    })
      .annotate(OpenApi.Summary, "Reset a player's limit")
      .annotate(
        OpenApi.Description,
        "Ends the current period of the player's limit per day or window: the next play begins a new one. All plays stay, and so do their numbers."
      )
      .pipe(needs("players:write"))
  )
  .prefix("/api/v1/games/:slug/entries")
  .annotate(OpenApi.Description, "Players in games: how often each has played, and the period of the limit.") {}
