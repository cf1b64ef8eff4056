import { Clock, Effect, Fiber, Layer, type Result } from "effect"
import { TestClock } from "effect/testing"
import type { EspError, Registration } from "../../../src/esp/EspClient.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { type Behaviour, EspMemory } from "../../../src/esp/EspMemory.ts"
import { layerWith } from "../Settings.ts"
import { contactOf } from "./EspContacts.ts"

/** The guard in front of an ESP in memory, with the default settings but for `env`. */
export const guardedEsp = (env: Record<string, string> = {}) =>
  EspGuard.layer.pipe(Layer.provideMerge(EspMemory.layer), Layer.provide(layerWith(env)))

let addresses = 0

/** An attempt at a new address, whose calls do as said: its end, when that came and when its calls began, in milliseconds from its start. */
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
