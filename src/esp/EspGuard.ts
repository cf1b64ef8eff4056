import {
  Cause,
  Clock,
  Context,
  Duration,
  Effect,
  Exit,
  Layer,
  Metric,
  Option,
  Random,
  Result,
  Schedule,
  Stream
} from "effect"
import { CircuitBreaker } from "effect/persistence"
import { leavable } from "../platform/Leavable.ts"
import { forLog } from "../platform/Redaction.ts"
import { Settings } from "../platform/Settings.ts"
import {
  EspClient,
  type EspContact,
  type EspError,
  EspMisconfigured,
  EspUnavailable,
  type Registration
} from "./EspClient.ts"
import type { Priority } from "./GovernorPolicy.ts"

const callsTotal = Metric.counter("fairground_esp_calls_total", {
  description: "Calls to the ESP that have ended, by outcome",
  incremental: true
})
const callSeconds = Metric.histogram("fairground_esp_call_seconds", {
  description: "How long calls to the ESP took, in seconds",
  boundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 30]
})
const circuitOpen = Metric.gauge("fairground_esp_circuit_open", {
  description: "1 from the opening of the circuit to the ESP until an attempt has closed it, else 0"
})

/** The reason of an attempt that ended because the governor had no slot for its call. */
export const noSlot = "no-slot"

const mayHaveActed = (reason: string) => new EspUnavailable({ reason, mayHaveActed: true, retryAfter: undefined })

/** What a call comes to, as a metric's attribute: one of a few words. */
const outcomeOf = (exit: Exit.Exit<Registration, EspError>): string => {
  if (Exit.isSuccess(exit)) return exit.value.verdict
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  switch (error?._tag) {
    case "EspRejected":
      return "rejected"
    case "EspMisconfigured":
      return "misconfigured"
    case "EspUnavailable":
      return error.reason === "timeout" || error.reason === "defect" ? error.reason : "unavailable"
    case undefined:
      return "interrupted"
  }
}

const measured = (esp: string) => (call: Effect.Effect<Registration, EspError>) =>
  Effect.flatMap(Clock.monotonicTimeNanos, (start) =>
    Effect.onExit(
      call,
      Effect.fnUntraced(function* (exit) {
        const seconds = Number((yield* Clock.monotonicTimeNanos) - start) / 1e9
        yield* Metric.update(Metric.withAttributes(callsTotal, { esp, outcome: outcomeOf(exit) }), 1)
        yield* Metric.update(Metric.withAttributes(callSeconds, { esp }), seconds)
      })
    )
  )

/** Whatever an adapter does that is no answer and no `EspError`: reported, and the call may have been carried out. */
const withoutDefects = (call: Effect.Effect<Registration, EspError>): Effect.Effect<Registration, EspError> =>
  Effect.catchCause(call, (cause) => {
    const error = Cause.findErrorOption(cause)
    return Option.isSome(error) && !Cause.hasDies(cause)
      ? Effect.fail(error.value)
      : Effect.andThen(
          Effect.logError("The ESP adapter has a defect", forLog(cause)),
          Effect.fail(mayHaveActed("defect"))
        )
  })

/** A pause is between half and one and a half times its length, so that attempts that failed together part. */
const jittered = (pause: number) => Effect.map(Random.next, (random) => pause * (0.5 + random))

/** The failure of a call, which speaks for those before it too. A rejection leaves nothing open. */
const remembering = (error: EspError, acted: boolean): EspError => {
  switch (error._tag) {
    case "EspRejected":
      return error
    case "EspMisconfigured":
      return new EspMisconfigured({ reason: error.reason, mayHaveActed: error.mayHaveActed || acted })
    case "EspUnavailable":
      return new EspUnavailable({
        reason: error.reason,
        mayHaveActed: error.mayHaveActed || acted,
        retryAfter: error.retryAfter
      })
  }
}

/** An ESP that rejects a contact is in good order; one that its settings keep us from is not. */
const classify = (exit: Exit.Exit<Registration, EspError>): CircuitBreaker.Outcome => {
  const error = Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (Exit.isSuccess(exit) || error?._tag === "EspRejected") return CircuitBreaker.success
  return CircuitBreaker.failure({ retryAfter: error?._tag === "EspUnavailable" ? error.retryAfter : undefined })
}

const turnsAway = (state: CircuitBreaker.State): boolean => {
  switch (state._tag) {
    case "Closed":
      return false
    // Past its time it waits for the attempt that probes.
    case "Open":
      return Duration.isPositive(state.retryAfter)
    case "HalfOpen":
      return state.probing
  }
}

/** What stands between the plays and the ESP: time limits, further calls, a circuit breaker for each connection. */
export class EspGuard extends Context.Service<
  EspGuard,
  {
    /**
     * Registers the contact with up to 1 + `ESP_RETRIES` calls, each within `ESP_CALL_TIMEOUT` and all of them within
     * `ESP_ATTEMPT_DEADLINE`. Only `EspUnavailable` is followed by a further call, unless the ESP asks for a longer wait than
     * the deadline leaves.
     *
     * `unresolved`: an earlier attempt at this contact may have been carried out. After such an attempt, or after such a call
     * of this one, "existed" is taken for our own doing: the verdict is `created`. A failure's `mayHaveActed` speaks for all
     * calls of this attempt and for `unresolved`, so it is the next attempt's `unresolved`.
     *
     * With the circuit open no call is made, and the failure is `EspUnavailable` with reason `circuit-open` and, where it is
     * known, `retryAfter`. Interrupting an attempt tells the circuit breaker nothing: an ESP that hangs is found out by
     * attempts that run to their end.
     */
    readonly attempt: (
      contact: EspContact,
      options: { readonly unresolved: boolean; readonly priority?: Priority }
    ) => Effect.Effect<Registration, EspError>
    /** Whether an attempt would be turned away now. Reads memory only. */
    readonly isOpen: (esp: string) => Effect.Effect<boolean>
  }
>()("fairground/esp/EspGuard") {
  static readonly layer = Layer.effect(
    EspGuard,
    Effect.gen(function* () {
      const client = yield* EspClient
      const settings = yield* Settings
      const callTimeout = Duration.toMillis(settings.espCallTimeout)
      const attemptDeadline = Duration.toMillis(settings.espAttemptDeadline)
      const firstPause = Duration.toMillis(settings.espRetryPause)

      const breaker = yield* CircuitBreaker.make({
        tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 20, minimumCalls: 10 }),
        openDuration: Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("1 minute")]),
        // A wait that the ESP names holds for its contact; a whole connection is not shut for hours on the word of one answer.
        maxOpenDuration: "1 minute"
      })
      yield* breaker.transitions.pipe(
        Stream.runForEach(({ key: esp, to }) => {
          if (to === "HalfOpen") return Effect.void
          const open = to === "Open"
          return Effect.andThen(
            Metric.update(Metric.withAttributes(circuitOpen, { esp }), open ? 1 : 0),
            open
              ? Effect.logWarning("The ESP fails too often: its circuit is open", { esp })
              : Effect.logInfo("The ESP answers again: its circuit is closed", { esp })
          )
        }),
        Effect.forkScoped({ startImmediately: true })
      )
      // A gauge that first appears when the circuit opens cannot be told from one that nobody reports.
      const seen = new Set<string>()
      const showClosed = (esp: string) =>
        Effect.suspend(() => {
          if (seen.has(esp)) return Effect.void
          seen.add(esp)
          return Metric.update(Metric.withAttributes(circuitOpen, { esp }), 0)
        })

      const call = (contact: EspContact, limit: number) =>
        Effect.suspend(() => client.register(contact)).pipe(
          leavable,
          Effect.timeoutOrElse({ duration: limit, orElse: () => Effect.fail(mayHaveActed("timeout")) }),
          withoutDefects,
          measured(contact.esp),
          Effect.withSpan("EspClient.register", { kind: "client", attributes: { esp: contact.esp } })
        )

      const now = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

      const calls = Effect.fnUntraced(function* (contact: EspContact, unresolved: boolean) {
        const deadline = (yield* now) + attemptDeadline
        let acted = unresolved
        for (let made = 1, left = attemptDeadline; ; made++) {
          const answer = yield* Effect.result(call(contact, Math.min(callTimeout, left)))
          if (Result.isSuccess(answer))
            return acted ? { ...answer.success, verdict: "created" as const } : answer.success
          const error = remembering(answer.failure, acted)
          if (error._tag !== "EspUnavailable" || made > settings.espRetries) return yield* error
          acted = error.mayHaveActed
          // On top of the wait that the ESP asks for: those it turned away together must not come back together.
          const wait = error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
          const pause = wait + (yield* jittered(firstPause * 2 ** (made - 1)))
          if ((yield* now) + pause >= deadline) return yield* error
          yield* Effect.sleep(pause)
          // A process that was held up wakes too late; a call without time could only be given up.
          left = deadline - (yield* now)
          if (left <= 0) return yield* error
        }
      })

      const attempt = Effect.fn("EspGuard.attempt")(function* (
        contact: EspContact,
        { unresolved }: { readonly unresolved: boolean }
      ) {
        yield* Effect.annotateCurrentSpan({ esp: contact.esp, unresolved })
        yield* showClosed(contact.esp)
        // One outcome an attempt, as the breaker's documentation advises: a call that another call made good is no failure.
        return yield* calls(contact, unresolved).pipe(
          breaker.execute({ key: contact.esp, classify }),
          Effect.catchTag("CircuitBreakerError", ({ reason }) =>
            Effect.fail(
              new EspUnavailable({
                reason: "circuit-open",
                mayHaveActed: unresolved,
                retryAfter: reason._tag === "CircuitOpen" ? reason.retryAfter : undefined
              })
            )
          )
        )
      })

      const isOpen = (esp: string) => Effect.orElseSucceed(Effect.map(breaker.state(esp), turnsAway), () => false)

      return EspGuard.of({ attempt, isOpen })
    })
  ).pipe(Layer.provide(CircuitBreaker.layerStoreMemory()))
}
