import { defineModule } from "../Module.ts"
import { HealthApi } from "./HealthApi.ts"
import * as HealthHttp from "./HealthHttp.ts"

/** What load balancers and orchestrators ask. */
export const HealthModule = defineModule({
  name: "health",
  groups: [HealthApi],
  publicOperations: ["health.live", "health.ready"],
  http: HealthHttp.layer
})
