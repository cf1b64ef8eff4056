import { Layer } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import type { Api } from "./Api.ts"
import * as GamesHttp from "./games/GamesHttp.ts"
import * as HealthHttp from "./health/HealthHttp.ts"
import * as Edge from "./platform/edge/Edge.ts"
import { routerConfig } from "./platform/edge/ExactPaths.ts"
import { RateLimits } from "./platform/edge/RateLimits.ts"
import * as Server from "./platform/edge/Server.ts"
import * as Validation from "./platform/edge/Validation.ts"
import * as Pages from "./platform/pages/Pages.ts"
import * as PlaysHttp from "./plays/PlaysHttp.ts"
import * as TaskCallbacksHttp from "./tasks/callbacks/TaskCallbacksHttp.ts"
import * as TasksHttp from "./tasks/TasksHttp.ts"

const routesOf = (api: typeof Api) =>
  Layer.mergeAll(
    HttpApiBuilder.layer(api).pipe(
      Layer.provide([
        PlaysHttp.layer,
        GamesHttp.layer,
        TasksHttp.layerOf(api),
        TaskCallbacksHttp.layer,
        HealthHttp.layer
      ]),
      Layer.provide(Validation.layer)
    ),
    Pages.layer(api),
    PrometheusMetrics.layerHttp({ path: "/metrics" })
  )

/** Serves the contract, the pages and the metrics behind the edge. Needs the modules' services and the settings. */
export const layerOf = (api: typeof Api) =>
  HttpRouter.serve(routesOf(api).pipe(Layer.provideMerge(Edge.layer(api))), {
    routerConfig,
    disableLogger: true,
    disableListenLog: true
  }).pipe(Layer.provideMerge(Server.layer), Layer.provide(RateLimits.layer))
