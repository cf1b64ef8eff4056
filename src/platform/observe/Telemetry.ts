import { Effect, Layer, References } from "effect"
import { UrlParams } from "effect/http"
import { Settings } from "../settings/Settings.ts"

/** Spans of requests carry their URLs. The token of a callback's address is good for as long as nobody has called there. */
const hidden = Layer.succeed(UrlParams.CurrentRedactedNames, [
  ...UrlParams.CurrentRedactedNames.defaultValue(),
  "token"
])

/** Traces, metrics and logs to the collector at OTEL_EXPORTER_OTLP_ENDPOINT, or none of them, and then no spans are made. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { otlpEndpoint, serviceName } = yield* Settings
    if (otlpEndpoint === undefined) return Layer.succeed(References.TracerEnabled, false)
    // Loaded only where it is wanted: the exporters take as long to load as the rest of the service.
    const { layer } = yield* Effect.promise(() => import("./TelemetryExport.ts"))
    return Layer.merge(layer(otlpEndpoint, serviceName), hidden)
  })
)
