import { assert } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql"
import * as Deliveries from "../../src/mail/Deliveries.ts"
import { letter } from "../../src/mail/Letter.ts"
import { Mail, type NewMail } from "../../src/mail/Mail.ts"
import { Smtp } from "../../src/mail/Smtp.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import { settingsOf } from "../support/AllSettings.ts"
import { Time } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

type Env = Record<string, string>

export const secrets = Secrets.layerOf([new Uint8Array(32).fill(7)])

/** A process with its connections to a mail server, on the database of the context. */
export const senderTo = (url: string, env: Env = {}) =>
  Layer.fresh(Layer.merge(Mail.layer, Smtp.layer)).pipe(
    Layer.provideMerge(secrets),
    Layer.provideMerge(
      settingsOf({
        SMTP_URL: url,
        MAIL_FROM: "Фэйрграунд <mail@brand.example>",
        PUBLIC_URL: "https://games.brand.example",
        ...env
      })
    )
  )

/** Another process makes the attempts that are due. Returns how many. */
export const deliveredBy = (process: ReturnType<typeof senderTo>) =>
  Effect.flatMap(deliverer, (deliver) => deliver).pipe(Effect.provide(process))

/** What was logged by this file's tests. */
export const logged: Array<string> = []
/** Keeps the log, and prints nothing. */
export const quiet = Logger.layer([Logger.map(Logger.formatJson, (line) => void logged.push(line))])

/** A database, at a time that the test sets. */
export const ground = Layer.mergeAll(TestDatabase.layer, quiet).pipe(Layer.provideMerge(Time.layer))

let mails = 0

/** Stores a mail. Returns its key. */
export const post = Effect.fnUntraced(function* (change: Partial<NewMail> = {}) {
  const key = change.key ?? `test ${process.pid} ${mails++}`
  const mail = yield* Mail
  yield* mail.store({
    key,
    to: "nora@shop.example",
    letter: letter({ language: "en", subject: "Hello", paragraphs: ["Hello, Nora."] }),
    ...change
  })
  return key
})

/** What is stored of a mail. */
export const stored = Effect.fnUntraced(function* (key: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{
    id: string
    status: string
    attempts: number
    sendings: number
    reason: string | null
    dueAt: Date | null
    endedAt: Date | null
    hasLink: boolean
  }>`select id, status, attempts, sendings, reason, due_at, ended_at, link is not null as has_link from mail where key = ${key}`
  assert.isDefined(row, `no mail has the key ${key}`)
  return row
})

export const suppressed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ emailKey: string; reason: string; detail: string | null }>`
    select email_key, reason, detail from mail_suppression order by email_key, reason`
})

/** Addresses of nobody else in this run. */
export const anybody = () => `nora.${mails++}@shop.example`

/** Makes the attempts that are due, one after another, by one process. Returns how many. */
export const deliverer = Effect.gen(function* () {
  const server = yield* Smtp
  assert.isDefined(server)
  const { claimDue } = yield* Deliveries.make(server)
  return Effect.gen(function* () {
    let count = 0
    for (;;) {
      const attempts = yield* claimDue(1)
      if (attempts.length === 0) return count
      yield* Effect.all(attempts)
      count += attempts.length
    }
  })
})
