import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { BatchLogRecordProcessor } from "@opentelemetry/sdk-logs"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { Effect, Layer, References } from "effect"
import { Settings } from "./Settings.ts"
import { version } from "./Version.ts"

/** Traces, metrics and logs to the collector at OTEL_EXPORTER_OTLP_ENDPOINT, or none of them, and then no spans are made. */
export const layer = Layer.unwrap(Effect.gen(function*() {
  const { otlpEndpoint, serviceName } = yield* Settings
  if (otlpEndpoint === undefined) return Layer.succeed(References.TracerEnabled, false)
  const url = (signal: string) => `${otlpEndpoint.replace(/\/+$/, "")}/v1/${signal}`
  return NodeSdk.layer(() => ({
    resource: { serviceName, serviceVersion: version },
    spanProcessor: new BatchSpanProcessor(new OTLPTraceExporter({ url: url("traces") })),
    metricReader: new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: url("metrics") }) }),
    logRecordProcessor: new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: url("logs") }) }),
    loggerMergeWithExisting: true,
    shutdownTimeout: "3 seconds"
  }))
}))
