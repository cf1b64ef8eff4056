import { assert, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { Behaviour } from "../support/esp/EspMemory.ts"
import * as Does from "../support/esp/EspBehaviours.ts"
import { attempted, guardedEsp } from "../support/esp/GuardedEsp.ts"

/** The possible outcomes of a call, by name. */
const outcomes: Record<string, Behaviour> = {
  existed: Does.existed,
  created: Does.created,
  rejected: Does.rejected,
  misconfigured: Does.misconfigured,
  notReached: Does.notReached,
  garbage: Does.garbage,
  timeout: Does.hangs,
  defect: Does.dies
}
type Outcome = "existed" | "created" | "rejected" | "misconfigured" | "notReached" | "garbage" | "timeout" | "defect"
const names = Object.keys(outcomes) as ReadonlyArray<Outcome>

/** A model of the rule "our own write is not `existed`", without time, fibers and errors. */
const model = (calls: ReadonlyArray<Outcome>, unresolved: boolean): string => {
  let acted = unresolved
  for (const call of calls) {
    if (call === "created" || (call === "existed" && acted)) return "created"
    if (call === "existed" || call === "rejected") return call
    if (call === "misconfigured") return acted ? "misconfigured, may have acted" : "misconfigured"
    if (call !== "notReached") acted = true
  }
  return acted ? "unavailable, may have acted" : "unavailable"
}

const words = { EspRejected: "rejected", EspMisconfigured: "misconfigured", EspUnavailable: "unavailable" } as const

const verdict = Effect.fnUntraced(function* (calls: ReadonlyArray<Outcome>, unresolved: boolean) {
  const { result } = yield* attempted(
    calls.map((name) => outcomes[name]!),
    unresolved
  )
  return Result.match(result, {
    onSuccess: ({ verdict }): string => verdict,
    onFailure: (error) =>
      error._tag !== "EspRejected" && error.mayHaveActed ? `${words[error._tag]}, may have acted` : words[error._tag]
  })
})

const sequences = (length: number): ReadonlyArray<ReadonlyArray<Outcome>> =>
  length === 0 ? [[]] : sequences(length - 1).flatMap((calls) => names.map((name) => [...calls, name]))

it.effect.each([1, 2, 3])(
  "EspGuard takes what may be our own write for created, in every sequence of %i calls",
  (length) =>
    Effect.gen(function* () {
      const env = { ESP_RETRIES: String(length - 1), ESP_ATTEMPT_DEADLINE: "40 seconds" }
      for (const calls of sequences(length)) {
        for (const unresolved of [false, true]) {
          // A new guard for each case, because earlier failures would have opened the circuit.
          const seen = yield* verdict(calls, unresolved).pipe(Effect.provide(guardedEsp(env)))
          assert.strictEqual(
            seen,
            model(calls, unresolved),
            `${calls.join(", ")}${unresolved ? " after an unresolved attempt" : ""}`
          )
        }
      }
    })
)
