import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { Backlog } from "../../src/contacts/Backlog.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { garbage, notReached } from "../support/esp/EspBehaviours.ts"
import { addGame, record, replica, Time } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { settleDue } from "../support/service/SettleDue.ts"

const env = { ESP_RETRIES: "0", SHUTDOWN_GRACE: "1 millis" }

/** Two processes of the service on one database and one clock. The test runs their background work. */
const two = Effect.gen(function* () {
  const url = yield* TestDatabase.makeUrl
  const time = yield* Time
  const process = Effect.provideService(Layer.build(replica(url, env)), Time, time)
  return [yield* process, yield* process] as const
})

/** Lets both processes settle all due contacts concurrently. Returns how many they claimed. */
const settleBoth = Effect.fnUntraced(function* (processes: Effect.Success<typeof two>) {
  const counts = yield* Effect.all(
    processes.map((process) => settleDue(16).pipe(Effect.provide(process))),
    { concurrency: "unbounded" }
  )
  return counts.reduce((sum, count) => sum + count, 0)
})

describe("an ESP that is down for hours", () => {
  it.live(
    "loses no contact and registers none twice, with two replicas, and is not called without end",
    () =>
      Effect.gen(function* () {
        const processes = yield* two
        const memory = yield* EspMemory
        const time = yield* Time
        const slug = yield* addGame().pipe(Effect.provide(processes[0]))
        const emails = Array.from({ length: 60 }, (_, index) => `player${index}@shop.example`)
        // Some calls were carried out before the outage, and their answers were lost.
        yield* memory.otherwise((register) => garbage(register))
        yield* Effect.forEach(emails.slice(0, 5), (email) => record(slug, email).pipe(Effect.provide(processes[0])))
        yield* memory.otherwise(notReached)
        // Both processes record plays during the outage.
        for (const [index, email] of emails.entries()) {
          const play = yield* record(slug, email).pipe(Effect.provide(processes[index % 2]!))
          assert.strictEqual(play.contact, "unknown")
        }
        const start = time.now()
        while (time.now() - start < 8 * 3_600_000) {
          time.adjust("5 minutes")
          yield* settleBoth(processes)
        }
        const during = yield* memory.calls()
        assert.isAbove(during.length, 60)
        // Pauses grow to an hour: some seven attempts in the first ten minutes, one an hour afterwards.
        assert.isBelow(during.length, 60 * 25)

        const sql = yield* SqlClient.SqlClient.pipe(Effect.provide(processes[0]))
        const open = yield* sql<{ count: number }>`
          select count(*)::int as count from contact where verdict = 'unknown' and due_at is not null`
        assert.deepStrictEqual(open, [{ count: 60 }])

        yield* memory.otherwise(undefined)
        for (let steps = 0; steps < 60; steps++) {
          time.adjust("5 minutes")
          yield* Effect.repeat(settleBoth(processes), { while: (found) => found > 0 })
        }
        assert.deepStrictEqual(
          yield* sql`select verdict, count(*)::int as count from contact group by verdict order by verdict`,
          [{ verdict: "created", count: 60 }]
        )
        const after = (yield* memory.calls()).slice(during.length).map(({ contact }) => contact.emailKey)
        assert.deepStrictEqual([...after].sort(), [...emails].sort(), "each is registered by one call")
      }).pipe(Effect.provide(EspMemory.layer.pipe(Layer.provideMerge(Time.layer)))),
    60_000
  )

  it.live("is served with the oldest first once it is back", () =>
    Effect.gen(function* () {
      const [process] = yield* two
      const memory = yield* EspMemory
      const time = yield* Time
      yield* Effect.gen(function* () {
        const slug = yield* addGame()
        yield* memory.otherwise(notReached)
        // Too few failures to open the circuit.
        const emails = Array.from({ length: 4 }, (_, index) => `player${index}@shop.example`)
        for (const email of emails) {
          yield* record(slug, email)
          time.adjust("1 minute")
        }
        const before = (yield* memory.calls()).length
        yield* memory.otherwise(undefined)
        for (let settled = 0; settled < 4; settled++) assert.strictEqual(yield* settleDue(1), 1)
        const order = (yield* memory.calls()).slice(before).map(({ contact }) => contact.emailKey)
        assert.deepStrictEqual(order, emails)
      }).pipe(Effect.provide(process))
    }).pipe(Effect.provide(EspMemory.layer.pipe(Layer.provideMerge(Time.layer))))
  )

  it.live("for longer than ESP_SETTLE_FOR is given up after 7 days, and not before", () =>
    Effect.gen(function* () {
      const processes = yield* two
      const memory = yield* EspMemory
      const time = yield* Time
      const slug = yield* addGame().pipe(Effect.provide(processes[0]))
      yield* memory.otherwise(notReached)
      yield* record(slug, "patient@shop.example").pipe(Effect.provide(processes[0]))
      const sql = yield* SqlClient.SqlClient.pipe(Effect.provide(processes[0]))
      const isOwed = Effect.map(
        sql<{ isOwed: boolean }>`select due_at is not null as is_owed from contact`,
        ([row]) => row?.isOwed
      )
      const day = 86_400_000
      const start = time.now()
      while (time.now() - start < 7 * day) {
        assert.isTrue(yield* isOwed)
        time.adjust("30 minutes")
        yield* settleBoth(processes)
      }
      for (let steps = 0; steps < 4; steps++) {
        time.adjust("1 hour")
        yield* settleBoth(processes)
      }
      assert.isFalse(yield* isOwed)
      const restart = Effect.gen(function* () {
        const backlog = yield* Backlog
        return yield* backlog.restart({ esp: null, game: null, as: "stuck", since: null }, () => Effect.void)
      }).pipe(
        Effect.provide(
          Backlog.layer.pipe(Layer.provide(Audit.layer), Layer.provide(Layer.succeedContext(processes[1])))
        )
      )
      assert.strictEqual((yield* restart).count, 1)
      yield* memory.otherwise(undefined)
      yield* settleBoth(processes)
      assert.deepStrictEqual(yield* sql`select verdict from contact`, [{ verdict: "created" }])
    }).pipe(Effect.provide(EspMemory.layer.pipe(Layer.provideMerge(Time.layer))))
  )
})
