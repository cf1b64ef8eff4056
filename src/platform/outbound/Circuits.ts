import { Effect, Metric, Schedule, Stream } from "effect"
import { CircuitBreaker } from "effect/persistence"

/**
 * Circuit breakers, one for each key, in this process. When of the last 20 calls at least half have failed, and there were
 * 10, none is made for a second; that doubles up to a minute as long as the next one fails too.
 *
 * `gauge` is 1 for what `attribute` names while its circuit is open; `opened` and `closed` are what the log says.
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
    // A wait that an answer names holds for its own call; nobody is shut off for hours on the word of one answer.
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
