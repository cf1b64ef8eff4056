import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { GameFacts, Slug } from "./Game.ts"
import { GameNotFound } from "./GameErrors.ts"

export class GamesApi extends HttpApiGroup.make("games")
  .add(
    HttpApiEndpoint.get("get", "/:slug", {
      params: { slug: Slug },
      success: GameFacts,
      error: [GameNotFound, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Show a game")
      .annotate(
        OpenApi.Description,
        "What anyone may know of a game: title, times, limits, and whether it takes plays at this moment."
      )
  )
  .prefix("/api/v1/games")
  .annotate(OpenApi.Description, "Promotional games, and whether they take plays.") {}
