import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { EspClient } from "../../../../src/esp/EspClient.ts"
import { untilTrue } from "../../service/Service.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { addressOf, onBench, wordsOf } from "./Bench.ts"

const wrongEnvOf = ({ env, wrongEnv }: ProviderSubject) =>
  wrongEnv ?? Object.fromEntries(Object.entries(env).map(([name, value]) => [name, `0${value}`]))

/** The settings of the connection against the provider's account: its key, its list, its limits. */
export const account = (subject: ProviderSubject) =>
  describe("the account", () => {
    const wrong = wrongEnvOf(subject)
    const list = subject.wrongList === undefined ? { id: "99999999", isRefused: true } : subject.wrongList

    it.effect("right settings are found right, and the check changes nothing", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ check, peer }) {
          const findings = yield* check
          assert.isNotEmpty(findings)
          assert.deepStrictEqual(
            findings.filter(({ level }) => level !== "ok"),
            []
          )
          assert.isAbove(peer.received.length, 0, "it asked")
          assert.strictEqual(peer.contacts.size, 0)
        })
      )
    )

    it.effect("a wrong key is for the operator to mend, and did nothing", () =>
      onBench(
        { ...subject, secrets: [...subject.secrets, ...Object.values(wrong)] },
        Effect.fnUntraced(function* ({ check, failure, peer }) {
          const error = yield* failure(addressOf())
          assert.strictEqual(error._tag, "EspMisconfigured", wordsOf(error))
          assert.isTrue(error._tag === "EspMisconfigured" && !error.mayHaveActed)
          assert.strictEqual(peer.contacts.size, 0)
          assert.include(
            (yield* check).map(({ level }) => level),
            "error"
          )
        }),
        { env: wrong }
      )
    )

    it.effect("a key that expires in the middle, and comes back", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ failure, peer, register }) {
          const [before, meanwhile, theirs] = [addressOf(), addressOf(), addressOf()]
          peer.add(theirs)
          assert.strictEqual((yield* register(before)).verdict, "created")
          for (const email of [meanwhile, theirs, before]) {
            peer.fault("key-refused")
            const error = yield* failure(email)
            assert.strictEqual(error._tag, "EspMisconfigured", wordsOf(error))
            assert.isTrue(error._tag === "EspMisconfigured" && !error.mayHaveActed)
          }
          assert.strictEqual((yield* register(meanwhile)).verdict, "created")
          assert.strictEqual((yield* register(theirs)).verdict, "existed")
          assert.strictEqual((yield* register(before)).verdict, "existed")
        })
      )
    )

    if (list !== null) {
      it.effect("a wrong list of the connection is found by the check", () =>
        onBench(
          subject,
          Effect.fnUntraced(function* ({ check }) {
            assert.include(
              (yield* check).map(({ level }) => level),
              "error"
            )
          }),
          { settings: { list: list.id } }
        )
      )

      it.effect.runIf(list.isRefused)("a wrong list of a game is for the operator to mend", () =>
        onBench(
          subject,
          Effect.fnUntraced(function* ({ failure, register }) {
            const email = addressOf()
            // With consent, because without it a contact may be in no list at all.
            const error = yield* failure(email, { list: list.id, consent: true })
            assert.strictEqual(error._tag, "EspMisconfigured", wordsOf(error))
            const unresolved = error._tag === "EspMisconfigured" && error.mayHaveActed
            assert.strictEqual((yield* register(email, { unresolved, consent: true })).verdict, "created")
          })
        )
      )
    }

    it.effect("a rate limit says how long, and the account is closed for as long", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ closed, failure, peer }) {
          peer.fault("rate-limited")
          const error = yield* failure(addressOf())
          assert.isTrue(error._tag === "EspUnavailable" && error.reason === "rate-limited")
          yield* TestClock.withLive(untilTrue("the account is closed", () => closed.length > 0))
          if (error._tag === "EspUnavailable" && error.retryAfter !== undefined) {
            assert.deepStrictEqual(closed, [error.retryAfter])
          }
        })
      )
    )

    it.effect("its own limits keep within those of the provider", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ attempt, peer }) {
          const { connections } = yield* EspClient
          const { account, buckets, concurrency } = connections.get("shop")?.governor ?? assert.fail("no connection")
          for (const secret of subject.secrets) assert.notInclude(account, secret)
          const limits = [...buckets.map(({ cost, limit }) => Math.floor(limit / cost)), concurrency?.limit ?? Infinity]
          const most = Math.min(...limits)
          if (most === Infinity) return
          assert.isAtLeast(most, 1)
          const ends = yield* Effect.all(
            Array.from({ length: most + 5 }, () => attempt(addressOf())),
            { concurrency: "unbounded" }
          )
          const failures = ends.filter(Result.isFailure).map(({ failure }) => failure.reason)
          assert.deepStrictEqual([...new Set(failures)], ["no-slot"], "none was turned away by the provider")
          assert.strictEqual(peer.contacts.size, most)
          const again = yield* attempt(addressOf())
          assert.isTrue(Result.isSuccess(again) || again.failure.reason === "no-slot")
        }),
        { governed: true }
      )
    )
  })
