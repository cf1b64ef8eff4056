import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { load } from "../support/service/Load.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, assertExact, query, stored } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("two processes on one database: mixed load on the same addresses and keys, no deadlock, exact totals", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client(96)
    yield* addGame(url, "open")
    yield* addGame(url, "limited", 5)
    const env = { PLAY_WRITERS: "4", PLAY_BATCH: "32", LOG_LEVEL: "debug" }
    const services = yield* Effect.all([Service.start(url, env), Service.start(url, env)], { concurrency: 2 })
    const [one, other] = services
    let turn = 0
    const base = () => services[turn++ % 2]!.base

    // 100 times the same play at once, over both.
    const retries = yield* Effect.promise(() =>
      Promise.all(Array.from({ length: 100 }, () => client.play(base(), "open", { email: "retry@shop.example" }, "k")))
    )
    assert.deepStrictEqual([...new Set(retries.map(({ status }) => status))], [201])
    assert.strictEqual(new Set(retries.map(({ body }) => body["id"])).size, 1)
    assert.isTrue(retries.every(({ body }) => body["plays"] === 1 && body["playedBefore"] === false))

    // 200 plays of one address at a limit of 5, over both.
    const parallel = yield* Effect.promise(() =>
      Promise.all(Array.from({ length: 200 }, () => client.play(base(), "limited", { email: "limit@shop.example" })))
    )
    assert.deepStrictEqual(
      parallel.flatMap(({ body, status }) => (status === 201 ? [Number(body["plays"])] : [])).sort((a, b) => a - b),
      [1, 2, 3, 4, 5]
    )
    assert.isTrue(
      parallel.every(({ body, status }) => status === 201 || body["type"] === "/problems/play-limit-reached")
    )

    const options = { clients: 24, addresses: 12, base, retries: true }
    const open = load(client, { ...options, slug: "open", keyed: true })
    const limited = load(client, { ...options, slug: "limited", keyed: false })
    yield* Service.untilTrue("plays are recorded", () => open.count() >= 1500)
    const [sent, sentLimited] = [yield* Effect.promise(open.stop), yield* Effect.promise(limited.stop)]
    assert.deepStrictEqual([open.strange, limited.strange], [[], []])
    assert.isTrue(sent.every(({ answer }) => answer.status === 201))
    assert.strictEqual(assertExact(yield* stored(url, "open"), sent), 1, "only the play that was retried above")
    const rows = yield* stored(url, "limited")
    assert.strictEqual(assertExact(rows, sentLimited), 5, "only those of the address above")
    assert.lengthOf(rows, 13 * 5)

    assert.deepStrictEqual(
      yield* query(url, (sql) => sql`select deadlocks::int from pg_stat_database where datname = current_database()`),
      [{ deadlocks: 0 }]
    )
    const verdicts = yield* Service.until(
      "all verdicts are there",
      Effect.map(
        query(
          url,
          (sql) => sql<{ contacts: number; created: number; attempts: number; at_esp: number }>`
            select count(*)::int as contacts, count(*) filter (where verdict = 'created')::int as created,
              max(attempts) as attempts, (select count(*)::int from sandbox_contact) as at_esp
            from contact`
        ),
        (rows) => (rows[0]?.created === rows[0]?.contacts ? rows : undefined)
      )
    )
    assert.deepStrictEqual(verdicts, [{ contacts: 14, created: 14, attempts: 1, at_esp: 14 }])
    for (const service of [one, other]) {
      assert.notMatch(service.log(), /deadlock|"level":"(?:ERROR|WARN|FATAL)"|@shop\.example/i)
    }
  })
)
