import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Logger } from "effect"
import { ConnectionError, LockTimeoutError, SqlError, SqlSyntaxError, UnknownError } from "effect/sql/SqlError"
import { TestClock } from "effect/testing"
import { isTransient, troubleOf } from "../../src/platform/postgres/Transient.ts"
import { DatabaseUnavailable } from "../../src/platform/contract/Problems.ts"
import * as PlaysHealth from "../../src/plays/PlaysHealth.ts"

const withState = (code: string) => new SqlError({ reason: new UnknownError({ cause: { code } }) })
const lockTimeout = new SqlError({ reason: new LockTimeoutError({ cause: { code: "55P03" } }) })
const unavailable = Exit.fail(new DatabaseUnavailable({}))
const written = Exit.succeed("a play")

const make = Effect.fnUntraced(function* () {
  let probes = 0
  let canWrite = true
  const health = yield* PlaysHealth.make(
    Effect.suspend(() => {
      probes++
      return canWrite ? Effect.void : Effect.fail(lockTimeout)
    })
  )
  /** A batch that takes so long and ends with these outcomes. */
  const batch = Effect.fnUntraced(function* (
    millis: number,
    error: SqlError | undefined,
    exits: ReadonlyArray<Exit.Exit<unknown, DatabaseUnavailable>>
  ) {
    health.begin()
    yield* TestClock.adjust(millis)
    if (error !== undefined) health.note(error)
    yield* health.end(exits)
  })
  return {
    health,
    batch,
    probes: () => probes,
    lock: (is: boolean) => {
      canWrite = !is
    }
  }
})

describe("PlaysHealth", () => {
  it.effect("plays that fail for some seconds, and none that gets through", () =>
    Effect.gen(function* () {
      const { batch, health, probes } = yield* make()
      yield* batch(4_999, withState("53100"), [unavailable])
      assert.isFalse(yield* health.isFailing, "not yet")
      yield* batch(1, withState("53100"), [unavailable])
      assert.isTrue(yield* health.isFailing)
      assert.strictEqual(probes(), 0, "they are evidence enough")
      yield* batch(0, undefined, [unavailable, written])
      assert.isFalse(yield* health.isFailing)
    })
  )

  it.effect("a play that gets through now and then is enough, whoever fails beside it", () =>
    Effect.gen(function* () {
      const { batch, health } = yield* make()
      for (let round = 0; round < 10; round++) {
        yield* batch(4_000, withState("53100"), [unavailable, unavailable])
        yield* batch(10, undefined, [written])
        assert.isFalse(yield* health.isFailing)
      }
    })
  )

  it.effect("a database in silence: before anybody has an answer", () =>
    Effect.gen(function* () {
      const { health } = yield* make()
      health.begin()
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(yield* health.isFailing)
      yield* TestClock.adjust("1 minute")
      assert.isTrue(yield* health.isFailing, "as long as it lasts")
      yield* health.end([written])
      assert.isFalse(yield* health.isFailing)
    })
  )

  it.effect("no plays for an hour are no trouble", () =>
    Effect.gen(function* () {
      const { batch, health, probes } = yield* make()
      yield* batch(10, undefined, [written])
      yield* TestClock.adjust("1 hour")
      health.begin()
      assert.isFalse(yield* health.isFailing)
      assert.strictEqual(probes(), 0)
    })
  )

  it.effect("out of rotation: a probe of writing says when it can again, at most once a second", () =>
    Effect.gen(function* () {
      const { batch, health, lock, probes } = yield* make()
      lock(true)
      yield* batch(8_000, withState("25006"), [unavailable])
      assert.isTrue(yield* health.isFailing)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(probes(), 0)
      yield* Effect.repeat(health.isFailing, { times: 9 })
      assert.strictEqual(probes(), 1)
      assert.isTrue(yield* health.isFailing)
      lock(false)
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* health.isFailing)
      yield* TestClock.adjust("1 hour")
      assert.isFalse(yield* health.isFailing, "and that is remembered")
      assert.strictEqual(probes(), 2)
    })
  )

  it.effect("locks: the probe tells one player's from everybody's", () =>
    Effect.gen(function* () {
      const { health, lock } = yield* make()
      health.begin()
      health.note(lockTimeout)
      yield* TestClock.adjust("6 seconds")
      assert.isFalse(yield* health.isFailing)
      lock(true)
      yield* TestClock.adjust("6 seconds")
      assert.isTrue(yield* health.isFailing)
    })
  )

  it.effect("data that the database refuses is no failure of it; a table that is missing does", () =>
    Effect.gen(function* () {
      const { batch, health } = yield* make()
      yield* batch(10_000, withState("22P05"), [Exit.die(withState("22P05"))])
      assert.isFalse(yield* health.isFailing)
      const missing = new SqlError({ reason: new SqlSyntaxError({ cause: { code: "42P01" } }) })
      yield* batch(10_000, missing, [Exit.die(missing)])
      assert.isTrue(yield* health.isFailing)
    })
  )

  it.effect("the log has the cause, at most once a second, with what was left out", () => {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ message }) => {
      lines.push(Array.isArray(message) ? message[1] : message)
    })
    return Effect.gen(function* () {
      const { batch } = yield* make()
      for (let round = 0; round < 25; round++) yield* batch(100, withState("53100"), [unavailable, unavailable])
      assert.deepStrictEqual(lines, [
        { plays: 2, cause: "disk-full", sqlState: "53100" },
        { plays: 20, cause: "disk-full", sqlState: "53100" },
        { plays: 20, cause: "disk-full", sqlState: "53100" }
      ])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })

  it("every trouble has one of a few words", () => {
    const words = ["08006", "25006", "28P01", "40001", "42P01", "53100", "53300", "55P03", "57014", "57P03", "XX000"]
    assert.deepStrictEqual(
      words.map((code) => troubleOf(withState(code))),
      [
        "unreachable",
        "read-only",
        "refused",
        "conflict",
        "schema",
        "disk-full",
        "resources",
        "locked",
        "statement-timeout",
        "stopping",
        "other"
      ]
    )
    const refused = new SqlError({ reason: new ConnectionError({ cause: { code: "ECONNREFUSED" } }) })
    assert.strictEqual(troubleOf(refused), "unreachable")
    for (const code of ["25006", "53100", "53200", "53300"]) assert.isTrue(isTransient(withState(code)), code)
  })
})
