import { Effect, Layer } from "effect"
import type { SettingsOf } from "./Module.ts"
import { modules } from "./Modules.ts"
import { ModuleSettings, onByEnvironment } from "./ModuleChoice.ts"
import type { Setting } from "./platform/settings/Setting.ts"
import { Settings } from "./platform/settings/Settings.ts"
import { type Group, Groups, layerOf, type SettingsError } from "./platform/settings/SettingsGroup.ts"

/** The settings that belong to no module. */
const common: ReadonlyArray<Group> = [Settings, ModuleSettings]

/** The setting groups that this process loads. Settings of a module that is off are not read. */
export const groups: Effect.Effect<ReadonlyArray<Group>> = Effect.map(onByEnvironment, (on) => [
  ...common,
  ...on.flatMap(({ settings }) => settings)
])

/** The types include the settings of every module, because code that uses those of a module that is off never runs. */
type All = Settings | ModuleSettings | SettingsOf<(typeof modules)[number]>

export const layer: Layer.Layer<All, SettingsError> = (
  layerOf(Settings, ModuleSettings) as Layer.Layer<All, SettingsError>
).pipe(Layer.provide(Layer.succeed(Groups, groups)))

/** The settings for a demonstration: pages of every origin may call the API unless CORS_ORIGINS says otherwise. */
export const layerDemo = Layer.effect(
  Settings,
  Effect.map(Settings, (values) => ({
    ...values,
    corsOrigins: values.corsOrigins.length === 0 ? ["*"] : values.corsOrigins
  }))
).pipe(Layer.provideMerge(layer))

/** Every setting, grouped by module; `module` is null for settings of no module. */
export const settings: ReadonlyArray<{
  readonly module: string | null
  readonly settings: ReadonlyArray<Setting<unknown>>
}> = [
  { module: null, groups: common },
  ...modules.map(({ name, settings }) => ({ module: name, groups: settings }))
].map(({ groups, module }) => ({ module, settings: groups.flatMap(({ definitions }) => Object.values(definitions)) }))

/** All settings in one list, in the order of the documentation. */
export const definitions: ReadonlyArray<Setting<unknown>> = settings.flatMap(({ settings }) => settings)
