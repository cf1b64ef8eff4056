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

/** The integrations that the settings name, each of them right. */
export class Integrations extends Context.Service<
  Integrations,
  {
    /** A kind whose integration is not among the settings cannot run: where `Runners` asks for it, the start fails. */
    readonly get: (name: string) => Effect.Effect<Integration, SettingsError>
  }
>()("fairground/tasks/integrations/Integrations") {
  /** These integrations. */
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

  /** Reads TASK_INTEGRATIONS. Needs the settings. */
  static readonly layer = Layer.effect(Integrations, Effect.map(read, Integrations.holding))

  /** The same, with `more` where the settings do not name them: for the demonstration and for tests. */
  static readonly layerBeside = <E, R>(more: Effect.Effect<ReadonlyArray<Integration>, E, R>) =>
    Layer.effect(
      Integrations,
      Effect.gen(function* () {
        const beside = yield* more
        return Integrations.holding(new Map([...beside.map((one) => [one.name, one] as const), ...(yield* read)]))
      })
    )
}
