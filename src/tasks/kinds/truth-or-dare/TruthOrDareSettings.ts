import * as Setting from "../../../platform/settings/Setting.ts"
import { group } from "../../../platform/settings/SettingsGroup.ts"

/** The runner that draws cards of truth or dare, and its language model. */
export class TruthOrDareSettings extends group<TruthOrDareSettings>()(
  "fairground/tasks/kinds/truth-or-dare/TruthOrDareSettings",
  {
    truthOrDareRunner: Setting.oneOf("TRUTH_OR_DARE_RUNNER", ["deck", "http", "llm"], {
      default: "deck",
      description:
        "What draws the cards of truth or dare: the built-in deck, the integration `truth-or-dare`, or the language model of the integration `llm`."
    }),
    llmModel: Setting.text("LLM_MODEL", {
      default: "",
      description: "The model that the integration `llm` is asked for. Needed only for it."
    }),
    llmMaxTokens: Setting.whole("LLM_MAX_TOKENS", 0, 100_000, {
      default: "2000",
      description:
        "The most tokens of an answer, as `max_completion_tokens`; 0 for endpoints that do not know the field."
    }),
    llmPriceInput: Setting.number("LLM_PRICE_INPUT", 0, 1_000_000, {
      default: "0",
      description: "Price of a million tokens that the model reads, for the metric of costs."
    }),
    llmPriceOutput: Setting.number("LLM_PRICE_OUTPUT", 0, 1_000_000, {
      default: "0",
      description: "Price of a million tokens that the model writes."
    })
  }
) {}
