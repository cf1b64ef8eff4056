import { Context, Effect } from "effect"
import { contractOf } from "../platform/contract/Contract.ts"
import * as Handlers from "../platform/edge/Handlers.ts"
import { type Group, Texts } from "../platform/settings/SettingsGroup.ts"
import { SettingsApi, type SettingFacts } from "./SettingsApi.ts"

/** The settings of a module, or of none. */
export interface SettingsOfModule {
  readonly module: string | null
  readonly groups: ReadonlyArray<Group>
}

/** The settings that the process reads, in the order of the documentation. The program's root provides them. */
export const SettingsInUse = Context.Reference<ReadonlyArray<SettingsOfModule>>("fairground/health/SettingsInUse", {
  defaultValue: () => []
})

export const layer = Handlers.group(
  contractOf(SettingsApi),
  "settings",
  Effect.fnUntraced(function* (handlers) {
    const texts = yield* Texts
    // They do not change while the process runs.
    const items = (yield* SettingsInUse).flatMap(({ groups, module }) =>
      groups.flatMap(({ definitions }) =>
        Object.values(definitions).map((setting): SettingFacts => {
          const { isSet, text } = texts.get(setting.name) ?? { isSet: false, text: null }
          return {
            name: setting.name,
            module,
            value: text,
            isSet,
            isSecret: setting.secret,
            default: setting.default,
            allowed: setting.allowed,
            description: setting.description
          }
        })
      )
    )
    return handlers.handleAll({ list: () => Effect.succeed({ items }) })
  })
)
