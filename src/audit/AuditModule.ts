import { defineModule } from "../Module.ts"
import { Audit } from "./Audit.ts"
import { AuditApi } from "./AuditApi.ts"
import * as AuditHttp from "./AuditHttp.ts"
import * as AuditJobs from "./AuditJobs.ts"
import { AuditSettings } from "./AuditSettings.ts"

/** Who did what, when, and to what. */
export const AuditModule = defineModule({
  name: "audit",
  settings: [AuditSettings],
  tables: ["audit_entry"],
  groups: [AuditApi],
  permissions: [{ name: "audit:read", description: "See the audit log.", roles: ["admin", "owner"] }],
  services: Audit.layer,
  http: AuditHttp.layer,
  jobs: AuditJobs.layer
})
