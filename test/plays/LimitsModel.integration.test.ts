import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Exit } from "effect"
import * as fc from "fast-check"
import type { PlayLimit } from "../../src/games/Game.ts"
import type { Games } from "../../src/games/Games.ts"
import type { Outcome } from "../../src/plays/PlayOutcome.ts"
import * as PlaysRepo from "../../src/plays/PlaysRepo.ts"
import type { Batch } from "../../src/plays/Submission.ts"
import { outcomesOf, submission } from "../support/service/PlayTables.ts"
import { addGame, layer as recording, numbersOf } from "../support/service/Recording.ts"

const zone = "Europe/Prague"

const limits: ReadonlyArray<PlayLimit | null> = [
  null,
  { plays: 3, period: "ever", windowSeconds: null },
  { plays: 2, period: "day", windowSeconds: null },
  { plays: 2, period: "window", windowSeconds: 60 }
]

const endOf = (limit: PlayLimit, at: number): number => {
  switch (limit.period) {
    case "ever":
      return Infinity
    case "window":
      return at + (limit.windowSeconds ?? 0) * 1000
    case "day": {
      const local = DateTime.makeZonedUnsafe(at, { timeZone: zone })
      return DateTime.toEpochMillis(
        DateTime.startOf(DateTime.add(DateTime.startOf(local, "day"), { hours: 30 }), "day")
      )
    }
  }
}

interface Play {
  readonly game: number
  readonly player: number
  readonly at: number
}

/** The outcome of a play: its number, or the time of the next possible play. */
const makeModel = () => {
  const entries = new Map<string, { plays: number; used: number; ends: number }>()
  return ({ at, game, player }: Play) => {
    const limit = limits[game] ?? null
    const name = `${game} ${player}`
    const entry = entries.get(name) ?? { plays: 0, used: 0, ends: -Infinity }
    entries.set(name, entry)
    if (limit !== null && entry.ends <= at) Object.assign(entry, { used: 0, ends: endOf(limit, at) })
    if (limit !== null && entry.used >= limit.plays) return `not before ${entry.ends}`
    entry.used++
    return `number ${++entry.plays}`
  }
}

const wordOf = (outcome: Outcome) => {
  if (Exit.isSuccess(outcome)) return `number ${outcome.value.number}`
  const [reason] = outcome.cause.reasons
  if (reason?._tag !== "Fail" || reason.error._tag !== "PlayLimitReached") return String(outcome.cause)
  const { nextPlayAt } = reason.error
  return `not before ${nextPlayAt === null ? Infinity : DateTime.toEpochMillis(nextPlayAt)}`
}

const batches = fc.array(
  fc.record({
    // Minutes, so that a few batches pass several midnights and many windows.
    pause: fc.constantFrom(0, 0.4, 1, 30, 300, 900),
    plays: fc.array(
      fc.record({
        game: fc.nat({ max: limits.length - 1 }),
        player: fc.nat({ max: 2 }),
        // The plays of a batch come within seconds.
        after: fc.constantFrom(0, 0, 1, 20_000)
      }),
      { minLength: 1, maxLength: 12 }
    )
  }),
  { minLength: 1, maxLength: 12 }
)

// An hour before the day that has 25 hours.
const start = Date.parse("2026-10-24T21:00:00Z")

it.live("numbering and limits are those of a simple model, for any sequence of batches", () =>
  Effect.gen(function* () {
    const repo = yield* PlaysRepo.make
    const database = { ...repo, record: (batch: Batch) => repo.record(batch, new Date(0), false) }
    const run = Effect.runPromiseWith(yield* Effect.context<Games>())
    let runs = 0

    const agrees = Effect.fnUntraced(function* (rounds: typeof batches extends fc.Arbitrary<infer A> ? A : never) {
      const suffix = runs++
      const slugs = yield* Effect.forEach(limits, (limit) => addGame({ limit, timeZone: zone }))
      const model = makeModel()
      let now = start
      for (const { pause, plays } of rounds) {
        now += pause * 60_000
        const batch = plays.map(({ after, game, player }): Play => ({ game, player, at: (now += after) }))
        const outcomes = yield* outcomesOf(
          database,
          batch.map(({ at, game, player }) =>
            submission(`player${player}-${suffix}@shop.example`, {
              slug: slugs[game]!,
              playedAt: DateTime.makeUnsafe(at)
            })
          )
        )
        assert.deepStrictEqual(outcomes.map(wordOf), batch.map(model))
      }
    })

    yield* Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(batches, (rounds) => run(agrees(rounds))),
        { numRuns: 40 }
      )
    )
    const numbers = yield* numbersOf
    assert.isAbove(numbers.length, 40)
    assert.deepStrictEqual(
      numbers.filter(({ isWhole }) => !isWhole),
      []
    )
  }).pipe(Effect.provide(recording()))
)
