import { Cause, Clock, Context, type Duration, Effect, Exit, Layer, Metric, Option } from "effect"
import { CircuitBreaker } from "effect/persistence"
import * as Circuits from "../../platform/outbound/Circuits.ts"
import { waitOf } from "../../platform/outbound/HttpAnswer.ts"
import { isObject } from "../../platform/contract/JsonData.ts"
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

/** A successful answer that is not JSON. It may be the page of a proxy, so another attempt may succeed. */
export const notJson = ({ isUtf8 }: OutboundAnswer) =>
  passing("answer-not-json", isUtf8 ? undefined : "The integration's answer is not in UTF-8, as JSON is.")

export interface Call extends Pick<OutboundRequest, "method" | "url" | "json"> {
  /** Usually the task's id. */
  readonly idempotencyKey?: string
  /** A more exact failure for an error answer, by its content; undefined: the status decides. */
  readonly explain?: (answer: OutboundAnswer) => TaskFailure | undefined
}

const misconfigured: ReadonlyMap<number, string> = new Map([
  [401, "The integration refuses the credentials (401)."],
  [403, "The integration's credentials do not permit it (403)."],
  [404, "There is nothing at the integration's address (404)."],
  [405, "The integration's address does not take tasks (405)."]
])

/** The integration's own text about an error: from RFC 9457 problem details, a `message`, or an `error` with either. */
const messageOf = (json: unknown): string => {
  if (!isObject(json)) return ""
  const { detail, message, title } = isObject(json["error"]) ? json["error"] : json
  return [detail, title, message].find((text): text is string => typeof text === "string" && text.trim() !== "") ?? ""
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
  const message = redact(messageOf(answer.json))
  return final(
    "integration-rejected",
    message === "" ? `The integration answered ${status}.` : `The integration answered ${status}: ${message}`
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

/** Final failures do not count against the circuit: an integration that refuses a task, or our settings, is healthy. */
const classify = (exit: Exit.Exit<OutboundAnswer, TaskFailure>): CircuitBreaker.Outcome => {
  const error = Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  return error === undefined || error.isFinal
    ? CircuitBreaker.success
    : CircuitBreaker.failure({ retryAfter: error.retryAfter })
}

/** Requests to integrations, with their credentials, a timeout and a circuit breaker. */
export class IntegrationCalls extends Context.Service<
  IntegrationCalls,
  {
    /**
     * Sends one request, which succeeds only with a 2xx. The failure depends on the status: 408, 425, 429 and 5xx may be
     * retried, after `Retry-After` where given; all others, redirects included, are final. A timeout or a failed
     * connection may be retried. When at least half of the last 20 requests, and of at least ten, failed in a way that may
     * be retried, the circuit opens: no request is sent for a time that grows to a minute.
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
              // While half open, one request probes the integration; it ends within the timeout.
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
