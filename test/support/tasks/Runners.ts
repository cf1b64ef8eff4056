import { ConfigProvider, DateTime, Effect, Layer, Schema } from "effect"
import { IntegrationCalls } from "../../../src/tasks/integrations/IntegrationCalls.ts"
import { Integrations } from "../../../src/tasks/integrations/Integrations.ts"
import { httpRunner } from "../../../src/tasks/integrations/HttpRunner.ts"
import { layerWith } from "../Settings.ts"
import { TaskCallbacks } from "../../../src/tasks/callbacks/TaskCallbacks.ts"
import type { TaskProgress } from "../../../src/tasks/Task.ts"
import type { Attempt } from "../../../src/tasks/TaskKind.ts"

/** A kind whose input and content differ from their JSON. */
const Echo = Schema.Struct({ text: Schema.String, at: Schema.DateTimeUtcFromString })

export const taskId = "0198c7e2-7d1c-7f0e-9a55-0b6b3c0f7a11"

/** An attempt, and the progress that it has reported. */
export const attemptOf = <Input>(input: Input, number = 1, id = taskId) => {
  const reported: Array<TaskProgress> = []
  const attempt: Attempt<Input> = {
    taskId: id,
    number,
    input,
    report: (progress) =>
      Effect.sync(() => {
        reported.push(progress)
      })
  }
  return { attempt, reported }
}

/** The services that runners need, with these settings and without a database. Callbacks are not possible. */
export const runners = (env: Record<string, string>) =>
  Layer.mergeAll(
    IntegrationCalls.layer,
    Integrations.layer,
    Layer.mock(TaskCallbacks, {
      open: () => Effect.succeed("https://fairground.example/api/v1/tasks/x/callback?token=x"),
      find: () => Effect.void as Effect.Effect<undefined>,
      arrival: () => Effect.never
    })
  ).pipe(Layer.provideMerge(layerWith(env)), Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

/** The settings with one integration named `shop`. */
export const shopAt = (url: string, more: object = {}) => ({
  TASK_INTEGRATIONS: JSON.stringify({
    shop: { url, bearer: { env: "SHOP_KEY" }, allowPrivate: true, timeout: "5 seconds", ...more }
  }),
  SHOP_KEY: "the+secret/key"
})

export const echoRunner = httpRunner({ kind: "echo", integration: "shop", input: Echo, content: Echo })

/** The input of the echo kind: `{ "text": "Nora", "at": "2026-11-21T10:00:00.000Z" }` on the wire. */
export const echoInput: typeof Echo.Type = { text: "Nora", at: DateTime.makeUnsafe("2026-11-21T10:00:00.000Z") }

/** Runs one attempt of the echo kind with the integration at a URL. */
export const echo = (url: string, more: object = {}, number = 1) =>
  Effect.gen(function* () {
    const { attempt, reported } = attemptOf(echoInput, number)
    const run = yield* echoRunner
    return { content: yield* run(attempt), reported }
  }).pipe(Effect.provide(runners(shopAt(url, more))), Effect.catchTag("SettingsError", Effect.die))
