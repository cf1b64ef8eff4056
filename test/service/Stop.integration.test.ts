import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { databaseProxy } from "../support/esp/FaultProxy.ts"
import { httpPeer, json } from "../support/esp/HttpPeer.ts"
import { load } from "../support/service/Load.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, assertExact, query, stored } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("SIGTERM under load: what is in flight is answered, what comes is refused, and the exit code is 0", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client(200)
    yield* addGame(url, "wheel")
    const service = yield* Service.start(url, { SHUTDOWN_GRACE: "30 seconds", ESP_DEADLINE: "1500 millis" })
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
      assert.isBelow(performance.now() - asked, 30_000, "it does not wait for the whole grace")
      return traffic.stop()
    })
    assert.deepStrictEqual(traffic.strange, [])
    // A connection that was broken instead of answered would have left a play that nobody knows of.
    assert.strictEqual(
      assertExact(yield* stored(url, "wheel"), [...sent, { email: "slow@sandbox.example", key: undefined, answer }]),
      0
    )
    // The server may need a moment to see that they have ended.
    yield* Service.until(
      "no connection is left",
      Effect.map(
        query(
          url,
          (sql) =>
            sql`select 1 from pg_stat_activity where datname = current_database() and application_name like 'fairground%'`
        ),
        (rows) => (rows.length === 0 ? true : undefined)
      )
    )
    assert.notMatch(service.log(), /"level":"(?:ERROR|WARN|FATAL)"/)
  })
)

it.live("SIGTERM while the database's host swallows everything: tasks that run or are called back do not keep it", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const { proxy, through } = yield* databaseProxy(url)
    const held: Array<() => void> = []
    const peer = yield* httpPeer(({ body }, response) => {
      if (body.includes("Called back")) json(response, 202, {})
      if (body.includes("Refused")) held.push(() => json(response, 422, {}))
    })
    const integration = { url: peer.url, allowPrivate: true, mode: "callback" }
    const service = yield* Service.start(through, {
      SHUTDOWN_GRACE: "3 seconds",
      DATABASE_DEADLINE: "2 seconds",
      PUBLIC_URL: peer.url,
      TRUTH_OR_DARE_RUNNER: "http",
      TASK_INTEGRATIONS: JSON.stringify({ "truth-or-dare": integration })
    })
    const client = yield* Service.client()
    const submit = (player: string) => {
      const input = { type: "dare", language: "en", mood: "calm", ageGroup: "kids", players: [player] }
      return client.send(service.base, "POST", "/api/v1/tasks", { kind: "truth-or-dare", input })
    }
    const tasks = yield* Effect.promise(() => Promise.all(["Called back", "Never answered", "Refused"].map(submit)))
    yield* Service.untilTrue("all are at the integration", () => peer.received.length === tasks.length)
    const waiting = client.get(service.base, `/api/v1/tasks/${String(tasks[0]!.body["id"])}?wait=50`)
    yield* proxy.set("black-hole")
    const late = submit("late")
    const swallowed = proxy.received()
    // Its end is to be stored, and not only given back.
    for (const answer of held) answer()
    yield* Service.untilTrue("it asks in vain", () => proxy.received() > swallowed)
    const asked = performance.now()
    service.signal("SIGTERM")
    assert.strictEqual(yield* Effect.promise(() => service.exited), 0, service.log())
    // The grace, the deadline of what was to be stored, the ends of connections into the void, and what a busy machine adds.
    assert.isBelow(performance.now() - asked, 3000 + 2000 + 6000 + 20_000)
    assert.deepStrictEqual(
      [yield* Effect.promise(() => waiting), yield* Effect.promise(() => late)].map(({ status }) => status),
      [503, 503]
    )
  })
)
