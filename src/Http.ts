import type { NodeHttpServer } from "@effect/platform-node"
import { Context, Effect, Layer, Scope } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { HttpApiBuilder, type HttpApiGroup } from "effect/http-api"
import { type Api, described } from "./Api.ts"
import { ManagementModule } from "./health/HealthModule.ts"
import { type AnyModule, groupsOf } from "./Module.ts"
import { contractOf } from "./platform/contract/Contract.ts"
import type { ValidationProblems } from "./platform/contract/Problems.ts"
import * as Edge from "./platform/edge/Edge.ts"
import { routerConfig } from "./platform/edge/ExactPaths.ts"
import { isolated } from "./platform/edge/Handlers.ts"
import type { ExtraRoute } from "./platform/edge/Methods.ts"
import * as Server from "./platform/edge/Server.ts"
import * as Validation from "./platform/edge/Validation.ts"
import * as Pages from "./platform/pages/Pages.ts"
import { Settings } from "./platform/settings/Settings.ts"
import { SettingsError } from "./platform/settings/SettingsGroup.ts"

/**
 * The contract of these modules. The cast is needed because only the start decides which modules are on. It is safe
 * because every module brings the handlers of its groups.
 */
export const apiOf = (modules: ReadonlyArray<AnyModule>) =>
  described(
    contractOf(...(groupsOf(modules) as unknown as [HttpApiGroup.Constraint])),
    modules.flatMap(({ about }) => (about === "" ? [] : [about]))
  ) as unknown as typeof Api

/** The routes in addition to the contract's: those of the platform, and those of these modules. */
export const extraRoutesOf = (modules: ReadonlyArray<AnyModule>): ReadonlyArray<ExtraRoute> => [
  ...Edge.extraRoutes,
  ...modules.flatMap(({ pages }) => pages)
]

/** What the handlers and pages of modules may use besides services: the router, and what the framework's server brings. */
export type HttpServices =
  | HttpRouter.HttpRouter
  | Layer.Success<typeof NodeHttpServer.layerHttpServices>
  | ValidationProblems

/**
 * Serves a contract with the handlers and pages of these modules behind the edge, on this server. Handlers and pages take the services of
 * modules while they are built. A request only has what is `around` and what comes with the server, because it pays for each service
 * (see `Handlers.ts`).
 */
const on = <E, R>(
  server: Layer.Layer<HttpServer.HttpServer | Layer.Success<typeof NodeHttpServer.layerHttpServices>, E, R>,
  api: typeof Api,
  modules: ReadonlyArray<AnyModule>,
  extra: ReadonlyArray<ExtraRoute>,
  listener: Edge.Listener,
  around: Context.Context<never>
) => {
  const handlers = modules.map(({ http }) => http) as unknown as [Layer.Layer<never>]
  const routes = HttpApiBuilder.layer(api).pipe(Layer.provide(handlers), Layer.provide(Validation.layer))
  const pages = listener === "public" ? Pages.layer(api) : Layer.empty
  const app = Layer.merge(routes, pages).pipe(Layer.provideMerge(Edge.layer(api, extra, listener)))
  const served = Effect.gen(function* () {
    const services = yield* Effect.context<Layer.Services<typeof app>>()
    const own = yield* Layer.build(server)
    const complete = Layer.provide(app, Layer.succeedContext(Context.merge(services, own)))
    const serve = HttpRouter.serve(complete, { routerConfig, disableLogger: true, disableListenLog: true })
    return Layer.merge(
      isolated(serve as Layer.Layer<never>, Context.merge(around, own as Context.Context<never>)),
      Layer.succeedContext(own)
    )
  })
  return Layer.unwrap(served)
}

/** The listener for the operator's own systems, on `MANAGEMENT_PORT`. */
const management = (port: number, around: Context.Context<never>) => {
  const modules = [ManagementModule]
  const extra = modules.flatMap(({ pages }) => pages)
  const announced = Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    // Without the protocol: the first URL in the log is the service's own.
    const where = HttpServer.formatAddress(address).replace(/^\w+:\/\//, "")
    yield* Effect.logInfo(`${where} (MANAGEMENT_PORT) answers /metrics and /health/ without credentials`)
  })
  return Layer.effectDiscard(announced).pipe(
    Layer.provideMerge(on(Server.layerManagement(port), apiOf(modules), modules, extra, "management", around))
  )
}

/** What a request may use besides what comes with the server: the program's settings, its clock, and the rest of the platform. */
export class Around extends Context.Service<Around, Context.Context<never>>()("fairground/Http/Around") {
  /** What this layer is built on. */
  static readonly layer = Layer.effect(Around, Effect.context<never>())
}

/** Serves the contract of these modules and their pages behind the edge, and health and metrics on `MANAGEMENT_PORT` if it is set. */
export const layerOf = (modules: ReadonlyArray<AnyModule>) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const around = yield* Around
      const { managementPort, port } = yield* Settings
      if (managementPort === port && port !== 0) {
        return yield* new SettingsError({
          message: `MANAGEMENT_PORT is ${port}, and so is PORT: it must be another port, or \`off\`.`
        })
      }
      // Forked before the server is built, so it closes after it: health is answered while the last requests are.
      const closingLater = yield* Effect.flatMap(Effect.scope, (scope) => Scope.fork(scope))
      const served = yield* Layer.build(
        on(Server.layer, apiOf(modules), modules, extraRoutesOf(modules), "public", around)
      )
      if (managementPort !== "off") {
        yield* Layer.buildWithScope(management(managementPort, around), closingLater)
      }
      return served
    })
  )
