import { Problem } from "../platform/contract/Problem.ts"

/** 404: no player has this id. */
export class PlayerNotFound extends Problem<PlayerNotFound>()("PlayerNotFound", {
  name: "player-not-found",
  status: 404,
  title: "There is no such player",
  explanation:
    "No player has the id in the path: it is wrong, or the player was forgotten and nothing is left that may be shown."
}) {}
