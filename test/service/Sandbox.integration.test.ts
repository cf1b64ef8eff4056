import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
const http = { TRUTH_OR_DARE_RUNNER: "http" }

it.live("the demo draws cards through the sandbox: at once, looked at, and called back at another replica", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    const api = yield* Service.start(url, { WORKERS: "0" })
    // One connection: whoever waits to be called back holds none.
    const env = { ...http, PUBLIC_URL: api.base, DATABASE_CONNECTIONS: "1" }
    const demo = yield* Service.start(url, env, [main, "demo"])

    const draw = (player: string) =>
      Effect.promise(async () => {
        const input = { type: "dare", language: "en", mood: "calm", ageGroup: "kids", players: [player] }
        const { body } = await client.send(api.base, "POST", "/api/v1/tasks", { kind: "truth-or-dare", input })
        return (await client.get(demo.base, `/api/v1/tasks/${String(body["id"])}?wait=25`)).body
      })
    const [once, looked, called, refused] = yield* Effect.forEach(["Nora", "Poll", "Callback", "Refused"], draw, {
      concurrency: "unbounded"
    })
    for (const task of [once, looked, called]) {
      assert.deepInclude(task, { status: "succeeded", attempts: 1 })
      assert.deepInclude(task!["content"], { source: "http" })
    }
    assert.deepInclude(refused, {
      status: "failed",
      error: { code: "integration-rejected", detail: "The integration answered 422: No card fits these players." }
    })

    const [callbacks] = yield* query(
      url,
      (sql) => sql<{ given: number; called: number }>`
        select count(*)::int as given, count(received_at)::int as called from task_callback`
    )
    assert.deepStrictEqual(callbacks, { given: 4, called: 1 })
    // Each replica listens with one connection.
    const listening = yield* query(
      url,
      (sql) => sql`select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen%'`
    )
    assert.lengthOf(listening, 2)
  })
)

it.live("without the sandbox, what is missing is said", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    for (const command of [["serve"], ["task", "drain"]]) {
      const process = yield* Service.spawned(url, http, [main, ...command])
      assert.strictEqual(yield* Effect.promise(() => process.exited), 1)
      assert.include(
        process.log(),
        `TASK_INTEGRATIONS has no integration "truth-or-dare", which is needed. TRUTH_OR_DARE_RUNNER=http draws its cards from it. The sandbox stands in for it in the demo alone.`
      )
    }
  })
)
