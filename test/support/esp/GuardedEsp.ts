import { Clock, Effect, Fiber, Layer, type Result } from "effect"
import { TestClock } from "effect/testing"
import type { EspError, Registration } from "../../../src/esp/EspClient.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { guardInMemory } from "./GuardInMemory.ts"
import { type Behaviour, EspMemory } from "./EspMemory.ts"
import { layerWith } from "../Settings.ts"
import { contactOf } from "./EspContacts.ts"

/** The guard in front of an in-memory ESP, with default settings except `env`. */
export const guardedEsp = (env: Record<string, string> = {}) =>
  guardInMemory.pipe(Layer.provideMerge(EspMemory.layer), Layer.provide(layerWith(env)))

let addresses = 0

/**
 * An attempt at a new address whose calls behave as given. Returns its result, and in milliseconds from its start when it
 * ended and when its calls began.
 */
export const attempted = Effect.fnUntraced(function* (
  behaviours: ReadonlyArray<Behaviour>,
  unresolved = false
): Effect.fn.Return<
  {
    readonly result: Result.Result<Registration, EspError>
    readonly end: number
    readonly calls: ReadonlyArray<number>
  },
  never,
  EspGuard | EspMemory
> {
  const guard = yield* EspGuard
  const memory = yield* EspMemory
  const address = `player${addresses++}@shop.example`
  yield* memory.next(address, ...behaviours)
  const start = yield* Clock.currentTimeMillis
  const fiber = yield* Effect.forkChild(
    Effect.zip(Effect.result(guard.attempt(contactOf(address), { unresolved })), Clock.currentTimeMillis)
  )
  yield* TestClock.adjust("1 minute")
  const [result, end] = yield* Fiber.join(fiber)
  const calls = yield* memory.calls(address)
  return { result, end: end - start, calls: calls.map(({ at }) => at - start) }
})
