import { Effect, Schema } from "effect"
import { httpRunner } from "../../integrations/HttpRunner.ts"
import type { Run } from "../../TaskKind.ts"
import { Card, Input } from "./Card.ts"
import { cast, draw } from "./Draw.ts"
import { llmRunner } from "./LlmRunner.ts"
import { cardsIntegration } from "./TruthOrDareIntegrations.ts"
import { TruthOrDareSettings } from "./TruthOrDareSettings.ts"

const outlineOf = ({ ageGroup, language, mood, type }: Input) => ({ type, language, mood, ageGroup })

/** Draws from the built-in deck. Never fails. */
const deckRun: Run<Input, Card> = ({ input, taskId }) =>
  Effect.sync(() => ({ ...draw(taskId, input), ...outlineOf(input), source: "deck" }))

/** An integration's answer: the text and, if the integration chose one, the player. */
const Drawn = Schema.Struct({ text: Card.fields.text, player: Schema.optionalKey(Schema.String) })

const integrated = Effect.map(
  httpRunner({ kind: "truth-or-dare", integration: cardsIntegration, input: Input, content: Drawn }),
  (ask): Run<Input, Card> =>
    (attempt) =>
      Effect.map(ask(attempt), ({ player, text }) => {
        const { input, taskId } = attempt
        // The integration's choice counts only if it is one of the players.
        const chosen = input.players.map((name) => name.trim()).find((name) => name === player?.trim())
        return { text, ...outlineOf(input), player: chosen ?? cast(taskId, input.players).player, source: "http" }
      })
)

/** The runner that TRUTH_OR_DARE_RUNNER names. */
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
