import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { addressOf, onBench } from "./Bench.ts"

/** A contact that exists may not be mailed unless the player has consented. */
export const mailing = (subject: ProviderSubject) =>
  describe("permission to mail", () => {
    it.effect("without consent a new contact is never subscribed", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const email = addressOf()
          const { mailability, verdict } = yield* register(email)
          assert.strictEqual(verdict, "created")
          assert.oneOf(mailability, ["unsubscribed", "suppressed", "unknown"])
          assert.notStrictEqual(peer.contacts.get(email)?.mailability, "subscribed")
        })
      )
    )

    it.effect("with consent a new contact is subscribed, or asked to confirm", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const email = addressOf()
          const { mailability, verdict } = yield* register(email, { consent: true })
          assert.strictEqual(verdict, "created")
          const held = peer.contacts.get(email)?.mailability
          assert.oneOf(held, ["subscribed", "pending"])
          assert.oneOf(mailability, [held, "unknown"])
        })
      )
    )

    for (const mailability of ["unsubscribed", "suppressed"] as const) {
      for (const consent of [false, true]) {
        it.effect(
          `a contact that is ${mailability} existed and stays so, ${consent ? "with" : "without"} consent`,
          () =>
            onBench(
              subject,
              Effect.fnUntraced(function* ({ peer, register }) {
                const email = addressOf()
                peer.add(email, mailability)
                // Not every provider distinguishes the two.
                const before = peer.contacts.get(email)?.mailability
                assert.oneOf(before, ["unsubscribed", "suppressed"])
                const first = yield* register(email, { consent })
                assert.strictEqual(first.verdict, "existed")
                assert.oneOf(first.mailability, [before, "unknown"])
                assert.strictEqual((yield* register(email, { consent })).verdict, "existed")
                assert.strictEqual(peer.contacts.get(email)?.mailability, before)
              })
            )
        )
      }
    }

    it.effect("a play without consent takes no permission back", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* ({ peer, register }) {
          const email = addressOf()
          peer.add(email, "subscribed")
          const { mailability, verdict } = yield* register(email)
          assert.strictEqual(verdict, "existed")
          assert.oneOf(mailability, ["subscribed", "unknown"])
          assert.strictEqual(peer.contacts.get(email)?.mailability, "subscribed")
        })
      )
    )
  })
