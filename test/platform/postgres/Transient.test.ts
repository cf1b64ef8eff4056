import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Exit, Fiber } from "effect"
import {
  ConnectionError,
  ConstraintError,
  DeadlockError,
  LockTimeoutError,
  SerializationError,
  SqlError,
  StatementTimeoutError,
  UniqueViolation,
  UnknownError
} from "effect/sql/SqlError"
import { TestClock } from "effect/testing"
import { isDataError, isTransient, retryTransient } from "../../../src/platform/postgres/Transient.ts"
import { DatabaseUnavailable } from "../../../src/platform/contract/Problems.ts"

const unknown = (code: string) => new SqlError({ reason: new UnknownError({ cause: { code } }) })
const deadlock = new SqlError({ reason: new DeadlockError({ cause: { code: "40P01" } }) })

/** Fails with the errors in turn, then succeeds. */
const failing = (...errors: ReadonlyArray<SqlError>) => {
  let tries = 0
  return {
    tries: () => tries,
    effect: Effect.suspend(() => {
      const error = errors[tries++]
      return error === undefined ? Effect.succeed("done") : Effect.fail(error)
    })
  }
}

describe("isTransient", () => {
  it("is true where the connection, the server or a lock was the trouble", () => {
    for (const reason of [
      new ConnectionError({ cause: new Error("ECONNRESET") }),
      new DeadlockError({ cause: { code: "40P01" } }),
      new SerializationError({ cause: { code: "40001" } }),
      new LockTimeoutError({ cause: { code: "55P03" } }),
      new StatementTimeoutError({ cause: { code: "57014" } })
    ]) {
      assert.isTrue(isTransient(new SqlError({ reason })), reason._tag)
    }
    for (const code of ["25006", "53000", "53100", "53200", "53300", "57P01", "57P02", "57P03", "57P05"]) {
      assert.isTrue(isTransient(unknown(code)), code)
    }
  })

  it("is false where the statement was", () => {
    for (const code of ["22021", "22P05", "42P01", "XX000", "0A000"]) assert.isFalse(isTransient(unknown(code)), code)
    assert.isFalse(isTransient(new SqlError({ reason: new ConstraintError({ cause: { code: "23514" } }) })))
    assert.isFalse(
      isTransient(new SqlError({ reason: new UniqueViolation({ cause: { code: "23505" }, constraint: "play_pkey" }) }))
    )
    for (const cause of [undefined, null, "57P01", new Error("57P01"), { code: 57 }]) {
      assert.isFalse(isTransient(new SqlError({ reason: new UnknownError({ cause }) })))
    }
  })
})

it("isDataError: SQLSTATE classes 21, 22 and 23", () => {
  for (const code of ["21000", "22021", "22P05", "23505", "23514"]) assert.isTrue(isDataError(unknown(code)), code)
  for (const code of ["20000", "40P01", "42P01", "57014", "XX22"]) assert.isFalse(isDataError(unknown(code)), code)
  assert.isFalse(isDataError(new SqlError({ reason: new ConnectionError({ cause: new Error("gone") }) })))
})

describe("retryTransient", () => {
  it.effect("tries again until it works", () =>
    Effect.gen(function* () {
      const { effect, tries } = failing(deadlock, unknown("57P03"), deadlock)
      const fiber = yield* Effect.forkChild(retryTransient("8 seconds")(effect))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "done")
      assert.strictEqual(tries(), 4)
    })
  )

  it.effect("any other SQL error is a defect at once", () =>
    Effect.gen(function* () {
      const { effect, tries } = failing(unknown("42P01"))
      const exit = yield* Effect.exit(retryTransient("8 seconds")(effect))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.strictEqual(tries(), 1)
    })
  )

  it.effect("an error of the domain goes through, and is not tried again", () =>
    Effect.gen(function* () {
      class Refused extends Data.TaggedError("Refused")<{}> {}
      let tries = 0
      const effect = Effect.suspend((): Effect.Effect<string, Refused | SqlError> => {
        tries++
        return Effect.fail(new Refused())
      })
      assert.strictEqual((yield* Effect.flip(retryTransient("8 seconds")(effect)))._tag, "Refused")
      assert.strictEqual(tries, 1)
    })
  )

  it.effect("gives up when the deadline is over in all, with growing pauses until then", () =>
    Effect.gen(function* () {
      let tries = 0
      const effect = Effect.suspend(() => {
        tries++
        return Effect.fail(deadlock)
      })
      const fiber = yield* Effect.forkChild(Effect.flip(retryTransient("8 seconds")(effect)))
      yield* TestClock.adjust("7999 millis")
      assert.isUndefined(fiber.pollUnsafe(), "not before the deadline")
      yield* TestClock.adjust("1 millis")
      assert.instanceOf(yield* Fiber.join(fiber), DatabaseUnavailable)
      // 25, 50, 100, 200, 400 and then 500 ms apart, each with up to a fifth of jitter.
      assert.isAtLeast(tries, 15)
      assert.isAtMost(tries, 28)
      yield* TestClock.adjust("1 minute")
      assert.isAtMost(tries, 28, "nothing goes on behind the answer")
    })
  )

  it.effect("an effect that never answers, nor hears that it is to stop, is left behind", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Effect.flip(retryTransient("8 seconds")(Effect.uninterruptible(Effect.never)))
      )
      yield* TestClock.adjust("8 seconds")
      assert.instanceOf(yield* Fiber.join(fiber), DatabaseUnavailable)
    })
  )

  it.effect("a caller that is interrupted stops the effect", () =>
    Effect.gen(function* () {
      let isInterrupted = false
      const effect = Effect.onInterrupt(Effect.never, () =>
        Effect.sync(() => {
          isInterrupted = true
        })
      )
      const fiber = yield* Effect.forkChild(retryTransient("8 seconds")(effect), { startImmediately: true })
      yield* TestClock.adjust(0)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust(0)
      assert.isTrue(isInterrupted)
    })
  )
})
