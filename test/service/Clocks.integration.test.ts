import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
const ahead = new URL("../support/service/ClockAhead.ts", import.meta.url).href

const days = 86_400

it.live("a replica whose clock is two months ahead goes by the database's, and says so", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    yield* addGame(url, "wheel")
    yield* query(url, (sql) => sql`update game set limit_plays = 1, limit_period = 'day'`)
    yield* query(
      url,
      (sql) => sql`
        insert into idempotency_key (game_id, key, request_hash, play_id, player_id, created_at)
        select id, 'young', ''::bytea, id, id, now() - interval '29 days' from game
        union all select id, 'old', ''::bytea, id, id, now() - interval '31 days' from game`
    )
    const keys = query(url, (sql) => sql<{ key: string }>`select key from idempotency_key order by key`)
    const service = yield* Service.start(url, { CLOCK_AHEAD_SECONDS: `${60 * days}` }, [
      "--import",
      ahead,
      main,
      "serve"
    ])
    yield* Service.until(
      "old keys are forgotten",
      Effect.map(keys, (rows) => (rows.some(({ key }) => key === "old") ? undefined : true))
    )
    assert.deepStrictEqual(yield* keys, [{ key: "young" }])

    const play = Effect.promise(() => client.play(service.base, "wheel", { email: "nora@shop.example" }))
    const { body, status } = yield* play
    assert.strictEqual(status, 201)
    const isNear = (time: unknown, seconds: number) => Math.abs(Date.parse(String(time)) - Date.now()) < seconds * 1000
    assert.isTrue(isNear(body["playedAt"], 3600), String(body["playedAt"]))
    const refused = (yield* play).body
    assert.isTrue(isNear(refused["nextPlayAt"], days), String(refused["nextPlayAt"]))
    const [stored] = yield* query(
      url,
      (sql) => sql<{ count: number }>`
        select count(*)::int as count from contact join entry using (player_id)
        where greatest(contact.created_at, contact.due_at, contact.settled_at, entry.updated_at) < now() + interval '1 hour'`
    )
    assert.strictEqual(stored?.count, 1)

    const { text } = (yield* Effect.promise(() => client.get(service.base, "/metrics"))).body
    const seconds = Number(/^fairground_clock_offset_seconds (\S+)/m.exec(String(text))?.[1])
    assert.isBelow(Math.abs(seconds - 60 * days), 3600)
    yield* Service.untilTrue("it says so", () => service.log().includes("This machine's clock differs"))
  })
)
