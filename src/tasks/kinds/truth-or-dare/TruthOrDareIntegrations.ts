import { Effect } from "effect"
import { SettingsError } from "../../../platform/settings/SettingsGroup.ts"
import { Integrations } from "../../integrations/Integrations.ts"
import { TruthOrDareSettings } from "./TruthOrDareSettings.ts"

/** The integration that draws the cards where TRUTH_OR_DARE_RUNNER is `http`. */
export const cardsIntegration = "truth-or-dare"

/**
 * The integration of the language model where TRUTH_OR_DARE_RUNNER is `llm`. Its `url` is the API's base URL, such as
 * `https://api.openai.com/v1`.
 */
export const modelIntegration = "llm"

/** Fails if the runner that TRUTH_OR_DARE_RUNNER names lacks a setting. */
export const check = Effect.gen(function* () {
  const { llmModel, truthOrDareRunner } = yield* TruthOrDareSettings
  const { get } = yield* Integrations
  switch (truthOrDareRunner) {
    case "deck":
      return
    case "http":
      yield* Effect.mapError(
        get(cardsIntegration),
        ({ message }) =>
          new SettingsError({
            message: `${message} TRUTH_OR_DARE_RUNNER=http draws its cards from it. The sandbox stands in for it in the demo alone.`
          })
      )
      return
    case "llm":
      yield* get(modelIntegration)
      if (llmModel === "") {
        return yield* new SettingsError({
          message: "LLM_MODEL is empty: it must name the model that the integration `llm` is asked for."
        })
      }
  }
})
