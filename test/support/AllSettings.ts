import { ConfigProvider, Layer } from "effect"
import { layer } from "../../src/Settings.ts"

/** The defaults with some values replaced, for the whole service. */
export const settingsOf = (env: Record<string, string>) =>
  layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
