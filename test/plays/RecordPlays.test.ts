import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import type { Outcome } from "../../src/plays/PlayOutcome.ts"
import type { Batch, Submission } from "../../src/plays/Submission.ts"
import { outcomesOf, playTables, submission } from "../support/service/PlayTables.ts"

const write = (tables: ReturnType<typeof playTables>, batch: Batch) => outcomesOf(tables.repo, batch)

const word = (outcome: Outcome) => {
  if (Exit.isSuccess(outcome)) return outcome.value.number
  const error = Cause.findErrorOption(outcome.cause)
  return error._tag === "Some" ? error.value._tag : "defect"
}

describe("RecordPlays: one key several times in a batch", () => {
  it.effect("retries get the play of their original, and the ESP is called for one of them", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const batch = [0, 1, 2, 3].map(() => submission("a@shop.example", { key: "k" }))
      const outcomes = yield* write(tables, batch)
      assert.deepStrictEqual(
        outcomes.map((outcome) => Exit.isSuccess(outcome) && outcome.value.id),
        batch.map(() => batch[0]!.id)
      )
      assert.deepStrictEqual(
        outcomes.map((outcome) => Exit.isSuccess(outcome) && outcome.value.isNewContact),
        [true, false, false, false]
      )
      assert.lengthOf(tables.plays, 1)
    })
  )

  it.effect("another body is refused, wherever it stands", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const batch = [
        submission("a@shop.example", { key: "k" }),
        submission("b@shop.example", { key: "k" }),
        submission("a@shop.example", { key: "k" }),
        submission("b@shop.example")
      ]
      assert.deepStrictEqual((yield* write(tables, batch)).map(word), [1, "IdempotencyKeyReused", 1, 1])
      assert.lengthOf(tables.plays, 2)
    })
  )

  it.effect("a refusal takes no key: the next body with it is judged on its own", () =>
    Effect.gen(function* () {
      const tables = playTables(1)
      yield* write(tables, [submission("a@shop.example")])
      const batch = [
        submission("a@shop.example", { key: "k" }),
        submission("b@shop.example", { key: "k" }),
        submission("a@shop.example", { key: "k" }),
        submission("c@shop.example", { key: "k" })
      ]
      assert.deepStrictEqual((yield* write(tables, batch)).map(word), [
        "PlayLimitReached",
        1,
        "PlayLimitReached",
        "IdempotencyKeyReused"
      ])
    })
  )

  it.effect("poison takes no key either", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const poison = { key: "k", name: "poison", requestHash: Buffer.from("poison") }
      const batch = [
        submission("a@shop.example", poison),
        submission("a@shop.example", poison),
        submission("b@shop.example", { key: "k" }),
        submission("c@shop.example")
      ]
      assert.deepStrictEqual((yield* write(tables, batch)).map(word), ["defect", "defect", 1, 1])
      assert.lengthOf(tables.plays, 2)
    })
  )

  it.effect("keys of different games are different", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const [one, other] = [submission("a@shop.example", { key: "k" }), submission("a@shop.example", { key: "k" })]
      yield* write(tables, [one, { ...other, slug: "wheel2" as Submission["slug"] }])
      assert.deepStrictEqual(tables.batches[0], 2, "both in one statement")
    })
  )
})
