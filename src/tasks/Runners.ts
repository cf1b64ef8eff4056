import { Layer } from "effect"
import { IntegrationCalls } from "./integrations/IntegrationCalls.ts"
import { Integrations } from "./integrations/Integrations.ts"
import { TaskCallbacks } from "./callbacks/TaskCallbacks.ts"
import * as TruthOrDareIntegrations from "./kinds/truth-or-dare/TruthOrDareIntegrations.ts"

/** The services that the kinds' runners need, with these integrations. The start fails if an integration lacks a setting. */
export const layerOf = <E, R>(integrations: Layer.Layer<Integrations, E, R>) =>
  Layer.mergeAll(IntegrationCalls.layer, TaskCallbacks.layer, Layer.effectDiscard(TruthOrDareIntegrations.check)).pipe(
    Layer.provideMerge(integrations)
  )

export const layer = layerOf(Integrations.layer)
