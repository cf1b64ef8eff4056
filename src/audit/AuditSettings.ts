import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

export class AuditSettings extends group<AuditSettings>()("fairground/audit/AuditSettings", {
  auditRetention: Setting.duration("AUDIT_RETENTION", {
    default: "400 days",
    description: "How long entries of the audit log are kept."
  })
}) {}
