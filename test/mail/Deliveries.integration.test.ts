import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { deliverer, ground, post, senderTo, stored, suppressed } from "./Sending.ts"
import * as SmtpPeer from "./SmtpPeer.ts"
import { Time } from "../support/service/Recording.ts"

describe("a mail", () => {
  it.live("is handed in once, however often one looks", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      yield* Effect.gen(function* () {
        const deliver = yield* deliverer
        const key = yield* post()
        assert.strictEqual(yield* deliver, 1)
        assert.strictEqual(yield* deliver, 0)
        const mail = yield* stored(key)
        assert.deepInclude(mail, { status: "sent", attempts: 1, reason: null, dueAt: null })
        assert.deepStrictEqual(
          peer.taken.map(({ from, to }) => [from, to]),
          [["mail@brand.example", "nora@shop.example"]]
        )
      }).pipe(Effect.provide(senderTo(peer.url)))
    }).pipe(Effect.provide(ground))
  )
})

describe("an answer that", () => {
  it.live("a mailbox does not exist ends the mail, and blocks the address", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      yield* Effect.gen(function* () {
        const deliver = yield* deliverer
        peer.break((stage) =>
          stage === "rcpt" ? { code: 550, message: "5.1.1 <nora@shop.example>: no such user" } : undefined
        )
        const key = yield* post()
        yield* deliver
        const { reason, status } = yield* stored(key)
        assert.deepStrictEqual([status, reason], ["refused", "Answer to RCPT TO: 550 5.1.1 <<address>>: no such user"])
        assert.deepStrictEqual(yield* suppressed, [
          { emailKey: "nora@shop.example", reason: "refused", detail: reason }
        ])
        peer.break(() => undefined)
        const next = yield* post()
        yield* deliver
        assert.strictEqual((yield* stored(next)).status, "suppressed")
        assert.lengthOf(peer.taken, 0)
      }).pipe(Effect.provide(senderTo(peer.url)))
    }).pipe(Effect.provide(ground))
  )

  it.live("is passing has the mail wait longer and longer, until its time is over", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      yield* Effect.gen(function* () {
        const time = yield* Time
        const deliver = yield* deliverer
        peer.break((stage) => (stage === "data" ? { code: 451, message: "4.7.1 Greylisted" } : undefined))
        const key = yield* post()
        const pauses: Array<number> = []
        for (let attempt = 1; ; attempt++) {
          assert.strictEqual(yield* deliver, 1)
          assert.strictEqual(yield* deliver, 0, "it waits")
          const { attempts, dueAt, status } = yield* stored(key)
          assert.strictEqual(attempts, attempt)
          if (status === "failed") break
          assert.strictEqual(status, "outbox")
          const pause = dueAt!.getTime() - time.now()
          pauses.push(Math.round(pause / 60_000))
          time.adjust(pause)
        }
        assert.isAbove(pauses.length, 20)
        assert.deepStrictEqual(
          pauses.map((pause, index) => pause >= Math.floor(0.8 * Math.min(240, 2 ** index))),
          pauses.map(() => true)
        )
      }).pipe(Effect.provide(senderTo(peer.url)))
    }).pipe(Effect.provide(ground))
  )
})
