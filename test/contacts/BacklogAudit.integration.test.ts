import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { Backlog } from "../../src/contacts/Backlog.ts"
import { Games } from "../../src/games/Games.ts"
import { rejected } from "../support/esp/EspBehaviours.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { playerOf } from "../support/service/Persons.ts"
import { lost } from "../support/service/PlayTables.ts"
import { addGame, layerTime, record } from "../support/service/Recording.ts"

const service = Audit.layer.pipe(Layer.provideMerge(layerTime()))

const told = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ action: string; target: string | null; details: unknown }>`
    select action, target_kind || ' ' || target_id as target, details from audit_entry
    where action like 'contact.%' or action = 'game.move' order by id`
)

/** An audit log whose transactions are all committed, while the answer to the first is lost on the way. */
const forgetful = Layer.effect(
  Audit,
  Effect.gen(function* () {
    const audit = yield* Audit
    let made = 0
    return Audit.of({
      ...audit,
      within: (write, deed) =>
        Effect.tap(audit.within(write, deed), () => (++made === 1 ? Effect.fail(lost) : Effect.void))
    })
  })
)

describe("what operators do to contacts", () => {
  it.live("is done and told once, also where the answer to the commit is lost", () =>
    Effect.gen(function* () {
      const esp = yield* EspMemory
      yield* esp.next("nora@shop.example", rejected)
      const slug = yield* addGame()
      yield* record(slug, "nora@shop.example")
      const { id: playerId } = yield* playerOf("nora@shop.example")
      const contact = { playerId, esp: "sandbox" }
      const retried = Effect.flatMap(Backlog, ({ restartOne }) => restartOne(contact))
      const losing = Backlog.layer.pipe(Layer.provide(forgetful))
      assert.isTrue(yield* Effect.provide(retried, losing, { local: true }))
      assert.isFalse(yield* Effect.provide(retried, Backlog.layer), "it waits already")
      assert.deepStrictEqual(yield* told, [
        { action: "contact.retry", target: `contact ${playerId}/sandbox`, details: null }
      ])
    }).pipe(Effect.provide(service))
  )

  it.live("is told where a game moves, and its players are added at the other connection", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const slug = yield* addGame()
      for (const name of ["nora", "adam"]) yield* record(slug, `${name}@shop.example`)
      const game = yield* games.move(slug, { esp: "shop", espList: null, espTags: [] })
      const sync = Effect.flatMap(Backlog, (backlog) => backlog.sync(game, () => Effect.void))
      for (const count of [2, 0]) {
        assert.strictEqual((yield* Effect.provide(sync, Backlog.layer)).count, count)
      }
      assert.deepStrictEqual(yield* told, [
        {
          action: "game.move",
          target: `game ${game.id}`,
          details: { slug, changes: { esp: { from: "sandbox", to: "shop" } } }
        },
        { action: "contact.add", target: `game ${game.id}`, details: { esp: "shop", added: 2 } }
      ])
    }).pipe(Effect.provide(service))
  )
})
