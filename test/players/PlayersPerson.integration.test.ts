import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as PlayersPerson from "../../src/players/PlayersPerson.ts"
import { addGame, layerTime, record } from "../support/service/Recording.ts"
import { findPlayer, playerOf } from "../support/service/Persons.ts"

layer(layerTime(), { excludeTestServices: true })("a player's row", (it) => {
  it.effect("is exported with the address as it was typed first, and deleted, as often as one likes", () =>
    Effect.gen(function* () {
      const person = yield* PlayersPerson.make
      const slug = yield* addGame()
      yield* record(slug, "Nora@Shop.Example")
      yield* record(slug, "nora@shop.example")
      yield* record(slug, "vera@shop.example")
      const player = yield* playerOf("nora@shop.example")
      assert.deepStrictEqual(yield* person.export(player), {
        player: {
          id: player.id,
          email: "Nora@Shop.Example",
          emailKey: "nora@shop.example",
          since: "2026-11-20T12:00:00.000Z"
        }
      })
      yield* Effect.all([person.forget(player), person.forget(player)], { concurrency: 2 })
      yield* person.forget(player)
      assert.deepStrictEqual(yield* person.export(player), { player: null })
      assert.isDefined(yield* findPlayer("vera@shop.example"))
    })
  )

  it.effect("of one who has come back is another, which is not forgotten with the first", () =>
    Effect.gen(function* () {
      const person = yield* PlayersPerson.make
      const slug = yield* addGame()
      yield* record(slug, "back@shop.example")
      const first = yield* playerOf("back@shop.example")
      yield* person.forget(first)
      yield* record(slug, "back@shop.example")
      yield* person.forget(first)
      const second = yield* playerOf("back@shop.example")
      assert.notStrictEqual(second.id, first.id)
    })
  )
})
