import { Effect, Option, Schema } from "effect"
import type { AnyModule } from "./Module.ts"
import { modules } from "./Modules.ts"
import * as Setting from "./platform/settings/Setting.ts"
import { group, read, SettingsError } from "./platform/settings/SettingsGroup.ts"

/** Which of the modules this process serves. */
export class ModuleSettings extends group<ModuleSettings>()("fairground/ModuleSettings", {
  modules: Setting.choice(
    "MODULES",
    modules.filter(({ isOptional }) => isOptional).map(({ name }) => name),
    {
      default: "all",
      description:
        "The optional modules that this process serves. Of one that is off there is no path and no background work; its tables and what they hold stay."
    }
  )
}) {}

const isIn = (chosen: ReadonlySet<string>) => (module: AnyModule) => !module.isOptional || chosen.has(module.name)

/** The modules that are on, in the order of `all`. Fails if one of them needs a module that is off. */
export const on = <M extends AnyModule>(
  all: ReadonlyArray<M>
): Effect.Effect<ReadonlyArray<M>, SettingsError, ModuleSettings> =>
  Effect.gen(function* () {
    const { modules: chosen } = yield* ModuleSettings
    const served = all.filter(isIn(chosen))
    const unmet = served.flatMap(({ name, needs }) =>
      needs
        .filter((need) => !chosen.has(need))
        .map((need) => `The module ${name} needs ${need}, which is off (MODULES).`)
    )
    return unmet.length === 0 ? served : yield* new SettingsError({ message: unmet.join("\n") })
  })

/**
 * The modules that are on, read before the settings are loaded: the result decides which settings to load. All modules
 * if MODULES is invalid.
 */
export const onByEnvironment: Effect.Effect<ReadonlyArray<AnyModule>> = read(ModuleSettings.definitions.modules).pipe(
  Effect.map(({ value }) =>
    Option.match(value, { onNone: () => modules, onSome: (chosen) => modules.filter(isIn(chosen)) })
  ),
  Effect.orElseSucceed(() => modules)
)

/** The command belongs to a module that this process does not serve. */
export class ModuleOff extends Schema.TaggedError<ModuleOff>()("ModuleOff", { module: Schema.String }) {
  override get message(): string {
    return `The module ${this.module} is off (MODULES).`
  }
}

/** Fails if the module is off. */
export const requireOn = ({ name }: AnyModule) =>
  Effect.flatMap(onByEnvironment, (served) =>
    served.some((module) => module.name === name) ? Effect.void : Effect.fail(new ModuleOff({ module: name }))
  )
