import { Effect, Layer } from "effect"
import type { HttpServer } from "effect/http"
import { Permissions } from "./accounts/Permissions.ts"
import { ContactParts } from "./contacts/ContactPart.ts"
import { SettingsInUse } from "./health/SettingsInUse.ts"
import * as Http from "./Http.ts"
import { type AnyModule, contactPartsOf, type ErrorOf, playPartsOf, type ProvidedBy, type Unmet } from "./Module.ts"
import { ModuleSettings, on } from "./ModuleChoice.ts"
import type { modules } from "./Modules.ts"
import { makeMemory, PlayMemory, PlayParts } from "./plays/PlayPart.ts"
import { RateLimits } from "./platform/edge/RateLimits.ts"
import * as Notifier from "./platform/notify/Notifier.ts"
import * as DatabaseClock from "./platform/postgres/DatabaseClock.ts"
import * as Sql from "./platform/postgres/Sql.ts"
import { Secrets } from "./platform/Secrets.ts"
import { Settings } from "./platform/settings/Settings.ts"
import { Shutdown } from "./platform/Shutdown.ts"

/** What every module builds on. */
const platform = Layer.mergeAll(DatabaseClock.layer, Secrets.layer, RateLimits.layer, Notifier.layer).pipe(
  Layer.provideMerge(Sql.layer),
  Layer.provideMerge(Shutdown.layer)
)

type Modules = typeof modules

/** The services of the platform and of the modules that are on. */
export type Services = Layer.Success<typeof platform> | ProvidedBy<Modules[number]>

/**
 * The whole service: HTTP and background work of those of the given modules that are on. `prepare` runs before the
 * first request is accepted.
 *
 * Layers close in the reverse of the order in which they are built: first the server, which finishes its requests, then
 * the background work, then the modules from the first in the list to the last, and finally the database.
 */
export const layerOf = <A, E, R extends Services>(all: ReadonlyArray<AnyModule>, prepare: Effect.Effect<A, E, R>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const modules = yield* on(all)
      const ground = Layer.mergeAll(
        platform,
        Layer.succeed(PlayParts, playPartsOf(modules)),
        Layer.sync(PlayMemory, makeMemory),
        Layer.succeed(ContactParts, contactPartsOf(modules)),
        Layer.succeed(
          Permissions,
          modules.flatMap(({ permissions }) => permissions)
        ),
        Layer.succeed(SettingsInUse, [
          { module: null, groups: [Settings, ModuleSettings] },
          ...modules.map(({ name, settings }) => ({ module: name, groups: settings }))
        ])
      )
      const services = modules
        .toReversed()
        .reduce(
          (below, { services }) => Layer.provideMerge(services, below),
          Layer.provideMerge(Http.Around.layer, ground) as Layer.Layer<never, unknown, unknown>
        )
      const jobs = modules.map(({ jobs }) => jobs) as [Layer.Layer<never, unknown, unknown>]
      return Http.layerOf(modules).pipe(
        Layer.provideMerge(Layer.mergeAll(...jobs)),
        Layer.provideMerge(Layer.effectDiscard(prepare)),
        Layer.provideMerge(services)
      ) as Layer.Layer<
        HttpServer.HttpServer | Services,
        E | ErrorOf<Modules[number]> | Layer.Error<typeof platform> | Layer.Error<ReturnType<typeof Http.layerOf>>,
        // Settings only. If the compiler names another service here, no module provides it, or the module that provides
        // it stands above the one that needs it.
        Unmet<Modules, Layer.Success<typeof platform> | Http.HttpServices> | ModuleSettings | Settings
      >
    })
  )
