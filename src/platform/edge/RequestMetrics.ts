import { type Context, Metric } from "effect"

const requests = Metric.counter("fairground_http_requests_total", {
  description: "Requests that were answered, by status.",
  incremental: true
})

const seconds = Metric.histogram("fairground_http_request_seconds", {
  description: "Time from a request's headers to its answer.",
  boundaries: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
})

/** Counts an answer by its status, and records the milliseconds that it took. */
export const make = (context: Context.Context<never>) => {
  const byStatus = new Map<number, Metric.Counter<number>>()
  return (status: number, took: number): void => {
    let counter = byStatus.get(status)
    if (counter === undefined) {
      counter = Metric.withAttributes(requests, { status: String(status) })
      byStatus.set(status, counter)
    }
    counter.updateUnsafe(1, context)
    seconds.updateUnsafe(took / 1000, context)
  }
}
