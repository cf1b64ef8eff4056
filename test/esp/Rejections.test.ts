import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import { EspGuard } from "../../src/esp/EspGuard.ts"
import { type Behaviour, EspMemory } from "../support/esp/EspMemory.ts"
import * as Does from "../support/esp/EspBehaviours.ts"
import { contactOf } from "../support/esp/EspContacts.ts"
import { guardedEsp } from "../support/esp/GuardedEsp.ts"
import { observed } from "../support/esp/Observed.ts"

const attempts = Effect.fnUntraced(function* (count: number, behaviour: Behaviour) {
  const guard = yield* EspGuard
  yield* (yield* EspMemory).otherwise(behaviour)
  for (let made = 0; made < count; made++) {
    yield* Effect.exit(guard.attempt(contactOf("nora.secret@shop.example"), { unresolved: false }))
  }
})

const isRejecting = Effect.flatMap(EspGuard, ({ circuits }) =>
  Effect.map(circuits, (all) => all.map(({ rejecting }) => rejecting))
)

const gauge = Effect.map(Metric.snapshot, (snapshots) => {
  const found = snapshots.find(({ id }) => id === "fairground_esp_rejected_recently")
  assert.deepStrictEqual(found?.attributes, { esp: "sandbox" })
  return (found?.state as { readonly value: number } | undefined)?.value
})

/** A guard with its log and its own metric registry. */
const watched = <E>(
  test: (warnings: () => ReadonlyArray<string>) => Effect.Effect<void, E, EspGuard | EspMemory>
): Effect.Effect<void, E> => {
  const seen = observed()
  const warnings = () => seen.logs.filter((line) => line.includes("rejects many contacts"))
  return Effect.suspend(() =>
    test(warnings).pipe(
      Effect.provide(Layer.provideMerge(Layer.orDie(guardedEsp({ ESP_RETRIES: "0" })), seen.layer)),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  )
}

describe("rejections", () => {
  it.effect("are warned of with the tenth of ten, and not before", () =>
    watched((warnings) =>
      Effect.gen(function* () {
        yield* attempts(9, Does.rejected)
        assert.lengthOf(warnings(), 0)
        assert.strictEqual(yield* gauge, 9)
        assert.deepStrictEqual(yield* isRejecting, [false])
        yield* attempts(1, Does.rejected)
        assert.lengthOf(warnings(), 1)
        assert.strictEqual(yield* gauge, 10)
        assert.deepStrictEqual(yield* isRejecting, [true])
        const [warning = ""] = warnings()
        assert.include(warning, '"level":"WARN"')
        for (const fact of ['"esp":"sandbox"', '"rejected":10', '"of":10']) assert.include(warning, fact)
        assert.notInclude(warning, "secret")
      })
    )
  )

  it.effect("are warned of when they are half of the last twenty verdicts, whatever lies between", () =>
    watched((warnings) =>
      Effect.gen(function* () {
        yield* attempts(30, Does.created)
        for (let round = 0; round < 9; round++) {
          yield* attempts(1, Does.rejected)
          yield* attempts(1, Does.existed)
        }
        assert.lengthOf(warnings(), 0)
        yield* attempts(1, Does.rejected)
        assert.lengthOf(warnings(), 1)
        // The first of the ten rejections is now the twentieth verdict from the end; one more verdict removes it.
        yield* attempts(1, Does.created)
        assert.deepStrictEqual(yield* isRejecting, [true])
        yield* attempts(1, Does.created)
        assert.deepStrictEqual(yield* isRejecting, [false])
        yield* attempts(20, Does.created)
        assert.strictEqual(yield* gauge, 0)
      })
    )
  )

  it.effect("are warned of once in five minutes, as long as they come", () =>
    watched((warnings) =>
      Effect.gen(function* () {
        yield* attempts(40, Does.rejected)
        yield* TestClock.adjust("299 seconds")
        yield* attempts(1, Does.rejected)
        assert.lengthOf(warnings(), 1)
        yield* TestClock.adjust("1 second")
        assert.lengthOf(warnings(), 1)
        yield* attempts(2, Does.rejected)
        assert.lengthOf(warnings(), 2)
      })
    )
  )

  it.effect("are told from failures, which are no verdicts", () =>
    watched((warnings) =>
      Effect.gen(function* () {
        yield* attempts(9, Does.rejected)
        yield* attempts(5, Does.notReached)
        yield* attempts(5, Does.misconfigured)
        assert.strictEqual(yield* gauge, 9)
        assert.lengthOf(warnings(), 0)
      })
    )
  )
})
