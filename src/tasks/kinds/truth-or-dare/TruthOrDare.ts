import { Effect, Schedule } from "effect"
import { httpErrors } from "../../integrations/HttpErrors.ts"
import { taskKind } from "../../TaskKind.ts"
import { Card, Input, llmErrors } from "./Card.ts"

/** The kind of task that draws a card for a round of truth or dare. */
export const truthOrDare = taskKind({
  name: "truth-or-dare",
  title: "Truth or dare",
  description:
    "Draws a card for a round of truth or dare: a question or something to do, in English or Russian, fit for the mood, the age and the names of those who play. The same task gives the same card.",
  // Visitors play it.
  isPublic: true,
  input: Input,
  content: Card,
  errors: { ...httpErrors, ...llmErrors },
  attempts: 5,
  retry: Schedule.exponential("1 second", 2),
  // Longer than an integration may take by default: 30 seconds to accept the task and 5 minutes to do it.
  timeout: "6 minutes",
  concurrency: null,
  runner: Effect.flatMap(
    Effect.promise(() => import("./TruthOrDareRunner.ts")),
    ({ runner }) => runner
  )
})
