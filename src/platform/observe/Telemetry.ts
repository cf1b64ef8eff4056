import { Effect, Layer, References } from "effect"
import { UrlParams } from "effect/http"
import { Settings } from "../settings/Settings.ts"

/**
 * Spans of requests carry their URLs. The token in a callback's URL is valid until the first call; `code` and `state` are what an
 * identity provider sends a browser back with, until they are redeemed; players are searched for by their addresses, and a cursor may
 * hold one. Secrets in paths are hidden by the edge (SecretPaths.ts).
 */
const hidden = Layer.succeed(UrlParams.CurrentRedactedNames, [
  ...UrlParams.CurrentRedactedNames.defaultValue(),
  "token",
  "code",
  "state",
  "email",
  "emailPrefix",
  "cursor"
])

/** Sends traces, metrics and logs to the collector at OTEL_EXPORTER_OTLP_ENDPOINT. Without one, no spans are made. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { otlpEndpoint, serviceName } = yield* Settings
    if (otlpEndpoint === undefined) return Layer.succeed(References.TracerEnabled, false)
    // Loaded only if needed: the exporters take as long to load as the rest of the service.
    const { layer } = yield* Effect.promise(() => import("./TelemetryExport.ts"))
    return Layer.merge(layer(otlpEndpoint, serviceName), hidden)
  })
)
