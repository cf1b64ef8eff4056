import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { EspAnswer } from "../../../../src/esp/providers/EspAnswer.ts"
import * as Answers from "../../../../src/esp/providers/unisender/UnisenderAnswers.ts"
import { failure } from "../../../support/esp/Failing.ts"
import { observed } from "../../../support/esp/Observed.ts"

const imported = { inserted: 0, updated: 0, invalid: 0, log: [] }

describe("an import of UniSender", () => {
  it("is refused only where it says so, and nothing has become of the row", () => {
    assert.isTrue(Answers.isRefused({ ...imported, invalid: 1 }))
    for (const result of [
      {},
      { inserted: 1 },
      { updated: 1 },
      { inserted: 1, invalid: 1 },
      { updated: 1, invalid: 1 }
    ]) {
      assert.isFalse(Answers.isRefused({ ...imported, ...result }), JSON.stringify(result))
    }
  })

  it("names the refusal by a code that is short and plain", () => {
    assert.strictEqual(Answers.refusalOf([{ code: "Role__Email!" }, { code: "other" }]), "role-email")
    assert.strictEqual(Answers.refusalOf([{ code: "x".repeat(100) }]), "x".repeat(60))
    assert.strictEqual(Answers.refusalOf([{ code: "--" }]), "invalid-address")
  })
})

describe("a contact of UniSender", () => {
  it("is in no list only where it is new and its lists are shown", () => {
    const email = { status: "new" }
    assert.isTrue(Answers.isInNoList({ email, lists: [] }))
    assert.isFalse(Answers.isInNoList({ email }))
    assert.isFalse(Answers.isInNoList({ email, lists: [{ id: "77" }] }))
    assert.isFalse(Answers.isInNoList({ email: { status: "active" }, lists: [] }))
  })

  it("may be mailed or not where its status is one that nobody knows", () => {
    assert.strictEqual(Answers.mailabilityOf({ email: { status: "brand_new" } }), "unknown")
  })
})

describe("an answer of UniSender", () => {
  /** The result of reading such an answer to an import, and the log. */
  const read = (status: number, json: object) => {
    const { layer, logs } = observed()
    const answer: EspAnswer = { operation: "importContacts", status, headers: {}, mediaType: undefined, text: "", json }
    return Effect.flip(Answers.read(Answers.Imported, answer, { redact: (text) => text })).pipe(
      Effect.map((error) => ({ error: failure(error), logs })),
      Effect.provide(layer)
    )
  }

  it.effect("is none where its status says that it failed", () =>
    Effect.gen(function* () {
      const { error } = yield* read(500, { result: { inserted: 1, updated: 0 } })
      assert.deepStrictEqual(error, { tag: "EspUnavailable", reason: "status-500", acted: true })
    })
  )

  it.effect("names a method that is not there, and what argument may be wrong", () =>
    Effect.gen(function* () {
      const reasonOf = (code: string) => Effect.map(read(200, { error: "x", code }), ({ error }) => error.reason)
      assert.match(yield* reasonOf("unknown_method"), /^it has no method importContacts/)
      assert.match(yield* reasonOf("invalid_arg"), /^importContacts refuses an argument/)
    })
  )

  it.effect("is logged unless it is the everyday one that a limit is hit", () =>
    Effect.gen(function* () {
      const linesOf = (code: string) => Effect.map(read(200, { error: "x", code }), ({ logs }) => logs.length)
      assert.strictEqual(yield* linesOf("api_call_limit_exceeded_for_api_key"), 0)
      assert.strictEqual(yield* linesOf("retry_later"), 0)
      assert.strictEqual(yield* linesOf("unspecified"), 1)
      assert.strictEqual(yield* linesOf("invalid_api_key"), 1)
    })
  )
})
