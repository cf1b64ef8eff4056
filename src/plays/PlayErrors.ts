import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import { PlayLimit } from "../games/Game.ts"
import { declare } from "../platform/Problems.ts"

const Moment = (description: string, example: string) =>
  Schema.NullOr(
    Schema.DateTimeUtcFromString.pipe(Schema.annotateEncoded({ format: "date-time", examples: [example] }))
  ).annotate({ description })

/** 404: no play has this id. */
export class PlayNotFound extends HttpApiError.Problem<PlayNotFound>()("PlayNotFound", declare("play-not-found")) {}

/** 409: the player has used up the game's limit. */
export class PlayLimitReached extends HttpApiError.Problem<PlayLimitReached>()(
  "PlayLimitReached",
  declare("play-limit-reached"),
  {
    limit: PlayLimit,
    nextPlayAt: Moment("When the player may play again; null: never.", "2026-11-21T00:00:00.000Z")
  }
) {}

/** 409: the game has not opened yet, or is closed. */
export class GameNotOpen extends HttpApiError.Problem<GameNotOpen>()("GameNotOpen", declare("game-not-open"), {
  opensAt: Moment("The game takes plays from this moment on; null: from the start.", "2026-12-01T08:00:00.000Z"),
  closesAt: Moment("The game takes plays before this moment; null: without end.", "2026-12-24T12:00:00.000Z")
}) {}
