import { defineModule } from "../Module.ts"
import { Games } from "./Games.ts"
import { GamesApi } from "./GamesApi.ts"
import { game } from "./GamesCli.ts"
import * as GamesHttp from "./GamesHttp.ts"

/** Promotional games: when they take plays, their limits, and their ESP connections. */
export const GamesModule = defineModule({
  name: "games",
  tables: ["game"],
  groups: [GamesApi],
  permissions: [
    {
      name: "games:read",
      description: "See games and how they are set up.",
      roles: ["viewer", "editor", "admin", "owner"]
    },
    {
      name: "games:write",
      description: "Add, change, open, close, duplicate, delete and archive games.",
      roles: ["editor", "admin", "owner"]
    }
  ],
  services: Games.layer,
  http: GamesHttp.layer,
  commands: [game]
})
