import { type Duration, Effect, type Schema } from "effect"
import { decodeFields } from "../../platform/settings/NamedSettings.ts"
import { limitedTo, type SharedSettings } from "./Connection.ts"
import type { EspAnswer } from "./EspAnswer.ts"
import type { EspAdapter, EspConnection } from "../EspClient.ts"
import type { EspHttpClient, EspHttpOptions } from "./EspHttpClient.ts"
import type { GovernorPolicy } from "../governor/GovernorPolicy.ts"

/** What an adapter is given to work with. */
export interface Tools {
  /** The connection's name. */
  readonly name: string
  readonly http: (options: Omit<EspHttpOptions, "esp">) => EspHttpClient
  /**
   * Nobody gets a slot of the account for that long: for headers that say so with a good answer. It returns at once. An
   * `EspUnavailable` with reason `rate-limited` does the same by itself.
   */
  readonly close: (policy: GovernorPolicy, wait: Duration.Duration) => Effect.Effect<void>
}

/** A client whose account rests as soon as an answer's headers say that nothing is left for `exhaustedFor` that long. */
export const resting = (
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

/** A connection whose settings are right; `open` brings it into use. */
export interface Prepared {
  readonly provider: string
  readonly open: (tools: Tools) => Effect.Effect<EspConnection>
}

/** A provider: reads the settings of its connections, and makes them. */
export interface Provider {
  /** What is wrong is said field by field, without any value. */
  readonly prepare: (settings: unknown) => Effect.Effect<Prepared, ReadonlyArray<string>>
}

/** A row of the registry. */
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
