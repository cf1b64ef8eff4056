import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Entries } from "./Entries.ts"
import { EntriesApi } from "./lists/EntriesApi.ts"
import { EntriesList } from "./lists/EntriesList.ts"
import * as ListsHttp from "./lists/ListsHttp.ts"
import { playersApi } from "./lists/PlayersApi.ts"
import { PlayersList } from "./lists/PlayersList.ts"
import { PlaysList } from "./lists/PlaysList.ts"
import { answering } from "./PlayPart.ts"
import { playsApi } from "./PlaysApi.ts"
import { entry } from "./PlaysCli.ts"
import * as PlaysHttp from "./PlaysHttp.ts"
import * as PlaysJobs from "./PlaysJobs.ts"
import { PlaysSettings } from "./PlaysSettings.ts"
import { Plays } from "./Plays.ts"
import * as PlaysPerson from "./PlaysPerson.ts"

/** Recording plays, and looking them up. */
export const PlaysModule = defineModule({
  name: "plays",
  settings: [PlaysSettings],
  tables: ["entry", "play", "idempotency_key"],
  groups: (parts) => [playsApi(answering(parts)), EntriesApi, playersApi(answering(parts))],
  publicOperations: ["plays.record", "plays.get"],
  permissions: [
    {
      name: "plays:read",
      description: "See plays as they come, without their players.",
      roles: ["viewer", "editor", "admin", "owner"]
    }
  ],
  services: Layer.mergeAll(Plays.layer, Entries.layer, PlaysList.layer, EntriesList.layer, PlayersList.layer),
  http: Layer.merge(PlaysHttp.layer, ListsHttp.layer),
  jobs: PlaysJobs.layer,
  person: PlaysPerson.make,
  commands: [entry]
})
