import { Effect, Metric, Schedule, Stream } from "effect"
import { CircuitBreaker } from "effect/persistence"

/**
 * Circuit breakers in this process, one per key. A circuit opens when at least half of the last 20 calls have failed, and at
 * least 10 were made. It stays open for a second, doubled up to a minute each time that the trial call fails too.
 *
 * `gauge` is 1 while the circuit is open of what `attribute` names; `opened` and `closed` are the log messages.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly attribute: string
  readonly gauge: Metric.Gauge<number>
  readonly opened: string
  readonly closed: string
}) {
  const { attribute, closed, gauge, opened } = options
  const breaker = yield* CircuitBreaker.make({
    tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 20, minimumCalls: 10 }),
    openDuration: Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("1 minute")]),
    // A wait that an answer asks for applies to its own call only. One answer must not block an account for hours.
    maxOpenDuration: "1 minute"
  })
  yield* breaker.transitions.pipe(
    Stream.runForEach(({ key, to }) => {
      if (to === "HalfOpen") return Effect.void
      const isOpen = to === "Open"
      const named = { [attribute]: key }
      return Effect.andThen(
        Metric.update(Metric.withAttributes(gauge, named), isOpen ? 1 : 0),
        isOpen ? Effect.logWarning(opened, named) : Effect.logInfo(closed, named)
      )
    }),
    Effect.forkScoped({ startImmediately: true })
  )
  return breaker
})
