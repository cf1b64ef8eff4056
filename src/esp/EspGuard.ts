import { Cause, Clock, Context, Duration, Effect, Exit, Layer, Metric, Option, Random, Result } from "effect"
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

/** The reason of an attempt that ended because the governor had no slot for its call. */
export const noSlot = "no-slot"

/** The reason by which an adapter says that the provider takes no more calls for now, from nobody of the account. */
const rateLimited = "rate-limited"

/** How long then, where the provider names no time. */
const unnamedWait = Duration.seconds(1)

/** A limit may be raised, and an account opened, before the time that was said: a look in milliseconds. */
const longestSlotless = 60_000

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

/** The failure of a call, which speaks for those before it too. */
const remembering = (error: EspError, acted: boolean): EspError =>
  withActed(error, acted || (error._tag !== "EspRejected" && error.mayHaveActed))

/** An ESP that rejects a contact is in good order; one that its settings keep us from is not. */
const classify = (exit: Exit.Exit<Registration, EspError>): CircuitBreaker.Outcome => {
  const error = Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (Exit.isSuccess(exit) || error?._tag === "EspRejected") return CircuitBreaker.success
  if (error?._tag === "EspUnavailable" && error.reason === noSlot) return CircuitBreaker.ignored
  if (error?.ofContact === true) return CircuitBreaker.ignored
  return CircuitBreaker.failure({ retryAfter: error?._tag === "EspUnavailable" ? error.retryAfter : undefined })
}

type Answer = Result.Result<Registration, EspError>

/** The provider knows that the call has ended. After a timeout it may still be at it. */
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
    // Past its time it waits for the attempt that probes.
    case "Open":
      return Duration.isPositive(state.retryAfter)
    case "HalfOpen":
      return state.probing
  }
}

/** How the circuit to an ESP stands: `half-open` from when an attempt may probe it until one has closed or opened it. */
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
     * Each call needs a slot of the governor. A live attempt does not wait for one, an attempt of the background does for
     * `ESP_ATTEMPT_DEADLINE` less `ESP_CALL_TIMEOUT`. Without one the failure is `EspUnavailable` with reason `no-slot`, with
     * `retryAfter`, and without any meaning for the circuit.
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
    /** Whether an attempt of the background would find no slot in time, by what the last one was told. Reads memory only. */
    readonly hasNoSlot: (esp: string) => Effect.Effect<boolean>
    /**
     * How this process gets on with all connections, in the order of the settings: the circuit, and whether half of the last
     * verdicts were `rejected`. Reads memory only.
     */
    readonly circuits: Effect.Effect<
      ReadonlyArray<{ readonly name: string; readonly circuit: Circuit; readonly rejecting: boolean }>
    >
  }
>()("fairground/esp/EspGuard") {
  /** Needs the ESPs, the governor and the settings. */
  static readonly layerNoDeps = Layer.effect(
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
      const rejections = Rejections.make()
      // A gauge that first appears when the circuit opens cannot be told from one that nobody reports.
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
          measured(contact.esp),
          Effect.withSpan("EspClient.register", { kind: "client", attributes: { esp: contact.esp } })
        )

      // Until when the background finds no slot.
      const slotless = new Map<string, number>()

      const policyOf = ({ esp }: EspContact) => client.connections.get(esp)?.governor ?? unlimited

      /** A call with its slot. What becomes of the slot afterwards holds nobody up. */
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

      /** The provider has said that it takes no calls: no replica has to find out for itself. */
      const heed = (error: EspError, policy: GovernorPolicy) =>
        error._tag === "EspUnavailable" && error.reason === rateLimited
          ? Effect.asVoid(Effect.forkIn(governor.close(policy, error.retryAfter ?? unnamedWait), scope))
          : Effect.void

      const calls = Effect.fnUntraced(function* (contact: EspContact, unresolved: boolean, priority: Priority) {
        const policy = policyOf(contact)
        const start = yield* monotonicMillis
        const deadline = start + attemptDeadline
        const patience = priority === "live" ? start : deadline - callTimeout
        let acted = unresolved
        let last: EspError | undefined
        for (let made = 1, left = attemptDeadline; ; made++) {
          let answer = yield* governed(contact, policy, priority, Math.min(callTimeout, left))
          while (!Result.isResult(answer)) {
            const wait = Duration.toMillis(answer.retryAfter)
            if ((yield* monotonicMillis) + wait > patience) {
              if (last !== undefined) return yield* last
              yield* Metric.update(Metric.withAttributes(noSlotTotal, { esp: contact.esp, priority }), 1)
              const { retryAfter } = answer
              if (priority === "background") {
                slotless.set(contact.esp, (yield* monotonicMillis) + Math.min(wait, longestSlotless))
              }
              return yield* new EspUnavailable({ reason: noSlot, mayHaveActed: acted, retryAfter })
            }
            yield* Effect.sleep(wait)
            // A process that was held up wakes too late; a call without time could only be given up.
            left = deadline - (yield* monotonicMillis)
            if (left > 0) answer = yield* governed(contact, policy, priority, Math.min(callTimeout, left))
          }
          if (Result.isSuccess(answer))
            return acted ? { ...answer.success, verdict: "created" as const } : answer.success
          const error = remembering(answer.failure, acted)
          yield* heed(error, policy)
          last = error
          if (error._tag !== "EspUnavailable" || made > settings.espRetries) return yield* error
          acted = error.mayHaveActed
          // On top of the wait that the ESP asks for: those it turned away together must not come back together.
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
        // One outcome an attempt, as the breaker's documentation advises: a call that another call made good is no failure.
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

      const hasNoSlot = (esp: string) => Effect.map(monotonicMillis, (at) => (slotless.get(esp) ?? 0) > at)

      const circuits = Effect.forEach([...client.connections.keys()], (name) =>
        breaker.state(name).pipe(
          Effect.map(circuitOf),
          Effect.orElseSucceed((): Circuit => "closed"),
          Effect.map((circuit) => ({ name, circuit, rejecting: rejections.areMany(name) }))
        )
      )

      return EspGuard.of({ attempt, isOpen, hasNoSlot, circuits })
    })
  ).pipe(Layer.provide(CircuitBreaker.layerStoreMemory()))

  /** With limits that this process counts for itself. */
  static readonly layer = this.layerNoDeps.pipe(Layer.provide(EspGovernor.layerMemory))
}
