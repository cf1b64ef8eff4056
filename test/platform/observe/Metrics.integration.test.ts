import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { faultsOf } from "../../support/PrometheusRules.ts"
import * as Service from "../../support/service/Service.ts"
import { addGame } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const card = {
  kind: "truth-or-dare",
  input: { type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora", "Emil"] }
}

/** The text after each name in lines such as `# HELP name text`. */
const said = (scrape: string, word: "HELP" | "TYPE") =>
  new Map([...scrape.matchAll(new RegExp(`^# ${word} (\\S+) (.+)$`, "gm"))].map(([, name, text]) => [name!, text!]))

it.live("what /metrics shows after a play and a task is as Prometheus' linter asks", (context) =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    yield* addGame(url, "wheel")
    const { base } = yield* Service.start(url)
    const send = (...given: [method: string, path: string, body?: unknown]) =>
      Effect.promise(() => client.send(base, ...given))
    assert.strictEqual((yield* send("POST", "/api/v1/games/wheel/plays", { email: "nora@shop.example" })).status, 201)
    const task = yield* send("POST", "/api/v1/tasks", card)
    const ended = yield* send("GET", `/api/v1/tasks/${String(task.body["id"])}?wait=25`)
    assert.deepInclude(ended.body, { status: "succeeded" })

    const seen = ["fairground_http_request_seconds", "fairground_esp_call_seconds", "fairground_task_ends_total"]
    // A client that waits for a task learns of its end before the metric counts it.
    const scrape = yield* Service.until(
      "all of them are counted",
      Effect.map(send("GET", "/metrics"), ({ body }) => {
        const text = String(body["text"])
        return seen.every((name) => said(text, "TYPE").has(name)) ? text : undefined
      })
    )
    const kinds = said(scrape, "TYPE")
    assert.sameMembers([...said(scrape, "HELP").keys()], [...kinds.keys()])
    assert.deepStrictEqual(
      [...kinds].flatMap(([name, kind]) => faultsOf({ name, kind })),
      []
    )

    const judged = spawnSync("promtool", ["check", "metrics"], { input: scrape, encoding: "utf8" })
    if (judged.error !== undefined)
      return context.skip("promtool is not installed: only our own reading of its rules was held")
    assert.deepStrictEqual([judged.status, judged.stdout + judged.stderr], [0, ""])
  })
)
