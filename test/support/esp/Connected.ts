import { Clock, ConfigProvider, Duration, Effect, Layer } from "effect"
import { Connections } from "../../../src/esp/Connections.ts"
import { EspClient, type EspContact, type EspError } from "../../../src/esp/EspClient.ts"
import * as EspConnected from "../../../src/esp/EspConnected.ts"
import { EspGovernor } from "../../../src/esp/governor/EspGovernor.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { EspHttpClients } from "../../../src/esp/providers/EspHttpClient.ts"
import { EspSandboxRepo } from "../../../src/esp/sandbox/EspSandboxRepo.ts"
import { layerWith } from "../Settings.ts"
import { contactOf } from "./EspContacts.ts"
import type { ProviderSubject } from "./ProviderSubject.ts"

/** The guarded connection `shop` of a provider at this URL, set up as in the service. */
export const connected = (
  { env, name, provider, settings }: ProviderSubject,
  url: string,
  change: { readonly [field: string]: unknown } = {}
) => {
  const all = { ...env, ESP_CONNECTIONS: JSON.stringify({ shop: { ...settings(url), ...change } }), ESP_RETRIES: "0" }
  return EspGuard.layer.pipe(
    Layer.provideMerge(EspConnected.layerNoDeps),
    Layer.provideMerge(EspGovernor.layerMemory),
    Layer.provide(Connections.layerOf({ [name]: provider })),
    Layer.provide([EspHttpClients.layer, Layer.mock(EspSandboxRepo, {})]),
    Layer.provideMerge(layerWith(all)),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: all })))
  )
}

/** The adapter of that connection, without the guard. */
export const shop = Effect.map(EspClient, ({ connections }) => {
  const connection = connections.get("shop")
  if (connection === undefined) throw new Error("there is no connection shop")
  return connection
})

const contact = (email: string, change?: Partial<EspContact>) => contactOf(email, { esp: "shop", ...change })

/**
 * Requests after a verdict have 700 ms or 3 s, which a busy machine can exceed. For the adapter no time passes, and its
 * limits take effect four seconds later.
 */
const unhurried = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.clockWith((clock) =>
    Effect.provideService(
      effect,
      Clock.Clock,
      Object.assign(Object.create(clock) as Clock.Clock, {
        monotonicTimeNanos: Effect.succeed(0n),
        monotonicTimeNanosUnsafe: () => 0n,
        sleep: (duration: Duration.Duration) => clock.sleep(Duration.sum(duration, Duration.seconds(4)))
      })
    )
  )

/** One call of the adapter, without the guard. */
export const register = (email: string, change?: Partial<EspContact>) =>
  Effect.flatMap(shop, (adapter) => unhurried(adapter.register(contact(email, change))))

/** One attempt through the guard, for a play whose client waits. */
export const attempt = (email: string) =>
  Effect.flatMap(EspGuard, (guard) => guard.attempt(contact(email), { unresolved: false, priority: "live" }))

/** How a call fails; the wait is in seconds. */
export interface Failure {
  readonly tag: string
  readonly reason: string
  readonly acted?: boolean
  readonly wait?: number | undefined
}

const failureOf = (error: EspError): Failure => ({
  tag: error._tag,
  reason: error.reason,
  ...(error._tag === "EspUnavailable"
    ? {
        acted: error.mayHaveActed,
        wait: error.retryAfter === undefined ? undefined : Duration.toSeconds(error.retryAfter)
      }
    : {})
})

/** How one call of the adapter fails. */
export const failing = (email: string, change?: Partial<EspContact>) =>
  Effect.map(Effect.flip(register(email, change)), failureOf)

/** The base URL that results from a connection's settings, or what is wrong with them. */
export const baseOf = (
  { env, provider, settings }: ProviderSubject,
  change: { readonly [field: string]: unknown },
  secrets: { readonly [variable: string]: string } = {}
) =>
  Effect.gen(function* () {
    let base = ""
    const prepared = yield* provider.prepare({ ...settings("http://127.0.0.1:9"), ...change })
    yield* prepared.open({
      name: "shop",
      close: () => Effect.void,
      http: (options) => {
        base = options.base
        return { send: () => Effect.never, redact: (text) => text }
      }
    })
    return base
  }).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { ...env, ...secrets } })),
    Effect.match({ onFailure: (problems) => problems.join("\n"), onSuccess: (base) => base })
  )
