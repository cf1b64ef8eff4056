import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { BatchLogRecordProcessor } from "@opentelemetry/sdk-logs"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { withoutEndSlash } from "../outbound/BaseUrl.ts"
import { version } from "../Version.ts"

/** Sends traces, metrics and logs to a collector over OTLP/HTTP. The existing loggers stay. */
export const layer = (endpoint: string, serviceName: string) => {
  const url = (signal: string) => `${withoutEndSlash(endpoint)}/v1/${signal}`
  return NodeSdk.layer(() => ({
    resource: { serviceName, serviceVersion: version },
    spanProcessor: new BatchSpanProcessor(new OTLPTraceExporter({ url: url("traces") })),
    metricReader: new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: url("metrics") }) }),
    logRecordProcessor: new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: url("logs") }) }),
    loggerMergeWithExisting: true,
    shutdownTimeout: "3 seconds"
  }))
}
