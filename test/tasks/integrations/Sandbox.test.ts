import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, type Scope } from "effect"
import { layerWith } from "../../support/Settings.ts"
import { Integrations } from "../../../src/tasks/integrations/Integrations.ts"
import * as Sandbox from "../../../src/tasks/integrations/Sandbox.ts"
import type { Card, Input } from "../../../src/tasks/kinds/truth-or-dare/Card.ts"
import { draw } from "../../../src/tasks/kinds/truth-or-dare/Draw.ts"
import { truthOrDare } from "../../../src/tasks/kinds/truth-or-dare/TruthOrDare.ts"
import { attemptOf, runners, taskId } from "../../support/tasks/Runners.ts"

const inputOf = (player: string): Input => ({
  type: "truth",
  language: "en",
  mood: "funny",
  ageGroup: "teens",
  players: [player, "Nora"]
})

/** How the attempts of a task end, one after another, with a first player of that name. */
const attempts = (player: string, count = 1) =>
  Effect.gen(function* () {
    // Short only where nothing comes: a busy machine may be late with what does.
    const timeout = player === "Silent" ? "500 millis" : "20 seconds"
    const url = yield* Sandbox.start({ slow: "10 millis", pause: "10 millis", retryAfter: 0 })
    const env = {
      TRUTH_OR_DARE_RUNNER: "http",
      TASK_INTEGRATIONS: JSON.stringify({ "truth-or-dare": { url, allowPrivate: true, timeout } })
    }
    return yield* Effect.gen(function* () {
      const run = yield* truthOrDare.runner
      return yield* Effect.forEach(
        Array.from({ length: count }, (_, index) => index + 1),
        (number) =>
          Effect.match(run(attemptOf(inputOf(player), number).attempt), {
            onFailure: ({ code, detail, isFinal, retryAfter }) => ({
              end: `${code}${isFinal ? ", final" : ""}`,
              detail,
              wait: retryAfter === undefined ? undefined : Duration.toMillis(retryAfter),
              card: undefined
            }),
            onSuccess: (card) => ({ end: "card", detail: "", wait: undefined, card: card as Card | undefined })
          })
      )
    }).pipe(Effect.provide(runners(env)))
  })

const ends = (player: string, count = 1): Effect.Effect<ReadonlyArray<string>, unknown, Scope.Scope> =>
  Effect.map(attempts(player, count), (all) => all.map(({ end }) => end))

describe("the sandbox of integrations", () => {
  it.live("draws a card that is the runner's own otherwise", () =>
    Effect.gen(function* () {
      const [first] = yield* attempts("Emil")
      const { ageGroup, language, mood, type } = inputOf("Emil")
      assert.deepStrictEqual(first?.card, {
        ...draw(taskId, inputOf("Emil")),
        type,
        language,
        mood,
        ageGroup,
        source: "http"
      })
    })
  )

  const promised: ReadonlyArray<readonly [player: string, ends: Array<string>]> = [
    ["Slow", ["card"]],
    ["Poll", ["card"]],
    ["Stumble", ["integration-unavailable", "card"]],
    ["Busy", ["integration-busy", "card"]],
    ["Broken", ["integration-unavailable", "integration-unavailable"]],
    ["Refused", ["integration-rejected, final"]],
    ["Rubbish", ["answer-invalid, final"]],
    ["Html", ["answer-not-json"]],
    ["Huge", ["answer-too-large, final"]],
    ["Silent", ["integration-timeout"]],
    ["Callback", ["integration-rejected, final"]]
  ]

  it("has a test for each name", () => {
    assert.sameMembers(
      promised.map(([player]) => player),
      Sandbox.sandboxPlayers.map(({ name }) => name)
    )
  })

  it.live.each(promised)("does for %s what it says", ([player, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* ends(player, expected.length), expected)
    })
  )

  it.live("answers rubbish without falling over it", () =>
    Effect.gen(function* () {
      const url = yield* Sandbox.start()
      const statusOf = (path: string, body?: string) =>
        Effect.promise(async () => {
          const init = body === undefined ? {} : { method: "POST", headers: { "idempotency-key": "x" }, body }
          return (await fetch(url + path, init)).status
        })
      assert.strictEqual(yield* statusOf("/%"), 404)
      assert.strictEqual(yield* statusOf("", "{"), 400)
      assert.strictEqual(yield* statusOf("", JSON.stringify({ task: "x", input: inputOf("Poll") })), 400)
      assert.strictEqual(yield* statusOf("", JSON.stringify({ task: "\ud800", input: inputOf("Poll") })), 400)
    })
  )

  it.live("is there in the demonstration unless the settings have one of the name", () =>
    Effect.gen(function* () {
      const integration = (env: Record<string, string>) =>
        Effect.flatMap(Integrations, ({ get }) => get("truth-or-dare")).pipe(
          Effect.provide(Sandbox.layer.pipe(Layer.provide(layerWith({ TRUTH_OR_DARE_RUNNER: "http", ...env }))))
        )
      const usual = yield* integration({})
      assert.match(usual.url, /^http:\/\/127\.0\.0\.1:\d+\/cards$/)
      assert.strictEqual(usual.mode, "poll")
      assert.strictEqual((yield* integration({ PUBLIC_URL: "https://play.example" })).mode, "callback")
      const unused = yield* Effect.flip(integration({ TRUTH_OR_DARE_RUNNER: "deck" }))
      assert.include(unused.message, "TASK_INTEGRATIONS has no integration")
      const own = { "truth-or-dare": { url: "https://cards.shop.example" } }
      assert.strictEqual(
        (yield* integration({ TASK_INTEGRATIONS: JSON.stringify(own) })).url,
        "https://cards.shop.example"
      )
    })
  )
})
