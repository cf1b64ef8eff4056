import { Effect } from "effect"
import { contractOf } from "../platform/contract/Contract.ts"
import * as Handlers from "../platform/edge/Handlers.ts"
import { Texts } from "../platform/settings/SettingsGroup.ts"
import { SettingsApi, type SettingFacts } from "./SettingsApi.ts"
import { SettingsInUse } from "./SettingsInUse.ts"

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
