import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { HealthApi } from "./HealthApi.ts"
import * as HealthHttp from "./HealthHttp.ts"
import * as MetricsHttp from "./MetricsHttp.ts"

const declared = {
  name: "health",
  groups: [HealthApi],
  publicOperations: ["health.live", "health.ready"],
  pages: [{ method: "GET", path: "/metrics" }],
  permissions: [{ name: "metrics:read", description: "Read the metrics.", roles: ["admin", "owner"] }]
} as const

/** Liveness and readiness, for load balancers and orchestrators, and the metrics. */
export const HealthModule = defineModule({ ...declared, http: Layer.merge(HealthHttp.layer, MetricsHttp.layer) })

/** The same as the listener on `MANAGEMENT_PORT` serves it: the metrics are open there. */
export const ManagementModule = defineModule({
  ...declared,
  http: Layer.merge(HealthHttp.layer, MetricsHttp.layerOpen)
})
