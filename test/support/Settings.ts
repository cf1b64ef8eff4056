import { ConfigProvider, Layer } from "effect"
import { ContactsSettings } from "../../src/contacts/ContactsSettings.ts"
import { EspSettings } from "../../src/esp/EspSettings.ts"
import { Settings } from "../../src/platform/settings/Settings.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"
import { PlaysSettings } from "../../src/plays/PlaysSettings.ts"
import { TruthOrDareSettings } from "../../src/tasks/kinds/truth-or-dare/TruthOrDareSettings.ts"
import { TasksSettings } from "../../src/tasks/TasksSettings.ts"

/** The default settings with some values replaced. */
export const layerWith = (env: Record<string, string>) =>
  layerOf(Settings, PlaysSettings, ContactsSettings, EspSettings, TasksSettings, TruthOrDareSettings).pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )
