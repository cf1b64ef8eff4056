import { ConfigProvider, Context, Duration, Effect, Layer, type Scope } from "effect"
import {
  EspClient,
  type EspConnection,
  type EspContact,
  type EspError,
  type Registration
} from "../../../src/esp/EspClient.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { guardInMemory } from "./GuardInMemory.ts"
import { EspHttpClients } from "../../../src/esp/providers/EspHttpClient.ts"
import { layerWith } from "../Settings.ts"
import type { ProviderSubject } from "./ProviderSubject.ts"

/** A connection with these settings, without guard and governor, and how long its adapter has blocked the account. */
export const opened = (
  { env, provider }: Pick<ProviderSubject, "env" | "provider">,
  settings: { readonly [field: string]: unknown }
): Effect.Effect<
  { readonly connection: EspConnection; readonly closed: ReadonlyArray<number> },
  ReadonlyArray<string>,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const http = Context.get(yield* Layer.build(EspHttpClients.layer), EspHttpClients)
    const prepared = yield* provider.prepare(settings)
    const closed: Array<number> = []
    const connection = yield* prepared.open({
      name: "shop",
      http: (options) => http.client({ ...options, esp: "shop" }),
      close: (_, wait) => Effect.sync(() => void closed.push(Duration.toSeconds(wait)))
    })
    return { connection, closed }
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...env } }))))

/** One attempt of the guard at this connection, with up to three calls of `register`. */
export const attempted = (connection: EspConnection, contact: EspContact): Effect.Effect<Registration, EspError> =>
  Effect.flatMap(EspGuard, (guard) => guard.attempt(contact, { unresolved: false })).pipe(
    Effect.provide(
      guardInMemory.pipe(
        Layer.provide(Layer.succeed(EspClient, EspClient.dispatch(new Map([[contact.esp, connection]])))),
        Layer.provide(layerWith({ ESP_RETRIES: "2", ESP_RETRY_PAUSE: "1 millis" }).pipe(Layer.orDie))
      )
    )
  )
