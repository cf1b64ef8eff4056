import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("killed between the commit and the ESP's answer: another process settles the contact, as our own doing", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    yield* addGame(url, "wheel")
    const killed = yield* Service.start(url, { ESP_DEADLINE: "50 millis", ESP_ATTEMPT_DEADLINE: "1 minute" })
    // The sandbox registers it at once, and answers after 5 s.
    const { body } = yield* Effect.promise(() => client.play(killed.base, "wheel", { email: "slow@sandbox.example" }))
    assert.deepInclude(body, { plays: 1, contact: "unknown" })
    yield* Service.until(
      "the ESP has acted",
      Effect.map(
        query(url, (sql) => sql`select 1 from sandbox_contact`),
        (rows) => (rows.length > 0 ? true : undefined)
      )
    )
    killed.signal("SIGKILL")
    yield* Effect.promise(() => killed.exited)
    const lease = yield* query(
      url,
      (sql) => sql<{ isLeased: boolean }>`
        select due_at > now() + interval '10 seconds' as "isLeased" from contact where verdict = 'unknown'`
    )
    assert.deepStrictEqual(lease, [{ isLeased: true }])

    const other = yield* Service.start(url, { WORKERS: "1" })
    yield* query(url, (sql) => sql`update contact set due_at = now()`)
    const shown = yield* Service.until(
      "a verdict",
      Effect.map(
        Effect.promise(() => client.get(other.base, `/api/v1/plays/${String(body["id"])}`)),
        (answer) => (answer.body["contact"] === "unknown" ? undefined : answer)
      )
    )
    assert.deepStrictEqual(shown.body, { ...body, contact: "created" })
    const again = yield* Effect.promise(() => client.play(other.base, "wheel", { email: "slow@sandbox.example" }))
    assert.deepInclude(again.body, { plays: 2, contact: "created" })
  })
)
