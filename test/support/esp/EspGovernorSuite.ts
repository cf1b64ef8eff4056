import { assert, layer } from "@effect/vitest"
import { Duration, Effect, type Layer } from "effect"
import { EspGovernor, type NoSlot, type Slot } from "../../../src/esp/governor/EspGovernor.ts"
import { bucket, type GovernorPolicy, type Priority } from "../../../src/esp/governor/GovernorPolicy.ts"

let accounts = 0

const policyOf = (change: Partial<GovernorPolicy>): GovernorPolicy => ({
  account: `account-${accounts++}`,
  buckets: [],
  concurrency: null,
  ...change
})

const granted = (slots: ReadonlyArray<Slot | NoSlot>) => slots.filter(({ _tag }) => _tag === "Slot").length

/**
 * The contract of every governor. `advance` lets this many milliseconds pass. The database's own clock runs on meanwhile, so
 * windows are long and waits are compared with a margin.
 */
export const espGovernorSuite = <R, E>(
  name: string,
  options: {
    readonly layer: Layer.Layer<EspGovernor | R, E>
    readonly advance: (millis: number) => Effect.Effect<void, never, R>
  }
) =>
  layer(options.layer)(`EspGovernor: ${name}`, (it) => {
    const take = (policy: GovernorPolicy, priority: Priority = "live") =>
      Effect.flatMap(EspGovernor, (governor) => governor.take(policy, priority))

    const takeMany = (policy: GovernorPolicy, count: number, priority: Priority = "live") =>
      Effect.all(
        Array.from({ length: count }, () => take(policy, priority)),
        { concurrency: 8 }
      )

    const wait = Effect.fnUntraced(function* (policy: GovernorPolicy, priority: Priority = "live") {
      const slot = yield* take(policy, priority)
      assert.strictEqual(slot._tag, "NoSlot")
      return slot._tag === "NoSlot" ? Duration.toMillis(slot.retryAfter) : 0
    })

    it.effect("without limits always has a slot", () =>
      Effect.gen(function* () {
        assert.strictEqual(granted(yield* takeMany(policyOf({}), 50)), 50)
      })
    )

    it.effect("gives the limit of a window at once, and then says when it goes on", () =>
      Effect.gen(function* () {
        const policy = policyOf({ buckets: [bucket("hour", 10, "1 hour")] })
        assert.strictEqual(granted(yield* takeMany(policy, 15)), 10)
        const millis = yield* wait(policy)
        assert.isAtLeast(millis, 3_590_000)
        assert.isAtMost(millis, 3_672_000 * 1.1 + 10)
      })
    )

    it.effect("never gives more than the limit in any window, and all of it again after one", () =>
      Effect.gen(function* () {
        const policy = policyOf({ buckets: [bucket("window", 10, "1000 seconds")] })
        assert.strictEqual(granted(yield* takeMany(policy, 6)), 6)
        yield* options.advance(500_000)
        assert.strictEqual(granted(yield* takeMany(policy, 6)), 4)
        yield* options.advance(480_000)
        assert.strictEqual(granted(yield* takeMany(policy, 1)), 0)
        yield* options.advance(60_000)
        assert.strictEqual(granted(yield* takeMany(policy, 10)), 6)
        yield* options.advance(2_000_000)
        assert.strictEqual(granted(yield* takeMany(policy, 20)), 10)
      })
    )

    it.effect("holds all buckets of a policy at once, and takes from none when one is empty", () =>
      Effect.gen(function* () {
        const policy = policyOf({ buckets: [bucket("short", 3, "500 seconds"), bucket("long", 5, "5000 seconds")] })
        assert.strictEqual(granted(yield* takeMany(policy, 10)), 3)
        yield* options.advance(520_000)
        assert.strictEqual(granted(yield* takeMany(policy, 10)), 2)
        yield* options.advance(520_000)
        assert.isAbove(yield* wait(policy), 3_500_000)
        yield* options.advance(4_100_000)
        assert.strictEqual(granted(yield* takeMany(policy, 10)), 3)
      })
    )

    it.effect("takes what a registration costs", () =>
      Effect.gen(function* () {
        const policy = policyOf({ buckets: [bucket("hour", 10, "1 hour", 3)] })
        assert.strictEqual(granted(yield* takeMany(policy, 10)), 3)
      })
    )

    it.effect("leaves a fifth to plays that somebody waits for", () =>
      Effect.gen(function* () {
        const policy = policyOf({
          buckets: [bucket("hour", 10, "1 hour")],
          concurrency: { limit: 100, hold: Duration.minutes(1) }
        })
        assert.strictEqual(granted(yield* takeMany(policy, 20, "background")), 8)
        assert.strictEqual(granted(yield* takeMany(policy, 20, "live")), 2)
      })
    )

    it.effect("gives a limit of one to both", () =>
      Effect.gen(function* () {
        const policy = policyOf({ buckets: [bucket("hour", 1, "1 hour")] })
        assert.strictEqual(granted(yield* takeMany(policy, 3, "background")), 1)
      })
    )

    it.effect("limits calls at once until they are released", () =>
      Effect.gen(function* () {
        const policy = policyOf({ concurrency: { limit: 10, hold: Duration.minutes(2) } })
        const slots = yield* takeMany(policy, 15)
        assert.strictEqual(granted(slots), 10)
        yield* Effect.forEach(slots.slice(0, 3), (slot) => (slot._tag === "Slot" ? slot.release : Effect.void))
        const released = granted(slots.slice(0, 3))
        assert.strictEqual(granted(yield* takeMany(policy, 15)), released)
        assert.isAtMost(yield* wait(policy), 200)
      })
    )

    it.effect("takes a call whose end nobody saw for over after its hold", () =>
      Effect.gen(function* () {
        const policy = policyOf({ concurrency: { limit: 2, hold: Duration.seconds(500) } })
        assert.strictEqual(granted(yield* takeMany(policy, 3)), 2)
        yield* options.advance(400_000)
        assert.strictEqual(granted(yield* takeMany(policy, 3)), 0)
        yield* options.advance(100_000)
        assert.strictEqual(granted(yield* takeMany(policy, 3)), 2)
      })
    )

    it.effect("gives none while an account is closed, and the longest closing stands", () =>
      Effect.gen(function* () {
        const policy = policyOf({ buckets: [bucket("hour", 10, "1 hour")] })
        const governor = yield* EspGovernor
        yield* governor.close(policy, Duration.seconds(300))
        yield* governor.close(policy, Duration.seconds(100))
        assert.isAbove(yield* wait(policy), 290_000)
        yield* options.advance(300_000)
        assert.strictEqual(granted(yield* takeMany(policy, 20)), 10)
      })
    )

    it.effect("shares the limits of an account, and no other's", () =>
      Effect.gen(function* () {
        const policy = policyOf({ buckets: [bucket("hour", 10, "1 hour")] })
        const other = policyOf({ buckets: [bucket("hour", 10, "1 hour")] })
        assert.strictEqual(granted(yield* takeMany({ ...policy }, 6)), 6)
        assert.strictEqual(granted(yield* takeMany({ ...policy }, 6)), 4)
        assert.strictEqual(granted(yield* takeMany(other, 10)), 10)
      })
    )

    it.effect("counts anew when a window's length is changed", () =>
      Effect.gen(function* () {
        const policy = policyOf({ buckets: [bucket("hour", 10, "1 hour")] })
        assert.strictEqual(granted(yield* takeMany(policy, 10)), 10)
        const changed = { ...policy, buckets: [bucket("hour", 5, "2 hours")] }
        assert.strictEqual(granted(yield* takeMany(changed, 10)), 5)
      })
    )
  })
