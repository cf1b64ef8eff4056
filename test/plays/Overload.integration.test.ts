import { assert, it } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import { request } from "node:http"
import * as Service from "../support/service/Service.ts"
import { addGame, query, stored } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** Keeps the writers in their statement, as a slow disk does, until it is released. */
const blocked = Effect.fnUntraced(function* (url: Redacted.Redacted<string>) {
  yield* query(url, (sql) =>
    Effect.all([
      sql`create table slow ()`,
      sql`insert into slow default values`,
      sql`
        create function write_slowly() returns trigger language plpgsql as $$
        begin
          while exists (select from slow) loop perform pg_sleep(0.02); end loop;
          return new;
        end $$`,
      sql`create trigger slow before insert on play for each row execute function write_slowly()`
    ])
  )
  return { release: query(url, (sql) => sql`delete from slow`) }
})

/** Sends a play; the client leaves before the answer when it is told to. */
const send = (base: string, email: string) => {
  const body = JSON.stringify({ email })
  const sent = request(`${base}/api/v1/games/wheel/plays`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
  })
  sent.on("error", () => {})
  sent.end(body)
  return { leave: () => sent.destroy() }
}

it.live("a full queue answers 503 at once, and serves those who wait and those who come when it can again", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client(100)
    yield* addGame(url, "wheel")
    yield* query(
      url,
      (sql) => sql`insert into sandbox_contact (email_key, created_at) values ('known@shop.example', now())`
    )
    const service = yield* Service.start(url, {
      PLAY_QUEUE: "4",
      PLAY_BATCH: "1",
      DATABASE_STATEMENT_TIMEOUT: "50 seconds",
      DATABASE_DEADLINE: "50 seconds"
    })
    const play = (email: string) => client.play(service.base, "wheel", { email })
    const metric = (name: string) =>
      Effect.promise(async () => {
        const { body } = await client.get(service.base, "/metrics")
        const line = String(body["text"])
          .split("\n")
          .find((line) => line.startsWith(`${name}{`) && line.includes('queue="plays"'))
        return line === undefined ? undefined : Number(line.split(" ").at(-1))
      })
    const isDepth = (depth: number) =>
      Service.until(
        `${depth} plays wait`,
        Effect.map(
          Effect.promise(() => client.get(service.base, "/health/ready")),
          ({ body }) => (JSON.stringify(body).includes('"queue":"failed"') === (depth === 4) ? true : undefined)
        )
      )

    const { release } = yield* blocked(url)
    const waiting: Array<Promise<Service.Answer>> = [play("first@shop.example")]
    yield* Service.until(
      "the first is at the database",
      Effect.map(
        query(
          url,
          (sql) =>
            sql`select 1 from pg_stat_activity where wait_event = 'PgSleep' and application_name = 'fairground-writer'`
        ),
        (rows) => (rows.length > 0 ? true : undefined)
      )
    )
    // One that does not wait for its answer, and three that do: now the queue is full.
    const leaver = send(service.base, "known@shop.example")
    for (const name of ["a", "b", "c"]) waiting.push(play(`${name}@shop.example`))
    yield* isDepth(4)
    leaver.leave()

    const start = performance.now()
    const refused = yield* Effect.promise(() =>
      Promise.all(Array.from({ length: 20 }, (_, index) => play(`late${index}@shop.example`)))
    )
    assert.isBelow(performance.now() - start, 15_000, "and not with those who wait")
    for (const { body, headers, status } of refused) {
      assert.deepStrictEqual([status, body["type"]], [503, "/problems/overloaded"])
      assert.match(String(headers["retry-after"]), /^[1-9]\d*$/)
    }
    assert.strictEqual(yield* metric("fairground_queue_rejected_total"), 20)
    assert.strictEqual((yield* Effect.promise(() => client.get(service.base, "/health/ready"))).status, 503)
    assert.strictEqual((yield* Effect.promise(() => client.get(service.base, "/health/live"))).status, 200)

    yield* release
    const answers = yield* Effect.promise(() => Promise.all(waiting))
    assert.deepStrictEqual(
      answers.map(({ body, status }) => [status, body["plays"], body["contact"]]),
      answers.map(() => [201, 1, "created"])
    )
    yield* isDepth(0)
    assert.strictEqual((yield* Effect.promise(() => play("late0@shop.example"))).status, 201)

    const rows = yield* stored(url, "wheel")
    assert.deepStrictEqual(
      rows.map(({ email, number }) => [email, number]),
      ["a", "b", "c", "first", "known", "late0"].map((name) => [`${name}@shop.example`, 1]),
      "the play whose client left is recorded, once; those that were refused are not"
    )
    // Its contact is called at once: the background job could no longer tell the ESP's own contact from ours.
    const verdict = yield* Service.until(
      "a verdict",
      Effect.map(
        query(
          url,
          (sql) => sql<{ verdict: string }>`
            select verdict from contact join player on player.id = contact.player_id
            where email_key = 'known@shop.example' and verdict <> 'unknown'`
        ),
        ([row]) => row?.verdict
      )
    )
    assert.strictEqual(verdict, "existed")
  })
)
