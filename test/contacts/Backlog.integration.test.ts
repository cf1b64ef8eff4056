import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { Backlog, type Ended, type Selection } from "../../src/contacts/Backlog.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { Games } from "../../src/games/Games.ts"
import { Plays } from "../../src/plays/Plays.ts"
import { existed, notReached } from "../support/esp/EspBehaviours.ts"
import { addMany } from "../support/service/ManyContacts.ts"
import { addGame, layerTime, record, Time } from "../support/service/Recording.ts"
import { settleDue } from "../support/service/SettleDue.ts"

const env = {
  ESP_RETRIES: "0",
  ESP_SETTLE_PAUSE: "1 minute",
  ESP_SETTLE_PAUSE_MAX: "1 minute",
  ESP_SETTLE_FOR: "1 hour",
  // The statements that fill the tables take seconds.
  DATABASE_STATEMENT_TIMEOUT: "2 minutes",
  DATABASE_DEADLINE: "2 minutes"
}

const service = Backlog.layer.pipe(Layer.provide(Audit.layer), Layer.provideMerge(layerTime(env)))

const all: Selection = { esp: null, game: null }

const stuckOf = (of: Selection): Ended => ({ ...of, as: "stuck", since: null })

const quiet = () => Effect.void

const settle = settleDue(8)

const stuck = (of: Selection = all) =>
  Effect.flatMap(Backlog, (backlog) => Stream.runCollect(backlog.ended(stuckOf(of)))).pipe(
    Effect.map((found) => found.map(({ email }) => email).sort())
  )

const waiting = (of: Selection = all) =>
  Effect.flatMap(Backlog, (backlog) => Stream.runCollect(backlog.waiting(of))).pipe(
    Effect.map((found) => found.map(({ email }) => email))
  )

const restart = (of: Selection = all) => Effect.flatMap(Backlog, (backlog) => backlog.restart(stuckOf(of), quiet))

/** Records a play whose contact is attempted until it is given up. */
const giveUp = Effect.fnUntraced(function* (slug: Parameters<typeof record>[0], email: string) {
  const memory = yield* EspMemory
  const time = yield* Time
  yield* memory.otherwise(notReached)
  const play = yield* record(slug, email)
  time.adjust("2 hours")
  assert.strictEqual(yield* settle, 1)
  assert.strictEqual(yield* settle, 0)
  yield* memory.otherwise(undefined)
  return play
})

describe("contacts that are stuck", () => {
  it.live("are listed with what is known of them, apart from those that wait", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      yield* giveUp(slug, "Stuck@shop.example")
      yield* record(slug, "settled@shop.example")
      yield* (yield* EspMemory).otherwise(notReached)
      yield* record(slug, "waits@shop.example")
      const backlog = yield* Backlog
      assert.deepStrictEqual(yield* Stream.runCollect(backlog.ended(stuckOf(all))), [
        {
          email: "Stuck@shop.example",
          esp: "sandbox",
          game: slug,
          since: new Date("2026-11-20T12:00:00Z"),
          attempts: 2,
          reason: "unreachable",
          dueAt: null
        }
      ])
      const [waits] = yield* Stream.runCollect(backlog.waiting(all))
      assert.deepInclude(waits, { email: "waits@shop.example", attempts: 1 })
      assert.isAbove(waits?.dueAt?.getTime() ?? 0, (yield* Time).now())
    }).pipe(Effect.provide(service))
  )

  it.live("are listed by connection and game, and so are those that wait", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* addGame(), yield* addGame({ esp: "elsewhere" })]
      yield* giveUp(one, "one@shop.example")
      yield* giveUp(other, "other@shop.example")
      assert.deepStrictEqual(yield* stuck({ esp: "sandbox", game: null }), ["one@shop.example"])
      assert.deepStrictEqual(yield* stuck({ esp: null, game: other }), ["other@shop.example"])
      assert.deepStrictEqual(yield* stuck({ esp: "elsewhere", game: one }), [])
      assert.strictEqual((yield* restart({ esp: "elsewhere", game: one })).count, 0)
      assert.strictEqual((yield* restart({ esp: null, game: one })).count, 1)
      assert.deepStrictEqual(yield* stuck(), ["other@shop.example"])
      assert.strictEqual((yield* restart({ esp: "elsewhere", game: null })).count, 1)
      assert.deepStrictEqual(yield* waiting({ esp: "sandbox", game: null }), ["one@shop.example"])
      assert.deepStrictEqual(yield* waiting({ esp: null, game: other }), ["other@shop.example"])
    }).pipe(Effect.provide(service))
  )

  it.live("start again once, however many start them, and are settled with the verdict of then", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const { id } = yield* giveUp(slug, "again@shop.example")
      yield* addMany({ slug, count: 12_000, contact: { esp: "sandbox", isStuck: true } })
      const started = yield* Effect.all([restart(), restart(), restart()], { concurrency: "unbounded" })
      assert.strictEqual(
        started.reduce((sum, { count }) => sum + count, 0),
        12_001
      )
      assert.deepStrictEqual(yield* stuck(), [])
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from contact where play_id <> ${id}`
      yield* (yield* EspMemory).otherwise(existed)
      assert.strictEqual(yield* settle, 1)
      assert.strictEqual((yield* (yield* Plays).get(id)).contact, "existed")
    }).pipe(Effect.provide(service))
  )

  it.live("have all of ESP_SETTLE_FOR before them again, and no more", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const slug = yield* addGame()
      yield* giveUp(slug, "again@shop.example")
      yield* (yield* EspMemory).otherwise(notReached)
      yield* restart()
      yield* settle
      assert.deepStrictEqual(yield* stuck(), [])
      time.adjust("59 minutes")
      assert.strictEqual(yield* settle, 1)
      assert.deepStrictEqual(yield* stuck(), [])
      time.adjust("5 minutes")
      assert.strictEqual(yield* settle, 1)
      assert.deepStrictEqual(yield* stuck(), ["again@shop.example"])
    }).pipe(Effect.provide(service))
  )

  it.live("are the only ones that start again: not those that wait, are attempted or are settled", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      yield* record(slug, "settled@shop.example")
      yield* (yield* EspMemory).otherwise(notReached)
      yield* record(slug, "waits@shop.example")
      const sql = yield* SqlClient.SqlClient
      const rows = sql`select * from contact order by player_id`
      const before = yield* rows
      assert.deepInclude(yield* restart(), { count: 0 })
      assert.deepStrictEqual(yield* rows, before)
    }).pipe(Effect.provide(service))
  )

  it.live("are counted as long as they wait", () =>
    Effect.gen(function* () {
      const backlog = yield* Backlog
      const slug = yield* addGame()
      yield* addMany({ slug, count: 3, contact: { esp: "sandbox", isStuck: true } })
      yield* (yield* EspMemory).otherwise(notReached)
      yield* record(slug, "another@shop.example")
      const started = yield* restart()
      assert.strictEqual(started.count, 3)
      assert.strictEqual(yield* backlog.left(started), 3)
      yield* (yield* EspMemory).otherwise(undefined)
      yield* settleDue(2)
      assert.strictEqual(yield* backlog.left(started), 1)
      yield* settle
      assert.strictEqual(yield* backlog.left(started), 0)
    }).pipe(Effect.provide(service))
  )
})

describe("a hundred thousand contacts", () => {
  it.live(
    "are listed step by step",
    () =>
      Effect.gen(function* () {
        const slug = yield* addGame()
        yield* addMany({ slug, count: 100_000, contact: { esp: "sandbox", isStuck: true } })
        const backlog = yield* Backlog
        const count = (of: Stream.Stream<{ readonly email: string }, unknown>) =>
          Effect.gen(function* () {
            const seen = new Set<string>()
            let largest = 0
            yield* Stream.runForEachArray(of, (page) =>
              Effect.sync(() => {
                largest = Math.max(largest, page.length)
                for (const { email } of page) seen.add(email)
              })
            )
            return { seen: seen.size, largest }
          })
        assert.deepStrictEqual(yield* count(backlog.ended(stuckOf(all))), { seen: 100_000, largest: 5000 })
        assert.lengthOf(yield* Stream.runCollect(Stream.take(backlog.ended(stuckOf(all)), 3)), 3)
        yield* restart()
        // All are due at the same moment, so the pages order them by their keys.
        assert.deepStrictEqual(yield* count(backlog.waiting(all)), { seen: 100_000, largest: 5000 })
      }).pipe(Effect.provide(service)),
    180_000
  )
})

describe("a game that has moved", () => {
  const contactsAt = Effect.fnUntraced(function* (esp: string) {
    const sql = yield* SqlClient.SqlClient
    return yield* sql<{ email: string; playId: string; attempts: number; isDue: boolean }>`
      select player.email_key as email, contact.play_id, contact.attempts, contact.due_at <= contact.created_at as is_due
      from contact join player on player.id = contact.player_id
      where contact.esp = ${esp} order by player.email_key`
  })

  const move = (slug: Parameters<typeof record>[0], esp: string) =>
    Effect.flatMap(Games, (games) => games.move(slug, { esp, espList: null, espTags: [] }))

  it.live("has its players asked afresh, each with the newest play, and the old verdicts stay", () =>
    Effect.gen(function* () {
      const backlog = yield* Backlog
      const memory = yield* EspMemory
      const slug = yield* addGame()
      const other = yield* addGame()
      const first = yield* record(slug, "nora@shop.example")
      const newest = yield* record(slug, "nora@shop.example", { name: "Nora" })
      yield* record(other, "nora@shop.example")
      yield* record(other, "stranger@shop.example")
      const vera = yield* record(slug, "vera@shop.example")
      const game = yield* move(slug, "elsewhere")
      assert.strictEqual((yield* backlog.sync(game, quiet)).count, 2)
      assert.deepStrictEqual(yield* contactsAt("elsewhere"), [
        { email: "nora@shop.example", playId: newest.id, attempts: 0, isDue: true },
        { email: "vera@shop.example", playId: vera.id, attempts: 0, isDue: true }
      ])
      assert.strictEqual((yield* backlog.sync(game, quiet)).count, 0)

      // `EspMemory` has only the connection `sandbox`, and fails for every other.
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from contact where esp = 'sandbox'`
      const back = yield* move(slug, "sandbox")
      const started = yield* backlog.sync(back, quiet)
      assert.strictEqual(started.count, 2)
      const before = (yield* memory.calls()).length
      yield* sql`update contact set due_at = null where esp = 'elsewhere'`
      assert.strictEqual(yield* settle, 2)
      assert.strictEqual(yield* backlog.left(started), 0)
      const calls = (yield* memory.calls("nora@shop.example")).slice(-1)
      assert.deepInclude(calls[0]?.contact, { name: "Nora", game: slug, plays: 2 })
      assert.lengthOf(yield* memory.calls(), before + 2)
      // The ESP has had the contact since the first play, and the deleted rows no longer mark that as our own write.
      assert.strictEqual((yield* (yield* Plays).get(first.id)).contact, "existed")
    }).pipe(Effect.provide(service))
  )

  it.live("answers older plays with the verdict of the connection before", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const play = yield* record(slug, "nora@shop.example")
      assert.strictEqual(play.contact, "created")
      const game = yield* move(slug, "elsewhere")
      yield* (yield* Backlog).sync(game, quiet)
      yield* settle
      assert.strictEqual((yield* (yield* Plays).get(play.id)).contact, "created")
      assert.deepInclude(yield* record(slug, "nora@shop.example"), { plays: 2, contact: "unknown" })
      assert.lengthOf(yield* contactsAt("elsewhere"), 1)
    }).pipe(Effect.provide(service))
  )

  it.live("is synced in steps: broken off it has added some, and run again by several, each of the others once", () =>
    Effect.gen(function* () {
      const backlog = yield* Backlog
      const slug = yield* addGame()
      yield* addMany({ slug, count: 4000, plays: 2 })
      const game = yield* move(slug, "elsewhere")
      const counts: Array<number> = []
      yield* Effect.ignoreCause(
        backlog.sync(game, (count) => {
          counts.push(count)
          return counts.length === 3 ? Effect.die("killed") : Effect.void
        })
      )
      const added = (yield* contactsAt("elsewhere")).length
      assert.strictEqual(added, counts.at(-1))
      assert.isAbove(added, 0)
      assert.isBelow(added, 4000)
      const rest = yield* Effect.all([backlog.sync(game, quiet), backlog.sync(game, quiet)], {
        concurrency: "unbounded"
      })
      assert.strictEqual(added + rest.reduce((sum, { count }) => sum + count, 0), 4000)
      assert.lengthOf(yield* contactsAt("elsewhere"), 4000)
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(
        yield* sql`
          select distinct number from contact
          join play on play.id = contact.play_id and play.player_id = contact.player_id where contact.esp = 'elsewhere'`,
        [{ number: 2 }]
      )
    }).pipe(Effect.provide(service))
  )
})
