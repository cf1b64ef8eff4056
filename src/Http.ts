import { Layer } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder, type HttpApiGroup } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { type Api, described } from "./Api.ts"
import { type AnyModule, groupsOf } from "./Module.ts"
import { contractOf } from "./platform/contract/Contract.ts"
import * as Edge from "./platform/edge/Edge.ts"
import { routerConfig } from "./platform/edge/ExactPaths.ts"
import * as Server from "./platform/edge/Server.ts"
import * as Validation from "./platform/edge/Validation.ts"
import * as Pages from "./platform/pages/Pages.ts"

/**
 * The contract of these modules. The cast is needed because only the start decides which modules are on. It is safe
 * because every module brings the handlers of its groups.
 */
export const apiOf = (modules: ReadonlyArray<AnyModule>) =>
  described(
    contractOf(...(groupsOf(modules) as unknown as [HttpApiGroup.Constraint])),
    modules.flatMap(({ about }) => (about === "" ? [] : [about]))
  ) as unknown as typeof Api

/** Serves the contract of these modules, the pages and the metrics behind the edge. */
export const layerOf = (modules: ReadonlyArray<AnyModule>) => {
  const api = apiOf(modules)
  const routes = Layer.mergeAll(
    HttpApiBuilder.layer(api).pipe(
      Layer.provide(modules.map(({ http }) => http) as unknown as [Layer.Layer<never>]),
      Layer.provide(Validation.layer)
    ),
    Pages.layer(api),
    PrometheusMetrics.layerHttp({ path: "/metrics" })
  )
  return HttpRouter.serve(
    routes.pipe(Layer.provideMerge(Edge.layer(api, [...Edge.extraRoutes, ...modules.flatMap(({ pages }) => pages)]))),
    {
      routerConfig,
      disableLogger: true,
      disableListenLog: true
    }
  ).pipe(Layer.provideMerge(Server.layer))
}
