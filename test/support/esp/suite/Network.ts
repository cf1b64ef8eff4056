import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { untilTrue } from "../../service/Service.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { addressOf, onBench, wordsOf } from "./Bench.ts"

/** Faults of the network between the service and a healthy provider. */
export const network = (subject: ProviderSubject) =>
  describe("the network", () => {
    it.effect("a black hole: the guard's time limit ends it, and the connection", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ failure, peer, persist, proxy }) {
          const email = addressOf()
          yield* proxy.set("black-hole")
          const fiber = yield* Effect.forkChild(failure(email), { startImmediately: true })
          yield* TestClock.withLive(untilTrue("the request", () => proxy.received() > 0))
          yield* TestClock.adjust("15 seconds")
          assert.strictEqual(wordsOf(yield* Fiber.join(fiber)), "EspUnavailable timeout, may have acted")
          yield* TestClock.withLive(untilTrue("the connection is closed", () => proxy.open() === 0))
          assert.lengthOf(peer.received, 0)
          yield* proxy.set("pass")
          assert.strictEqual(yield* persist(email, { unresolved: true }), "created")
        })
      )
    )

    it.effect("an answer later than the time limit: what was written is ours", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ failure, peer, persist, proxy }) {
          const email = addressOf()
          yield* proxy.set({ _tag: "latency", request: 0, answer: 3_600_000 })
          const fiber = yield* Effect.forkChild(failure(email), { startImmediately: true })
          yield* TestClock.withLive(untilTrue("the request", () => peer.received.length > 0))
          yield* TestClock.adjust("15 seconds")
          assert.strictEqual(wordsOf(yield* Fiber.join(fiber)), "EspUnavailable timeout, may have acted")
          yield* TestClock.withLive(untilTrue("the connection is closed", () => proxy.open() === 0))
          yield* proxy.set("pass")
          assert.strictEqual(yield* persist(email, { unresolved: true }), "created")
          if (subject.createsOnce) assert.strictEqual(peer.contacts.get(email)?.creations, 1)
        })
      )
    )

    for (const mode of ["reset", "reset-answer"] as const) {
      it.effect(`${mode}: cut, and what was written is ours`, () =>
        onBench(
          subject,
          Effect.fnUntraced(function* ({ failure, peer, persist, proxy }) {
            const email = addressOf()
            yield* proxy.set(mode)
            assert.strictEqual(wordsOf(yield* failure(email)), "EspUnavailable cut, may have acted")
            yield* proxy.set("pass")
            assert.strictEqual(yield* persist(email, { unresolved: true }), "created")
            if (subject.createsOnce) assert.strictEqual(peer.contacts.get(email)?.creations, 1)
          })
        )
      )
    }

    it.effect("a connection that is refused did nothing", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ failure, peer, proxy, register }) {
          const [ours, theirs] = [addressOf(), addressOf()]
          peer.add(theirs)
          yield* proxy.set("refuse")
          assert.strictEqual(wordsOf(yield* failure(ours)), "EspUnavailable refused")
          assert.strictEqual(wordsOf(yield* failure(theirs)), "EspUnavailable refused")
          yield* proxy.set("pass")
          assert.strictEqual((yield* register(ours)).verdict, "created")
          assert.strictEqual((yield* register(theirs)).verdict, "existed")
        })
      )
    )
  })
