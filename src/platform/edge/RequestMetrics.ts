import { type Context, Metric } from "effect"

const requests = Metric.counter("fairground_http_requests_total", {
  description: "Requests that were answered, by status.",
  incremental: true
})

const milliseconds = Metric.histogram("fairground_http_request_milliseconds", {
  description: "Time from a request's headers to its answer.",
  boundaries: [1, 2, 5, 10, 20, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]
})

/** Counts an answer with its status and the milliseconds it took. */
export const make = (context: Context.Context<never>) => {
  const byStatus = new Map<number, Metric.Counter<number>>()
  return (status: number, took: number): void => {
    let counter = byStatus.get(status)
    if (counter === undefined) {
      counter = Metric.withAttributes(requests, { status: String(status) })
      byStatus.set(status, counter)
    }
    counter.updateUnsafe(1, context)
    milliseconds.updateUnsafe(took, context)
  }
}
