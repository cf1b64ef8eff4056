import { assert, layer } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { created, EspUnavailable } from "../../src/esp/EspClient.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { Games } from "../../src/games/Games.ts"
import * as Does from "../support/esp/EspBehaviours.ts"
import { addGame, layer as service, record } from "../support/service/Recording.ts"
import { settleDue } from "../support/service/SettleDue.ts"

const stored = Effect.fnUntraced(function* (email: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`
    select contact.verdict, contact.mailability, contact.reason, contact.attempts
    from contact join player on player.id = contact.player_id
    where player.email_key = ${email}`
  return rows[0]
})

layer(service({ ESP_RETRIES: "0" }))("What the ESP is given", (it) => {
  it.effect("is the same from a play that is waited for and from the background", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      const slug = yield* addGame({ espList: "9", espTags: ["autumn", "vip"] })
      yield* memory.next("both@shop.example", Does.notReached)
      yield* record(slug, "both@shop.example", {
        name: "Nora",
        score: 12.5,
        consent: { textVersion: "2026-10", language: "cs" },
        data: { prize: "coffee" }
      })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* settleDue(10), 1)
      const [live, background] = yield* memory.calls("both@shop.example")
      assert.deepStrictEqual(background?.contact, live?.contact)
      assert.deepInclude(live?.contact, {
        plays: 1,
        list: "9",
        tags: ["autumn", "vip"],
        language: "cs",
        attributes: { PRIZE: "coffee" },
        consent: { textVersion: "2026-10", language: "cs", at: new Date(0) }
      })
    })
  )

  it.effect("is the connection's own list where the game has none", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      yield* record(yield* addGame(), "bare@shop.example")
      const [call] = yield* memory.calls("bare@shop.example")
      assert.deepInclude(call?.contact, { list: null, tags: [], consent: null, language: null, name: null })
    })
  )

  it.effect("goes to the new connection once a game has moved, and old verdicts stay", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const slug = yield* addGame({ espTags: ["old"] })
      assert.deepInclude(yield* record(slug, "moved@shop.example"), { contact: "created" })
      const moved = yield* games.move(slug, { esp: "elsewhere", espList: "3", espTags: ["a", "b,c"] })
      assert.deepInclude(moved, { esp: "elsewhere", espList: "3", espTags: ["a", "b,c"] })
      assert.deepInclude(yield* record(slug, "moved@shop.example"), { plays: 2, contact: "unknown" })
      yield* games.move(slug, { esp: "sandbox", espList: null, espTags: [] })
      assert.deepInclude(yield* record(slug, "moved@shop.example"), { plays: 3, contact: "created" })
    })
  )
})

layer(service({ ESP_RETRIES: "0" }))("What is stored of an answer", (it) => {
  it.effect("is whether the contact may be mailed", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      const slug = yield* addGame()
      yield* memory.next("pending@shop.example", () => Effect.succeed(created("pending")))
      yield* record(slug, "pending@shop.example")
      assert.deepInclude(yield* stored("pending@shop.example"), { verdict: "created", mailability: "pending" })
      yield* memory.next("refused@shop.example", Does.rejected)
      yield* record(slug, "refused@shop.example")
      assert.deepInclude(yield* stored("refused@shop.example"), { verdict: "rejected", mailability: null })
    })
  )

  it.effect("is no attempt where there was no slot, which is due when one is expected", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      const slug = yield* addGame()
      const without = () => Effect.fail(EspUnavailable.notReached("no-slot", Duration.seconds(30)))
      yield* memory.next("slotless@shop.example", without)
      assert.deepInclude(yield* record(slug, "slotless@shop.example"), { contact: "unknown" })
      assert.deepInclude(yield* stored("slotless@shop.example"), { reason: "no-slot", attempts: 0 })
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* settleDue(10), 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* settleDue(10), 1)
      assert.deepInclude(yield* stored("slotless@shop.example"), { verdict: "created", attempts: 1 })
    })
  )

  it.effect("is no attempt where the circuit was open either, which is due again after a second or two", () =>
    Effect.gen(function* () {
      const memory = yield* EspMemory
      const slug = yield* addGame()
      yield* memory.next("shut@shop.example", () => Effect.fail(EspUnavailable.notReached("circuit-open")))
      yield* record(slug, "shut@shop.example")
      assert.deepInclude(yield* stored("shut@shop.example"), { reason: "circuit-open", attempts: 0 })
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(yield* settleDue(10), 0)
      yield* TestClock.adjust("1001 millis")
      assert.strictEqual(yield* settleDue(10), 1)
      assert.deepInclude(yield* stored("shut@shop.example"), { verdict: "created", attempts: 1 })
    })
  )
})
