import { Effect, Layer } from "effect"
import { ContactsSettings } from "./contacts/ContactsSettings.ts"
import { EspSettings } from "./esp/EspSettings.ts"
import { Settings } from "./platform/settings/Settings.ts"
import type { Setting } from "./platform/settings/Setting.ts"
import { layerOf } from "./platform/settings/SettingsGroup.ts"
import { PlaysSettings } from "./plays/PlaysSettings.ts"
import { TruthOrDareSettings } from "./tasks/kinds/truth-or-dare/TruthOrDareSettings.ts"
import { TasksSettings } from "./tasks/TasksSettings.ts"

export const groups = [
  Settings,
  PlaysSettings,
  ContactsSettings,
  EspSettings,
  TasksSettings,
  TruthOrDareSettings
] as const

export const layer = layerOf(...groups)

/** The same for a demonstration: pages of every origin may call the API unless CORS_ORIGINS says otherwise. */
export const layerDemo = Layer.effect(
  Settings,
  Effect.map(Settings, (values) => ({
    ...values,
    corsOrigins: values.corsOrigins.length === 0 ? ["*"] : values.corsOrigins
  }))
).pipe(Layer.provideMerge(layer))

/** Every setting of the service, in the order of its documentation. */
export const definitions: ReadonlyArray<Setting<unknown>> = groups.flatMap(
  ({ definitions }): ReadonlyArray<Setting<unknown>> => Object.values(definitions)
)
