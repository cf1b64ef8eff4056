import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { addGame, layer as recording, record } from "../support/service/Recording.ts"

// Small batches: the ESP answers the first play while later ones are at the database.
it.live("a play that was written while the ESP answered knows the verdict", () =>
  Effect.gen(function* () {
    const slug = yield* addGame()
    for (let round = 0; round < 20; round++) {
      const email = `crowd${round}@shop.example`
      const receipts = yield* Effect.all(
        Array.from({ length: 20 }, () => record(slug, email)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(new Set(receipts.map(({ contact }) => contact)), new Set(["created"]), email)
      assert.lengthOf(yield* (yield* EspMemory).calls(email), 1)
    }
  }).pipe(Effect.provide(recording({ PLAY_BATCH: "3" })))
)
