import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { Backlog, type Ended } from "../../src/contacts/Backlog.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { Plays } from "../../src/plays/Plays.ts"
import { existed, notReached, rejected } from "../support/esp/EspBehaviours.ts"
import { addMany } from "../support/service/ManyContacts.ts"
import { addGame, layerTime, record, Time } from "../support/service/Recording.ts"
import { settleDue } from "../support/service/SettleDue.ts"

const env = {
  ESP_RETRIES: "0",
  ESP_SETTLE_PAUSE: "1 minute",
  ESP_SETTLE_PAUSE_MAX: "1 minute",
  ESP_SETTLE_FOR: "1 hour"
}

const service = Backlog.layer.pipe(Layer.provide(Audit.layer), Layer.provideMerge(layerTime(env)))

const all: Ended = { esp: null, game: null, as: "rejected", since: null }

const settle = settleDue(8)

const listed = (of: Partial<Ended> = {}) =>
  Effect.flatMap(Backlog, (backlog) => Stream.runCollect(backlog.ended({ ...all, ...of })))

const emails = (of?: Partial<Ended>) => Effect.map(listed(of), (found) => found.map(({ email }) => email).sort())

const restart = (of: Partial<Ended> = {}) =>
  Effect.flatMap(Backlog, (backlog) => backlog.restart({ ...all, ...of }, () => Effect.void))

/** Records a play whose contact the ESP rejects. */
const reject = Effect.fnUntraced(function* (slug: Parameters<typeof record>[0], email: string) {
  const memory = yield* EspMemory
  yield* memory.otherwise(rejected)
  const play = yield* record(slug, email)
  assert.strictEqual(play.contact, "rejected")
  yield* memory.otherwise(undefined)
  return play
})

describe("contacts that were rejected", () => {
  it.live("are listed with what is known of them, by connection, game and since when", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const [one, other] = [yield* addGame(), yield* addGame()]
      yield* reject(one, "One@shop.example")
      yield* record(one, "taken@shop.example")
      time.adjust("2 hours")
      const since = new Date(time.now())
      yield* reject(other, "other@shop.example")
      assert.deepStrictEqual(yield* listed({ game: one }), [
        {
          email: "One@shop.example",
          esp: "sandbox",
          game: one,
          since: new Date("2026-11-20T12:00:00Z"),
          attempts: 1,
          reason: "invalid-address",
          dueAt: null
        }
      ])
      assert.deepStrictEqual(yield* emails(), ["One@shop.example", "other@shop.example"])
      assert.deepStrictEqual(yield* emails({ since }), ["other@shop.example"])
      assert.deepStrictEqual(yield* emails({ esp: "elsewhere" }), [])
      assert.deepStrictEqual(yield* emails({ as: "stuck" }), [])
      assert.strictEqual((yield* restart({ as: "stuck" })).count, 0)
      assert.strictEqual((yield* restart({ esp: "elsewhere" })).count, 0)
      assert.strictEqual((yield* restart({ since })).count, 1)
      assert.deepStrictEqual(yield* emails(), ["One@shop.example"])
    }).pipe(Effect.provide(service))
  )

  it.live("are unknown once they are started again, and then what the ESP says anew", () =>
    Effect.gen(function* () {
      const plays = yield* Plays
      const memory = yield* EspMemory
      const slug = yield* addGame()
      const nora = yield* reject(slug, "nora@shop.example")
      const vera = yield* reject(slug, "vera@shop.example")
      const otto = yield* reject(slug, "otto@shop.example")
      const before = (yield* memory.calls()).length
      assert.strictEqual((yield* restart()).count, 3)
      assert.strictEqual((yield* plays.get(nora.id)).contact, "unknown")
      // A play in the meantime makes no call: the background makes it.
      assert.deepInclude(yield* record(slug, "nora@shop.example"), { contact: "unknown", plays: 2 })
      assert.lengthOf(yield* memory.calls(), before)
      yield* memory.next("vera@shop.example", existed)
      yield* memory.next("otto@shop.example", rejected)
      assert.strictEqual(yield* settle, 3)
      assert.strictEqual((yield* plays.get(nora.id)).contact, "created")
      assert.strictEqual((yield* plays.get(vera.id)).contact, "existed")
      assert.strictEqual((yield* plays.get(otto.id)).contact, "rejected")
      assert.lengthOf(yield* memory.calls(), before + 3)
    }).pipe(Effect.provide(service))
  )

  it.live("have all of ESP_SETTLE_FOR before them again, and are stuck after it", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const backlog = yield* Backlog
      const slug = yield* addGame()
      yield* reject(slug, "again@shop.example")
      time.adjust("3 hours")
      yield* (yield* EspMemory).otherwise(notReached)
      const started = yield* restart()
      assert.strictEqual(yield* settle, 1)
      assert.strictEqual(yield* backlog.left(started), 1)
      time.adjust("2 hours")
      assert.strictEqual(yield* settle, 1)
      assert.strictEqual(yield* backlog.left(started), 0)
      assert.deepStrictEqual(yield* emails({ as: "stuck" }), ["again@shop.example"])
      const since = new Date(time.now())
      assert.deepStrictEqual(yield* emails({ as: "stuck", since }), ["again@shop.example"])
      time.adjust("1 minute")
      assert.deepStrictEqual(yield* emails({ as: "stuck", since: new Date(time.now()) }), [])
    }).pipe(Effect.provide(service))
  )

  it.live("start again once, however many start them, and nothing else does", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const taken = yield* record(slug, "taken@shop.example")
      yield* addMany({ slug, count: 12_000, contact: { esp: "sandbox", isStuck: true } })
      const sql = yield* SqlClient.SqlClient
      yield* sql`
        update contact set verdict = 'rejected', reason = 'invalid-address', settled_at = updated_at where verdict = 'unknown'`
      yield* addMany({ slug, count: 2, prefix: "stuck", contact: { esp: "sandbox", isStuck: true } })
      const started = yield* Effect.all([restart(), restart(), restart()], { concurrency: "unbounded" })
      assert.strictEqual(
        started.reduce((sum, { count }) => sum + count, 0),
        12_000
      )
      assert.deepStrictEqual(yield* emails(), [])
      assert.lengthOf(yield* emails({ as: "stuck" }), 2)
      assert.strictEqual((yield* (yield* Plays).get(taken.id)).contact, "created")
    }).pipe(Effect.provide(service))
  )
})
