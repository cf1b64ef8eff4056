import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { untilTrue } from "../../service/Service.ts"
import type { EspError } from "../../../../src/esp/EspClient.ts"
import type { Fault } from "../ProviderPeer.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { addressOf, type Bench, onBench, wordsOf } from "./Bench.ts"

interface Expected {
  readonly tag: EspError["_tag"]
  /** Undefined: the adapter decides. */
  readonly reason: string | RegExp | undefined
  readonly mayHaveActed: boolean
}

const unavailable = (reason: Expected["reason"], mayHaveActed: boolean): Expected => ({
  tag: "EspUnavailable",
  reason,
  mayHaveActed
})

const usual: { readonly [F in Exclude<Fault, "none" | "echo">]: Expected } = {
  "rate-limited": unavailable("rate-limited", false),
  "key-refused": { tag: "EspMisconfigured", reason: undefined, mayHaveActed: false },
  trouble: unavailable(undefined, true),
  localised: { tag: "EspRejected", reason: undefined, mayHaveActed: false },
  "bare-429": unavailable("rate-limited", false),
  "bare-403": { tag: "EspMisconfigured", reason: undefined, mayHaveActed: false },
  "bare-500": unavailable("status-500", true),
  html: unavailable("status-502", true),
  garbage: unavailable(undefined, true),
  redirect: { tag: "EspMisconfigured", reason: /^redirect: /, mayHaveActed: false },
  cut: unavailable("cut", true),
  "cut-after": unavailable("cut", true),
  hang: unavailable("timeout", true),
  "hang-after": unavailable("timeout", true),
  "half-after": unavailable("cut", true),
  "stall-after": unavailable("timeout", true),
  "huge-after": unavailable("too-large", true),
  "latin1-after": unavailable("not-utf8", true)
}

type KnownFault = keyof typeof usual

const faults = Object.keys(usual) as ReadonlyArray<KnownFault>

const expectedOf = ({ notActed = [], reasons = {} }: ProviderSubject, fault: KnownFault): Expected => {
  const reason = reasons[fault] ?? usual[fault].reason
  if (reason === "rate-limited") return unavailable(reason, false)
  return { ...usual[fault], reason, mayHaveActed: usual[fault].mayHaveActed && !notActed.includes(fault) }
}

const neverEnds: ReadonlySet<Fault> = new Set(["hang", "hang-after", "stall-after"])
const dropsConnection: ReadonlySet<Fault> = new Set([...neverEnds, "huge-after"])

const hasActed = (fault: Fault) => fault.endsWith("-after")

/** How a second write can fail after the first one was carried out and answered. */
const between = ["bare-500", "rate-limited", "key-refused", "cut", "cut-after", "garbage"] as const

/** The attempt that meets the fault. If it never ends, it reaches the guard's time limit in virtual time. */
const meet = Effect.fnUntraced(function* (bench: Bench, fault: Fault, email: string) {
  bench.peer.fault(fault)
  const fiber = yield* Effect.forkChild(bench.failure(email), { startImmediately: true })
  if (neverEnds.has(fault)) {
    const isStuck = () => bench.peer.faultsLeft() === 0 && (fault !== "stall-after" || bench.proxy.answered() > 0)
    yield* TestClock.withLive(untilTrue("the request", isStuck))
    yield* TestClock.adjust("15 seconds")
  }
  return yield* Fiber.join(fiber)
})

/** How an attempt ends under a fault, and what remains true of the contact. */
export const meetings = (subject: ProviderSubject) =>
  describe("faults", () => {
    for (const fault of faults) {
      const { mayHaveActed, reason, tag } = expectedOf(subject, fault)

      it.effect(`${fault}: ${tag}${mayHaveActed ? ", which may have acted" : ""}`, () =>
        onBench(
          subject,
          Effect.fnUntraced(function* (bench) {
            const { closed, peer, persist } = bench
            const email = addressOf()
            const error = yield* meet(bench, fault, email)
            assert.strictEqual(error._tag, tag, wordsOf(error))
            if (typeof reason === "string") assert.strictEqual(error.reason, reason)
            else if (reason !== undefined) assert.match(error.reason, reason)
            assert.isNotEmpty(error.reason)
            assert.strictEqual(peer.contacts.has(email), hasActed(fault))
            const closings = reason === "rate-limited" ? 1 : 0
            yield* TestClock.withLive(untilTrue("the account is closed", () => closed.length >= closings))
            if (dropsConnection.has(fault)) {
              yield* TestClock.withLive(untilTrue("the connection is closed", () => peer.open() === 0))
            }
            // 30 MB were offered. System buffers hold what is in flight when the connection is dropped.
            assert.isBelow(peer.sent(), 20 * 1024 * 1024)
            assert.lengthOf(peer.redirectTo.received, 0, "the credentials went elsewhere")
            assert.lengthOf(closed, closings, "the account is closed by a rate limit alone")

            if (error._tag === "EspRejected") return
            assert.strictEqual(error.mayHaveActed, mayHaveActed)
            const verdict = yield* persist(email, { unresolved: error.mayHaveActed })
            assert.strictEqual(verdict, "created", "our own write is no contact that existed")
            if (subject.createsOnce) assert.strictEqual(peer.contacts.get(email)?.creations, 1)
          })
        )
      )

      if (tag === "EspRejected" || mayHaveActed) continue
      it.effect(`${fault}: a contact of somebody else's still existed`, () =>
        onBench(
          subject,
          Effect.fnUntraced(function* (bench) {
            const { peer, persist } = bench
            const email = addressOf()
            peer.add(email)
            const error = yield* meet(bench, fault, email)
            assert.strictEqual(error._tag, tag)
            const unresolved = error._tag !== "EspRejected" && error.mayHaveActed
            assert.strictEqual(yield* persist(email, { unresolved }), "existed")
          })
        )
      )
    }

    for (const fault of between) {
      const isUndone = fault === "rate-limited" || fault === "key-refused"
      it.effect(
        `${fault} at a second write: created by us is created${isUndone ? ", and its consent not lost" : ""}`,
        () =>
          onBench(
            subject,
            Effect.fnUntraced(function* ({ peer, persist }) {
              const email = addressOf()
              peer.fault("none", fault)
              assert.strictEqual(yield* persist(email, { consent: true }), "created")
              // If the consent may already have arrived, an adapter may avoid asking the player twice.
              if (isUndone) assert.oneOf(peer.contacts.get(email)?.mailability, ["subscribed", "pending"])
              if (subject.createsOnce) assert.strictEqual(peer.contacts.get(email)?.creations, 1)
            })
          )
      )

      it.effect(`${fault} at a second write: a contact of somebody else's existed`, () =>
        onBench(
          subject,
          Effect.fnUntraced(function* ({ peer, persist }) {
            const email = addressOf()
            peer.add(email, "unsubscribed")
            const before = peer.contacts.get(email)?.mailability
            peer.fault("none", fault)
            assert.strictEqual(yield* persist(email, { consent: true }), "existed")
            assert.strictEqual(peer.contacts.get(email)?.mailability, before)
          })
        )
      )

      it.effect(`${fault} at a second write: a contact of another connection's existed, with consent that is new`, () =>
        onBench(
          subject,
          Effect.fnUntraced(function* ({ peer, persist, register }) {
            const email = addressOf()
            yield* register(email)
            peer.fault("none", fault)
            assert.strictEqual(yield* persist(email, { consent: true }), "existed")
          })
        )
      )
    }

    it.effect("an error that repeats what it was sent gives nothing away", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ attempt, peer }) {
          peer.fault("echo", "none", "echo")
          const email = addressOf()
          yield* attempt(email, { consent: true })
          yield* attempt(email, { consent: true })
          assert.isBelow(peer.faultsLeft(), 3)
        })
      )
    )
  })
