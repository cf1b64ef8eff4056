import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Browser from "./Browser.ts"

const { problem } = Browser

it.live("recovery codes are made beside a second factor, shown once, and replaced as a whole", () =>
  Effect.gen(function* () {
    const running = yield* Browser.start()
    const person = yield* Browser.signedIn(running)
    const state = Effect.map(person.send("GET", "/account/recovery-codes"), ({ body }) => body)
    const make = person.send("POST", "/account/recovery-codes")

    assert.deepStrictEqual(problem(yield* make), [409, "second-factor-absent"])
    yield* Browser.enrolTotp(person)
    assert.deepStrictEqual(yield* state, { left: 0, isFew: true })
    const made = yield* make
    assert.strictEqual(made.status, 201)
    const codes = made.body["codes"] as ReadonlyArray<string>
    assert.lengthOf(new Set(codes), 10)
    for (const code of codes) assert.match(code, /^[A-Z2-7]{4}(?:-[A-Z2-7]{4}){5}$/)
    assert.deepStrictEqual(yield* state, { left: 10, isFew: false })

    // Made twice at once, there are the ten of one of the two.
    const both = yield* Effect.all([make, make], { concurrency: 2 })
    assert.deepStrictEqual(
      both.map(({ status }) => status),
      [201, 201]
    )
    assert.deepStrictEqual(yield* state, { left: 10, isFew: false })
    const valid = both.map(({ body }) => body["codes"] as ReadonlyArray<string>)
    const taken = yield* Effect.forEach([codes, ...valid], ([code]) =>
      Effect.gen(function* () {
        const half = yield* Browser.halfSignedIn(running, person.accountId)
        return (yield* half.send("POST", "/session/second-factor", { recoveryCode: code })).status
      })
    )
    assert.strictEqual(taken[0], 401)
    assert.sameMembers(taken.slice(1), [201, 401])

    const dump = yield* Browser.dumpOf(running)
    for (const code of [...codes, ...valid.flat()]) {
      for (const text of [dump, running.log()]) {
        assert.notInclude(text, code)
        assert.notInclude(text, code.replaceAll("-", ""))
      }
    }
  })
)
