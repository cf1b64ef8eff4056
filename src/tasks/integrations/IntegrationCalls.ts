import { Cause, Clock, Context, type Duration, Effect, Exit, Layer, Metric, Option } from "effect"
import { CircuitBreaker } from "effect/persistence"
import * as Circuits from "../../platform/outbound/Circuits.ts"
import { waitOf } from "../../platform/outbound/HttpAnswer.ts"
import { isObject } from "../../platform/settings/NamedSettings.ts"
import { Outbound, type OutboundAnswer, type OutboundRequest } from "../../platform/outbound/Outbound.ts"
import { TaskFailure } from "../TaskErrors.ts"
import { type HttpError, httpErrors } from "./HttpErrors.ts"
import { type Integration, redactorOf } from "./Integration.ts"

const callsTotal = Metric.counter("fairground_integration_calls_total", {
  description: "Requests to integrations that have ended, by outcome",
  incremental: true
})
const callSeconds = Metric.histogram("fairground_integration_call_seconds", {
  description: "How long requests to integrations took, in seconds",
  boundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
})
const circuitOpen = Metric.gauge("fairground_integration_circuit_open", {
  description: "1 from the opening of the circuit to an integration until a request has closed it, else 0"
})

export const final = (code: HttpError, detail: string = httpErrors[code]) => TaskFailure.final(code, detail)

export const passing = (code: HttpError, detail: string = httpErrors[code], retryAfter?: Duration.Duration) =>
  TaskFailure.passing(code, detail, retryAfter)

/** Of an answer that brings something, and is not JSON. A proxy's page may pass. */
export const notJson = ({ isUtf8 }: OutboundAnswer) =>
  passing("answer-not-json", isUtf8 ? undefined : "The integration's answer is not in UTF-8, as JSON is.")

export interface Call extends Pick<OutboundRequest, "method" | "url" | "json"> {
  /** The id of the task. */
  readonly idempotencyKey?: string
  /** A better failure for an answer that is an error, by what it says. */
  readonly explain?: (answer: OutboundAnswer) => TaskFailure | undefined
}

const misconfigured: ReadonlyMap<number, string> = new Map([
  [401, "The integration refuses the credentials (401)."],
  [403, "The integration's credentials do not permit it (403)."],
  [404, "There is nothing at the integration's address (404)."],
  [405, "The integration's address does not take tasks (405)."]
])

/**
 * What the integration itself says of its refusal: problem details of RFC 9457, a message, or an error that has one.
 */
const wordsOf = (json: unknown): string => {
  if (!isObject(json)) return ""
  const { detail, message, title } = isObject(json["error"]) ? json["error"] : json
  return [detail, title, message].find((word): word is string => typeof word === "string" && word.trim() !== "") ?? ""
}

const failureOf = (answer: OutboundAnswer, now: number, redact: (text: string) => string): TaskFailure => {
  const { status } = answer
  const retryAfter = waitOf(answer.headers["retry-after"], now)
  if (status >= 300 && status < 400) {
    return final("integration-misconfigured", `The integration redirects (${status}), which is not followed.`)
  }
  if (status === 429) return passing("integration-busy", undefined, retryAfter)
  if (status === 408 || status === 425 || status >= 500) {
    return passing("integration-unavailable", `The integration answered ${status}.`, retryAfter)
  }
  const wrong = misconfigured.get(status)
  if (wrong !== undefined) return final("integration-misconfigured", wrong)
  const words = redact(wordsOf(answer.json))
  return final(
    "integration-rejected",
    words === "" ? `The integration answered ${status}.` : `The integration answered ${status}: ${words}`
  )
}

const transport: { readonly [reason: string]: TaskFailure } = {
  "private-address": final(
    "integration-misconfigured",
    "The integration has no public address, and none else is allowed."
  ),
  "too-large": final("answer-too-large"),
  cut: passing("integration-unavailable", "The integration broke the connection off."),
  transport: passing("integration-unavailable", "The connection to the integration failed.")
}

const outcomeOf = (exit: Exit.Exit<unknown, TaskFailure>): string => {
  if (Exit.isSuccess(exit)) return "answered"
  return Option.getOrUndefined(Cause.findErrorOption(exit.cause))?.code ?? "interrupted"
}

/** An integration that refuses a task is in good order; so is one that our settings keep us from. */
const classify = (exit: Exit.Exit<OutboundAnswer, TaskFailure>): CircuitBreaker.Outcome => {
  const error = Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  return error === undefined || error.isFinal
    ? CircuitBreaker.success
    : CircuitBreaker.failure({ retryAfter: error.retryAfter })
}

/** Requests to integrations: with their credentials, within their time, and not while they are down. */
export class IntegrationCalls extends Context.Service<
  IntegrationCalls,
  {
    /**
     * One request. It succeeds with an answer of 2xx alone; what another means is said by its status: 408, 425, 429 and
     * 5xx may pass, with `Retry-After` where it is given; any other is final, redirects too. No answer within the
     * integration's `timeout`, or none at all, may pass as well. Of ten requests and more at least half must come to an
     * answer, or the circuit opens: for a while, which grows to a minute, no request is made.
     */
    readonly call: (integration: Integration, call: Call) => Effect.Effect<OutboundAnswer, TaskFailure>
  }
>()("fairground/tasks/integrations/IntegrationCalls") {
  static readonly layerNoDeps = Layer.effect(
    IntegrationCalls,
    Effect.gen(function* () {
      const outbound = yield* Outbound

      const breaker = yield* Circuits.make({
        attribute: "integration",
        gauge: circuitOpen,
        opened: "The integration fails too often: its circuit is open",
        closed: "The integration answers again: its circuit is closed"
      })

      const exchange = Effect.fnUntraced(function* (integration: Integration, call: Call) {
        const answer = yield* outbound
          .send({
            method: call.method,
            url: call.url,
            headers: {
              ...integration.headers,
              ...(call.idempotencyKey === undefined ? {} : { "idempotency-key": call.idempotencyKey })
            },
            json: call.json,
            maxBytes: integration.maxBytes,
            allowPrivate: integration.allowPrivate
          })
          .pipe(Effect.mapError(({ reason }) => transport[reason] ?? passing("integration-unreachable")))
        if (answer.status >= 200 && answer.status < 300) return answer
        const explained = call.explain?.(answer)
        if (explained !== undefined) return yield* explained
        const failure = failureOf(answer, yield* Clock.currentTimeMillis, redactorOf(integration))
        if (failure.code !== "integration-busy") {
          yield* Effect.logWarning("The integration's answer is an error", {
            integration: integration.name,
            status: answer.status,
            failure: failure.code
          })
        }
        return yield* failure
      })

      const measured = (integration: Integration, effect: Effect.Effect<OutboundAnswer, TaskFailure>) =>
        Effect.flatMap(Clock.monotonicTimeNanos, (start) =>
          Effect.onExit(
            effect,
            Effect.fnUntraced(function* (exit) {
              const seconds = Number((yield* Clock.monotonicTimeNanos) - start) / 1e9
              const attributes = { integration: integration.name }
              yield* Metric.update(Metric.withAttributes(callSeconds, attributes), seconds)
              yield* Metric.update(Metric.withAttributes(callsTotal, { ...attributes, outcome: outcomeOf(exit) }), 1)
            })
          )
        )

      const call = Effect.fn("IntegrationCalls.call")(function* (integration: Integration, call: Call) {
        yield* Effect.annotateCurrentSpan({ integration: integration.name })
        const timed = Effect.timeoutOrElse(exchange(integration, call), {
          duration: integration.timeout,
          orElse: () => Effect.fail(passing("integration-timeout"))
        })
        return yield* measured(integration, timed).pipe(
          breaker.execute({ key: integration.name, classify }),
          Effect.catchTag("CircuitBreakerError", ({ reason }) =>
            Effect.fail(
              // Half open, one request tries again: by then it has an answer, or has failed.
              passing(
                "integration-circuit-open",
                undefined,
                reason._tag === "CircuitOpen" ? reason.retryAfter : integration.timeout
              )
            )
          )
        )
      })

      return IntegrationCalls.of({ call })
    })
  ).pipe(Layer.provide(CircuitBreaker.layerStoreMemory()))

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Outbound.layer))
}
