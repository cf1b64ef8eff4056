import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Time } from "../support/service/Recording.ts"
import { anybody, deliverer, ground, logged, post, senderTo, stored, suppressed } from "./Sending.ts"
import * as SmtpPeer from "./SmtpPeer.ts"

type Case = readonly [stage: SmtpPeer.Stage, fault: SmtpPeer.Fault]

const answer = (code: number, message: string): SmtpPeer.Fault => ({ code, message })

/** Faults of the mail server, of the account at it, or of what is between: they say nothing about the mail. */
const ofServer: ReadonlyArray<Case> = [
  ["connect", answer(421, "4.3.2 Too busy")],
  ["connect", answer(554, "5.7.1 Your network is blocked")],
  ["connect", "drop"],
  ["connect", "hang"],
  ["auth", answer(421, "4.7.0 Try later")],
  ["auth", answer(454, "4.7.0 Temporary failure")],
  ["auth", answer(535, "5.7.8 Wrong password")],
  ["auth", answer(534, "5.7.9 Another mechanism is needed")],
  ["auth", "drop"],
  ["auth", "hang"],
  ["mail", answer(421, "4.3.2 Going down")],
  ["mail", answer(450, "4.7.1 Slow down")],
  ["mail", answer(530, "5.7.0 Authentication required")],
  ["mail", answer(535, "5.7.8 Not signed in")],
  ["mail", answer(550, "5.7.1 The sender is not yours")],
  ["mail", answer(553, "Sender not allowed")],
  ["mail", "drop"],
  ["mail", "hang"],
  ["rcpt", answer(421, "4.3.2 Going down")],
  ["rcpt", answer(530, "Authentication required")],
  ["rcpt", answer(535, "5.7.8 Not signed in")],
  ["rcpt", answer(503, "5.5.1 Bad sequence")],
  ["rcpt", "drop"],
  ["rcpt", "hang"]
]

/** Answers about the mail that may be different another time. */
const passing: ReadonlyArray<Case> = [
  ["rcpt", answer(450, "4.2.1 The mailbox is busy")],
  ["rcpt", answer(451, "Greylisted")],
  ["rcpt", answer(452, "4.2.2 The mailbox is full")],
  // Mostly a server that does not relay for this client.
  ["rcpt", answer(554, "5.7.1 Relay access denied")],
  ["rcpt", answer(550, "5.7.1 Relaying denied")],
  ["data", answer(421, "4.3.2 Going down")],
  ["data", answer(450, "4.3.0 Try again")],
  ["data", answer(452, "4.3.1 No space")],
  // The server may have the mail: another copy goes out only after a growing pause.
  ["data", "drop"],
  ["data", "hang"]
]

/** Answers that end the mail, and whether they are about the address. */
const refused: ReadonlyArray<readonly [...Case, isAddress: boolean]> = [
  ["rcpt", answer(550, "5.1.1 No such user"), true],
  ["rcpt", answer(550, "No such user here"), true],
  ["rcpt", answer(551, "User not local"), true],
  ["rcpt", answer(553, "5.1.3 Bad address"), true],
  ["rcpt", answer(550, "5.1.10 The domain takes no mail"), true],
  ["rcpt", answer(550, "5.2.1 The mailbox is disabled"), true],
  ["rcpt", answer(556, "The domain takes no mail"), true],
  ["rcpt", answer(501, "5.1.3 Bad syntax of the address"), true],
  ["rcpt", answer(501, "What?"), false],
  ["rcpt", answer(552, "5.2.2 The mailbox is full"), false],
  ["rcpt", answer(550, "5.4.1 No route"), false],
  ["mail", answer(552, "5.3.4 Too large"), false],
  ["data", answer(550, "5.1.1 No such user"), true],
  ["data", answer(550, "Looks like spam"), false],
  ["data", answer(554, "5.7.1 Refused by policy"), false],
  ["data", answer(552, "5.2.3 Too large"), false]
]

const nameOf = ([stage, fault]: readonly [SmtpPeer.Stage, SmtpPeer.Fault, ...ReadonlyArray<unknown>]) =>
  `${stage}: ${typeof fault === "string" ? fault : "later" in fault ? "later" : `${fault.code} ${fault.message}`}`

/** One mail meets a fault at its stage; afterwards, the server is well. */
const meeting = ([stage, fault]: Case) =>
  Effect.gen(function* () {
    const peer = yield* Peer
    const url = peer.url.replace("//", "//shop:rightpassword@")
    return yield* Effect.gen(function* () {
      const time = yield* Time
      const deliver = yield* deliverer
      const [to, other] = [anybody(), anybody()]
      peer.break((at) => (at === stage ? fault : undefined))
      const key = yield* post({ to })
      yield* deliver
      const met = { mail: yield* stored(key), blocked: yield* suppressed }
      peer.break(() => undefined)
      const next = yield* post({ to: other })
      time.adjust("2 minutes")
      yield* deliver
      assert.strictEqual((yield* stored(next)).status, "sent", "the next one is sent")
      return {
        ...met,
        blocked: met.blocked.filter(({ emailKey }) => emailKey === to),
        later: yield* stored(key),
        taken: peer.taken.filter((one) => one.to === to)
      }
    }).pipe(Effect.provide(senderTo(url, { SMTP_TIMEOUT: "250 millis" })))
  })

class Peer extends Context.Service<Peer, SmtpPeer.SmtpPeer>()("test/mail/Peer") {}

layer(Layer.merge(ground, Layer.effect(Peer, SmtpPeer.start({ password: "rightpassword" }))), {
  excludeTestServices: true
})((it) => {
  describe("the mail stays as new as it was, and is sent once the server can be used again:", () => {
    for (const one of ofServer) {
      it.effect(nameOf(one), () =>
        Effect.gen(function* () {
          const { blocked, later, mail, taken } = yield* meeting(one)
          assert.deepInclude(mail, { status: "outbox", attempts: 0 })
          assert.isString(mail.reason)
          assert.deepStrictEqual(blocked, [])
          assert.deepInclude(later, { status: "sent", attempts: 1, reason: null })
          assert.lengthOf(taken, 1)
        })
      )
    }
  })

  describe("the mail waits, and is tried again:", () => {
    for (const one of passing) {
      it.effect(nameOf(one), () =>
        Effect.gen(function* () {
          const { blocked, later, mail } = yield* meeting(one)
          assert.deepInclude(mail, { status: "outbox", attempts: 1 })
          assert.deepStrictEqual(blocked, [])
          assert.deepInclude(later, { status: "sent", attempts: 2, reason: null })
        })
      )
    }
  })

  describe("the mail has ended:", () => {
    for (const [stage, fault, isAddress] of refused) {
      it.effect(`${nameOf([stage, fault])}${isAddress ? ", and so has the address" : ""}`, () =>
        Effect.gen(function* () {
          const { blocked, later, mail } = yield* meeting([stage, fault])
          assert.deepInclude(mail, { status: "refused", attempts: 1, dueAt: null })
          assert.strictEqual(later.status, "refused")
          assert.deepStrictEqual(
            blocked.map(({ reason }) => reason),
            isAddress ? ["refused"] : []
          )
        })
      )
    }
  })

  it("the log has neither passwords nor addresses of readers", () => {
    assert.isAbove(logged.length, 20)
    for (const line of logged) assert.notMatch(line, /rightpassword|@shop\.example/)
  })
})
