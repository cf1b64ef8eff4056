import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as LastCalls from "../../src/esp/LastCalls.ts"

it.effect("the last calls of a connection: how long they took, and why the last one failed", () =>
  Effect.gen(function* () {
    const calls = LastCalls.make()
    assert.deepStrictEqual(calls.of("shop"), { calls: 0, p95Seconds: null, lastFault: null })
    yield* calls.note("shop", 0.5, undefined)
    assert.deepStrictEqual(calls.of("shop"), { calls: 1, p95Seconds: 0.5, lastFault: null })
    yield* TestClock.setTime(Date.parse("2026-11-20T10:00:00Z"))
    yield* calls.note("shop", 9, "timeout")
    // 200 calls later the slow one is forgotten; the fault is remembered.
    for (let call = 1; call <= 200; call++) yield* calls.note("shop", call / 100, undefined)
    const { lastFault, ...times } = calls.of("shop")
    assert.deepStrictEqual(times, { calls: 200, p95Seconds: 1.9 })
    assert.deepStrictEqual(
      [lastFault?.reason, lastFault?.at.epochMilliseconds],
      ["timeout", Date.parse("2026-11-20T10:00:00Z")]
    )
    assert.strictEqual(calls.of("sandbox").calls, 0)
  })
)
