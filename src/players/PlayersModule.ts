import { defineModule } from "../Module.ts"
import * as PlayersPerson from "./PlayersPerson.ts"

/** The persons who play. */
export const PlayersModule = defineModule({
  name: "players",
  tables: ["player"],
  permissions: [
    { name: "players:read", description: "See players and what they have played.", roles: ["editor", "admin", "owner"] }
  ],
  person: PlayersPerson.make
})
