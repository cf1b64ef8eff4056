import { assert, layer } from "@effect/vitest"
import { Cause, DateTime, Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import { monotonicMillis } from "../../src/platform/Monotonic.ts"
import type { Slug } from "../../src/games/Game.ts"
import { PlayWriter } from "../../src/plays/PlayWriter.ts"
import { type Change, submission } from "../support/service/PlayTables.ts"
import { addGame, layer as recording, numbersOf } from "../support/service/Recording.ts"

/** Data that the contract keeps out, and that PostgreSQL would refuse. */
const poisons: ReadonlyArray<readonly [why: string, change: Change]> = [
  ["\\u0000 in jsonb", { data: { a: "\0" } }],
  ["half of a surrogate pair in jsonb", { data: { a: "\ud800" } }],
  ["\\u0000 in a name within jsonb", { data: { "\0": "a" } }],
  ["a NUL in the name", { name: "No\0ra" }],
  ["a consent without its language", { consent: { textVersion: "1" } as never }]
]
const poison = poisons[0]![1]

layer(recording(), { excludeTestServices: true })("A batch with plays that the database refuses", (it) => {
  /** Submits all plays at once, so that they share a batch; gives the outcome of each. */
  const submit = Effect.fnUntraced(function* (slug: Slug, changes: ReadonlyArray<Change>) {
    const writer = yield* PlayWriter
    const now = yield* DateTime.now
    const since = yield* monotonicMillis
    const exits = yield* Effect.all(
      changes.map((change) =>
        Effect.exit(writer.submit({ ...submission("a@shop.example", { playedAt: now, since, ...change }), slug }))
      ),
      { concurrency: "unbounded" }
    )
    return exits.map((exit) => {
      if (Exit.isSuccess(exit)) return exit.value.number
      const error = Cause.findErrorOption(exit.cause)
      return error._tag === "Some" ? error.value._tag : Cause.hasDies(exit.cause) ? "defect" : "interrupted"
    })
  })

  for (const [why, change] of poisons) {
    it.effect(`${why}: it alone fails, the others are recorded in order`, () =>
      Effect.gen(function* () {
        const slug = yield* addGame()
        const words = yield* submit(slug, [{}, {}, {}, change, {}, {}])
        assert.deepStrictEqual(words, [1, 2, 3, "defect", 4, 5])
        assert.strictEqual(yield* Effect.map(submit(slug, [{}]), ([word]) => word), 6, "the writer lives on")
      })
    )
  }

  it.effect("several, and nothing else", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      assert.deepStrictEqual(yield* submit(slug, [poison, {}, {}, {}, poisons[3]![1], {}]), [
        "defect",
        1,
        2,
        3,
        "defect",
        4
      ])
      assert.deepStrictEqual(
        yield* submit(
          yield* addGame(),
          poisons.map(([, change]) => change)
        ),
        poisons.map(() => "defect")
      )
    })
  )

  it.effect("with keys: what failed has taken none, and retries beside their originals are still one play", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const key = (key: string, body: string) => ({ key, requestHash: Buffer.from(body) })
      const first = [
        key("one", "a"),
        { ...poison, ...key("two", "poison") },
        key("one", "a"),
        key("one", "b"),
        { ...poison, ...key("two", "poison") },
        key("two", "good"),
        key("three", "c"),
        key("four", "d")
      ]
      // A key that a refused play had is tried again after the rest of the batch.
      assert.deepStrictEqual(yield* submit(slug, first), [1, "defect", 1, "IdempotencyKeyReused", "defect", 4, 2, 3])
      assert.deepStrictEqual(yield* submit(slug, [key("two", "good"), key("four", "d"), key("one", "b")]), [
        4,
        3,
        "IdempotencyKeyReused"
      ])
    })
  )

  it.effect("nothing of a refused play is left, and the numbers are whole", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      yield* submit(slug, [{ ...poison, emailKey: "lonely@shop.example" as never, email: "lonely@shop.example" }, {}])
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`select 1 from player where email_key = 'lonely@shop.example'`, [])
      assert.deepStrictEqual(
        (yield* numbersOf).filter(({ isWhole }) => !isWhole),
        []
      )
    })
  )
})
