import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Backlog } from "../../src/contacts/Backlog.ts"
import * as ContactsPerson from "../../src/contacts/ContactsPerson.ts"
import { Games } from "../../src/games/Games.ts"
import { Mending } from "../../src/statistics/Mending.ts"
import { Statistics } from "../../src/statistics/Statistics.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { notReached, rejected } from "../support/esp/EspBehaviours.ts"
import { playerOf, tablesWith } from "../support/service/Persons.ts"
import { addGame, record, Time } from "../support/service/Recording.ts"
import { settleDue } from "../support/service/SettleDue.ts"
import { assertAsByHand, assertTotals, countAll, foldAll, layer, mendAll, parts } from "./Counting.ts"

const service = layer({ ESP_RETRIES: "0" })

const settle = Effect.repeat(settleDue(8), { while: (count) => count > 0 })

const rebuild = Effect.gen(function* () {
  const mending = yield* Mending
  yield* mending.restart(0)
  yield* mendAll
  yield* countAll
})

/** The counts of contacts that are not zero, and the bounds of the waits of those with a verdict. */
const contactsOf = Effect.fnUntraced(function* (game: Parameters<typeof record>[0]) {
  const statistics = yield* Statistics
  const { contacts } = yield* statistics.game(game)
  const { asked, settled, times } = yield* statistics.verdictTimes({ game })
  assert.strictEqual(asked, contacts.asked)
  assert.strictEqual(settled, contacts.existed + contacts.created + contacts.rejected)
  const waits = times
    .filter(({ contacts }) => contacts !== 0)
    .map(({ contacts, upToSeconds }) => [upToSeconds, contacts])
  return [Object.fromEntries(Object.entries(contacts).filter(([, count]) => count !== 0)), waits]
})

describe("verdicts", () => {
  it.live("count at the hour of the play, whenever they come, with the time that they took", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const esp = yield* EspMemory
      const game = yield* addGame()
      yield* esp.next("late@shop.example", notReached)
      yield* esp.next("bad@shop.example", rejected)
      yield* esp.add("known@shop.example")
      for (const name of ["late", "bad", "known", "new", "new"]) yield* record(game, `${name}@shop.example`)
      const atOnce = [{ asked: 4, existed: 1, created: 1, rejected: 1, unknown: 1 }, [[0.1, 3]]]
      assert.deepStrictEqual(yield* contactsOf(game), atOnce)
      yield* foldAll
      assert.deepStrictEqual(yield* contactsOf(game), atOnce)
      time.adjust("5 minutes")
      yield* settle
      const settled = [
        { asked: 4, existed: 1, created: 2, rejected: 1 },
        [
          [0.1, 3],
          [600, 1]
        ]
      ]
      assert.deepStrictEqual(yield* contactsOf(game), settled)
      time.adjust("2 days")
      // The player comes again. Nobody asks for the contact any more.
      yield* record(game, "late@shop.example")
      yield* foldAll
      assert.deepStrictEqual(yield* contactsOf(game), settled)
      const { periods } = yield* assertAsByHand({ game, by: "day", from: "2026-11-20" })
      assert.deepStrictEqual(
        periods.map(({ contacts, plays }) => [plays, contacts.asked]),
        [
          [5, 4],
          [0, 0],
          [1, 0]
        ]
      )
      const statistics = yield* Statistics
      const times = yield* statistics.verdictTimes({ game, from: "2026-11-21" })
      assert.deepInclude(times, { asked: 0, settled: 0, to: null })
      const before = yield* statistics.verdictTimes({ game, to: "2026-11-21" })
      assert.deepInclude(before, { asked: 4, settled: 4, from: null })
      yield* rebuild
      assert.deepStrictEqual(yield* contactsOf(game), settled)
    }).pipe(Effect.provide(service))
  )

  it.live("that are taken back do not count, and count again when the ESP has answered anew", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const esp = yield* EspMemory
      const backlog = yield* Backlog
      const game = yield* addGame()
      yield* esp.next("bad@shop.example", rejected)
      yield* record(game, "bad@shop.example")
      yield* record(game, "good@shop.example")
      yield* foldAll
      time.adjust("1 hour")
      const started = yield* backlog.restart({ as: "rejected", esp: null, game, since: null }, () => Effect.void)
      assert.strictEqual(started.count, 1)
      const open = [{ asked: 2, created: 1, unknown: 1 }, [[0.1, 1]]]
      assert.deepStrictEqual(yield* contactsOf(game), open)
      yield* foldAll
      assert.deepStrictEqual(yield* contactsOf(game), open)
      yield* rebuild
      assert.deepStrictEqual(yield* contactsOf(game), open)
      // The time counts from when it was started again.
      time.adjust("2 seconds")
      yield* settle
      const settled = [
        { asked: 2, created: 2 },
        [
          [0.1, 1],
          [3, 1]
        ]
      ]
      assert.deepStrictEqual(yield* contactsOf(game), settled)
      yield* assertAsByHand({ game, by: "hour", from: "2026-11-20" })
      yield* rebuild
      assert.deepStrictEqual(yield* contactsOf(game), settled)
    }).pipe(Effect.provide(service))
  )

  it.live("of contacts that `esp sync` asks for count at the newest play of the player", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const games = yield* Games
      const slug = yield* addGame()
      yield* record(slug, "nora@shop.example")
      time.adjust("1 day")
      yield* record(slug, "nora@shop.example")
      const game = yield* games.move(slug, { esp: "elsewhere", espList: null, espTags: [] })
      time.adjust("1 day")
      assert.strictEqual((yield* (yield* Backlog).sync(game, () => Effect.void)).count, 1)
      assert.deepStrictEqual(yield* contactsOf(slug), [{ asked: 2, created: 1, unknown: 1 }, [[0.1, 1]]])
      yield* assertAsByHand({ game: slug, by: "day", from: "2026-11-20" })
      yield* rebuild
      yield* assertAsByHand({ game: slug, by: "day", from: "2026-11-20" })
      yield* assertTotals(slug)
    }).pipe(Effect.provide(service))
  )

  it.live(
    "of persons who are forgotten still count, also in statistics that are made again, and nothing names them",
    () =>
      Effect.gen(function* () {
        const time = yield* Time
        const esp = yield* EspMemory
        const sql = yield* SqlClient.SqlClient
        const game = yield* addGame()
        yield* esp.next("bad@shop.example", rejected)
        yield* esp.next("open@shop.example", notReached)
        for (const name of ["bad", "open", "good"]) yield* record(game, `${name}@shop.example`)
        time.adjust("1 day")
        const before = yield* contactsOf(game)
        assert.deepStrictEqual(before, [{ asked: 3, created: 1, rejected: 1, unknown: 1 }, [[0.1, 2]]])
        const person = yield* Effect.provide(ContactsPerson.make, parts)
        for (const name of ["bad", "open", "good"]) yield* person.forget(yield* playerOf(`${name}@shop.example`))
        assert.deepStrictEqual(yield* sql`select from contact`, [])
        assert.deepStrictEqual(yield* contactsOf(game), before)
        yield* rebuild
        assert.deepStrictEqual(yield* contactsOf(game), before)
        yield* foldAll
        yield* sql`delete from statistics_quarter`
        yield* sql`delete from statistics_hour`
        yield* sql`delete from statistics_total`
        yield* rebuild
        assert.deepStrictEqual(yield* contactsOf(game), before)
        assert.isEmpty((yield* tablesWith("shop.example")).filter((table) => table.startsWith("statistics")))
        const columns = yield* sql`
        select table_name, column_name from information_schema.columns
        where table_name like 'statistics%' and column_name ~ 'player_id|email|name'`
        assert.deepStrictEqual(columns, [])
      }).pipe(Effect.provide(service))
  )
})
