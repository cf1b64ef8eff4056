import { Context, Effect, Layer } from "effect"
import { isObject } from "../platform/contract/JsonData.ts"
import { readNamed } from "../platform/settings/NamedSettings.ts"
import { EspSettings } from "./EspSettings.ts"
import { providers } from "./providers/EspProviders.ts"
import { sandboxName } from "./sandbox/EspSandbox.ts"
import type { Prepared, Provider } from "./providers/Provider.ts"

const prepare = (known: Record<string, Provider>, name: string, settings: unknown) => {
  const refuse = (...problems: ReadonlyArray<string>) => Effect.fail(problems)
  if (name === sandboxName) return refuse("this name is the sandbox's, which is always there")
  if (!isObject(settings)) return refuse("it must be an object with a provider")
  const { provider } = settings
  const names = Object.keys(known).join(", ")
  if (typeof provider !== "string") return refuse(`field provider: it must be one of ${names}`)
  return Object.hasOwn(known, provider) && known[provider] !== undefined
    ? known[provider].prepare(settings)
    : refuse(`field provider: there is no provider ${JSON.stringify(provider.slice(0, 40))}; there are ${names}`)
}

/** The validated connections of the settings. The connection `sandbox` exists in addition to them. */
export class Connections extends Context.Service<
  Connections,
  {
    readonly prepared: ReadonlyMap<string, Prepared>
    /** All names: those of the settings in their order, then the sandbox's. */
    readonly names: ReadonlyArray<string>
  }
>()("fairground/esp/Connections") {
  /** Reads ESP_CONNECTIONS with these providers. One error lists all problems. */
  static readonly layerOf = (known: { readonly [name: string]: Provider }) =>
    Layer.effect(
      Connections,
      Effect.gen(function* () {
        const { espConnections } = yield* EspSettings
        const prepared = yield* readNamed("ESP_CONNECTIONS", "connection", espConnections, (name, settings) =>
          prepare(known, name, settings)
        )
        return Connections.of({ prepared, names: [...prepared.keys(), sandboxName] })
      })
    )

  static readonly layer = Connections.layerOf(providers)
}
