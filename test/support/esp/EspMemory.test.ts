import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { created, EspClient, existed, EspRejected, EspUnavailable } from "../../../src/esp/EspClient.ts"
import { EspMemory } from "./EspMemory.ts"
import { espClientSuite } from "./EspClientSuite.ts"
import { contactOf } from "./EspContacts.ts"

espClientSuite("memory", {
  layer: EspMemory.layer,
  rejected: Effect.gen(function* () {
    const memory = yield* EspMemory
    yield* memory.next("refused@shop.example", () => Effect.fail(new EspRejected({ reason: "invalid-address" })))
    return "refused@shop.example"
  }),
  unavailable: Effect.gen(function* () {
    const memory = yield* EspMemory
    yield* memory.next("down@shop.example", () => Effect.fail(EspUnavailable.notReached("unreachable")))
    return "down@shop.example"
  })
})

it.effect("EspMemory does what the test says, call by call, and tells what it saw", () =>
  Effect.gen(function* () {
    const client = yield* EspClient
    const memory = yield* EspMemory
    const lost = EspUnavailable.notReached("cut")
    yield* memory.add("known@shop.example")
    yield* memory.next(
      "nora@shop.example",
      () => Effect.fail(lost),
      (register) => Effect.andThen(register, Effect.fail(lost))
    )
    yield* memory.otherwise(() => Effect.succeed(existed()))

    const nora = client.register(contactOf("nora@shop.example"))
    yield* Effect.flip(nora)
    assert.isFalse(yield* memory.has("nora@shop.example"))
    yield* TestClock.adjust("3 seconds")
    yield* Effect.flip(nora)
    assert.isTrue(yield* memory.has("nora@shop.example"))
    assert.deepStrictEqual(yield* client.register(contactOf("other@shop.example")), existed())
    assert.isFalse(yield* memory.has("other@shop.example"))
    yield* memory.otherwise(undefined)
    assert.deepStrictEqual(yield* client.register(contactOf("other@shop.example")), created())
    assert.deepStrictEqual(yield* client.register(contactOf("known@shop.example")), existed())

    assert.deepStrictEqual(
      (yield* memory.calls("nora@shop.example")).map(({ at }) => at),
      [0, 3000]
    )
    assert.strictEqual((yield* memory.calls()).length, 5)
  }).pipe(Effect.provide(EspMemory.layer))
)
