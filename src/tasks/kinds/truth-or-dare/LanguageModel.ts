import { Effect, Metric, Schema } from "effect"
import { withoutEndSlash } from "../../../platform/outbound/BaseUrl.ts"
import { TruthOrDareSettings } from "./TruthOrDareSettings.ts"
import { IntegrationCalls, notJson, passing } from "../../integrations/IntegrationCalls.ts"
import { Integrations } from "../../integrations/Integrations.ts"
import { TaskFailure } from "../../TaskErrors.ts"
import { llmErrors } from "./Card.ts"
import { check, modelIntegration } from "./TruthOrDareIntegrations.ts"

const tokensTotal = Metric.counter("fairground_llm_tokens_total", {
  description: "Tokens that the language model has read (input) and written (output)",
  incremental: true
})
const costTotal = Metric.counter("fairground_llm_cost_total", {
  description: "What they cost, in the currency of LLM_PRICE_INPUT and LLM_PRICE_OUTPUT",
  incremental: true
})
const repliesTotal = Metric.counter("fairground_llm_replies_total", {
  description: "Replies of the language model, by what they came to",
  incremental: true
})

export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

export interface Question {
  readonly messages: ReadonlyArray<Message>
  /** JSON Schema of the reply, in the subset of structured outputs. */
  readonly schema: { readonly name: string; readonly schema: object }
  /** Equal for the same question of the same task, for endpoints that store answers by this key. */
  readonly idempotencyKey: string
}

/** The model's text. `isCut`: the model ran out of tokens before its end. */
export interface Reply {
  readonly text: string
  readonly isCut: boolean
}

const Tokens = Schema.optionalKey(Schema.NullOr(Schema.Finite))

// https://platform.openai.com/docs/api-reference/chat/object; compatible endpoints leave out fields that they do not have.
const Completion = Schema.Struct({
  choices: Schema.NonEmptyArray(
    Schema.Struct({
      finish_reason: Schema.optionalKey(Schema.NullOr(Schema.String)),
      message: Schema.Struct({
        content: Schema.optionalKey(Schema.NullOr(Schema.String)),
        refusal: Schema.optionalKey(Schema.NullOr(Schema.String))
      })
    })
  ),
  usage: Schema.optionalKey(Schema.NullOr(Schema.Struct({ prompt_tokens: Tokens, completion_tokens: Tokens })))
})

const decodeCompletion = Schema.decodeUnknownEffect(Completion)

const filtered = () => TaskFailure.final("llm-filtered", llmErrors["llm-filtered"])
const refused = () => TaskFailure.final("llm-refused", llmErrors["llm-refused"])

const ErrorBody = Schema.Struct({ error: Schema.Struct({ code: Schema.NullOr(Schema.String) }) })
const isErrorBody = Schema.is(ErrorBody)

/** Recognises a request refused by moderation, which OpenAI and Azure report as an error with a code. */
const explain = ({ json }: { readonly json: unknown }): TaskFailure | undefined =>
  isErrorBody(json) && /^(?:content_filter|content_policy_violation|moderation_blocked)$/.test(json.error.code ?? "")
    ? filtered()
    : undefined

/**
 * Asks the language model of the integration `llm`, any endpoint with OpenAI's chat completions, for structured output.
 * Fails like any integration, and with `llm-refused` and `llm-filtered`. Counts tokens and costs even where the reply
 * cannot be used.
 */
export const make = Effect.gen(function* () {
  yield* check
  const settings = yield* TruthOrDareSettings
  const integration = yield* Effect.flatMap(Integrations, ({ get }) => get(modelIntegration))
  const calls = yield* IntegrationCalls
  const model = settings.llmModel
  const url = `${withoutEndSlash(integration.url)}/chat/completions`

  const count = Effect.fnUntraced(function* (usage: (typeof Completion.Type)["usage"]) {
    const input = Math.max(0, usage?.prompt_tokens ?? 0)
    const output = Math.max(0, usage?.completion_tokens ?? 0)
    yield* Metric.update(Metric.withAttributes(tokensTotal, { model, direction: "input" }), input)
    yield* Metric.update(Metric.withAttributes(tokensTotal, { model, direction: "output" }), output)
    const cost = (input * settings.llmPriceInput + output * settings.llmPriceOutput) / 1_000_000
    yield* Metric.update(Metric.withAttributes(costTotal, { model }), cost)
  })

  const countReply = (outcome: string) => Metric.update(Metric.withAttributes(repliesTotal, { model, outcome }), 1)

  const ask = Effect.fn("LanguageModel.ask")(function* (question: Question) {
    const answer = yield* calls
      .call(integration, {
        method: "POST",
        url,
        idempotencyKey: question.idempotencyKey,
        json: {
          model,
          messages: question.messages,
          response_format: { type: "json_schema", json_schema: { ...question.schema, strict: true } },
          ...(settings.llmMaxTokens === 0 ? {} : { max_completion_tokens: settings.llmMaxTokens })
        },
        explain
      })
      .pipe(Effect.tapError(({ code }) => (code === "llm-filtered" ? countReply("filtered") : Effect.void)))
    const completion = yield* decodeCompletion(answer.json).pipe(
      Effect.catchTag("SchemaError", () =>
        Effect.fail(
          answer.json === undefined ? notJson(answer) : passing("answer-unexpected", "It is no chat completion.")
        )
      )
    )
    yield* count(completion.usage)
    const [{ finish_reason, message }] = completion.choices
    if (finish_reason === "content_filter")
      return yield* Effect.andThen(countReply("filtered"), Effect.fail(filtered()))
    if ((message.refusal ?? "") !== "") return yield* Effect.andThen(countReply("refused"), Effect.fail(refused()))
    return { text: message.content ?? "", isCut: finish_reason === "length" } satisfies Reply
  })

  return { ask, countReply }
})
