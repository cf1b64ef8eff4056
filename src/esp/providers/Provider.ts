import { type Duration, Effect, type Schema } from "effect"
import { decodeFields } from "../../platform/settings/NamedSettings.ts"
import { limitedTo, type SharedSettings } from "./Connection.ts"
import type { EspAnswer } from "./EspAnswer.ts"
import type { EspAdapter, EspConnection } from "../EspClient.ts"
import type { EspHttpClient, EspHttpOptions } from "./EspHttpClient.ts"
import type { GovernorPolicy } from "../governor/GovernorPolicy.ts"

/** What an adapter gets from its caller. */
export interface Tools {
  /** The connection's name. */
  readonly name: string
  readonly http: (options: Omit<EspHttpOptions, "esp">) => EspHttpClient
  /**
   * Grants no slot of the account for `wait`. For successful answers whose headers say that the quota is used up; the error
   * `EspUnavailable` with reason `rate-limited` does the same without it. Returns at once.
   */
  readonly close: (policy: GovernorPolicy, wait: Duration.Duration) => Effect.Effect<void>
}

/** A client that closes the account as soon as an answer's headers say that its quota is used up, for `exhaustedFor`. */
export const closingWhenExhausted = (
  client: EspHttpClient,
  exhaustedFor: (answer: EspAnswer) => Duration.Duration | undefined,
  close: (wait: Duration.Duration) => Effect.Effect<void>
): EspHttpClient => ({
  ...client,
  send: (request) =>
    Effect.tap(client.send(request), (answer) => {
      const wait = exhaustedFor(answer)
      return wait === undefined ? Effect.void : close(wait)
    })
})

/** A connection with validated settings; `open` makes its adapter. */
export interface Prepared {
  readonly provider: string
  readonly open: (tools: Tools) => Effect.Effect<EspConnection>
}

/** A provider: validates the settings of its connections. */
export interface Provider {
  /** Fails with one problem per field, without any value of the settings. */
  readonly prepare: (settings: unknown) => Effect.Effect<Prepared, ReadonlyArray<string>>
}

/** Makes a row of the registry in EspProviders.ts. */
export const provider = <C extends SharedSettings, Encoded>(
  schema: Schema.Codec<C, Encoded>,
  make: (connection: C, tools: Tools) => Effect.Effect<EspAdapter>
): Provider => ({
  prepare: (settings) =>
    decodeFields(schema)(settings).pipe(
      Effect.map((connection) => ({
        provider: connection.provider,
        open: (tools) =>
          Effect.map(make(connection, tools), (adapter) => ({
            ...adapter,
            governor: limitedTo(connection.limits, adapter.governor),
            provider: connection.provider,
            tags: connection.tags ?? [],
            attributes: connection.attributes ?? {}
          }))
      }))
    )
})
