import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { DeadlockError, SerializationError, SqlError, UnknownError } from "effect/sql/SqlError"
import { TestClock } from "effect/testing"
import type { Outcome } from "../../src/plays/PlayOutcome.ts"
import type { Batch, Submission } from "../../src/plays/Submission.ts"
import { changeEach, lost, outcomesOf, playTables, submission, unique } from "../support/service/PlayTables.ts"

type Outcomes = ReadonlyArray<Outcome>

/** An outcome in a word: the number of the play, or why it was refused. */
const word = (outcome: Outcomes[number]) => {
  if (Exit.isSuccess(outcome)) return outcome.value.number
  const error = Cause.findErrorOption(outcome.cause)
  return error._tag === "Some" ? error.value._tag : Cause.hasDies(outcome.cause) ? "defect" : "interrupted"
}

/** Writes a batch while a minute goes by. */
const write = Effect.fnUntraced(function* (tables: ReturnType<typeof playTables>, batch: Batch) {
  const fiber = yield* Effect.forkChild(outcomesOf(tables.repo, batch))
  yield* TestClock.adjust("1 minute")
  return yield* Fiber.join(fiber)
})

const lostAnswer = { error: lost, commits: true }
const lostRequest = { error: lost, commits: false }

describe("RecordBatch: the connection is lost", () => {
  for (const { key, limit } of [
    { key: undefined, limit: Infinity },
    { key: undefined, limit: 1 },
    { key: undefined, limit: 2 },
    { key: "k", limit: Infinity },
    { key: "k", limit: 1 }
  ]) {
    const said = `limit ${limit}, ${key === undefined ? "without" : "with"} a key`
    it.effect(`after the commit, with the answer: nothing counts twice (${said})`, () =>
      Effect.gen(function* () {
        const tables = playTables(limit)
        tables.next(lostAnswer)
        const play = submission("a@shop.example", { key })
        const [outcome] = yield* write(tables, [play])
        assert.strictEqual(word(outcome!), 1)
        assert.isTrue(Exit.isSuccess(outcome!) && outcome.value.id === play.id)
        assert.lengthOf(tables.plays, 1)
      })
    )

    it.effect(`before the commit: the play is written by the next try (${said})`, () =>
      Effect.gen(function* () {
        const tables = playTables(limit)
        tables.next(lostRequest, lostRequest)
        assert.deepStrictEqual((yield* write(tables, [submission("a@shop.example", { key })])).map(word), [1])
        assert.lengthOf(tables.plays, 1)
        assert.deepStrictEqual(tables.batches, [1, 1, 1])
      })
    )
  }

  it.effect(
    "after the commit: the play that made the contact still owes the ESP its call, and no retry of it does",
    () =>
      Effect.gen(function* () {
        const tables = playTables()
        tables.next(lostAnswer)
        const owes = (outcomes: Outcomes) =>
          outcomes.map((outcome) => Exit.isSuccess(outcome) && outcome.value.isNewContact)
        const plays = [submission("a@shop.example", { key: "k" }), submission("a@shop.example")]
        assert.deepStrictEqual(owes(yield* write(tables, plays)), [true, false])
        assert.deepStrictEqual(owes(yield* write(tables, [submission("a@shop.example", { key: "k" })])), [false])
      })
  )

  it.effect("after the commit, and the game closes meanwhile: what was recorded is answered so", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.next(lostAnswer)
      let isOpen = true
      const closed = (batch: Batch) =>
        changeEach(playTables(0).repo.record(batch), () => ({
          place: 1,
          outcome: "not-open",
          opensAt: null,
          closesAt: null
        }))
      const record = (batch: Batch) =>
        Effect.suspend(() => {
          const recorded = isOpen ? tables.repo.record(batch) : closed(batch)
          isOpen = false
          return recorded
        })
      const closing = { ...tables, repo: { ...tables.repo, record } }
      const play = submission("a@shop.example")
      assert.deepStrictEqual((yield* write(closing, [play])).map(word), [1])
      assert.deepStrictEqual((yield* write(closing, [submission("a@shop.example")])).map(word), ["GameNotOpen"])
    })
  )

  it.effect("after the commit, several times over, in a batch that has a bit of everything", () =>
    Effect.gen(function* () {
      const tables = playTables(2)
      assert.deepStrictEqual((yield* write(tables, [submission("a@shop.example", { key: "old" })])).map(word), [1])
      tables.next(lostAnswer, lostAnswer, lostRequest, lostAnswer)
      const batch = [
        submission("a@shop.example"),
        submission("a@shop.example"),
        submission("a@shop.example", { key: "old" }),
        submission("b@shop.example", { key: "new" }),
        submission("b@shop.example"),
        submission("b@shop.example"),
        submission("b@shop.example", { key: "old" })
      ]
      assert.deepStrictEqual((yield* write(tables, batch)).map(word), [
        2,
        "PlayLimitReached",
        1,
        1,
        2,
        "PlayLimitReached",
        "IdempotencyKeyReused"
      ])
      assert.lengthOf(tables.plays, 4)
    })
  )

  it.effect("after the commit, beside plays that were refused: each has its own outcome, at its own place", () =>
    Effect.gen(function* () {
      const tables = playTables()
      yield* write(
        tables,
        ["old", "older"].map((key) => submission("a@shop.example", { key }))
      )
      tables.next(lostAnswer)
      const batch = [
        submission("b@shop.example", { key: "old" }),
        submission("b@shop.example"),
        submission("a@shop.example", { key: "older" }),
        submission("c@shop.example")
      ]
      const outcomes = yield* write(tables, batch)
      assert.deepStrictEqual(outcomes.map(word), ["IdempotencyKeyReused", 1, 2, 1])
      assert.deepStrictEqual(
        outcomes.map((outcome) => (Exit.isSuccess(outcome) ? outcome.value.id : undefined)),
        [undefined, batch[1]!.id, tables.plays[1]!.id, batch[3]!.id]
      )
      assert.deepStrictEqual(tables.batches, [2, 4, 4, 2], "what is there is not written again")
    })
  )

  it.effect("after the commit of another play with the same id: a defect, and no end of tries", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const [mine, other] = [submission("a@shop.example"), submission("b@shop.example")]
      yield* write(tables, [mine])
      const hidden = { ...tables, repo: { ...tables.repo, find: () => Effect.succeed([]) } }
      assert.deepStrictEqual((yield* write(hidden, [mine])).map(word), ["defect"])
      assert.deepStrictEqual((yield* write(hidden, [mine, other])).map(word), ["defect", "defect"])
      assert.deepStrictEqual(tables.batches, [1, 1, 2])
    })
  )

  it.effect("for longer than the deadline: DatabaseUnavailable for all, and nothing is tried any more", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.next(...Array.from({ length: 500 }, () => lostRequest))
      const batch = [submission("a@shop.example"), submission("b@shop.example")]
      const fiber = yield* Effect.forkChild(outcomesOf(tables.repo, batch))
      yield* TestClock.adjust("8 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(word), ["DatabaseUnavailable", "DatabaseUnavailable"])
      const tries = tables.batches.length
      assert.isAtLeast(tries, 10)
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(tables.batches, tries)
    })
  )

  it.effect("in silence: DatabaseUnavailable when the deadline is over", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.next("hangs")
      const fiber = yield* Effect.forkChild(outcomesOf(tables.repo, [submission("a@shop.example")]))
      yield* TestClock.adjust("7999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(word), ["DatabaseUnavailable"])
    })
  )

  it.effect("a key with several bodies takes one deadline, not one each", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.next(...Array.from({ length: 5000 }, () => lostRequest))
      const batch = Array.from({ length: 20 }, (_, index) => submission(`player${index}@shop.example`, { key: "k" }))
      const fiber = yield* Effect.forkChild(outcomesOf(tables.repo, batch))
      yield* TestClock.adjust("8 seconds")
      assert.isDefined(fiber.pollUnsafe(), "everybody has an answer")
      assert.isTrue((yield* Fiber.join(fiber)).every((outcome) => word(outcome) === "DatabaseUnavailable"))
    })
  )
})

describe("RecordBatch: the database refuses", () => {
  for (const reason of [
    new DeadlockError({ cause: { code: "40P01" } }),
    new SerializationError({ cause: { code: "40001" } }),
    new UnknownError({ cause: { code: "57P01" } })
  ]) {
    it.effect(`${(reason.cause as { code: string }).code}: the batch is tried again as a whole`, () =>
      Effect.gen(function* () {
        const tables = playTables()
        tables.next({ error: new SqlError({ reason }), commits: false })
        const batch = [submission("a@shop.example"), submission("a@shop.example"), submission("b@shop.example")]
        assert.deepStrictEqual((yield* write(tables, batch)).map(word), [1, 2, 1])
        assert.deepStrictEqual(tables.batches, [3, 3])
      })
    )
  }

  it.effect("the data of one: the others are written, in their order", () =>
    Effect.gen(function* () {
      for (const place of [0, 1, 4, 7]) {
        const tables = playTables()
        const batch = Array.from({ length: 8 }, (_, index) =>
          submission("a@shop.example", index === place ? { name: "poison" } : {})
        )
        const words = (yield* write(tables, batch)).map(word)
        assert.strictEqual(words[place], "defect")
        assert.deepStrictEqual(
          words.filter((_, index) => index !== place),
          [1, 2, 3, 4, 5, 6, 7]
        )
        assert.isAtMost(tables.batches.length, 8, "halved, not tried one by one")
      }
    })
  )

  it.effect("the data of two, and of all", () =>
    Effect.gen(function* () {
      const poison = { name: "poison" }
      const two = [poison, {}, {}, poison, {}].map((change) => submission("a@shop.example", change))
      assert.deepStrictEqual((yield* write(playTables(), two)).map(word), ["defect", 1, 2, "defect", 3])
      const all = [poison, poison, poison].map((change) => submission("a@shop.example", change))
      assert.deepStrictEqual((yield* write(playTables(), all)).map(word), ["defect", "defect", "defect"])
    })
  )

  it.effect("the data of one, and the answer to a half is lost as well", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const batch = [{}, { name: "poison" }, {}, {}].map((change) => submission("a@shop.example", change))
      tables.next({ error: new SqlError({ reason: new UnknownError({ cause: { code: "22P05" } }) }), commits: false })
      tables.next(lostRequest)
      const words = (yield* write(tables, batch)).map(word)
      assert.deepStrictEqual(words, [1, "defect", 2, 3])
      assert.lengthOf(tables.plays, 3)
    })
  )

  it.effect("the statement itself: all of the batch, without a try for each", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.next({ error: new SqlError({ reason: new UnknownError({ cause: { code: "42P01" } }) }), commits: false })
      const batch = [submission("a@shop.example"), submission("b@shop.example")]
      assert.deepStrictEqual((yield* write(tables, batch)).map(word), ["defect", "defect"])
      assert.deepStrictEqual(tables.batches, [2])
    })
  )

  it.effect("a defect that is none of the database's: all of the batch", () =>
    Effect.gen(function* () {
      const broken = { ...playTables().repo, record: () => Effect.die(new Error("a row that makes no sense")) }
      const outcomes = yield* outcomesOf(broken, [submission("a@shop.example"), submission("b@shop.example")])
      assert.deepStrictEqual(outcomes.map(word), ["defect", "defect"])
    })
  )
})

describe("RecordBatch: modules have a part in plays", () => {
  const withParts = (limit?: number) => {
    const tables = playTables(limit)
    return { ...tables, repo: { ...tables.repo, hasParts: true } }
  }
  const refused = { error: unique("drawn_pkey"), commits: false }

  it.effect("the answer was lost, and what a part has written is in the way before the play is: it is there", () =>
    Effect.gen(function* () {
      const tables = withParts()
      tables.next(lostAnswer, refused)
      const batch = [submission("a@shop.example"), submission("b@shop.example", { key: "k" })]
      const outcomes = yield* write(tables, batch)
      assert.deepStrictEqual(outcomes.map(word), [1, 1])
      assert.deepStrictEqual(tables.batches, [2, 2])
      // A play that is left is recorded, even if it is refused at first.
      tables.next(refused)
      const more = yield* write(tables, [...batch, submission("c@shop.example")])
      assert.deepStrictEqual([more.map(word), tables.plays.length], [[1, 1, 1], 3])
    })
  )

  for (const constraint of ["drawn_ticket_key", "play_drawn_pkey", "idempotency_key_drawn_pkey"]) {
    it.effect(`what a part has written is refused by ${constraint}: the batch is halved`, () =>
      Effect.gen(function* () {
        const tables = withParts()
        const record = (batch: Batch) =>
          batch.some(({ play }) => play.name === "refused")
            ? Effect.fail(unique(constraint))
            : tables.repo.record(batch)
        const batch = [{}, { name: "refused" }, {}, {}].map((change) => submission("a@shop.example", change))
        const outcomes = yield* write({ ...tables, repo: { ...tables.repo, record } }, batch)
        assert.deepStrictEqual(outcomes.map(word), [1, "defect", 2, 3])
      })
    )
  }
})

describe("RecordBatch: some are told to wait for the others of their batch", () => {
  /** Tables on which a play named `later` has to wait as long as its batch has other plays. */
  const waiting = (tables: ReturnType<typeof playTables>) => {
    const waits = (play: Submission, batch: Batch) =>
      play.play.name === "later" && batch.some(({ play }) => play.name !== "later")
    const record = (batch: Batch) =>
      Effect.map(
        tables.repo.record(batch.filter((play) => !waits(play, batch))),
        (rows) => new Map(batch.map((play) => [play, rows.get(play) ?? { place: 1, outcome: "wait" as const }]))
      )
    return { ...tables, repo: { ...tables.repo, record } }
  }

  it.effect("they are written behind them, and each outcome is at its play's place", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const batch = [{ name: "later" }, {}, { name: "later" }, {}].map((change) => submission("a@shop.example", change))
      assert.deepStrictEqual((yield* write(waiting(tables), batch)).map(word), [3, 1, 4, 2])
      assert.deepStrictEqual(tables.batches, [2, 2])
    })
  )

  it.effect("all of them: a defect, and no end of tries", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const record = (batch: Batch) => changeEach(tables.repo.record(batch), () => ({ place: 1, outcome: "wait" }))
      const batch = [submission("a@shop.example"), submission("a@shop.example")]
      const outcomes = yield* write({ ...tables, repo: { ...tables.repo, record } }, batch)
      assert.deepStrictEqual([outcomes.map(word), tables.batches], [["defect", "defect"], [2]])
    })
  )
})

describe("RecordBatch: the limit refuses", () => {
  it.effect("one statement and no search, where no key says that it may be a retry", () =>
    Effect.gen(function* () {
      const tables = playTables(1)
      let searches = 0
      const find = (...ids: Parameters<typeof tables.repo.find>) => {
        searches++
        return tables.repo.find(...ids)
      }
      const counted = { ...tables, repo: { ...tables.repo, find } }
      const batch = [submission("a@shop.example"), submission("a@shop.example")]
      assert.deepStrictEqual((yield* write(counted, batch)).map(word), [1, "PlayLimitReached"])
      assert.deepStrictEqual([tables.batches, searches], [[2], 0])
    })
  )
})

describe("RecordBatch: another process has the same key at the same time", () => {
  it.effect("the same body gets the play of the other, the rest of the batch is written", () =>
    Effect.gen(function* () {
      const tables = playTables()
      const theirs = submission("a@shop.example", { key: "k" })
      tables.whileNextRuns(theirs)
      const batch = [submission("b@shop.example"), submission("a@shop.example", { key: "k" })]
      const outcomes = yield* write(tables, batch)
      assert.deepStrictEqual(outcomes.map(word), [1, 1])
      assert.isTrue(Exit.isSuccess(outcomes[1]!) && outcomes[1].value.id === theirs.id)
      assert.lengthOf(tables.plays, 2)
    })
  )

  it.effect("another body is refused, the rest of the batch is written", () =>
    Effect.gen(function* () {
      const tables = playTables()
      tables.whileNextRuns(submission("other@shop.example", { key: "k" }))
      const batch = [submission("b@shop.example"), submission("a@shop.example", { key: "k" })]
      assert.deepStrictEqual((yield* write(tables, batch)).map(word), [1, "IdempotencyKeyReused"])
      assert.lengthOf(tables.plays, 2)
    })
  )

  it.effect("the same body gets the play of the other also where that one used the limit up", () =>
    Effect.gen(function* () {
      const tables = playTables(1)
      const theirs = submission("a@shop.example", { key: "k" })
      tables.whileNextRuns(theirs)
      const batch = [
        submission("a@shop.example", { key: "k" }),
        submission("a@shop.example", { key: "k2" }),
        submission("a@shop.example"),
        submission("b@shop.example", { key: "k3" })
      ]
      const outcomes = yield* write(tables, batch)
      assert.deepStrictEqual(outcomes.map(word), [1, "PlayLimitReached", "PlayLimitReached", 1])
      assert.isTrue(Exit.isSuccess(outcomes[0]!) && outcomes[0].value.id === theirs.id)
      assert.lengthOf(tables.plays, 2)
    })
  )

  it.effect("and the connection is lost at the second look", () =>
    Effect.gen(function* () {
      const tables = playTables(1)
      yield* write(tables, [submission("a@shop.example", { key: "k" })])
      const batch = [submission("a@shop.example", { key: "k2" }), submission("b@shop.example", { key: "k3" })]
      const fiber = yield* Effect.forkChild(outcomesOf(loseSecond(tables), batch))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(word), ["PlayLimitReached", 1])
      assert.lengthOf(tables.plays, 2)
    })
  )
})

/** The second statement from now on never reaches the database. */
const loseSecond = (tables: ReturnType<typeof playTables>) => {
  let statements = 0
  return {
    ...tables.repo,
    record: (batch: Batch) => Effect.suspend(() => (++statements === 2 ? Effect.fail(lost) : tables.repo.record(batch)))
  }
}
