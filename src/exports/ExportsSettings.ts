import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

export class ExportsSettings extends group<ExportsSettings>()("fairground/exports/ExportsSettings", {
  exportsAtOnce: Setting.whole("EXPORTS_AT_ONCE", 1, 100, {
    default: "2",
    description: "Exports that a process makes at once; each uses one database connection from time to time."
  })
}) {}
