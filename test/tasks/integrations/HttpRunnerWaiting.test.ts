import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Duration, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { OutboundAnswer } from "../../../src/platform/outbound/Outbound.ts"
import { layerWith } from "../../support/Settings.ts"
import { httpErrors } from "../../../src/tasks/integrations/HttpErrors.ts"
import { IntegrationCalls } from "../../../src/tasks/integrations/IntegrationCalls.ts"
import { Integrations } from "../../../src/tasks/integrations/Integrations.ts"
import { type Arrival, TaskCallbacks } from "../../../src/tasks/callbacks/TaskCallbacks.ts"
import { TaskFailure } from "../../../src/tasks/TaskErrors.ts"
import { attemptOf, echoInput, echoRunner, shopAt } from "../../support/tasks/Runners.ts"

const content = { text: "Emil", at: "2026-11-22T10:00:00.000Z" }

const answer = (status: number, json: unknown, headers: OutboundAnswer["headers"] = {}): OutboundAnswer => ({
  status,
  headers,
  mediaType: "application/json",
  text: "",
  isUtf8: true,
  json
})

/**
 * An attempt at an integration whose looks answer so, one after another. `asked` is the answer to the task, and `found` what
 * has been brought by the times that somebody asks for it.
 */
const attempt = Effect.fnUntraced(function* (
  looks: ReadonlyArray<OutboundAnswer | TaskFailure>,
  mode: "poll" | "callback",
  arrival: Effect.Effect<Arrival> = Effect.never,
  {
    asked = answer(202, {}, { location: "/place" }),
    found = []
  }: { readonly asked?: OutboundAnswer | TaskFailure; readonly found?: ReadonlyArray<Arrival | undefined> } = {}
) {
  const brought = [...found]
  const calls: Array<string> = []
  const spent: Array<string> = []
  const env = { ...shopAt("https://shop.example/do", { mode }), PUBLIC_URL: "https://play.example" }
  const left = [...looks]
  const { attempt, reported } = attemptOf(echoInput)
  const run = Effect.flatMap(echoRunner, (echo) => echo(attempt)).pipe(
    Effect.provide(
      Layer.mergeAll(
        Layer.mock(IntegrationCalls, {
          call: (_, { method }) =>
            Effect.suspend(() => {
              calls.push(method)
              const next = method === "POST" ? asked : (left.shift() ?? answer(202, {}))
              return next instanceof TaskFailure ? Effect.fail(next) : Effect.succeed(next)
            })
        }),
        Integrations.layer,
        Layer.mock(TaskCallbacks, {
          open: () => Effect.succeed("https://play.example/callback"),
          find: () => Effect.sync(() => brought.shift()),
          arrival: () => arrival,
          spend: (_, nonce) => Effect.sync(() => void spent.push(nonce))
        })
      ).pipe(Layer.provideMerge(layerWith(env)), Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
    )
  )
  return { fiber: yield* Effect.forkChild(run), reported, left, calls, spent }
})

describe("the http runner, waiting", () => {
  it.effect("looks each 2 seconds unless it is told otherwise, and once a minute at least", () =>
    Effect.gen(function* () {
      const pauses = [answer(202, {}, { "retry-after": "3600" }), answer(202, {}, { "retry-after": "0" })]
      const { fiber, left } = yield* attempt([...pauses, answer(200, content)], "poll")
      const leftAfter = (time: Parameters<typeof TestClock.adjust>[0]) =>
        Effect.map(TestClock.adjust(time), () => left.length)
      assert.strictEqual(yield* leftAfter("1999 millis"), 3)
      assert.strictEqual(yield* leftAfter("1 millis"), 2)
      assert.strictEqual(yield* leftAfter("59999 millis"), 2)
      assert.strictEqual(yield* leftAfter("1 millis"), 1)
      assert.strictEqual(yield* leftAfter("99 millis"), 1)
      assert.strictEqual(yield* leftAfter("1 millis"), 0)
      assert.strictEqual((yield* Fiber.join(fiber)).text, "Emil")
    })
  )

  it.effect("takes what is called back or what is looked at, whichever is there first", () =>
    Effect.gen(function* () {
      const brought = yield* Deferred.make<Arrival>()
      const called = yield* attempt([], "callback", Deferred.await(brought))
      const looked = yield* attempt([answer(200, content)], "callback")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(looked.fiber)).text, "Emil")
      assert.isUndefined(called.fiber.pollUnsafe())
      yield* Deferred.succeed(brought, { nonce: "n", outcome: { content: { ...content, text: "Nora" } } })
      assert.strictEqual((yield* Fiber.join(called.fiber)).text, "Nora")
    })
  )

  it.effect("waits after a look that failed as long as that said, and else as usual", () =>
    Effect.gen(function* () {
      const busy = TaskFailure.passing("integration-busy", "", Duration.seconds(7))
      const down = TaskFailure.passing("integration-unavailable", "")
      const { fiber, left } = yield* attempt([busy, down, answer(200, content)], "poll")
      const leftAfter = (time: Parameters<typeof TestClock.adjust>[0]) =>
        Effect.map(TestClock.adjust(time), () => left.length)
      assert.strictEqual(yield* leftAfter("2 seconds"), 2)
      assert.strictEqual(yield* leftAfter("6999 millis"), 2)
      assert.strictEqual(yield* leftAfter("1 millis"), 1)
      assert.strictEqual(yield* leftAfter("2 seconds"), 0)
      assert.strictEqual((yield* Fiber.join(fiber)).text, "Emil")
    })
  )

  it.effect("looks nowhere where no place is named, until it is called back", () =>
    Effect.gen(function* () {
      const brought = yield* Deferred.make<Arrival>()
      const { calls, fiber } = yield* attempt([], "callback", Deferred.await(brought), { asked: answer(202, {}) })
      yield* TestClock.adjust("10 seconds")
      yield* Deferred.succeed(brought, { nonce: "n", outcome: { content } })
      assert.strictEqual((yield* Fiber.join(fiber)).text, "Emil")
      assert.deepStrictEqual(calls, ["POST"])
    })
  )

  it.effect(
    "asks for nothing that has been brought to an earlier attempt, and not for what was brought meanwhile",
    () =>
      Effect.gen(function* () {
        const arrived = { nonce: "n", outcome: { content } }
        const earlier = yield* attempt([], "callback", Effect.never, { found: [arrived] })
        assert.strictEqual((yield* Fiber.join(earlier.fiber)).text, "Emil")
        assert.deepStrictEqual(earlier.calls, [])
        const cut = TaskFailure.passing("integration-unavailable", "")
        const meanwhile = yield* attempt([], "callback", Effect.never, { asked: cut, found: [undefined, arrived] })
        assert.strictEqual((yield* Fiber.join(meanwhile.fiber)).text, "Emil")
        const never = yield* attempt([], "callback", Effect.never, { asked: cut })
        assert.strictEqual((yield* Effect.flip(Fiber.join(never.fiber)))._tag, "TaskFailure")
      })
  )

  it.effect.each([
    [
      { failure: { detail: "No card.", retry: false } },
      "integration-rejected",
      true,
      "The integration failed: No card."
    ],
    [{ failure: { detail: "Busy.", retry: true } }, "integration-unavailable", false, "The integration failed: Busy."],
    [{ content: { text: 7 } }, "answer-invalid", true, httpErrors["answer-invalid"]]
  ] as const)("fails as it is told by %j, which no later attempt finds again", ([outcome, code, isFinal, detail]) =>
    Effect.gen(function* () {
      const { fiber, spent } = yield* attempt([], "callback", Effect.succeed({ nonce: "n", outcome }))
      const failure = yield* Effect.flip(Fiber.join(fiber))
      assert.deepInclude(failure, { code, isFinal, detail })
      assert.deepStrictEqual(spent, ["n"])
    })
  )

  it.effect("keeps progress within what a task may show", () =>
    Effect.gen(function* () {
      const looks = [-1, 7, "half"].map((fraction) => answer(202, { progress: { fraction, message: 7 } }))
      const { fiber, reported } = yield* attempt([...looks, answer(202, {}), answer(200, content)], "poll")
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        reported.slice(1),
        [0, 1, null].map((fraction) => ({ fraction, message: "" }))
      )
    })
  )
})
