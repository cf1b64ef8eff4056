import { Layer } from "effect"
import { IntegrationCalls } from "./integrations/IntegrationCalls.ts"
import { Integrations } from "./integrations/Integrations.ts"
import { TaskCallbacks } from "./callbacks/TaskCallbacks.ts"
import * as TruthOrDareIntegrations from "./kinds/truth-or-dare/TruthOrDareIntegrations.ts"

/** What the runners of kinds are made from, with these integrations. A setting that one of them lacks stops the start. */
export const layerOf = <E, R>(integrations: Layer.Layer<Integrations, E, R>) =>
  Layer.mergeAll(IntegrationCalls.layer, TaskCallbacks.layer, Layer.effectDiscard(TruthOrDareIntegrations.check)).pipe(
    Layer.provideMerge(integrations)
  )

export const layer = layerOf(Integrations.layer)
