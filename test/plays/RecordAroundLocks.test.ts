import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import type { Outcome } from "../../src/plays/PlayOutcome.ts"
import type { Batch } from "../../src/plays/Submission.ts"
import { outcomesOf, playTables, submission } from "../support/service/PlayTables.ts"

const word = (outcome: Outcome) => {
  if (Exit.isSuccess(outcome)) return outcome.value.number
  const error = Cause.findErrorOption(outcome.cause)
  return error._tag === "Some" ? error.value._tag : "defect"
}

const write = (tables: ReturnType<typeof playTables>, batch: Batch) =>
  Effect.map(outcomesOf(tables.repo, batch), (outcomes) => outcomes.map(word))

const players = (count: number) => Array.from({ length: count }, (_, index) => `player${index}@shop.example`)

// The test's clock stands still: nothing here is retried after a pause.
describe("RecordAroundLocks: somebody else holds an entry", () => {
  it.effect("its plays are locked, all others are written, by halving", () =>
    Effect.gen(function* () {
      for (const place of [0, 1, 100, 255]) {
        const tables = playTables()
        const emails = players(256)
        tables.locked.add(emails[place]!)
        const words = yield* write(
          tables,
          emails.map((email) => submission(email))
        )
        assert.deepStrictEqual(
          words,
          emails.map((_, index) => (index === place ? "EntryLocked" : 1))
        )
        assert.isAtMost(tables.batches.length, 17, "the batch, and two parts at each of eight levels")
      }
    })
  )

  it.effect("several, far apart", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const emails = players(64)
      for (const place of [3, 20, 21, 63]) tables.locked.add(emails[place]!)
      const words = yield* write(
        tables,
        emails.map((email) => submission(email))
      )
      assert.deepStrictEqual(
        words.flatMap((said, index) => (said === "EntryLocked" ? [index] : [])),
        [3, 20, 21, 63]
      )
      assert.lengthOf(tables.plays, 60)
    })
  )

  it.effect("half of them: left out at once, and no try for each", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const emails = players(256)
      for (const [index, email] of emails.entries()) if (index % 2 === 0) tables.held.add(email)
      const words = yield* write(
        tables,
        emails.map((email) => submission(email))
      )
      assert.deepStrictEqual(
        words,
        emails.map((_, index) => (index % 2 === 0 ? "EntryLocked" : 1))
      )
      assert.deepStrictEqual(tables.batches, [256, 128])
    })
  )

  it.effect("half of them, and it cannot be seen: after many tries what is left waits", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const emails = players(256)
      for (const [index, email] of emails.entries()) if (index % 2 === 0 && index > 64) tables.locked.add(email)
      const words = yield* write(
        tables,
        emails.map((email) => submission(email))
      )
      assert.isAtMost(tables.batches.length, 70)
      assert.deepStrictEqual(
        words.slice(0, 64),
        emails.slice(0, 64).map(() => 1)
      )
      assert.deepStrictEqual(
        words.filter((said) => said === 1),
        tables.plays.map(() => 1)
      )
    })
  )

  it.effect("parked ones: nothing is tried while their entries are seen to be held", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const batch = ["a", "b"].map((name) => submission(`${name}@shop.example`))
      const parked = (batch: Batch) => outcomesOf(tables.repo, batch, { isHurried: true, isParked: true })
      for (const { email } of batch) tables.held.add(email)
      assert.deepStrictEqual((yield* parked(batch)).map(word), ["EntryLocked", "EntryLocked"])
      assert.lengthOf(tables.batches, 0)
      tables.held.delete("b@shop.example")
      assert.deepStrictEqual((yield* parked(batch)).map(word), ["EntryLocked", 1])
      assert.deepStrictEqual(tables.batches, [1])
    })
  )

  it.effect("plays of one entry stay together and in their order", () =>
    Effect.gen(function* () {
      const tables = playTables(3)
      tables.locked.add("b@shop.example")
      const batch = ["a", "b", "a", "c", "b", "a", "a"].map((name) => submission(`${name}@shop.example`))
      assert.deepStrictEqual(yield* write(tables, batch), [
        1,
        "EntryLocked",
        2,
        1,
        "EntryLocked",
        3,
        "PlayLimitReached"
      ])
    })
  )

  it.effect("a batch of one entry is not halved", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.locked.add("a@shop.example")
      const batch = Array.from({ length: 50 }, () => submission("a@shop.example"))
      assert.deepStrictEqual([...new Set(yield* write(tables, batch))], ["EntryLocked"])
      assert.lengthOf(tables.batches, 1)
    })
  )

  it.effect("a table: after some parts without one that is free, all is locked", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.locked.add("*")
      const words = yield* write(
        tables,
        players(256).map((email) => submission(email))
      )
      assert.deepStrictEqual([...new Set(words)], ["EntryLocked"])
      assert.isAtMost(tables.batches.length, 7, "and not one try for each")
    })
  )

  it.effect("with a key: the other bodies of the key wait with it", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.locked.add("a@shop.example")
      const batch = ["a", "a", "b", "c"].map((name, index) =>
        submission(`${name}@shop.example`, { key: index === 3 ? "other" : "k" })
      )
      assert.deepStrictEqual(yield* write(tables, batch), ["EntryLocked", "EntryLocked", "EntryLocked", 1])
    })
  )

  it.effect("an answer that was lost before: what is there is found, and not written again", () =>
    Effect.gen(function* () {
      const tables = playTables(1)
      const batch = ["a", "b"].map((name) => submission(`${name}@shop.example`))
      const options = { isHurried: true, isParked: true }
      yield* write(tables, batch)
      const outcomes = yield* outcomesOf(tables.repo, batch, options)
      assert.deepStrictEqual(outcomes.map(word), [1, 1])
      assert.lengthOf(tables.plays, 2)
    })
  )
})
