import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { load } from "../support/service/Load.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, assertExact, query, stored } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("SIGTERM under load: what is in flight is answered, what comes is refused, and the exit code is 0", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client(200)
    yield* addGame(url, "wheel")
    const service = yield* Service.start(url, { SHUTDOWN_GRACE: "10 seconds" })
    const traffic = load(client, {
      clients: 64,
      slug: "wheel",
      base: () => service.base,
      retries: false,
      addresses: 1000,
      keyed: true
    })
    yield* Service.untilTrue("plays are recorded", () => traffic.count() >= 300)

    // A play that the ESP takes 5 s for is in flight all the while: its client waits for ESP_DEADLINE.
    const slow = client.play(service.base, "wheel", { email: "slow@sandbox.example" })
    yield* Service.until(
      "the slow play is recorded",
      Effect.map(
        query(url, (sql) => sql`select 1 from player where email_key = 'slow@sandbox.example'`),
        (rows) => (rows.length > 0 ? true : undefined)
      )
    )
    const asked = performance.now()
    service.signal("SIGTERM")
    const answer = yield* Effect.promise(() => slow)
    assert.deepInclude(answer.body, { plays: 1, contact: "unknown" })
    const sent = yield* Effect.promise(async () => {
      const code = await service.exited
      assert.strictEqual(code, 0, service.log())
      assert.isBelow(performance.now() - asked, 10_000)
      return traffic.stop()
    })
    assert.deepStrictEqual(traffic.strange, [])
    // A connection that was broken instead of answered would have left a play that nobody knows of.
    assert.strictEqual(
      assertExact(yield* stored(url, "wheel"), [...sent, { email: "slow@sandbox.example", key: undefined, answer }]),
      0
    )
    assert.deepStrictEqual(
      yield* query(
        url,
        (sql) =>
          sql`select 1 from pg_stat_activity where datname = current_database() and application_name like 'fairground%'`
      ),
      [],
      "no connection is left"
    )
    assert.notMatch(service.log(), /"level":"(?:ERROR|WARN|FATAL)"/)
  })
)
