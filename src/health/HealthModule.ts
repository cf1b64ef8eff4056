import { defineModule } from "../Module.ts"
import { HealthApi } from "./HealthApi.ts"
import * as HealthHttp from "./HealthHttp.ts"

/** Liveness and readiness, for load balancers and orchestrators. */
export const HealthModule = defineModule({
  name: "health",
  groups: [HealthApi],
  publicOperations: ["health.live", "health.ready"],
  http: HealthHttp.layer
})
