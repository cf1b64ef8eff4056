import { assert, layer } from "@effect/vitest"
import { Context, DateTime, Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as Deliveries from "../../src/mail/Deliveries.ts"
import * as DeliveriesRepo from "../../src/mail/DeliveriesRepo.ts"
import { letter, secretLink } from "../../src/mail/Letter.ts"
import { Smtp } from "../../src/mail/Smtp.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import { leastUuidAt } from "../../src/platform/Ids.ts"
import { held } from "../support/service/Held.ts"
import { Time } from "../support/service/Recording.ts"
import * as Service from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { anybody, deliveredBy, deliverer, logged, post, quiet, senderTo, stored, suppressed } from "./Sending.ts"
import * as SmtpPeer from "./SmtpPeer.ts"

class Url extends Context.Service<Url, Effect.Success<typeof TestDatabase.makeUrl>>()("test/mail/Url") {}

const ground = Layer.unwrap(Effect.map(Url, TestDatabase.clientLayer)).pipe(
  Layer.provideMerge(Layer.effect(Url, TestDatabase.makeUrl)),
  Layer.provideMerge(quiet),
  Layer.provideMerge(Time.layer)
)

/** Attempts that one process claims; they run only when the test runs them. */
const claiming = Effect.gen(function* () {
  const server = yield* Smtp
  assert.isDefined(server)
  return (yield* Deliveries.make(server)).claimDue
})

const withLink = {
  link: "https://games.brand.example/join/token",
  letter: letter({
    language: "en" as const,
    subject: "Invitation",
    paragraphs: ["Hello."],
    button: { label: "Accept", link: secretLink }
  })
}

const idsOf = (raws: ReadonlyArray<{ readonly raw: string }>) =>
  raws.map(({ raw }) => /^Message-ID: (.*)\r$/im.exec(raw)?.[1])

layer(ground, { excludeTestServices: true })("Deliveries", (it) => {
  it.effect("each mail is sent once by processes that claim at the same time", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      yield* Effect.gen(function* () {
        const to = anybody()
        yield* Effect.forEach(Array.from({ length: 60 }), () => post({ to }), { discard: true })
        const work = Effect.gen(function* () {
          const claimDue = yield* claiming
          for (;;) {
            const attempts = yield* claimDue(5)
            if (attempts.length === 0) return
            yield* Effect.all(attempts, { concurrency: "unbounded" })
          }
        }).pipe(Effect.provide(senderTo(peer.url)))
        yield* Effect.all([work, work, work], { concurrency: "unbounded" })
        assert.lengthOf(peer.taken, 60)
        assert.strictEqual(new Set(idsOf(peer.taken)).size, 60)
        assert.isAtMost(peer.connections(), 15, "connections are kept")
      }).pipe(Effect.provide(senderTo(peer.url)))
    })
  )

  it.effect("whoever dies while it sends leaves the mail to others, who send it under the same Message-ID", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      const time = yield* Time
      yield* Effect.gen(function* () {
        const key = yield* post(withLink)
        // The server has the mail, and the process dies before it learns that.
        peer.break((stage) => (stage === "data" ? "hang" : undefined))
        const claimDue = yield* claiming
        const [attempt] = yield* claimDue(1)
        const dying = yield* Effect.forkChild(attempt)
        yield* Service.untilTrue("the server has the mail", () => peer.taken.length === 1)
        yield* Fiber.interrupt(dying)
        peer.break(() => undefined)

        const deliver = deliveredBy(senderTo(peer.url))
        assert.strictEqual(yield* deliver, 0, "the lease has not ended")
        time.adjust("1 hour")
        assert.strictEqual(yield* deliver, 1)
        assert.deepInclude(yield* stored(key), { status: "sent", attempts: 1 })
        const [first, second] = idsOf(peer.taken)
        assert.isDefined(first)
        assert.strictEqual(first, second)
      }).pipe(Effect.provide(senderTo(peer.url)))
    })
  )

  it.effect("an attempt that outlived its lease changes nothing any more", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      const time = yield* Time
      yield* Effect.gen(function* () {
        const to = anybody()
        const key = yield* post({ to })
        const claimDue = yield* claiming
        const [late] = yield* claimDue(1)
        time.adjust("1 hour")
        yield* deliveredBy(senderTo(peer.url))
        const { endedAt, status } = yield* stored(key)
        assert.strictEqual(status, "sent")
        peer.break((stage) => (stage === "rcpt" ? { code: 550, message: "5.1.1 No such user" } : undefined))
        time.adjust("1 second")
        yield* late!
        assert.deepInclude(yield* stored(key), { status: "sent", endedAt })
        assert.notInclude(
          (yield* suppressed).map(({ emailKey }) => emailKey),
          to
        )
      }).pipe(Effect.provide(senderTo(peer.url)))
    })
  )

  it.effect("what was sent is stored as sent even if the database is away meanwhile", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      const url = yield* Url
      yield* Effect.gen(function* () {
        const key = yield* post()
        const claimDue = yield* claiming
        const [attempt] = yield* claimDue(1)
        const { release } = yield* held(url, (sql) => sql`lock table mail in access exclusive mode`)
        const sending = yield* Effect.forkChild(attempt)
        const waits = () => logged.some((line) => line.includes("cannot be stored yet"))
        yield* Service.untilTrue("it cannot be stored", () => peer.taken.length === 1 && waits())
        yield* release
        yield* Fiber.join(sending)
        assert.deepInclude(yield* stored(key), { status: "sent", attempts: 1 })
        assert.lengthOf(peer.taken, 1)
      }).pipe(Effect.provide(senderTo(peer.url, { DATABASE_DEADLINE: "200 millis" })))
    })
  )

  it.effect("while the mail server is away, one mail at a time finds out, less and less often; then all are sent", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      const time = yield* Time
      yield* Effect.gen(function* () {
        const keys = yield* Effect.forEach(Array.from({ length: 5 }), () => post({ to: anybody() }))
        peer.break((stage) => (stage === "mail" ? { code: 550, message: "5.7.1 Not your sender" } : undefined))
        const claimDue = yield* claiming
        yield* Effect.all(yield* claimDue(3), { concurrency: "unbounded" })
        const pauses: Array<number> = []
        for (let pause = 0; pauses.length < 8; pause++) {
          const found = yield* claimDue(3)
          if (found.length > 0) pauses.push(pause)
          assert.isAtMost(found.length, 1)
          yield* Effect.all(found)
          if (found.length > 0) pause = 0
          time.adjust("1 second")
        }
        assert.isAtLeast(pauses[0]!, 4)
        assert.isAbove(pauses[3]!, pauses[0]!)
        for (const pause of pauses) assert.isAtMost(pause, 73, "a minute, and a fifth more")
        for (const key of keys) assert.deepInclude(yield* stored(key), { status: "outbox", attempts: 0 })
        peer.break(() => undefined)
        const deliver = Effect.gen(function* () {
          time.adjust("2 minutes")
          for (let left = yield* claimDue(3); left.length > 0; left = yield* claimDue(3)) yield* Effect.all(left)
        })
        yield* deliver
        for (const key of keys) assert.strictEqual((yield* stored(key)).status, "sent")
        const warnings = logged.filter((line) => line.includes("cannot be used") && line.includes("Not your sender"))
        assert.lengthOf(warnings, 1)
      }).pipe(Effect.provide(senderTo(peer.url)))
    })
  )

  it.effect("a passing refusal has the mail wait longer and longer, until its time is over; the others are sent", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      const time = yield* Time
      yield* Effect.gen(function* () {
        const [grey, white] = [anybody(), anybody()]
        const deliver = yield* deliverer
        peer.break((stage, to) =>
          stage === "data" && to === grey ? { code: 451, message: "4.7.1 Greylisted" } : undefined
        )
        const key = yield* post({ to: grey, ...withLink })
        const pauses: Array<number> = []
        for (let attempt = 1; ; attempt++) {
          const other = yield* post({ to: white })
          assert.strictEqual(yield* deliver, 2)
          assert.strictEqual((yield* stored(other)).status, "sent")
          assert.strictEqual(yield* deliver, 0, "it waits")
          const { attempts, dueAt, status } = yield* stored(key)
          assert.strictEqual(attempts, attempt)
          if (status === "failed") break
          assert.strictEqual(status, "outbox")
          const pause = dueAt!.getTime() - time.now()
          pauses.push(pause / 60_000)
          time.adjust(pause)
        }
        assert.isAbove(pauses.length, 20)
        for (const [index, pause] of pauses.entries()) {
          const usual = Math.min(240, 2 ** index)
          assert.isTrue(pause >= 0.79 * usual && pause <= 1.21 * usual, `${pause} minutes after attempt ${index + 1}`)
        }
        assert.include((yield* stored(key)).reason, "Greylisted")
      }).pipe(Effect.provide(senderTo(peer.url)))
    })
  )

  it.effect("a connection that the server closed while nothing was sent costs no mail an attempt", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      yield* Effect.gen(function* () {
        const deliver = yield* deliverer
        yield* post()
        yield* deliver
        peer.cut()
        const key = yield* post()
        assert.strictEqual(yield* deliver, 1)
        assert.deepInclude(yield* stored(key), { status: "sent", attempts: 1 })
        assert.strictEqual(peer.connections(), 2)
      }).pipe(Effect.provide(senderTo(peer.url)))
    })
  )

  it.effect("a mail whose address was blocked after it was stored is not sent", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      const time = yield* Time
      yield* Effect.gen(function* () {
        const to = anybody()
        const first = yield* post({ to })
        // The first is due first.
        time.adjust("1 second")
        const [second, other] = [yield* post({ to, ...withLink }), yield* post()]
        peer.break((stage, address) =>
          stage === "rcpt" && address === to ? { code: 550, message: "5.1.1 No such user" } : undefined
        )
        const deliver = yield* deliverer
        assert.strictEqual(yield* deliver, 3)
        assert.strictEqual((yield* stored(first)).status, "refused")
        assert.deepInclude(yield* stored(second), { status: "suppressed", attempts: 0, hasLink: false })
        assert.strictEqual((yield* stored(other)).status, "sent")
        assert.strictEqual(peer.reached("rcpt"), 2)
        const third = yield* post({ to, ...withLink })
        assert.deepInclude(yield* stored(third), { status: "suppressed", hasLink: false })
      }).pipe(Effect.provide(senderTo(peer.url)))
    })
  )

  it.effect("a mail whose key has left the ring waits until somebody puts it back", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      const time = yield* Time
      const key = yield* post(withLink).pipe(Effect.provide(senderTo(peer.url)))
      for (const keys of [[], [new Uint8Array(32).fill(9)]]) {
        yield* deliveredBy(Layer.provideMerge(Secrets.layerOf(keys), senderTo(peer.url)))
        const { reason, status } = yield* stored(key)
        assert.strictEqual(status, "outbox")
        assert.include(reason, "SECRETS_KEY")
        time.adjust("5 minutes")
      }
      assert.lengthOf(peer.taken, 0)
      yield* deliveredBy(senderTo(peer.url))
      assert.strictEqual((yield* stored(key)).status, "sent")
    })
  )

  it.effect("what is too old is not sent, and no link outlives its end", () =>
    Effect.gen(function* () {
      const peer = yield* SmtpPeer.start()
      const time = yield* Time
      const repo = yield* DeliveriesRepo.make
      const sql = yield* SqlClient.SqlClient
      const now = () => new Date(time.now())
      yield* Effect.gen(function* () {
        const soon = time.now() + 60_000
        const hasty = yield* post({ ...withLink, expiresAt: DateTime.makeUnsafe(soon) })
        const usual = yield* post()
        const patient = yield* post({ expiresAt: DateTime.makeUnsafe(time.now() + 30 * 86_400_000) })
        const refused = yield* post({ ...withLink, expiresAt: DateTime.makeUnsafe(soon) })
        yield* sql`update mail set status = 'refused', due_at = null, ended_at = created_at where key = ${refused}`

        time.adjust("2 minutes")
        assert.deepStrictEqual(yield* repo.expire(now(), 10), ["expired"])
        assert.deepStrictEqual(yield* repo.expire(now(), 10), [])
        assert.deepInclude(yield* stored(hasty), { status: "expired", hasLink: false })
        assert.deepInclude(yield* stored(refused), { status: "refused", hasLink: true })
        assert.strictEqual(yield* repo.emptyLinks(now(), 10), 1)
        assert.deepInclude(yield* stored(refused), { status: "refused", hasLink: false })

        // No mail server was set for a week. Nobody looked for late mails since, either.
        time.adjust("7 days")
        assert.strictEqual(yield* yield* deliverer, 1)
        assert.strictEqual((yield* stored(patient)).status, "sent")
        assert.deepStrictEqual(yield* repo.expire(now(), 10), ["expired"])
        assert.strictEqual((yield* stored(usual)).status, "expired")
      }).pipe(Effect.provide(senderTo(peer.url)))
    })
  )

  it.effect("the retention deletes what has ended before it, and nothing that waits", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const repo = yield* DeliveriesRepo.make
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from mail`
      yield* Effect.gen(function* () {
        const keys = yield* Effect.forEach(Array.from({ length: 5 }), () => post())
        const waits = yield* post({ expiresAt: DateTime.makeUnsafe(time.now() + 400 * 86_400_000) })
        yield* sql`update mail set status = 'sent', due_at = null, ended_at = created_at where key <> ${waits}`
        time.adjust("90 days")
        const young = yield* post()
        const remove = (count: number) => {
          const moment = time.now() - 89 * 86_400_000
          return repo.removeBefore(new Date(moment), leastUuidAt(moment), count)
        }
        assert.deepStrictEqual([yield* remove(3), yield* remove(3), yield* remove(3)], [3, keys.length - 3, 0])
        const left = yield* sql<{ key: string }>`select key from mail order by id`
        assert.deepStrictEqual(
          left.map(({ key }) => key),
          [waits, young]
        )
      }).pipe(Effect.provide(senderTo("smtp://127.0.0.1:9")))
    })
  )
})
