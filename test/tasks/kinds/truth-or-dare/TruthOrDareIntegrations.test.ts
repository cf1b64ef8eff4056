import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { check } from "../../../../src/tasks/kinds/truth-or-dare/TruthOrDareIntegrations.ts"
import { runners } from "../../../support/tasks/Runners.ts"

const integrations = (...names: ReadonlyArray<string>) =>
  JSON.stringify(Object.fromEntries(names.map((name) => [name, { url: "https://cards.shop.example" }])))

/** What is wrong with these settings; nothing: "". */
const wrong = (env: Record<string, string>) =>
  check.pipe(Effect.provide(runners(env)), Effect.match({ onFailure: ({ message }) => message, onSuccess: () => "" }))

describe("the settings of truth or dare", () => {
  it.effect.each([
    [{}, ""],
    [{ TRUTH_OR_DARE_RUNNER: "deck" }, ""],
    [{ TRUTH_OR_DARE_RUNNER: "http", TASK_INTEGRATIONS: integrations("truth-or-dare") }, ""],
    [{ TRUTH_OR_DARE_RUNNER: "llm", LLM_MODEL: "m", TASK_INTEGRATIONS: integrations("llm") }, ""],
    [
      { TRUTH_OR_DARE_RUNNER: "http", TASK_INTEGRATIONS: integrations("llm") },
      `TASK_INTEGRATIONS has no integration "truth-or-dare", which is needed. TRUTH_OR_DARE_RUNNER=http draws its cards from it. The sandbox stands in for it in the demo alone.`
    ],
    [
      { TRUTH_OR_DARE_RUNNER: "llm", LLM_MODEL: "m", TASK_INTEGRATIONS: integrations("truth-or-dare") },
      `TASK_INTEGRATIONS has no integration "llm", which is needed.`
    ],
    [
      { TRUTH_OR_DARE_RUNNER: "llm", TASK_INTEGRATIONS: integrations("llm") },
      "LLM_MODEL is empty: it must name the model that the integration `llm` is asked for."
    ]
  ] as ReadonlyArray<readonly [Record<string, string>, string]>)("%j: %s", ([env, expected]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* wrong(env), expected)
    })
  )
})
