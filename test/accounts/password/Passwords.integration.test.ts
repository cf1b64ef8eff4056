import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer } from "effect"
import { Breaches } from "../../../src/accounts/password/Breaches.ts"
import { Passwords } from "../../../src/accounts/password/Passwords.ts"
import * as PasswordHash from "../../../src/accounts/password/PasswordHash.ts"
import { password, typed } from "../../support/accounts/AccountServices.ts"
import { layerWith } from "../../support/Settings.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const breached = typed("known from some leaks")

const subject = Passwords.layerNoDeps.pipe(
  Layer.provide(Layer.mock(Breaches, { has: (asked) => Effect.succeed(asked === breached) })),
  Layer.provideMerge(TestDatabase.layer),
  Layer.provide(layerWith({}))
)
const nobody = { email: null, name: null }

it.layer(subject, { excludeTestServices: true })("Passwords", (it) => {
  it.effect("a new one is judged by the policy first, and then by what is known from leaks", () =>
    Effect.gen(function* () {
      const { check } = yield* Passwords
      const reasonOf = (asked: ReturnType<typeof typed>) =>
        Effect.match(check(asked, nobody), { onFailure: ({ reason }) => reason, onSuccess: () => "taken" })
      assert.strictEqual(yield* reasonOf(typed("short")), "too-short")
      assert.strictEqual(yield* reasonOf(breached), "breached")
      assert.strictEqual(yield* reasonOf(typed()), "taken")
    })
  )

  it.effect(
    "a crowd is served two at a time; those beyond the queue are refused at once, and then all is as before",
    () =>
      Effect.gen(function* () {
        const { isRight } = yield* Passwords
        // Cheap ones: it is the queue that is looked at.
        const hash = yield* PasswordHash.make(password, { memory: 64, passes: 1, parallelism: 1 })
        const crowd = yield* Effect.all(
          Array.from({ length: 600 }, () => Effect.exit(isRight(typed(), hash))),
          { concurrency: "unbounded" }
        )
        const served = crowd.filter(Exit.isSuccess)
        assert.isAtLeast(served.length, 250)
        assert.isAtMost(served.length, 252)
        assert.isTrue(served.every(({ value }) => value))
        for (const exit of crowd) {
          if (Exit.isFailure(exit)) assert.include(String(exit.cause), "Overloaded")
        }
        // No turn and no place in the queue was lost.
        const again = yield* Effect.all(
          Array.from({ length: 250 }, () => isRight(typed(), hash)),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(again, 250)
      })
  )

  it.effect("who leaves while waiting gives the place back", () =>
    Effect.gen(function* () {
      const { isRight } = yield* Passwords
      const hash = yield* PasswordHash.make(password)
      for (let round = 0; round < 3; round++) {
        const waiting = yield* Effect.forEach(Array.from({ length: 240 }), () =>
          Effect.forkChild(isRight(typed(), hash))
        )
        yield* Effect.yieldNow
        yield* Fiber.interruptAll(waiting)
      }
      assert.isTrue(yield* isRight(typed(), hash))
    })
  )
})
