import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import { layerWith } from "../../support/Settings.ts"
import { IntegrationCalls } from "../../../src/tasks/integrations/IntegrationCalls.ts"
import { Integrations } from "../../../src/tasks/integrations/Integrations.ts"
import { type Arrival, TaskCallbacks } from "../../../src/tasks/callbacks/TaskCallbacks.ts"
import type { Input } from "../../../src/tasks/kinds/truth-or-dare/Card.ts"
import { truthOrDare } from "../../../src/tasks/kinds/truth-or-dare/TruthOrDare.ts"
import { blocks, read } from "../../docs/Markdown.ts"
import { httpPeer } from "../../support/esp/HttpPeer.ts"
import { attemptOf } from "../../support/tasks/Runners.ts"

const input: Input = { type: "dare", language: "en", mood: "calm", ageGroup: "kids", players: ["Nora"] }

/** The page's integration as a process of its own, on a free port. */
const integration = (key: string) => {
  const code = blocks(read("docs/tasks.md"), "js").find((block) => block.includes("createServer"))
  const free = code!.replace(".listen(9000)", ".listen(0, function () { console.log(this.address().port) })")
  return Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--input-type=module", "-e", free], {
        env: { ...process.env, CARDS_KEY: key, FAIRGROUND: "http://127.0.0.1:" }
      })
    ),
    (child) => Effect.sync(() => child.kill())
  ).pipe(
    Effect.flatMap((child) =>
      Effect.callback<string>((resume) => {
        let said = ""
        child.stdout.on("data", (chunk: Buffer) => {
          said += chunk.toString()
          if (said.includes("\n")) resume(Effect.succeed(`http://127.0.0.1:${said.trim()}/draw`))
        })
        child.on("exit", (code) => resume(Effect.die(new Error(`It ended with ${code}`))))
      })
    )
  )
}

const draw = (url: string, mode: string, mood: Input["mood"], callbacks: Partial<TaskCallbacks["Service"]> = {}) => {
  const env = {
    TRUTH_OR_DARE_RUNNER: "http",
    PUBLIC_URL: "https://play.example",
    TASK_INTEGRATIONS: JSON.stringify({
      "truth-or-dare": { url, bearer: { env: "CARDS_KEY" }, mode, allowPrivate: true }
    }),
    CARDS_KEY: "the-key"
  }
  const { attempt } = attemptOf({ ...input, mood })
  return Effect.flatMap(truthOrDare.runner, (run) => run(attempt)).pipe(
    Effect.map(({ text }) => text),
    Effect.provide(
      Layer.mergeAll(IntegrationCalls.layer, Integrations.layer, Layer.mock(TaskCallbacks, callbacks)).pipe(
        Layer.provideMerge(layerWith(env)),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    )
  )
}

describe("the integration of the page", () => {
  it.live("answers at once, later where it is looked at, and calling back", () =>
    Effect.gen(function* () {
      const url = yield* integration("the-key")
      assert.strictEqual(yield* draw(url, "direct", "calm"), "Nora, sing a song!")
      assert.strictEqual(yield* draw(url, "poll", "funny"), "Nora, sing a song!")

      const brought = yield* Deferred.make<Arrival>()
      const context = yield* Effect.context<never>()
      const service = yield* httpPeer(({ body }, response) => {
        response.writeHead(204).end()
        const outcome = JSON.parse(body) as Arrival["outcome"]
        Effect.runForkWith(context)(Deferred.succeed(brought, { nonce: "n", outcome }))
      })
      const callbacks = {
        find: () => Effect.succeed<Arrival | undefined>(undefined),
        open: () => Effect.succeed(`${service.url}/callback?token=t`),
        arrival: () => Deferred.await(brought)
      }
      assert.strictEqual(yield* draw(url, "callback", "bold", callbacks), "Nora, sing a song!")
      assert.strictEqual(service.received[0]?.path, "/callback?token=t")
    })
  )

  it.live("refuses whoever has another key", () =>
    Effect.gen(function* () {
      const url = yield* integration("another-key")
      const failure = yield* Effect.flip(draw(url, "direct", "calm"))
      assert.strictEqual(failure._tag === "TaskFailure" ? failure.code : "", "integration-misconfigured")
    })
  )
})
