import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { Backlog } from "../../src/contacts/Backlog.ts"
import * as ContactsPerson from "../../src/contacts/ContactsPerson.ts"
import { EspUnavailable } from "../../src/esp/EspClient.ts"
import { type Behaviour, EspMemory } from "../support/esp/EspMemory.ts"
import { Games } from "../../src/games/Games.ts"
import { Plays } from "../../src/plays/Plays.ts"
import { notReached, rejected } from "../support/esp/EspBehaviours.ts"
import { forget, playerOf } from "../support/service/Persons.ts"
import { addGame, layerTime, record, Time } from "../support/service/Recording.ts"
import { settleDue } from "../support/service/SettleDue.ts"

const email = "nora@shop.example"

const service = Backlog.layer.pipe(
  Layer.provide(Audit.layer),
  Layer.provideMerge(layerTime({ ESP_RETRIES: "0", SHUTDOWN_GRACE: "1 millis" }))
)

const rows = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`select verdict, attempts, due_at from contact order by created_at`
)

/** Claims and attempts what is due by the time; gives how many. */
const settle = settleDue(8)

describe("contacts of a person", () => {
  it.live("are exported as they stand, by connection", () =>
    Effect.gen(function* () {
      const person = yield* ContactsPerson.make
      const esp = yield* EspMemory
      const [here, elsewhere] = [yield* addGame(), yield* addGame({ esp: "elsewhere" })]
      yield* esp.next(email, rejected)
      yield* record(here, email)
      ;(yield* Time).adjust("1 minute")
      yield* record(elsewhere, email)
      yield* record(here, "vera@shop.example")
      const player = yield* playerOf(email)
      const settled = { verdict: "rejected", mailability: null, reason: "invalid-address", attempts: 1 }
      const [open, ...more] = (yield* person.export(player))["contacts"] as ReadonlyArray<Record<string, unknown>>
      assert.deepInclude(open, { esp: "elsewhere", verdict: "unknown", since: "2026-11-20T12:01:00.000Z" })
      assert.deepStrictEqual(more, [{ esp: "sandbox", ...settled, since: "2026-11-20T12:00:00.000Z" }])

      yield* person.forget(player)
      assert.deepStrictEqual(yield* person.export(player), { contacts: [] })
      assert.lengthOf(yield* rows, 1, "the contact of the other")
    }).pipe(Effect.provide(service))
  )

  it.live("that are due are attempted no more once they are forgotten", () =>
    Effect.gen(function* () {
      const esp = yield* EspMemory
      yield* esp.otherwise(notReached)
      const play = yield* record(yield* addGame(), email)
      yield* esp.otherwise(undefined)
      ;(yield* Time).adjust("1 day")
      yield* (yield* ContactsPerson.make).forget(yield* playerOf(email))
      assert.strictEqual(yield* settle, 0)
      assert.lengthOf(yield* esp.calls(email), 1)
      assert.strictEqual((yield* (yield* Plays).get(play.id)).contact, "unknown")
    }).pipe(Effect.provide(service))
  )

  const ends: ReadonlyArray<readonly [how: string, end: (told: Deferred.Deferred<void>) => Behaviour]> = [
    ["a verdict", (told) => (register) => Effect.andThen(Deferred.await(told), register)],
    [
      "a failure that would be tried again",
      (told) => () =>
        Effect.andThen(
          Deferred.await(told),
          Effect.fail(new EspUnavailable({ reason: "timeout", mayHaveActed: true, retryAfter: undefined }))
        )
    ]
  ]
  for (const [how, end] of ends) {
    it.live(`whose attempt is under way do not come back by its end: ${how}`, () =>
      Effect.gen(function* () {
        const esp = yield* EspMemory
        const slug = yield* addGame()
        const [called, told] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        yield* esp.next(email, (register) => Effect.andThen(Deferred.succeed(called, undefined), end(told)(register)))
        const playing = yield* Effect.forkChild(record(slug, email))
        yield* Deferred.await(called)
        const player = yield* playerOf(email)
        yield* forget(player)
        yield* Deferred.succeed(told, undefined)
        assert.strictEqual((yield* Fiber.join(playing)).contact, "unknown")
        assert.deepStrictEqual(yield* rows, [])
        ;(yield* Time).adjust("1 day")
        assert.strictEqual(yield* settle, 0)
        // The address is a new player's, with a contact of its own.
        const next = yield* record(slug, email)
        assert.deepInclude(next, { plays: 1, contact: how === "a verdict" ? "existed" : "created" })
        assert.notStrictEqual((yield* playerOf(email)).id, player.id)
        assert.lengthOf(yield* rows, 1)
      }).pipe(Effect.provide(service))
    )
  }

  it.live("that a play has stored for somebody just forgotten are given up, and no ESP is called", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const esp = yield* EspMemory
      yield* esp.otherwise(notReached)
      const slug = yield* addGame()
      for (const address of [email, "vera@shop.example"]) yield* record(slug, address)
      yield* esp.otherwise(undefined)
      ;(yield* Time).adjust("1 day")
      // The statement of the play had seen the player, and ended after they were forgotten.
      yield* sql`delete from player where email_key = ${email}`
      assert.strictEqual(yield* settle, 1, "the contact of the other")
      assert.lengthOf(yield* esp.calls(email), 1)
      assert.deepStrictEqual(
        (yield* rows).map(({ dueAt, verdict }) => [verdict, dueAt]),
        [
          ["unknown", null],
          ["created", null]
        ]
      )
    }).pipe(Effect.provide(service))
  )

  it.live("are not added for those who were forgotten when the game moves to another connection", () =>
    Effect.gen(function* () {
      const slug = yield* addGame({ esp: "elsewhere" })
      for (const address of [email, "vera@shop.example"]) yield* record(slug, address)
      yield* forget(yield* playerOf(email))
      const game = yield* (yield* Games).move(slug, { esp: "sandbox", espList: null, espTags: [] })
      assert.strictEqual((yield* (yield* Backlog).sync(game, () => Effect.void)).count, 1)
      assert.strictEqual(yield* settle, 1)
      assert.lengthOf(yield* (yield* EspMemory).calls(email), 0)
    }).pipe(Effect.provide(service))
  )
})
