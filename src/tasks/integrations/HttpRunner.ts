import { Clock, Duration, Effect, Schema } from "effect"
import { waitOf } from "../../platform/outbound/HttpAnswer.ts"
import { isObject } from "../../platform/contract/JsonData.ts"
import type { OutboundAnswer } from "../../platform/outbound/Outbound.ts"
import { readableProgress, type TaskProgress } from "../Task.ts"
import { type Arrival, TaskCallbacks } from "../callbacks/TaskCallbacks.ts"
import type { TaskFailure } from "../TaskErrors.ts"
import type { Attempt, Run } from "../TaskKind.ts"
import { type Integration, redactorOf } from "./Integration.ts"
import { final, IntegrationCalls, notJson, passing } from "./IntegrationCalls.ts"
import { Integrations } from "./Integrations.ts"

export interface HttpRunnerOptions<Input, Content> {
  /** The kind's name, which is sent to the integration. */
  readonly kind: string
  /** The name of one of TASK_INTEGRATIONS. */
  readonly integration: string
  readonly input: Schema.Codec<Input, unknown>
  readonly content: Schema.Codec<Content, unknown>
}

/** Pause between two polls where the integration names none. */
const defaultPause = Duration.seconds(2)
/** Without a minimum, an integration that names a pause of zero would be polled as fast as the network allows. */
const shortestPause = Duration.millis(100)
const longestPause = Duration.minutes(1)

/**
 * After so many failed polls in a row the attempt fails. Not after the first: the integration continues its work
 * meanwhile, and a new attempt would start it again.
 */
const maxFailedPolls = 5

const clamp = (pause: Duration.Duration) => Duration.max(shortestPause, Duration.min(pause, longestPause))

/** Reads `{ "progress": { "fraction"?: 0.4, "message"?: "…" } }` of a 202. */
const progressOf = (json: unknown, redact: (text: string) => string): TaskProgress | undefined => {
  const progress = isObject(json) ? json["progress"] : undefined
  if (!isObject(progress)) return undefined
  const { fraction, message } = progress
  return readableProgress({
    fraction: typeof fraction === "number" ? fraction : null,
    message: typeof message === "string" ? redact(message) : ""
  })
}

/** The URL to poll, from the `Location` of a 202; undefined: the settings do not allow it. */
const pollUrlOf = (integration: Integration, base: string, location: string): string | undefined => {
  const url = URL.parse(location, base)
  // The protocol is checked because the origin of `blob:https://shop.example` is https://shop.example.
  const isWeb = url !== null && /^https?:$/.test(url.protocol)
  return isWeb && url.username === "" && url.password === "" && integration.origins.has(url.origin)
    ? url.href
    : undefined
}

/**
 * Makes the runner of a kind whose work an outside integration does. The runner sends `{ "task", "kind", "attempt",
 * "input", "callback"? }` with the task's id as `Idempotency-Key`. The integration answers 200 with the content; or 202
 * with a `Location`, which is polled until it answers 200; or, in mode `callback`, 202 alone, and calls back at
 * `callback.url`. Tasks fail with one of `httpErrors`.
 */
export const httpRunner = Effect.fnUntraced(function* <Input, Content>(options: HttpRunnerOptions<Input, Content>) {
  const integrations = yield* Integrations
  const calls = yield* IntegrationCalls
  const callbacks = yield* TaskCallbacks
  const integration = yield* integrations.get(options.integration)
  const redact = redactorOf(integration)
  const encode = Schema.encodeEffect(options.input)
  const decode = Schema.decodeUnknownEffect(options.content)

  const contentOf = (json: unknown): Effect.Effect<Content, TaskFailure> =>
    decode(json).pipe(
      Effect.catchTag("SchemaError", (error) =>
        Effect.andThen(
          Effect.logWarning("The integration's content does not fit", {
            integration: integration.name,
            kind: options.kind,
            fault: redact(error.message)
          }),
          Effect.fail(final("answer-invalid"))
        )
      )
    )

  const answered = (answer: OutboundAnswer): Effect.Effect<Content, TaskFailure> =>
    answer.json === undefined ? Effect.fail(notJson(answer)) : contentOf(answer.json)

  const ready = ({ status }: OutboundAnswer) => status === 200 || status === 201

  const pauseOf = (answer: OutboundAnswer) =>
    Effect.map(Clock.currentTimeMillis, (now) => clamp(waitOf(answer.headers["retry-after"], now) ?? defaultPause))

  /** Polls until the content is there. */
  const poll = Effect.fnUntraced(function* (attempt: Attempt<Input>, first: OutboundAnswer, firstUrl: string) {
    let url = firstUrl
    let pause = yield* pauseOf(first)
    for (let failed = 0; ;) {
      yield* Effect.sleep(pause)
      const polled = yield* Effect.result(calls.call(integration, { method: "GET", url }))
      if (polled._tag === "Failure") {
        const { failure } = polled
        failed++
        if (failure.isFinal || failed >= maxFailedPolls) return yield* failure
        pause = clamp(failure.retryAfter ?? defaultPause)
        continue
      }
      failed = 0
      const answer = polled.success
      if (ready(answer)) return yield* answered(answer)
      if (answer.status !== 202) return yield* unexpected(answer)
      const progress = progressOf(answer.json, redact)
      if (progress !== undefined) yield* attempt.report(progress)
      const location = answer.headers["location"]
      if (location !== undefined) url = yield* allowedUrl(url, location)
      pause = yield* pauseOf(answer)
    }
  })

  const unexpected = ({ status }: OutboundAnswer) =>
    Effect.fail(final("answer-unexpected", `The integration answered ${status}, which brings no content.`))

  const allowedUrl = (base: string, location: string) => {
    const url = pollUrlOf(integration, base, location)
    return url === undefined
      ? Effect.fail(
          final("integration-misconfigured", "The integration points to a place that its settings do not allow.")
        )
      : Effect.succeed(url)
  }

  const unavailable = () => passing("service-unavailable")

  const delivered = Effect.fnUntraced(function* (attempt: Attempt<Input>, arrival: Arrival) {
    const { nonce, outcome } = arrival
    // A spent callback is not found again, so a manual retry of the task does not fail on it once more.
    const failing = (failure: TaskFailure) =>
      Effect.andThen(Effect.mapError(callbacks.spend(attempt.taskId, nonce), unavailable), Effect.fail(failure))
    if ("content" in outcome) return yield* contentOf(outcome.content).pipe(Effect.catch(failing))
    const { detail, retry } = outcome.failure
    const words = `The integration failed: ${redact(detail)}`
    return yield* failing(retry ? passing("integration-unavailable", words) : final("integration-rejected", words))
  })

  const calledBack = (attempt: Attempt<Input>) =>
    Effect.flatMap(callbacks.arrival({ taskId: attempt.taskId, attempt: attempt.number }), (arrival) =>
      delivered(attempt, arrival)
    )

  const accepted = Effect.fnUntraced(function* (attempt: Attempt<Input>, answer: OutboundAnswer) {
    if (integration.mode === "direct") return yield* unexpected(answer)
    const location = answer.headers["location"]
    const isCallback = integration.mode === "callback"
    if (location === undefined && !isCallback) {
      return yield* final("answer-unexpected", "The integration answered 202 without saying where to look.")
    }
    yield* attempt.report(
      progressOf(answer.json, redact) ?? { fraction: null, message: "The integration is working on it." }
    )
    const polling =
      location === undefined ? undefined : poll(attempt, answer, yield* allowedUrl(integration.url, location))
    if (polling === undefined) return yield* calledBack(attempt)
    return yield* isCallback ? Effect.raceFirst(polling, calledBack(attempt)) : polling
  })

  const asked = Effect.fnUntraced(function* (attempt: Attempt<Input>, url: string | undefined) {
    const input = yield* Effect.orDie(encode(attempt.input))
    const answer = yield* calls.call(integration, {
      method: "POST",
      url: integration.url,
      idempotencyKey: attempt.taskId,
      json: {
        task: attempt.taskId,
        kind: options.kind,
        attempt: attempt.number,
        input,
        ...(url === undefined ? {} : { callback: { url } })
      }
    })
    if (ready(answer)) return yield* answered(answer)
    if (answer.status !== 202) return yield* unexpected(answer)
    return yield* Effect.timeoutOrElse(accepted(attempt, answer), {
      duration: integration.wait,
      orElse: () => Effect.fail(passing("integration-timeout", "The integration did not bring the content in time."))
    })
  })

  const run: Run<Input, Content> = Effect.fn("HttpRunner.run")(function* (attempt: Attempt<Input>) {
    yield* Effect.annotateCurrentSpan({ integration: integration.name, kind: options.kind })
    if (integration.mode !== "callback") return yield* asked(attempt, undefined)
    const awaited = { taskId: attempt.taskId, attempt: attempt.number }
    // An earlier attempt may have ended before it saw its callback.
    const earlier = yield* Effect.mapError(callbacks.find(awaited), unavailable)
    if (earlier !== undefined) return yield* delivered(attempt, earlier)
    const url = yield* callbacks.open(awaited).pipe(
      Effect.catchTags({
        DatabaseUnavailable: () => Effect.fail(unavailable()),
        SettingsError: () => Effect.fail(final("integration-misconfigured", "PUBLIC_URL is not set."))
      })
    )
    return yield* asked(attempt, url).pipe(
      Effect.catch((failure) =>
        // The integration may have called back although its answer was lost, and this may be the last attempt to find it.
        Effect.orElseSucceed(callbacks.find(awaited), () => undefined).pipe(
          Effect.flatMap((arrival) => (arrival === undefined ? Effect.fail(failure) : delivered(attempt, arrival)))
        )
      )
    )
  })

  return run
})
