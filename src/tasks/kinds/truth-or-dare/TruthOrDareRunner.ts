import { Effect, Schema } from "effect"
import { httpRunner } from "../../integrations/HttpRunner.ts"
import type { Run } from "../../TaskKind.ts"
import { Card, Input } from "./Card.ts"
import { cast, draw } from "./Draw.ts"
import { llmRunner } from "./LlmRunner.ts"
import { cardsIntegration } from "./TruthOrDareIntegrations.ts"
import { TruthOrDareSettings } from "./TruthOrDareSettings.ts"

const outlineOf = ({ ageGroup, language, mood, type }: Input) => ({ type, language, mood, ageGroup })

/** The built-in deck: needs nothing, and never fails. */
export const deckRun: Run<Input, Card> = ({ input, taskId }) =>
  Effect.sync(() => ({ ...draw(taskId, input), ...outlineOf(input), source: "deck" }))

/** What an integration answers: the text, and whose card it is where it has chosen. */
const Drawn = Schema.Struct({ text: Card.fields.text, player: Schema.optionalKey(Schema.String) })

const integrated = Effect.map(
  httpRunner({ kind: "truth-or-dare", integration: cardsIntegration, input: Input, content: Drawn }),
  (ask): Run<Input, Card> =>
    (attempt) =>
      Effect.map(ask(attempt), ({ player, text }) => {
        const { input, taskId } = attempt
        // Of those who play, whatever the integration says.
        const chosen = input.players.map((name) => name.trim()).find((name) => name === player?.trim())
        return { text, ...outlineOf(input), player: chosen ?? cast(taskId, input.players).player, source: "http" }
      })
)

/** The runner that TRUTH_OR_DARE_RUNNER says. */
export const runner = Effect.gen(function* () {
  const { truthOrDareRunner } = yield* TruthOrDareSettings
  switch (truthOrDareRunner) {
    case "deck":
      return deckRun
    case "http":
      return yield* integrated
    case "llm":
      return yield* llmRunner
  }
})
