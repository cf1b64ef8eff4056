import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Connections } from "./Connections.ts"
import * as EspChecks from "./EspChecks.ts"
import * as EspConnected from "./EspConnected.ts"
import { EspGuard } from "./EspGuard.ts"
import { EspSettings } from "./EspSettings.ts"
import { EspGovernor } from "./governor/EspGovernor.ts"
import * as EspSandboxPerson from "./sandbox/EspSandboxPerson.ts"

/** The connections to ESPs, and the calls to them within the providers' limits. */
export const EspModule = defineModule({
  name: "esp",
  settings: [EspSettings],
  tables: ["esp_governor", "sandbox_contact"],
  services: EspGuard.layer.pipe(
    Layer.provideMerge(EspConnected.layer),
    Layer.provideMerge(EspGovernor.layer),
    Layer.provideMerge(Connections.layer)
  ),
  jobs: EspChecks.layer,
  person: EspSandboxPerson.make
})
