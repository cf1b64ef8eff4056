import { PlayLimit } from "../games/Game.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { Problem } from "../platform/contract/Problem.ts"

/** 404: no play has this id. */
export class PlayNotFound extends Problem<PlayNotFound>()("PlayNotFound", {
  name: "play-not-found",
  status: 404,
  title: "There is no such play",
  explanation: "No play has the id in the path. The answer to a play holds its `id`."
}) {}

/** 409: the player has used up the game's limit. */
export class PlayLimitReached extends Problem<PlayLimitReached>()(
  "PlayLimitReached",
  {
    name: "play-limit-reached",
    status: 409,
    title: "The player has no play left",
    explanation:
      "The game limits how often one player may play, and this player has used that up. `limit` says what the limit is; `nextPlayAt` when the next play is possible, or null when there will be none."
  },
  {
    limit: PlayLimit,
    nextPlayAt: Moment.toClientOrNull("When the player may play again; null: never.", "2026-11-21T00:00:00.000Z")
  }
) {}

/** 409: the game has not opened yet, or is closed. */
export class GameNotOpen extends Problem<GameNotOpen>()(
  "GameNotOpen",
  {
    name: "game-not-open",
    status: 409,
    title: "The game is not open",
    explanation:
      "The game has not opened yet or is closed. `opensAt` and `closesAt` say when it is open; null means no bound."
  },
  {
    opensAt: Moment.toClientOrNull(
      "The game takes plays from this moment on; null: from the start.",
      "2026-12-01T08:00:00.000Z"
    ),
    closesAt: Moment.toClientOrNull(
      "The game takes plays before this moment; null: without end.",
      "2026-12-24T12:00:00.000Z"
    )
  }
) {}
