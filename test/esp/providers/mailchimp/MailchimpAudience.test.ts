import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { EspUnavailable } from "../../../../src/esp/EspClient.ts"
import { makeAudiences } from "../../../../src/esp/providers/mailchimp/MailchimpAudience.ts"

/** Audiences with the settings of `state`; undefined: Mailchimp does not answer. */
const audiencesOf = (state: { double: boolean | undefined; status: number; asked: number }) =>
  makeAudiences({
    redact: (text) => text,
    send: ({ operation }) =>
      Effect.suspend(() => {
        state.asked++
        if (state.double === undefined) {
          return Effect.fail(new EspUnavailable({ reason: "cut", mayHaveActed: true, retryAfter: undefined }))
        }
        const json = { name: "Players", double_optin: state.double }
        return Effect.succeed({ operation, status: state.status, headers: {}, mediaType: undefined, text: "", json })
      })
  })

describe("how an audience is set up", () => {
  it.effect("is read again after five minutes, for each audience", () =>
    Effect.gen(function* () {
      const state = { double: false as boolean | undefined, status: 200, asked: 0 }
      const audiences = audiencesOf(state)
      const isDouble = Effect.map(audiences.remembered("a"), (audience) => audience.double_optin)
      assert.isFalse(yield* isDouble)
      state.double = true
      yield* TestClock.adjust("299 seconds")
      assert.isFalse(yield* isDouble)
      assert.isTrue((yield* audiences.remembered("b")).double_optin)
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* isDouble)
      assert.strictEqual(state.asked, 3)
    })
  )

  it.effect("is taken for as it was while it cannot be read, asked for each half minute", () =>
    Effect.gen(function* () {
      const state = { double: true as boolean | undefined, status: 200, asked: 0 }
      const audiences = audiencesOf(state)
      yield* audiences.remembered("a")
      state.double = undefined
      yield* TestClock.adjust("5 minutes")
      for (let asking = 0; asking < 3; asking++) assert.isTrue((yield* audiences.remembered("a")).double_optin)
      assert.strictEqual(state.asked, 2)
      yield* TestClock.adjust("30 seconds")
      state.double = false
      assert.isFalse((yield* audiences.remembered("a")).double_optin)
    })
  )

  it.effect("has three seconds to be told", () =>
    Effect.gen(function* () {
      const audiences = makeAudiences({ redact: (text) => text, send: () => Effect.never })
      const fiber = yield* Effect.forkChild(Effect.flip(audiences.remembered("a")))
      yield* TestClock.adjust("3 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), { reason: "timeout", mayHaveActed: false })
    })
  )

  it.effect("is not guessed, and a question has done nothing", () =>
    Effect.gen(function* () {
      const state = { double: undefined as boolean | undefined, status: 200, asked: 0 }
      const audiences = audiencesOf(state)
      assert.deepInclude(yield* Effect.flip(audiences.remembered("a")), { reason: "cut", mayHaveActed: false })
      state.double = true
      yield* audiences.remembered("a")
      state.status = 401
      yield* TestClock.adjust("5 minutes")
      assert.deepInclude(yield* Effect.flip(audiences.remembered("a")), { _tag: "EspMisconfigured" })
    })
  )
})
