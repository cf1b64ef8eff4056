import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Logger } from "effect"
import { type EspAnswer, isOf, unexpected } from "../../../src/esp/providers/EspAnswer.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"

/** The error of an answer with this status, and its log. */
const unexpectedOf = (status: number, headers: EspAnswer["headers"] = {}) => {
  const logged: Array<unknown> = []
  const answer = { operation: "POST /contacts", status, headers, mediaType: undefined, text: "secret", json: undefined }
  return unexpected(answer, { redact: () => "redacted" }).pipe(
    Effect.flip,
    Effect.map((error) => ({ error, logged: JSON.stringify(logged) })),
    Effect.provide(Logger.layer([Logger.make(({ message }) => void logged.push(message))]))
  )
}

describe("an answer that was not expected", () => {
  // `ofContact`: the failure says nothing about the connection. `mayHaveActed`: a later "existed" counts as our own write.
  it.effect.each([
    [200, { reason: "status-200", mayHaveActed: true, ofContact: false }],
    [400, { reason: "status-400", mayHaveActed: false, ofContact: true }],
    [402, { reason: "status-402", mayHaveActed: false, ofContact: false }],
    [408, { reason: "status-408", mayHaveActed: true, ofContact: false }],
    [409, { reason: "status-409", mayHaveActed: false, ofContact: true }],
    [413, { reason: "status-413", mayHaveActed: false, ofContact: true }],
    [422, { reason: "status-422", mayHaveActed: false, ofContact: true }],
    [499, { reason: "status-499", mayHaveActed: false, ofContact: false }],
    [500, { reason: "status-500", mayHaveActed: true, ofContact: false }],
    [503, { reason: "status-503", mayHaveActed: true, ofContact: false }]
  ] as const)("is judged by its status: %s", ([status, expected]) =>
    Effect.gen(function* () {
      const { error, logged } = yield* unexpectedOf(status, { "retry-after": "7" })
      assert.deepInclude(error, { _tag: "EspUnavailable", retryAfter: Duration.seconds(7), ...expected })
      assert.include(logged, "redacted")
      assert.notInclude(logged, "secret")
    })
  )

  it.effect.each([401, 403, 404])("is a matter of the settings: %s", (status) =>
    Effect.gen(function* () {
      const { error } = yield* unexpectedOf(status)
      assert.deepInclude(error, { _tag: "EspMisconfigured", mayHaveActed: false, ofContact: false })
      assert.include(error.reason, `(${status})`)
    })
  )

  it.effect("is not logged where it is a full quota, of which there are as many as calls", () =>
    Effect.gen(function* () {
      const { error, logged } = yield* unexpectedOf(429)
      assert.deepInclude(error, { reason: "rate-limited", mayHaveActed: false, ofContact: false })
      assert.strictEqual(logged, "[]")
    })
  )
})

describe("an answer that shows an address", () => {
  it.each([
    ["José@kältetechnik.example", "josé@xn--kltetechnik-l8a.example", true],
    ["José@kältetechnik.example", "JOSE\u0301@Kältetechnik.example", true],
    ["nora@shop.example", " Nora@Shop.Example ", true],
    ["nora@shop.example", "nora+wheel@shop.example", false],
    ["nora@shop.example", "no address", false]
  ])("speaks of the contact, however it is spelt: %s, %s, %s", (address, answered, expected) => {
    assert.strictEqual(isOf(contactOf(address), answered), expected)
  })
})
