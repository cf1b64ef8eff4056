import { Context } from "effect"
import type { Group } from "../platform/settings/SettingsGroup.ts"

/** The settings of a module, or of none. */
interface SettingsOfModule {
  readonly module: string | null
  readonly groups: ReadonlyArray<Group>
}

/** The settings that the process reads, in the order of the documentation. The program's root provides them. */
export const SettingsInUse = Context.Reference<ReadonlyArray<SettingsOfModule>>("fairground/health/SettingsInUse", {
  defaultValue: () => []
})
