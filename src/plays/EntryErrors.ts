import { Problem } from "../platform/contract/Problem.ts"

/** 404: the player has no plays in the game. */
export class EntryNotFound extends Problem<EntryNotFound>()("EntryNotFound", {
  name: "entry-not-found",
  status: 404,
  title: "The player has no plays in the game",
  explanation: "No player with this id has played the game in the path, or there is no such game."
}) {}

/** 409: the game has no limit, or one over its whole life: there is no period to end. */
export class NoPeriod extends Problem<NoPeriod>()("NoPeriod", {
  name: "no-period",
  status: 409,
  title: "The game's limit has no period",
  explanation:
    "Only a limit per day or per window has a period that can be reset. The game has no limit, or one over its whole life."
}) {}
