import { defineModule } from "../Module.ts"
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
  groups: (parts) => [playsApi(parts)],
  publicOperations: ["plays.record", "plays.get"],
  services: Plays.layer,
  http: PlaysHttp.layer,
  jobs: PlaysJobs.layer,
  person: PlaysPerson.make,
  commands: [entry]
})
