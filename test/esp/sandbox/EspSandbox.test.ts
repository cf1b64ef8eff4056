import { assert, layer } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { EspClient } from "../../../src/esp/EspClient.ts"
import * as EspSandbox from "../../../src/esp/sandbox/EspSandbox.ts"
import * as SandboxClient from "../../support/esp/SandboxClient.ts"
import { EspSandboxRepo } from "../../../src/esp/sandbox/EspSandboxRepo.ts"
import type { EmailKey } from "../../../src/players/Email.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"

const Repo = Layer.sync(EspSandboxRepo, () => {
  const held = new Set<EmailKey>()
  return {
    add: (emailKey) =>
      Effect.sync(() => {
        const added = !held.has(emailKey)
        held.add(emailKey)
        return added
      })
  }
})

/** The outcomes of several calls for the address, each with its duration in milliseconds. */
const outcomes = (address: string, calls: number) =>
  Effect.gen(function* () {
    const client = yield* EspClient
    const seen: Array<unknown> = []
    for (let call = 0; call < calls; call++) {
      const start = yield* Clock.currentTimeMillis
      const fiber = yield* Effect.forkChild(
        Effect.zip(Effect.result(client.register(contactOf(address))), Clock.currentTimeMillis)
      )
      yield* TestClock.adjust("10 seconds")
      const [result, end] = yield* Fiber.join(fiber)
      const text = Result.match(result, {
        onSuccess: ({ verdict }): string => verdict,
        onFailure: (error) => {
          if (error._tag !== "EspUnavailable") return `${error._tag} ${error.reason}`
          const wait = error.retryAfter === undefined ? "" : ` ${Duration.format(error.retryAfter)}`
          return `${error._tag} ${error.reason}${wait}${error.mayHaveActed ? " may have acted" : ""}`
        }
      })
      seen.push(end === start ? text : `${text} after ${end - start}`)
    }
    return seen
  })

const expected: Record<(typeof EspSandbox.sandboxAddresses)[number]["address"], [string, string]> = {
  "existed@sandbox.example": ["existed", "existed"],
  "created@sandbox.example": ["created", "created"],
  "rejected@sandbox.example": ["EspRejected invalid-address", "EspRejected invalid-address"],
  "slow@sandbox.example": ["created after 5000", "existed after 5000"],
  "down@sandbox.example": ["EspUnavailable unreachable", "EspUnavailable unreachable"],
  "limited@sandbox.example": ["EspUnavailable rate-limited 2s", "EspUnavailable rate-limited 2s"]
}

layer(SandboxClient.layerNoDeps.pipe(Layer.provide(Repo)))("EspSandbox", (it) => {
  it.effect.each(EspSandbox.sandboxAddresses)("$address $does", ({ address }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* outcomes(address, 2), expected[address])
      const tagged = address.replace("@", "+17@")
      assert.deepStrictEqual(yield* outcomes(tagged, 2), expected[address])
    })
  )

  it.effect("the same names at another domain, and other names at this one, are ordinary contacts", () =>
    Effect.gen(function* () {
      for (const address of [
        "down@shop.example",
        "nora@sandbox.example",
        "down.nora@sandbox.example",
        "x+down@sandbox.example"
      ]) {
        assert.deepStrictEqual(yield* outcomes(address, 2), ["created", "existed"])
      }
    })
  )

  it.effect("whoever gives up on slow@ has a contact nonetheless", () =>
    Effect.gen(function* () {
      const client = yield* EspClient
      const contact = contactOf("slow+patience@sandbox.example")
      const fiber = yield* Effect.forkChild(client.register(contact), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* outcomes("slow+patience@sandbox.example", 1), ["existed after 5000"])
    })
  )
})
