import { defineModule } from "../Module.ts"
import { Players } from "./Players.ts"
import * as PlayersPerson from "./PlayersPerson.ts"

/** The people who play, each identified by a normalised email address. */
export const PlayersModule = defineModule({
  name: "players",
  tables: ["player"],
  permissions: [
    {
      name: "players:read",
      description: "See players and what they have played.",
      roles: ["editor", "admin", "owner"]
    },
    { name: "players:write", description: "Reset a player's limit.", roles: ["editor", "admin", "owner"] }
  ],
  services: Players.layer,
  person: PlayersPerson.make
})
