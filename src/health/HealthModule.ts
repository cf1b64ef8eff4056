import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { HealthApi } from "./HealthApi.ts"
import * as HealthHttp from "./HealthHttp.ts"
import * as MetricsHttp from "./MetricsHttp.ts"
import { SettingsApi } from "./SettingsApi.ts"
import * as SettingsHttp from "./SettingsHttp.ts"

const declared = {
  name: "health",
  groups: [HealthApi],
  publicOperations: ["health.live", "health.ready"],
  pages: [{ method: "GET", path: "/metrics" }],
  permissions: [{ name: "metrics:read", description: "Read the metrics.", roles: ["admin", "owner"] }]
} as const

/** Liveness and readiness, for load balancers and orchestrators, the metrics, and what the process runs with. */
export const HealthModule = defineModule({
  ...declared,
  groups: [HealthApi, SettingsApi],
  permissions: [
    ...declared.permissions,
    {
      name: "settings:read",
      description: "See the settings that the service runs with; secrets are hidden.",
      roles: ["admin", "owner"]
    }
  ],
  http: Layer.mergeAll(HealthHttp.layer, MetricsHttp.layer, SettingsHttp.layer)
})

/** Health and metrics as the listener on `MANAGEMENT_PORT` serves it: the metrics are open there. */
export const ManagementModule = defineModule({
  ...declared,
  http: Layer.merge(HealthHttp.layer, MetricsHttp.layerOpen)
})
