import type { PlayerFacts } from "../../../plays/lists/PlayDetails.ts"

export type Player = PlayerFacts
