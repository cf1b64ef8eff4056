import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { ConfigProvider, Effect, Fiber, Layer, String } from "effect"
import { SqlClient } from "effect/sql"
import { BackgroundSql } from "../../../src/platform/postgres/Sql.ts"
import { layerWith } from "../../support/Settings.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { IntegrationCalls } from "../../../src/tasks/integrations/IntegrationCalls.ts"
import { Integrations } from "../../../src/tasks/integrations/Integrations.ts"
import * as Sandbox from "../../../src/tasks/integrations/Sandbox.ts"
import { TaskCallbacks } from "../../../src/tasks/callbacks/TaskCallbacks.ts"
import type { Input } from "../../../src/tasks/kinds/truth-or-dare/Card.ts"
import { truthOrDare } from "../../../src/tasks/kinds/truth-or-dare/TruthOrDare.ts"
import { httpPeer, json } from "../../support/esp/HttpPeer.ts"
import * as Service from "../../support/service/Service.ts"
import { attemptOf, echoInput, echoRunner, shopAt } from "../../support/tasks/Runners.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const newTask = () => uuidV7At(Date.now())

/** A worker of its own on the service's database: what is called back at the service has to find its way here. */
const worker = (url: Parameters<typeof PgClient.layer>[0]["url"], env: Record<string, string>) =>
  Layer.mergeAll(IntegrationCalls.layer, Integrations.layer, TaskCallbacks.layer).pipe(
    Layer.provideMerge(Layer.effect(BackgroundSql, PgClient.PgClient)),
    Layer.provideMerge(
      PgClient.layer({
        url,
        transformResultNames: String.snakeToCamel,
        transformQueryNames: String.camelToSnake,
        transformJson: false
      })
    ),
    Layer.provideMerge(layerWith(env)),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )

const start = Effect.gen(function* () {
  const url = yield* TestDatabase.makeUrl
  const { base } = yield* Service.start(url)
  return { url, base }
})

const callBack = (address: string, body: unknown, headers: Record<string, string> = {}) =>
  Effect.promise(async () => {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body)
    })
    const text = await response.text()
    const problem = text === "" ? {} : (JSON.parse(text) as { type?: string })
    return `${response.status} ${problem.type?.replace("/problems/", "") ?? ""}`.trim()
  })

describe("calling back", () => {
  it.live("brings a card from the sandbox through the service to the worker that waits", () =>
    Effect.gen(function* () {
      const { base, url } = yield* start
      const sandbox = yield* Sandbox.start({ pause: "1 millis" })
      const env = {
        PUBLIC_URL: base,
        TRUTH_OR_DARE_RUNNER: "http",
        TASK_INTEGRATIONS: JSON.stringify({ "truth-or-dare": { url: sandbox, allowPrivate: true, mode: "callback" } })
      }
      const input: Input = { type: "dare", language: "ru", mood: "calm", ageGroup: "kids", players: ["Callback"] }
      const card = yield* Effect.provide(
        Effect.gen(function* () {
          const run = yield* truthOrDare.runner
          return yield* run(attemptOf(input, 1, newTask()).attempt)
        }),
        worker(url, env)
      )
      assert.deepInclude(card, { source: "http", type: "dare", language: "ru", player: "Callback" })
      assert.match(card.text, /\p{Script=Cyrillic}/u)
    })
  )

  it.live("survives the death of the attempt that waits: the next one finds what came meanwhile", () =>
    Effect.gen(function* () {
      const { base, url } = yield* start
      const addresses: Array<string> = []
      let asked = () => undefined as void
      const isAsked = new Promise<void>((resolve) => {
        asked = resolve
      })
      const peer = yield* httpPeer(({ body }, response) => {
        addresses.push((JSON.parse(body) as { callback: { url: string } }).callback.url)
        json(response, 202, {})
        asked()
      })
      const env = { PUBLIC_URL: base, ...shopAt(peer.url, { mode: "callback" }) }
      const taskId = newTask()
      const run = (number: number) =>
        Effect.flatMap(echoRunner, (echo) => echo(attemptOf(echoInput, number, taskId).attempt)).pipe(
          Effect.provide(worker(url, env))
        )

      const first = yield* Effect.forkChild(run(1))
      yield* Effect.promise(() => isAsked)
      yield* Fiber.interrupt(first)
      const content = { text: "Emil", at: "2026-11-22T10:00:00.000Z" }
      assert.strictEqual(yield* callBack(addresses[0]!, { content }), "204")
      assert.strictEqual((yield* run(2)).text, "Emil")
      assert.lengthOf(peer.received, 1)

      // Rubbish fails the task for good, and a retry by hand does not find it again.
      const rubbish = newTask()
      const again = (number: number) =>
        Effect.flatMap(echoRunner, (echo) => echo(attemptOf(echoInput, number, rubbish).attempt)).pipe(
          Effect.provide(worker(url, env))
        )
      const bringing = (body: unknown) =>
        Service.until(
          "the integration has an address",
          Effect.sync(() => addresses.at(-1)).pipe(
            Effect.map((address) => (address?.includes(rubbish) === true ? address : undefined))
          )
        ).pipe(
          Effect.flatMap((address) => callBack(address, body)),
          Effect.tap(() => Effect.sync(() => addresses.push("done")))
        )
      for (const [body, code, isFinal] of [
        [{ content: { text: 7 } }, "answer-invalid", true],
        [{ failure: { detail: "nora@shop.example has no card", retry: true } }, "integration-unavailable", false],
        [
          { failure: { detail: `${"x".repeat(299)}😀 and more${" and more".repeat(1000)}`, retry: false } },
          "integration-rejected",
          true
        ]
      ] as const) {
        const [failure] = yield* Effect.all([Effect.flip(again(1)), bringing(body)], { concurrency: "unbounded" })
        assert.strictEqual(failure._tag, "TaskFailure")
        assert.deepInclude(failure, { code, isFinal })
        assert.notInclude(JSON.stringify(failure), "nora@")
        // What is long is cut, between two characters.
        if (code === "integration-rejected") {
          assert.deepInclude(failure, { detail: `The integration failed: ${"x".repeat(299)}…` })
        }
      }
    })
  )

  it.live("takes what was called back before the answer to the call was lost, also in the last attempt", () =>
    Effect.gen(function* () {
      const { base, url } = yield* start
      const content = { text: "Emil", at: "2026-11-22T10:00:00.000Z" }
      const answers: Array<string> = []
      const peer = yield* httpPeer(({ body }, response) => {
        const { callback } = JSON.parse(body) as { callback: { url: string } }
        Effect.runFork(
          Effect.map(callBack(callback.url, { content }), (answer) => {
            answers.push(answer)
            response.destroy()
          })
        )
      })
      const env = { PUBLIC_URL: base, ...shopAt(peer.url, { mode: "callback" }) }
      const echoed = yield* Effect.flatMap(echoRunner, (echo) => echo(attemptOf(echoInput, 5, newTask()).attempt)).pipe(
        Effect.provide(worker(url, env))
      )
      assert.strictEqual(echoed.text, "Emil")
      assert.deepStrictEqual(answers, ["204"])
    })
  )

  it.live("refuses what is no call at an address that was given away, with the problem that it is", () =>
    Effect.gen(function* () {
      const { base, url } = yield* start
      const taskId = newTask()
      yield* Effect.gen(function* () {
        const callbacks = yield* TaskCallbacks
        const sql = yield* SqlClient.SqlClient
        const address = yield* callbacks.open({ taskId, attempt: 1 })
        const forged = address.replace(/.$/, (last) => (last === "A" ? "E" : "A"))
        const content = { content: { text: "Emil" } }
        for (const [to, body, expected] of [
          [forged, content, "403 callback-forged"],
          [address.replace(taskId, newTask()), content, "403 callback-forged"],
          [address.replace(taskId, "one"), content, "400 validation-failed"],
          [address.replace(/\?.*$/, ""), content, "400 validation-failed"],
          [address, {}, "400 validation-failed"],
          [address, { content: "text" }, "400 validation-failed"],
          [address, { ...content, more: 1 }, "400 validation-failed"],
          [address, { failure: { detail: 301, retry: true } }, "400 validation-failed"],
          [address, "{", "400 malformed-request"],
          [address, { content: { text: "x".repeat(17_000) } }, "413 body-too-large"],
          [address, content, "204"],
          [address, content, "409 callback-used"]
        ] as const) {
          assert.strictEqual(yield* callBack(to, body), expected, JSON.stringify(body).slice(0, 60))
        }
        assert.strictEqual(
          yield* callBack(address, "x", { "content-type": "text/plain" }),
          "415 unsupported-media-type"
        )
        assert.deepStrictEqual((yield* callbacks.find({ taskId, attempt: 1 }))?.outcome, content)
        yield* sql`delete from task_callback`
        assert.strictEqual(yield* callBack(address, content), "404 callback-not-found")
      }).pipe(Effect.provide(worker(url, { PUBLIC_URL: base })))
    })
  )
})
