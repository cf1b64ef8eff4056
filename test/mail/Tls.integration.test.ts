import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { selfMade } from "./Certificate.ts"
import { anybody, deliverer, ground, post, senderTo, stored } from "./Sending.ts"
import * as SmtpPeer from "./SmtpPeer.ts"

const password = "rightpassword"
const trusted = selfMade()
const trustedOther = selfMade("mail.other.example")
const unknown = selfMade()

/** Trusts the first two certificates, as NODE_EXTRA_CA_CERTS does for a whole process. */
const trusting = Effect.acquireRelease(
  Effect.sync(() => {
    const before = getCACertificates("default")
    setDefaultCACertificates([...before, trusted.cert, trustedOther.cert])
    return before
  }),
  (before) => Effect.sync(() => setDefaultCACertificates(before))
)

/** Sends a mail to a peer, by a URL made from its port. */
const meeting = (options: Parameters<typeof SmtpPeer.start>[0], urlOf: (port: number) => string) =>
  Effect.gen(function* () {
    yield* trusting
    const peer = yield* SmtpPeer.start({ password, ...options })
    return yield* Effect.gen(function* () {
      const deliver = yield* deliverer
      const key = yield* post({ to: anybody() })
      yield* deliver
      return { mail: yield* stored(key), peer }
    }).pipe(Effect.provide(senderTo(urlOf(peer.port), { SMTP_TIMEOUT: "2 seconds" })))
  })

const encrypted = { isEncrypted: true, user: "shop" }

layer(ground, { excludeTestServices: true })("The connection to the mail server", (it) => {
  it.effect("is encrypted from the start with smtps:", () =>
    Effect.gen(function* () {
      const { mail, peer } = yield* meeting(
        { secure: true, ...trusted },
        (port) => `smtps://shop:${password}@localhost:${port}`
      )
      assert.strictEqual(mail.status, "sent")
      assert.deepInclude(peer.taken[0], encrypted)
    })
  )

  it.effect("is encrypted by STARTTLS where it must be", () =>
    Effect.gen(function* () {
      const { mail, peer } = yield* meeting(trusted, (port) => `smtp://shop:${password}@localhost:${port}?tls=required`)
      assert.strictEqual(mail.status, "sent")
      assert.deepInclude(peer.taken[0], encrypted)
    })
  )

  it.effect("is not used with a certificate of nobody known, or of another name", () =>
    Effect.gen(function* () {
      const url = (port: number) => `smtps://shop:${password}@localhost:${port}`
      const required = (port: number) => `smtp://shop:${password}@localhost:${port}?tls=required`
      for (const { mail, peer } of [
        yield* meeting({ secure: true, ...unknown }, url),
        yield* meeting(unknown, required),
        yield* meeting(trustedOther, required)
      ]) {
        assert.deepInclude(mail, { status: "outbox", attempts: 0 })
        assert.match(mail.reason ?? "", /^E(?:TLS|SOCKET): .*certificate/)
        assert.deepStrictEqual([peer.taken.length, peer.reached("auth"), peer.reached("mail")], [0, 0, 0])
      }
    })
  )

  it.effect("is not used in the clear where it must be encrypted: no password, no mail", () =>
    Effect.gen(function* () {
      const { mail, peer } = yield* meeting({}, (port) => `smtp://shop:${password}@localhost:${port}?tls=required`)
      assert.deepInclude(mail, { status: "outbox", attempts: 0 })
      assert.deepStrictEqual([peer.taken.length, peer.reached("auth"), peer.reached("mail")], [0, 0, 0])
      assert.notMatch(peer.lines.join("\n"), /C: (?:AUTH|MAIL)/)
    })
  )

  it.effect("is encrypted where that is offered, with whatever certificate, and else in the clear", () =>
    Effect.gen(function* () {
      const url = (port: number) => `smtp://shop:${password}@127.0.0.1:${port}`
      const offered = yield* meeting(unknown, url)
      assert.strictEqual(offered.mail.status, "sent")
      assert.deepInclude(offered.peer.taken[0], encrypted)
      const clear = yield* meeting({}, url)
      assert.strictEqual(clear.mail.status, "sent")
      assert.deepInclude(clear.peer.taken[0], { isEncrypted: false, user: "shop" })
    })
  )

  it.effect("is not used without signing in where there is a password", () =>
    Effect.gen(function* () {
      const { mail, peer } = yield* meeting(
        { authOptional: true, disabledCommands: ["AUTH", "STARTTLS"] },
        (port) => `smtp://shop:${password}@127.0.0.1:${port}`
      )
      assert.deepInclude(mail, { status: "outbox", attempts: 0 })
      assert.strictEqual(peer.taken.length, 0)
    })
  )
})
