import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { endEvent, refreshEvent } from "../../src/live/EventText.ts"
import * as Mailbox from "../../src/live/Mailbox.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (part: Uint8Array | undefined) => (part === undefined ? undefined : new TextDecoder().decode(part))
const behind = text(refreshEvent("behind"))!

const make = (most = 10) => Mailbox.make(most, refreshEvent("behind"))

describe("a mailbox", () => {
  it.effect("gives what was put, all at once, and waits for more", () =>
    Effect.gen(function* () {
      const mailbox = make()
      assert.isFalse(mailbox.put(bytes("ab")))
      assert.isFalse(mailbox.put(bytes("cd")))
      assert.strictEqual(text(yield* mailbox.take), "abcd")
      const waiting = yield* Effect.forkChild(mailbox.take, { startImmediately: true })
      mailbox.put(bytes("ef"))
      assert.strictEqual(text(yield* Fiber.join(waiting)), "ef")
      // A reader that gives up its wait takes nothing along.
      const gone = yield* Effect.forkChild(mailbox.take, { startImmediately: true })
      yield* Fiber.interrupt(gone)
      mailbox.put(bytes("gh"))
      assert.strictEqual(text(yield* mailbox.take), "gh")
    })
  )

  it.effect("drops everything once too much waits, says so once, and begins anew", () =>
    Effect.gen(function* () {
      const mailbox = make()
      mailbox.put(bytes("12345"))
      assert.isTrue(mailbox.put(bytes("678901")))
      for (let at = 0; at < 1000; at++) assert.isFalse(mailbox.put(bytes("more")))
      assert.strictEqual(text(yield* mailbox.take), behind)
      mailbox.put(bytes("new"))
      assert.strictEqual(text(yield* mailbox.take), "new")
      // Something that is too large by itself, while the reader waits.
      const waiting = yield* Effect.forkChild(mailbox.take, { startImmediately: true })
      assert.isTrue(mailbox.put(bytes("x".repeat(11))))
      assert.strictEqual(text(yield* Fiber.join(waiting)), behind)
    })
  )

  it.effect("ends with the last word, whatever waits before it", () =>
    Effect.gen(function* () {
      const last = text(endEvent("stopping"))!
      const slow = make()
      slow.put(bytes("x".repeat(11)))
      slow.end(endEvent("stopping"))
      slow.end(endEvent("time"))
      slow.put(bytes("late"))
      assert.strictEqual(text(yield* slow.take), `${behind}${last}`)
      assert.isUndefined(yield* slow.take)
      const waiting = make()
      const reader = yield* Effect.forkChild(waiting.take, { startImmediately: true })
      waiting.end(endEvent("stopping"))
      assert.strictEqual(text(yield* Fiber.join(reader)), last)
      assert.isUndefined(yield* waiting.take)
    })
  )
})
