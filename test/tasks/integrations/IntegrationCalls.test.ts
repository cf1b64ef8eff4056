import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import type { ServerResponse } from "node:http"
import { Outbound } from "../../../src/platform/outbound/Outbound.ts"
import { prepare } from "../../../src/tasks/integrations/Integration.ts"
import { IntegrationCalls } from "../../../src/tasks/integrations/IntegrationCalls.ts"
import { httpPeer, json } from "../../support/esp/HttpPeer.ts"
import { untilTrue } from "../../support/service/Service.ts"
import { attemptOf, echoInput, echoRunner, runners, shopAt } from "../../support/tasks/Runners.ts"

const good = { text: "Emil", at: "2026-11-22T10:00:00.000Z" }

const snapshot = Effect.map(Metric.snapshot, (metrics) =>
  metrics
    .filter(({ id }) => id.startsWith("fairground_integration"))
    .map(({ attributes, id, state }) => ({
      id,
      attributes: { ...attributes },
      state: state as { count?: unknown; sum?: unknown; value?: unknown }
    }))
)

describe("calls of an integration", () => {
  it.live("are not made while it fails, and a refusal is no failure", () =>
    Effect.gen(function* () {
      let status = 422
      const peer = yield* httpPeer((_, response) => json(response, status, good))
      yield* Effect.gen(function* () {
        const run = yield* echoRunner
        const { attempt } = attemptOf(echoInput)
        const ends = (times: number) =>
          Effect.forEach(Array.from({ length: times }), () => Effect.map(Effect.flip(run(attempt)), ({ code }) => code))

        assert.deepStrictEqual(new Set(yield* ends(20)), new Set(["integration-rejected"]))
        status = 503
        yield* ends(10)
        const asked = peer.received.length
        assert.isAtLeast(asked, 30)
        const turned = yield* Effect.flip(run(attempt))
        assert.strictEqual(turned.code, "integration-circuit-open")
        assert.isFalse(turned.isFinal)
        // The circuit's own second, and not the integration's timeout.
        const wait = turned.retryAfter === undefined ? 0 : Duration.toMillis(turned.retryAfter)
        assert.isTrue(wait > 0 && wait <= 1000)
        assert.lengthOf(peer.received, asked)

        const metrics = yield* snapshot
        const counts = metrics
          .filter(({ id }) => id === "fairground_integration_calls_total")
          .map(({ attributes, state }) => [attributes["integration"], attributes["outcome"], Number(state.count)])
        assert.sameDeepMembers(counts, [
          ["shop", "integration-rejected", 20],
          ["shop", "integration-unavailable", asked - 20]
        ])
        assert.isTrue(
          metrics.some(({ id, state }) => id === "fairground_integration_circuit_open" && Number(state.value) === 1)
        )
      }).pipe(Effect.provide(runners(shopAt(peer.url))), Effect.provideService(Metric.MetricRegistry, new Map()))
    })
  )

  it.live("wait for the one that tries again, however long it takes, and go on when it has succeeded", () =>
    Effect.gen(function* () {
      const held: Array<ServerResponse> = []
      let isDown = true
      const peer = yield* httpPeer((_, response) => {
        if (isDown) return json(response, 503, {})
        held.push(response)
      })
      yield* Effect.gen(function* () {
        const run = yield* echoRunner
        const { attempt } = attemptOf(echoInput)
        yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.flip(run(attempt)))
        const open = yield* Effect.flip(run(attempt))
        isDown = false
        yield* Effect.sleep(open.retryAfter!)
        const probe = yield* Effect.forkChild(run(attempt))
        yield* untilTrue("one tries again", () => held.length === 1)
        const waiting = yield* Effect.flip(run(attempt))
        assert.strictEqual(waiting.code, "integration-circuit-open")
        assert.strictEqual(Duration.toSeconds(waiting.retryAfter!), 5)
        json(held[0]!, 200, good)
        assert.strictEqual((yield* Fiber.join(probe)).text, "Emil")
        const next = yield* Effect.forkChild(run(attempt))
        yield* untilTrue("others are let through", () => held.length === 2)
        json(held[1]!, 200, good)
        yield* Fiber.join(next)
      }).pipe(Effect.provide(runners(shopAt(peer.url))))
    })
  )

  it.effect("are measured in seconds", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      const integration = yield* prepare("shop", { url: "https://shop.example/do" })
      const { call } = yield* IntegrationCalls
      const fiber = yield* Effect.forkChild(call(integration, { method: "GET", url: integration.url }))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(fiber)
      const [seconds] = (yield* snapshot).filter(({ id }) => id === "fairground_integration_call_seconds")
      assert.deepInclude(seconds?.state, { count: 1, sum: 3 })
    }).pipe(
      Effect.provide(
        IntegrationCalls.layerNoDeps.pipe(
          Layer.provide(
            Layer.mock(Outbound, {
              send: () =>
                Effect.delay(
                  Effect.succeed({
                    status: 200,
                    headers: {},
                    mediaType: "application/json",
                    text: "",
                    isUtf8: true,
                    json: {}
                  }),
                  "3 seconds"
                )
            })
          )
        )
      ),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  )

  it.live("have a circuit for each integration", () =>
    Effect.gen(function* () {
      const down = yield* httpPeer((_, response) => json(response, 503, {}))
      const up = yield* httpPeer((_, response) => json(response, 200, good))
      const one = yield* Effect.provide(
        Effect.gen(function* () {
          const run = yield* echoRunner
          const { attempt } = attemptOf(echoInput)
          yield* Effect.forEach(Array.from({ length: 12 }), () => Effect.flip(run(attempt)))
          return (yield* Effect.flip(run(attempt))).code
        }),
        runners(shopAt(down.url))
      )
      assert.strictEqual(one, "integration-circuit-open")
      const { attempt } = attemptOf(echoInput)
      const other = Effect.flatMap(echoRunner, (run) => run(attempt))
      assert.strictEqual((yield* Effect.provide(other, runners(shopAt(up.url)))).text, "Emil")
    })
  )
})
