import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { addressOf, onBench, wordsOf } from "./Bench.ts"

/**
 * These characters are allowed in the local part of an address (RFC 5321), and are special in URLs, forms, SQL or regular
 * expressions.
 */
const awkward = ["o'hara", "a&b=c", "100%25", "{x}|y", "no.ra$", "who?"]

/** Which addresses are the same contact. */
export const addresses = (subject: ProviderSubject) =>
  describe("addresses", () => {
    it.effect("a new one is created, and existed from then on", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const email = addressOf()
          assert.strictEqual((yield* register(email)).verdict, "created")
          assert.strictEqual(peer.contacts.get(email)?.creations, 1)
          assert.strictEqual((yield* register(email)).verdict, "existed")
          assert.strictEqual((yield* register(email)).verdict, "existed")
          assert.strictEqual(peer.contacts.size, 1)
          if (subject.createsOnce) assert.strictEqual(peer.contacts.get(email)?.creations, 1)
        })
      )
    )

    it.effect("one that somebody else has added existed", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const email = addressOf()
          peer.add(email)
          assert.strictEqual((yield* register(email)).verdict, "existed")
          assert.strictEqual(peer.contacts.get(email)?.creations, 0)
        })
      )
    )

    it.effect.runIf(subject.foldsCase)("one in another case is the same contact, whoever typed it how", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const [ours, theirs] = [addressOf("Nora"), addressOf("OTTO")]
          assert.strictEqual((yield* register(ours)).verdict, "created")
          assert.strictEqual((yield* register(ours.toUpperCase())).verdict, "existed")
          assert.strictEqual((yield* register(ours.toLowerCase())).verdict, "existed")
          peer.add(theirs)
          assert.strictEqual((yield* register(theirs.toLowerCase())).verdict, "existed")
          assert.strictEqual(peer.contacts.size, 2)
        })
      )
    )

    it.effect("one with a tag is another contact, and keeps its tag", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const email = addressOf()
          const tagged = email.replace("@", "+wheel@")
          peer.add(email)
          assert.strictEqual((yield* register(tagged)).verdict, "created")
          assert.isTrue(peer.contacts.has(tagged))
          assert.strictEqual((yield* register(tagged)).verdict, "existed")
          assert.strictEqual((yield* register(email)).verdict, "existed")
        })
      )
    )

    it.effect.each(awkward)("one with awkward signs arrives as it was typed: %s", (local) =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const email = addressOf(local)
          assert.strictEqual((yield* register(email)).verdict, "created")
          assert.deepStrictEqual([...peer.contacts.keys()], [email])
          assert.strictEqual((yield* register(email)).verdict, "existed")
          peer.add(addressOf("xavier"))
          assert.strictEqual((yield* register(email)).verdict, "existed")
        })
      )
    )

    it.effect.each([
      ["kältetechnik.example", "xn--kltetechnik-l8a.example"],
      ["shop。example", "shop.example"],
      ["KÄLTETECHNIK.Example", "xn--kltetechnik-l8a.example"]
    ] as const)("one at a domain in letters arrives at the domain in ASCII: %s", ([typed, ascii]) =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const [local = ""] = addressOf("ana").split("@")
          assert.strictEqual((yield* register(`${local}@${typed}`)).verdict, "created")
          assert.deepStrictEqual([...peer.contacts.keys()], [`${local}@${ascii}`])
          assert.strictEqual((yield* register(`${local}@${ascii}`)).verdict, "existed")
        })
      )
    )

    it.effect.each(subject.refused)(
      "one that the provider never takes is rejected: $reason, $email",
      ({ email, reason }) =>
        onBench(
          subject,
          Effect.fnUntraced(function* ({ failure, peer, register }) {
            assert.strictEqual(wordsOf(yield* failure(email)), `EspRejected ${reason}`)
            assert.strictEqual(peer.contacts.size, 0)
            assert.strictEqual((yield* register(addressOf())).verdict, "created", "the next one is taken")
          })
        )
    )

    it.effect("of parallel plays one creates, and the others existed", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ attempt, peer }) {
          const email = addressOf()
          const ends = yield* Effect.all([attempt(email), attempt(email), attempt(email)], { concurrency: "unbounded" })
          const verdicts = ends.map((end) => (Result.isSuccess(end) ? end.success.verdict : wordsOf(end.failure)))
          assert.strictEqual(peer.contacts.size, 1)
          if (!subject.createsOnce) return assert.include(verdicts, "created")
          assert.deepStrictEqual(verdicts.sort(), ["created", "existed", "existed"])
          assert.strictEqual(peer.contacts.get(email)?.creations, 1)
        })
      )
    )
  })
