import { Context, Effect, Layer } from "effect"
import { readNamed } from "../../platform/settings/NamedSettings.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { SettingsError } from "../../platform/settings/SettingsGroup.ts"
import { TasksSettings } from "../TasksSettings.ts"
import { type Integration, prepare } from "./Integration.ts"

const setting = "TASK_INTEGRATIONS"

const read = Effect.gen(function* () {
  const { publicUrl } = yield* Settings
  const { taskIntegrations } = yield* TasksSettings
  return yield* readNamed(setting, "integration", taskIntegrations, (name, settings) =>
    Effect.flatMap(prepare(name, settings), (integration) =>
      integration.mode === "callback" && publicUrl === undefined
        ? Effect.fail(["field mode: it can call back only where PUBLIC_URL says where this service is reached"])
        : Effect.succeed(integration)
    )
  )
})

/** The validated integrations of the settings. */
export class Integrations extends Context.Service<
  Integrations,
  {
    /** Fails where the settings lack the integration. A kind that needs it cannot run, so the service does not start. */
    readonly get: (name: string) => Effect.Effect<Integration, SettingsError>
  }
>()("fairground/tasks/integrations/Integrations") {
  /** A service of given integrations. */
  static readonly holding = (known: ReadonlyMap<string, Integration>) =>
    Integrations.of({
      get: (name) => {
        const integration = known.get(name)
        return integration === undefined
          ? Effect.fail(
              new SettingsError({ message: `${setting} has no integration ${JSON.stringify(name)}, which is needed.` })
            )
          : Effect.succeed(integration)
      }
    })

  /** The integrations of TASK_INTEGRATIONS. */
  static readonly layer = Layer.effect(Integrations, Effect.map(read, Integrations.holding))

  /** Those of the settings, and those of `more` whose names the settings lack. For the demo and for tests. */
  static readonly layerBeside = <E, R>(more: Effect.Effect<ReadonlyArray<Integration>, E, R>) =>
    Layer.effect(
      Integrations,
      Effect.gen(function* () {
        const added = yield* more
        return Integrations.holding(new Map([...added.map((one) => [one.name, one] as const), ...(yield* read)]))
      })
    )
}
