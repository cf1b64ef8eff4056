import { Cause, Exit, Layer, Logger, References, Tracer } from "effect"

/** Collects everything that is logged and traced, at every level. */
export const observed = () => {
  const logs: Array<string> = []
  const spans: Array<Tracer.NativeSpan> = []
  const layer = Layer.mergeAll(
    Logger.layer([
      Logger.make((options) => {
        logs.push(Logger.formatJson.log(options))
      })
    ]),
    Layer.succeed(References.MinimumLogLevel, "Trace"),
    Layer.succeed(
      Tracer.Tracer,
      Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
    )
  )
  const text = () =>
    JSON.stringify(
      [
        logs,
        spans.map((span) => [
          span.name,
          [...span.attributes],
          span.events,
          span.status._tag === "Ended" && Exit.isFailure(span.status.exit) ? Cause.pretty(span.status.exit.cause) : ""
        ])
      ],
      (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)
    )
  return { layer, logs, spans, text }
}
