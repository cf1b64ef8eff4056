import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { EspMemory } from "../support/esp/EspMemory.ts"
import type { Slug } from "../../src/games/Game.ts"
import * as PlaysPerson from "../../src/plays/PlaysPerson.ts"
import { held } from "../support/service/Held.ts"
import { addMany } from "../support/service/ManyContacts.ts"
import { playerOf } from "../support/service/Persons.ts"
import { addGame, layerTime, record, replica, Time } from "../support/service/Recording.ts"
import { until } from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const ids = (part: unknown) => (part as ReadonlyArray<{ readonly id: string }>).map(({ id }) => id)

/** How many plays still have a name or data. */
const named = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ count: number }>`
    select count(*)::int as count from play where name is not null or data is not null`
  return row!.count
})

/** Two players, each with so many plays that have a name and data. */
const addPlays = Effect.fnUntraced(function* (slug: Slug, plays: number) {
  const sql = yield* SqlClient.SqlClient
  yield* addMany({ slug, count: 2, plays })
  yield* sql`update play set name = 'Nora', data = '{"prize": "coffee"}'`
  return yield* playerOf("many1@shop.example")
})

it.live("exports entries, plays and keys as they are stored, and leaves of the plays what names nobody", () =>
  Effect.gen(function* () {
    const person = yield* PlaysPerson.make
    const time = yield* Time
    const email = "nora@shop.example"
    const wheel = yield* addGame()
    const daily = yield* addGame({ limit: { plays: 2, period: "day", windowSeconds: null } })
    const data = { prize: "coffee", steps: [1, { won: true }], nothing: null }
    const consent = { textVersion: "2026-10", language: "en" }
    const first = yield* record(wheel, email, { name: "Nora", score: 1.5, consent, data }, "key-1")
    time.adjust("1 minute")
    const second = yield* record(daily, email, {}, "key-2")
    yield* record(wheel, "vera@shop.example", { name: "Vera" }, "key-3")
    time.adjust("40 days")
    const third = yield* record(wheel, email, { name: "Eleonora" })
    const player = yield* playerOf(email)

    const entries = [
      {
        game: wheel,
        plays: 2,
        since: "2026-11-20T12:00:00.000Z",
        last: "2026-12-30T12:01:00.000Z",
        period: { plays: 2, endsAt: null }
      },
      {
        game: daily,
        plays: 1,
        since: "2026-11-20T12:01:00.000Z",
        last: "2026-11-20T12:01:00.000Z",
        period: { plays: 1, endsAt: "2026-11-21T00:00:00.000Z" }
      }
    ]
    const bare = { name: null, score: null, consent: null, data: null }
    const scored = { id: first.id, game: wheel, number: 1, playedAt: entries[0]!.since, score: 1.5, consent }
    const limited = { ...bare, id: second.id, game: daily, number: 1, playedAt: entries[1]!.since }
    const last = { ...bare, id: third.id, game: wheel, number: 2, playedAt: entries[0]!.last }
    assert.deepStrictEqual(yield* person.export(player), {
      entries,
      plays: [{ ...scored, name: "Nora", data }, limited, { ...last, name: "Eleonora" }],
      idempotencyKeys: [
        { game: wheel, key: "key-1", play: first.id, since: entries[0]!.since },
        { game: daily, key: "key-2", play: second.id, since: entries[1]!.since }
      ]
    })

    yield* person.forget(player)
    assert.deepStrictEqual(yield* person.export(player), {
      entries,
      plays: [{ ...scored, name: null, data: null }, limited, last],
      idempotencyKeys: []
    })
    const sql = yield* SqlClient.SqlClient
    assert.deepStrictEqual(yield* sql`select key from idempotency_key`, [{ key: "key-3" }])
    assert.strictEqual(yield* named, 1)
  }).pipe(Effect.provide(layerTime()))
)

it.live("finds plays outside of the times of their entry too, and each once", () =>
  Effect.gen(function* () {
    const person = yield* PlaysPerson.make
    const time = yield* Time
    const sql = yield* SqlClient.SqlClient
    const slug = yield* addGame()
    const expected: Array<string> = []
    for (const _ of [1, 2, 3]) {
      expected.push((yield* record(slug, "nora@shop.example", { name: "Nora" })).id)
      time.adjust("1 day")
    }
    const player = yield* playerOf("nora@shop.example")
    assert.deepStrictEqual(ids((yield* person.export(player))["plays"]), expected)
    // As if a clock was wrong: only the play in the middle lies within the entry's times.
    yield* sql`
      update entry set created_at = created_at + interval '1 day', updated_at = updated_at - interval '1 day'`
    assert.deepStrictEqual(ids((yield* person.export(player))["plays"]), expected)
    yield* person.forget(player)
    assert.strictEqual(yield* named, 0)
  }).pipe(Effect.provide(layerTime()))
)

it.live("a play that is somewhat older than its entry is found without a look at all others", () =>
  Effect.gen(function* () {
    const person = yield* PlaysPerson.make
    const sql = yield* SqlClient.SqlClient
    const slug = yield* addGame()
    const { id } = yield* record(slug, "nora@shop.example", { name: "Nora" })
    yield* sql`update entry set plays = 0, created_at = created_at + interval '30 seconds'`
    assert.deepStrictEqual(ids((yield* person.export(yield* playerOf("nora@shop.example")))["plays"]), [id])
  }).pipe(Effect.provide(layerTime()))
)

/** A process whose plays do not wait for verdicts, and the URL of its database. */
const process = (env: Record<string, string>) =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    return { url, context: yield* Layer.build(replica(url, { ESP_DEADLINE: "1 millis", ...env })) }
  }).pipe(Effect.provide(EspMemory.layer))

/** Another session locks this play of both players. */
const holdPlay = (url: Redacted.Redacted<string>, number: number) =>
  held(url, (sql) => sql`select 1 from play where number = ${number} for update`)

const isWaiting = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`
    select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  return rows.length > 0 ? true : undefined
})

it.live(
  "killed in the middle it has forgotten a part, keeps nobody from playing, and run again it forgets the rest",
  () =>
    Effect.gen(function* () {
      const { context, url } = yield* process({})
      yield* Effect.gen(function* () {
        const person = yield* PlaysPerson.make
        const slug = yield* addGame()
        const player = yield* addPlays(slug, 700)
        assert.strictEqual(yield* named, 1400)
        const { release } = yield* holdPlay(url, 500)
        const forgetting = yield* Effect.forkChild(person.forget(player))
        yield* until("it waits for the play", isWaiting)
        const left = yield* named
        assert.isBelow(left, 1400)
        assert.isAbove(left, 700 + 200)
        // The forgetting holds no lock on the entry or the player.
        assert.strictEqual((yield* record(slug, "many1@shop.example")).plays, 701)
        assert.strictEqual((yield* record(slug, "many2@shop.example")).plays, 701)
        yield* Fiber.interrupt(forgetting)
        yield* release
        // The interrupted statement may still have completed at the database.
        assert.isAbove(yield* named, 700)
        yield* Effect.all([person.forget(player), person.forget(player)], { concurrency: 2 })
        assert.strictEqual(yield* named, 700, "the plays of the other")
        const sql = yield* SqlClient.SqlClient
        const [before] = yield* sql`select sum(xmin::text::bigint) as written from play`
        yield* person.forget(player)
        assert.deepStrictEqual(
          yield* sql`select sum(xmin::text::bigint) as written from play`,
          [before!],
          "nothing to do"
        )
      }).pipe(Effect.provide(context))
    })
)
