import { defineModule } from "../Module.ts"
import { Exports } from "./Exports.ts"
import { ExportsApi } from "./ExportsApi.ts"
import { exportCommand } from "./ExportsCli.ts"
import * as ExportsHttp from "./ExportsHttp.ts"
import { ExportsSettings } from "./ExportsSettings.ts"

/** Plays, players and contacts as files. */
export const ExportsModule = defineModule({
  name: "exports",
  settings: [ExportsSettings],
  groups: [ExportsApi],
  services: Exports.layer,
  http: ExportsHttp.layer,
  commands: [exportCommand]
})
