import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Mail } from "../../src/mail/Mail.ts"
import { settingsOf } from "../support/AllSettings.ts"
import * as Service from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { anybody, post, secrets, stored } from "./Sending.ts"
import * as SmtpPeer from "./SmtpPeer.ts"

const idsOf = (raws: ReadonlyArray<{ readonly raw: string }>) =>
  raws.map(({ raw }) => /^Message-ID: (.*)\r$/im.exec(raw)?.[1] ?? "none")

it.live(
  "two replicas send each mail once; what one dies with is sent by the other, and what one stops with is finished",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const peer = yield* SmtpPeer.start()
      const client = yield* Service.client(1)
      const env = {
        SMTP_URL: peer.url,
        MAIL_FROM: "mail@brand.example",
        PUBLIC_URL: "https://games.brand.example",
        SECRETS_KEY: Buffer.alloc(32, 7).toString("base64")
      }
      const [first, second] = yield* Effect.all([Service.start(url, env), Service.start(url, env)], { concurrency: 2 })
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const sent = sql<{ count: number }>`select count(*)::int as count from mail where status = 'sent'`
        const untilSent = (count: number) =>
          Service.until(
            `${count} mails are sent`,
            Effect.map(sent, ([row]) => (row?.count === count ? true : undefined))
          )
        for (let count = 0; count < 100; count++) {
          yield* post({ to: anybody(), ...(count % 2 === 0 ? { link: "https://games.brand.example/join/x" } : {}) })
        }
        yield* untilSent(100)
        assert.lengthOf(peer.taken, 100)
        assert.strictEqual(new Set(idsOf(peer.taken)).size, 100)

        // Both have connections, so either may claim it: whoever has it is killed.
        peer.break((stage) => (stage === "data" ? "hang" : undefined))
        const key = yield* post({ to: anybody() })
        yield* Service.untilTrue("a replica has sent the mail", () => peer.taken.length === 101)
        first.signal("SIGKILL")
        second.signal("SIGKILL")
        yield* Effect.promise(() => Promise.all([first.exited, second.exited]))
        assert.deepInclude(yield* stored(key), { status: "outbox", attempts: 0 })
        peer.break(() => undefined)
        const third = yield* Service.start(url, env)
        // The end of the lease.
        yield* sql`update mail set due_at = now() where status = 'outbox'`
        yield* untilSent(101)
        const [before, after] = idsOf(peer.taken.slice(-2))
        assert.strictEqual(before, after)

        // A stop waits for the mail that is being sent.
        let answer: (() => void) | undefined
        peer.break((stage) => (stage === "data" ? { later: (go: () => void) => void (answer = go) } : undefined))
        const last = yield* post({ to: anybody() })
        yield* Service.untilTrue("the mail is being sent", () => answer !== undefined)
        third.signal("SIGTERM")
        yield* Service.until(
          "it takes no more requests",
          Effect.map(
            Effect.promise(() => client.get(third.base, "/health/live")),
            ({ status }) => (status === 0 ? true : undefined)
          )
        )
        answer?.()
        assert.strictEqual(yield* Effect.promise(() => third.exited), 0)
        assert.deepInclude(yield* stored(last), { status: "sent", attempts: 1 })
        assert.strictEqual(peer.taken.length, 103)
        const log = first.log() + second.log() + third.log()
        assert.notMatch(log, /@shop\.example|"level":"ERROR"/)
      }).pipe(
        Effect.provide(
          Mail.layer.pipe(Layer.provide([secrets, settingsOf({})]), Layer.provideMerge(TestDatabase.clientLayer(url)))
        )
      )
    })
)
