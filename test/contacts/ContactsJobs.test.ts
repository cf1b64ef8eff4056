import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Contacts } from "../../src/contacts/Contacts.ts"
import * as ContactsJobs from "../../src/contacts/ContactsJobs.ts"
import { DatabaseUnavailable } from "../../src/platform/contract/Problems.ts"
import { layerWith } from "../support/Settings.ts"
import { Shutdown } from "../../src/platform/Shutdown.ts"

/** Runs the background with `due` due contacts and `passed` passed-over ones. An attempt takes a second. */
const run = Effect.fnUntraced(function* (
  workers: number,
  due: number,
  { isDown = () => false, passed = 0 }: { readonly isDown?: () => boolean; readonly passed?: number } = {}
) {
  const seen = { asked: 0, askedPassed: 0, attempts: 0, underWay: 0, most: 0 }
  let left = due
  let leftPassed = passed
  const attempt = Effect.gen(function* () {
    seen.most = Math.max(seen.most, ++seen.underWay)
    yield* Effect.sleep("1 second")
    seen.underWay--
    seen.attempts++
  })
  const contacts = Layer.mock(Contacts, {
    leaseUntil: (now) => new Date(now),
    claimDue: (limit) =>
      Effect.suspend(() => {
        seen.asked++
        if (isDown()) return Effect.fail(new DatabaseUnavailable({}))
        const claimed = Math.min(limit, left)
        left -= claimed
        return Effect.succeed(Array.from({ length: claimed }, () => attempt))
      }),
    claimPassedOver: Effect.sync(() => {
      seen.askedPassed++
      return leftPassed-- > 0 ? [attempt] : []
    })
  })
  const settings = layerWith({ WORKERS: `${workers}` })
  const context = yield* Layer.build(
    ContactsJobs.layer.pipe(Layer.provide(contacts), Layer.provideMerge(Shutdown.layer), Layer.provide(settings))
  )
  return Object.assign(seen, { stop: Context.get(context, Shutdown).begin })
})

describe("ContactsJobs", () => {
  it.effect("WORKERS=0 settles nothing and does not even ask", () =>
    Effect.gen(function* () {
      const seen = yield* run(0, 10)
      yield* TestClock.adjust("1 hour")
      assert.deepInclude(seen, { asked: 0, askedPassed: 0, attempts: 0 })
    })
  )

  it.effect("a backlog is worked off with as many attempts at once as there are workers", () =>
    Effect.gen(function* () {
      const seen = yield* run(4, 100)
      yield* TestClock.adjust("30 seconds")
      assert.deepInclude(seen, { attempts: 100, most: 4 })
    })
  )

  it.effect("with nothing to do it asks about once a second", () =>
    Effect.gen(function* () {
      const seen = yield* run(8, 0)
      yield* TestClock.adjust("100 seconds")
      assert.isAtLeast(seen.asked, 80)
      assert.isAtMost(seen.asked, 130)
    })
  )

  it.effect("where no worker is free, who was passed over is not kept waiting; where one is, nobody asks", () =>
    Effect.gen(function* () {
      const busy = yield* run(2, 8, { passed: 5 })
      yield* TestClock.adjust("3500 millis")
      // The two workers make two attempts in each of three seconds; the five passed-over contacts are attempted in addition.
      assert.deepInclude(busy, { attempts: 11, most: 7 })
      const idle = yield* run(3, 2, { passed: 5 })
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(idle, { askedPassed: 0, attempts: 2 })
    })
  )

  it.effect("once the stop begins, nothing more is claimed, and what runs is finished", () =>
    Effect.gen(function* () {
      const seen = yield* run(4, 100)
      yield* TestClock.adjust("1500 millis")
      yield* seen.stop
      const { asked } = seen
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(seen, { asked, attempts: 8, underWay: 0 })
    })
  )

  it.effect("a database that does not answer is asked again", () =>
    Effect.gen(function* () {
      let isDown = true
      const seen = yield* run(2, 3, { isDown: () => isDown })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(seen.attempts, 0)
      isDown = false
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(seen, { attempts: 3, most: 2 })
    })
  )
})
