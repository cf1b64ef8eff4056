import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { SqlClient } from "effect/sql"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { Plays } from "../../src/plays/Plays.ts"
import { existed, limited, notReached } from "../support/esp/EspBehaviours.ts"
import { addGame, layer as recording, layerTime, record, Time } from "../support/service/Recording.ts"
import { settleDue } from "../support/service/SettleDue.ts"

const minute = 60_000

/** Milliseconds until the only contact is due; null: never again. */
const pause = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ dueAt: Date | null }>`select due_at from contact`
  const now = (yield* Time).now()
  return row === undefined || row.dueAt === null ? null : row.dueAt.getTime() - now
})

const settle = settleDue(8)

const env = { ESP_RETRIES: "0", ESP_SETTLE_PAUSE: "1 minute", ESP_SETTLE_PAUSE_MAX: "10 minutes" }

describe("the background's pauses", () => {
  it.live("grow from attempt to attempt up to the longest, with jitter, and nothing is attempted before", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const esp = yield* EspMemory
      yield* esp.otherwise(notReached)
      yield* record(yield* addGame(), "down@shop.example")
      for (const minutes of [1, 2, 4, 8, 10, 10]) {
        const wait = (yield* pause) ?? 0
        assert.isAtLeast(wait, 0.5 * minutes * minute)
        assert.isAtMost(wait, 1.5 * minutes * minute)
        time.adjust(wait - 1)
        assert.strictEqual(yield* settle, 0)
        time.adjust(1)
        assert.strictEqual(yield* settle, 1)
      }
      assert.lengthOf(yield* esp.calls(), 7)
    }).pipe(Effect.provide(layerTime(env)))
  )

  it.live("are as long as the ESP asks, where that is longer", () =>
    Effect.gen(function* () {
      yield* (yield* EspMemory).otherwise(limited("9 minutes"))
      yield* record(yield* addGame(), "limited@shop.example")
      assert.strictEqual(yield* pause, 9 * minute)
    }).pipe(Effect.provide(layerTime(env)))
  )

  it.live("end when the contact has been attempted for long enough: the verdict stays unknown", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const esp = yield* EspMemory
      const slug = yield* addGame()
      yield* esp.otherwise(notReached)
      const { id } = yield* record(slug, "never@shop.example")
      let attempts = 1
      for (let wait = yield* pause; wait !== null; wait = yield* pause) {
        time.adjust(wait)
        attempts += yield* settle
        assert.isBelow(attempts, 30)
      }
      assert.isAbove(time.now(), Date.parse("2026-11-20T13:00:00Z"))
      assert.isBelow(time.now(), Date.parse("2026-11-20T13:20:00Z"))
      yield* esp.otherwise(existed)
      time.adjust("365 days")
      assert.strictEqual(yield* settle, 0)
      assert.strictEqual((yield* (yield* Plays).get(id)).contact, "unknown")
      assert.deepInclude(yield* record(slug, "never@shop.example"), { plays: 2, contact: "unknown" })
      assert.lengthOf(yield* esp.calls(), attempts)
    }).pipe(Effect.provide(layerTime({ ...env, ESP_SETTLE_FOR: "1 hour" })))
  )
})

describe("more new contacts than there is room for", () => {
  it.live("go to the background at once, and what the ESP had before is not taken for our doing", () =>
    Effect.gen(function* () {
      const esp = yield* EspMemory
      const slug = yield* addGame()
      const emails = Array.from({ length: 150 }, (_, index) => `player${index}@shop.example`)
      for (const email of emails) yield* esp.add(email)
      const receipts = yield* Effect.all(
        emails.map((email) => Effect.result(record(slug, email))),
        { concurrency: "unbounded" }
      )
      assert.isTrue(receipts.every(Result.isSuccess))
      yield* Effect.repeat(settle, { while: (found) => found > 0 })
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`select verdict, max(attempts) as attempts from contact group by verdict`, [
        { verdict: "existed", attempts: 1 }
      ])
      assert.lengthOf(yield* esp.calls(), 150)
    }).pipe(Effect.provide(recording({ ESP_CONCURRENCY: "2", PLAY_QUEUE: "150" })))
  )
})
