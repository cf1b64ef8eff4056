import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger } from "effect"
import { TestClock } from "effect/testing"
import { CallEnd } from "../../../src/esp/CallEnd.ts"
import { monotonicMillis } from "../../../src/platform/Monotonic.ts"
import { EspMisconfigured, existed } from "../../../src/esp/EspClient.ts"
import { followUp } from "../../../src/esp/providers/FollowUp.ts"

const logged: Array<string> = []
const logs = Logger.layer([Logger.make(({ message }) => void logged.push(JSON.stringify(message)))])

/** The registration after a conflict that took so many milliseconds, followed by this work. */
const after = (millis: number, work: Parameters<typeof followUp>[1]) =>
  Effect.gen(function* () {
    logged.length = 0
    const start = yield* monotonicMillis
    yield* TestClock.adjust(millis)
    const fiber = yield* Effect.forkChild(followUp({ start, mailability: "unknown" }, work))
    yield* TestClock.adjust(699)
    const isWaiting = fiber.pollUnsafe() === undefined
    yield* TestClock.adjust(1)
    return { registration: yield* Fiber.join(fiber), isWaiting }
  }).pipe(Effect.provide(logs))

describe("what follows a conflict", () => {
  it.effect("tells of the contact", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* after(2000, (learn) => Effect.sync(() => learn("subscribed"))), {
        registration: existed("subscribed"),
        isWaiting: false
      })
      assert.isEmpty(logged)
    })
  )

  it.effect("is not begun where the provider is slow", () =>
    Effect.gen(function* () {
      const { registration } = yield* after(2001, (learn) => Effect.sync(() => learn("subscribed")))
      assert.deepStrictEqual(registration, existed("unknown"))
      assert.match(logged.join(), /left as it is/)
    })
  )

  it.effect("is not begun where the call has no time left", () =>
    Effect.gen(function* () {
      // The last 100 ms are reserved for the adapter.
      const end = (yield* monotonicMillis) + 300
      let isBegun = false
      const { registration } = yield* after(200, () => Effect.sync(() => void (isBegun = true))).pipe(
        Effect.provideService(CallEnd, end)
      )
      assert.deepStrictEqual(registration, existed("unknown"))
      assert.isFalse(isBegun)
      assert.match(logged.join(), /left as it is/)
    })
  )

  it.effect("has 700 ms, and what was learnt by then counts", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* after(100, (learn) =>
          Effect.andThen(
            Effect.sync(() => learn("pending")),
            Effect.never
          )
        ),
        { registration: existed("pending"), isWaiting: true }
      )
      assert.match(logged.join(), /in part/)
    })
  )

  it.effect("fails for itself, defects included", () =>
    Effect.gen(function* () {
      const failing = yield* after(100, () => Effect.fail(new EspMisconfigured({ reason: "no permission" })))
      assert.deepStrictEqual(failing.registration, existed("unknown"))
      assert.match(logged.join(), /no permission/)
      const dying = yield* after(100, (learn) =>
        Effect.andThen(
          Effect.sync(() => learn("suppressed")),
          Effect.die(new Error("a mistake"))
        )
      )
      assert.deepStrictEqual(dying.registration, existed("suppressed"))
      assert.match(logged.join(), /defect/)
    })
  )
})
