import { Cause, Clock, Context, DateTime, Duration, Effect, Exit, Layer, Metric, Option, Random, Result } from "effect"
import { CircuitBreaker } from "effect/persistence"
import * as Circuits from "../platform/outbound/Circuits.ts"
import { leavable } from "../platform/Leavable.ts"
import { forLog } from "../platform/observe/Redaction.ts"
import { EspSettings } from "./EspSettings.ts"
import { CallEnd } from "./CallEnd.ts"
import { monotonicMillis } from "../platform/Monotonic.ts"
import { EspClient, type EspContact, type EspError, EspUnavailable, type Registration, withActed } from "./EspClient.ts"
import { EspGovernor, type NoSlot } from "./governor/EspGovernor.ts"
import { type GovernorPolicy, type Priority, unlimited } from "./governor/GovernorPolicy.ts"
import * as LastCalls from "./LastCalls.ts"
import * as Rejections from "./Rejections.ts"

const callsTotal = Metric.counter("fairground_esp_calls_total", {
  description: "Calls to the ESP that have ended, by outcome",
  incremental: true
})
const callSeconds = Metric.histogram("fairground_esp_call_seconds", {
  description: "How long calls to the ESP took, in seconds",
  boundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 30]
})
const noSlotTotal = Metric.counter("fairground_esp_no_slot_total", {
  description: "Attempts that ended for want of a slot, before any call to the ESP",
  incremental: true
})
const circuitOpen = Metric.gauge("fairground_esp_circuit_open", {
  description: "1 from the opening of the circuit to the ESP until an attempt has closed it, else 0"
})

/** The reason of an attempt that failed because the governor had no slot for its call. */
export const noSlot = "no-slot"

/** An adapter's reason for: the provider accepts no more calls from the whole account for now. */
const rateLimited = "rate-limited"

/** How long the account is closed where the provider names no wait. */
const defaultClosing = Duration.seconds(1)

/** The longest time in milliseconds to believe that there is no slot: a limit may be raised or an account opened sooner. */
const longestNoSlot = 60_000

const mayHaveActed = (reason: string) => new EspUnavailable({ reason, mayHaveActed: true, retryAfter: undefined })

/** The outcome of a call as a metric attribute of few values. */
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

const measured = (esp: string, lastCalls: LastCalls.LastCalls) => (call: Effect.Effect<Registration, EspError>) =>
  Effect.flatMap(Clock.monotonicTimeNanos, (start) =>
    Effect.onExit(
      call,
      Effect.fnUntraced(function* (exit) {
        const seconds = Number((yield* Clock.monotonicTimeNanos) - start) / 1e9
        yield* Metric.update(Metric.withAttributes(callsTotal, { esp, outcome: outcomeOf(exit) }), 1)
        yield* Metric.update(Metric.withAttributes(callSeconds, { esp }), seconds)
        const error = Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
        // A call that was broken off says nothing of the ESP.
        if (Exit.isFailure(exit) && error === undefined) return
        yield* lastCalls.note(esp, seconds, error?._tag === "EspRejected" ? undefined : error?.reason)
      })
    )
  )

/** Logs a defect of an adapter, and turns it into a failure that says the call may have been carried out. */
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

/** Jitter: between 0.5 and 1.5 times the pause, so that attempts that failed together do not retry together. */
const jittered = (pause: number) => Effect.map(Random.next, (random) => pause * (0.5 + random))

/** The failure of a call, with `mayHaveActed` of the earlier calls of the attempt included. */
const includingEarlier = (error: EspError, acted: boolean): EspError =>
  withActed(error, acted || (error._tag !== "EspRejected" && error.mayHaveActed))

/** An ESP that rejects a contact is healthy; one that wrong settings make unusable counts as a failure. */
const classify = (exit: Exit.Exit<Registration, EspError>): CircuitBreaker.Outcome => {
  const error = Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (Exit.isSuccess(exit) || error?._tag === "EspRejected") return CircuitBreaker.success
  if (error?._tag === "EspUnavailable" && error.reason === noSlot) return CircuitBreaker.ignored
  if (error?.ofContact === true) return CircuitBreaker.ignored
  return CircuitBreaker.failure({ retryAfter: error?._tag === "EspUnavailable" ? error.retryAfter : undefined })
}

type Answer = Result.Result<Registration, EspError>

/** Whether the call has ended at the provider too. After a timeout the provider may still be working on it. */
const hasEnded = (exit: Exit.Exit<Answer>): boolean => {
  if (Exit.isFailure(exit)) return false
  const answer = exit.value
  if (Result.isSuccess(answer)) return true
  return answer.failure._tag !== "EspUnavailable" || answer.failure.reason !== "timeout"
}

const turnsAway = (state: CircuitBreaker.State): boolean => {
  switch (state._tag) {
    case "Closed":
      return false
    // Once `retryAfter` has passed, the next attempt is let through as the probe.
    case "Open":
      return Duration.isPositive(state.retryAfter)
    case "HalfOpen":
      return state.probing
  }
}

/** State of the circuit to an ESP. `half-open`: one attempt may probe; its outcome closes or reopens the circuit. */
export type Circuit = "closed" | "half-open" | "open"

const circuitOf = (state: CircuitBreaker.State): Circuit => {
  switch (state._tag) {
    case "Closed":
      return "closed"
    case "Open":
      return Duration.isPositive(state.retryAfter) ? "open" : "half-open"
    case "HalfOpen":
      return "half-open"
  }
}

/** Guards the calls to ESPs with time limits, retries, rate limits and one circuit breaker for each connection. */
export class EspGuard extends Context.Service<
  EspGuard,
  {
    /**
     * Registers the contact with up to 1 + `ESP_RETRIES` calls, each within `ESP_CALL_TIMEOUT` and all within
     * `ESP_ATTEMPT_DEADLINE`. Only `EspUnavailable` is retried, and only if the wait that the ESP asks for ends before the
     * deadline.
     *
     * `unresolved`: an earlier attempt for this contact may have been carried out. After such an attempt, or such a call of
     * this attempt, the answer "existed" means that we created the contact ourselves: the verdict is `created`. A failure's
     * `mayHaveActed` covers all calls of this attempt and `unresolved`, so pass it as `unresolved` to the next attempt.
     *
     * Each call needs a slot from the governor. A live attempt does not wait for a slot; a background attempt waits up to
     * `ESP_ATTEMPT_DEADLINE` less `ESP_CALL_TIMEOUT`. Without a slot it fails with `EspUnavailable`, reason `no-slot` and a
     * `retryAfter`; the circuit breaker ignores this failure.
     *
     * While the circuit is open no call is made: the attempt fails with `EspUnavailable`, reason `circuit-open` and, where
     * known, `retryAfter`. The circuit breaker ignores interrupted attempts, so only attempts that run to their end reveal an
     * ESP that hangs.
     */
    readonly attempt: (
      contact: EspContact,
      options: { readonly unresolved: boolean; readonly priority?: Priority }
    ) => Effect.Effect<Registration, EspError>
    /** Whether the circuit would refuse an attempt now. Reads memory only. */
    readonly isOpen: (esp: string) => Effect.Effect<boolean>
    /** Whether a background attempt would get no slot in time, judged by the last one that got none. Reads memory only. */
    readonly hasNoSlot: (esp: string) => Effect.Effect<boolean>
    /**
     * The state of each connection as this process sees it, in the order of the settings: its circuit, and whether at least
     * half of its last verdicts were `rejected`. Reads memory only.
     */
    readonly circuits: Effect.Effect<
      ReadonlyArray<{ readonly name: string; readonly circuit: Circuit; readonly rejecting: boolean }>
    >
    /** How the last calls went in this process, and until when its circuit is open; null: it is not. Reads memory only. */
    readonly lately: (esp: string) => Effect.Effect<LastCalls.Lately & { readonly openUntil: DateTime.Utc | null }>
  }
>()("fairground/esp/EspGuard") {
  static readonly layer = Layer.effect(
    EspGuard,
    Effect.gen(function* () {
      const client = yield* EspClient
      const governor = yield* EspGovernor
      const settings = yield* EspSettings
      const scope = yield* Effect.scope
      const callTimeout = Duration.toMillis(settings.espCallTimeout)
      const attemptDeadline = Duration.toMillis(settings.espAttemptDeadline)
      const firstPause = Duration.toMillis(settings.espRetryPause)

      const breaker = yield* Circuits.make({
        attribute: "esp",
        gauge: circuitOpen,
        opened: "The ESP fails too often: its circuit is open",
        closed: "The ESP answers again: its circuit is closed"
      })
      const lastCalls = LastCalls.make()
      const rejections = Rejections.make()
      // The gauge starts at 0 with the first attempt: one that appears only when a circuit opens looks like a missing metric.
      const seen = new Set<string>()
      const showClosed = (esp: string) =>
        Effect.suspend(() => {
          if (seen.has(esp)) return Effect.void
          seen.add(esp)
          return Metric.update(Metric.withAttributes(circuitOpen, { esp }), 0)
        })

      const call = (contact: EspContact, limit: number) =>
        Effect.flatMap(monotonicMillis, (now) =>
          Effect.provideService(client.register(contact), CallEnd, now + limit)
        ).pipe(
          leavable,
          Effect.timeoutOrElse({ duration: limit, orElse: () => Effect.fail(mayHaveActed("timeout")) }),
          withoutDefects,
          measured(contact.esp, lastCalls),
          Effect.withSpan("EspClient.register", { kind: "client", attributes: { esp: contact.esp } })
        )

      // Until when background attempts get no slot, by connection, in monotonic milliseconds.
      const noSlotUntil = new Map<string, number>()

      const policyOf = ({ esp }: EspContact) => client.connections.get(esp)?.governor ?? unlimited

      /** Takes a slot and makes the call. Releases the slot in the background, so that the caller does not wait for it. */
      const governed = (
        contact: EspContact,
        policy: GovernorPolicy,
        priority: Priority,
        limit: number
      ): Effect.Effect<Answer | NoSlot> =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(restore(governor.take(policy, priority)), (slot): Effect.Effect<Answer | NoSlot> => {
            if (slot._tag === "NoSlot") return Effect.succeed(slot)
            return Effect.onExit(restore(Effect.result(call(contact, limit))), (exit) =>
              hasEnded(exit) ? Effect.forkIn(slot.release, scope) : Effect.void
            )
          })
        )

      /** Closes the account for all replicas after a rate limit, so that no other replica runs into it. */
      const closeIfRateLimited = (error: EspError, policy: GovernorPolicy) =>
        error._tag === "EspUnavailable" && error.reason === rateLimited
          ? Effect.asVoid(Effect.forkIn(governor.close(policy, error.retryAfter ?? defaultClosing), scope))
          : Effect.void

      const calls = Effect.fnUntraced(function* (contact: EspContact, unresolved: boolean, priority: Priority) {
        const policy = policyOf(contact)
        const start = yield* monotonicMillis
        const deadline = start + attemptDeadline
        const waitUntil = priority === "live" ? start : deadline - callTimeout
        let acted = unresolved
        let last: EspError | undefined
        for (let made = 1, left = attemptDeadline; ; made++) {
          let answer = yield* governed(contact, policy, priority, Math.min(callTimeout, left))
          while (!Result.isResult(answer)) {
            const wait = Duration.toMillis(answer.retryAfter)
            if ((yield* monotonicMillis) + wait > waitUntil) {
              if (last !== undefined) return yield* last
              yield* Metric.update(Metric.withAttributes(noSlotTotal, { esp: contact.esp, priority }), 1)
              const { retryAfter } = answer
              if (priority === "background") {
                noSlotUntil.set(contact.esp, (yield* monotonicMillis) + Math.min(wait, longestNoSlot))
              }
              return yield* new EspUnavailable({ reason: noSlot, mayHaveActed: acted, retryAfter })
            }
            yield* Effect.sleep(wait)
            // A busy process may wake after the deadline; a call with no time left could only time out.
            left = deadline - (yield* monotonicMillis)
            if (left > 0) answer = yield* governed(contact, policy, priority, Math.min(callTimeout, left))
          }
          if (Result.isSuccess(answer))
            return acted ? { ...answer.success, verdict: "created" as const } : answer.success
          const error = includingEarlier(answer.failure, acted)
          yield* closeIfRateLimited(error, policy)
          last = error
          if (error._tag !== "EspUnavailable" || made > settings.espRetries) return yield* error
          acted = error.mayHaveActed
          // Jitter on top of the wait that the ESP asks for: attempts that it refused together must not retry together.
          const wait = error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
          const pause = wait + (yield* jittered(firstPause * 2 ** (made - 1)))
          if ((yield* monotonicMillis) + pause >= deadline) return yield* error
          yield* Effect.sleep(pause)
          left = deadline - (yield* monotonicMillis)
          if (left <= 0) return yield* error
        }
      })

      const attempt = Effect.fn("EspGuard.attempt")(function* (
        contact: EspContact,
        { priority = "live", unresolved }: { readonly unresolved: boolean; readonly priority?: Priority }
      ) {
        yield* Effect.annotateCurrentSpan({ esp: contact.esp, unresolved })
        yield* showClosed(contact.esp)
        // One outcome per attempt, as the breaker's documentation advises: a failed call whose retry succeeds is no failure.
        return yield* calls(contact, unresolved, priority).pipe(
          Effect.tap(rejections.note(contact.esp, false)),
          Effect.tapError(({ _tag }) => (_tag === "EspRejected" ? rejections.note(contact.esp, true) : Effect.void)),
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

      const hasNoSlot = (esp: string) => Effect.map(monotonicMillis, (at) => (noSlotUntil.get(esp) ?? 0) > at)

      const circuits = Effect.forEach([...client.connections.keys()], (name) =>
        breaker.state(name).pipe(
          Effect.map(circuitOf),
          Effect.orElseSucceed((): Circuit => "closed"),
          Effect.map((circuit) => ({ name, circuit, rejecting: rejections.areMany(name) }))
        )
      )

      const openUntil = (esp: string) =>
        Effect.zipWith(breaker.state(esp), DateTime.now, (state, now) =>
          circuitOf(state) === "open" && state._tag === "Open" ? DateTime.addDuration(now, state.retryAfter) : null
        ).pipe(Effect.orElseSucceed(() => null))

      const lately = (esp: string) =>
        Effect.map(openUntil(esp), (until) => ({ ...lastCalls.of(esp), openUntil: until }))

      return EspGuard.of({ attempt, isOpen, hasNoSlot, circuits, lately })
    })
  ).pipe(Layer.provide(CircuitBreaker.layerStoreMemory()))
}
