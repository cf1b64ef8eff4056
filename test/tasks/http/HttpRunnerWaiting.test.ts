import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { OutboundAnswer } from "../../../src/platform/Outbound.ts"
import { Settings } from "../../../src/platform/Settings.ts"
import { IntegrationCalls } from "../../../src/tasks/http/IntegrationCalls.ts"
import { Integrations } from "../../../src/tasks/http/Integrations.ts"
import { type Arrival, TaskCallbacks } from "../../../src/tasks/TaskCallbacks.ts"
import { attemptOf, echoInput, echoRunner, shopAt } from "../../support/tasks/Runners.ts"

const content = { text: "Emil", at: "2026-11-22T10:00:00.000Z" }

const answer = (status: number, json: unknown, headers: OutboundAnswer["headers"] = {}): OutboundAnswer => ({
  status,
  headers,
  text: "",
  isUtf8: true,
  json
})

/** An attempt at an integration whose looks answer so, one after another. */
const attempt = Effect.fnUntraced(function* (
  looks: ReadonlyArray<OutboundAnswer>,
  mode: "poll" | "callback",
  arrival: Effect.Effect<Arrival> = Effect.never
) {
  const env = { ...shopAt("https://shop.example/do", { mode }), PUBLIC_URL: "https://play.example" }
  const left = [...looks]
  const { attempt, reported } = attemptOf(echoInput)
  const run = Effect.flatMap(echoRunner, (echo) => echo(attempt)).pipe(
    Effect.provide(
      Layer.mergeAll(
        Layer.mock(IntegrationCalls, {
          call: (_, { method }) =>
            Effect.sync(() =>
              method === "POST" ? answer(202, {}, { location: "/place" }) : (left.shift() ?? answer(202, {}))
            )
        }),
        Integrations.layer,
        Layer.mock(TaskCallbacks, {
          open: () => Effect.succeed("https://play.example/callback"),
          find: () => Effect.void as Effect.Effect<undefined>,
          arrival: () => arrival
        })
      ).pipe(
        Layer.provideMerge(Settings.layerWith(env)),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    )
  )
  return { fiber: yield* Effect.forkChild(run), reported, left }
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

  it.effect("keeps progress within what a task may show", () =>
    Effect.gen(function* () {
      const looks = [-1, 7, "half"].map((fraction) => answer(202, { progress: { fraction, message: 7 } }))
      const { fiber, reported } = yield* attempt([...looks, answer(200, content)], "poll")
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        reported.slice(1),
        [0, 1, null].map((fraction) => ({ fraction, message: "" }))
      )
    })
  )
})
