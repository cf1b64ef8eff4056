import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Connections } from "./Connections.ts"
import * as EspChecks from "./EspChecks.ts"
import * as EspConnected from "./EspConnected.ts"
import { EspGuard } from "./EspGuard.ts"
import { EspLastChecks } from "./EspLastChecks.ts"
import { Esps } from "./Esps.ts"
import { EspsApi } from "./EspsApi.ts"
import * as EspsHttp from "./EspsHttp.ts"
import { EspSettings } from "./EspSettings.ts"
import { EspGovernor } from "./governor/EspGovernor.ts"
import * as EspSandboxPerson from "./sandbox/EspSandboxPerson.ts"

/** The connections to ESPs, and the calls to them within the providers' limits. */
export const EspModule = defineModule({
  name: "esp",
  settings: [EspSettings],
  tables: ["esp_governor", "sandbox_contact"],
  groups: [EspsApi],
  permissions: [
    {
      name: "esps:read",
      description: "See the connections to ESPs and how they are.",
      roles: ["viewer", "editor", "admin", "owner"]
    },
    { name: "esps:write", description: "Have a connection to an ESP checked.", roles: ["editor", "admin", "owner"] }
  ],
  services: Esps.layer.pipe(
    Layer.provideMerge(EspGuard.layer),
    Layer.provideMerge(EspLastChecks.layer),
    Layer.provideMerge(EspConnected.layer),
    Layer.provideMerge(EspGovernor.layer),
    Layer.provideMerge(Connections.layer)
  ),
  http: EspsHttp.layer,
  jobs: EspChecks.layer,
  person: EspSandboxPerson.make
})
