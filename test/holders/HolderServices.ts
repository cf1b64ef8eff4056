import { assert } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { Holders } from "../../src/holders/Holders.ts"
import { PlayerCodes } from "../../src/holders/PlayerCodes.ts"
import { SignedTokens } from "../../src/holders/SignedTokens.ts"
import { linkContext } from "../../src/mail/Composed.ts"
import { Mail } from "../../src/mail/Mail.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import { keyOf } from "../../src/players/Email.ts"
import { PlayerId } from "../../src/players/Player.ts"
import { settingsOf } from "../support/AllSettings.ts"
import { Time } from "../support/service/Recording.ts"
import { until } from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

export const secrets = Secrets.layerOf([new Uint8Array(32).fill(7)])

/** The services of one process on the database of the context. */
export const replica = (env: Record<string, string> = {}) =>
  Layer.fresh(
    Layer.mergeAll(Holders.layer, PlayerCodes.layer).pipe(
      Layer.provideMerge(SignedTokens.layer),
      Layer.provideMerge(Mail.layer),
      Layer.provideMerge(Audit.layer),
      Layer.provideMerge(secrets),
      Layer.provideMerge(settingsOf({ PUBLIC_URL: "https://games.brand.example/app/", ...env }))
    )
  )

/** What was logged by this file's tests. */
export const logged: Array<string> = []
const quiet = Logger.layer([Logger.map(Logger.formatJson, (line) => void logged.push(line))])

/** A database, at a time that the test sets. */
export const ground = Layer.mergeAll(TestDatabase.layer, quiet).pipe(Layer.provideMerge(Time.layer))

let players = 0

/** Adds a player. */
export const player = Effect.fnUntraced(function* () {
  const sql = yield* SqlClient.SqlClient
  const email = `Nora.${players++}@shop.example`
  const id = PlayerId.make(uuidV7At(Date.now()))
  const emailKey = keyOf(email)
  yield* sql`insert into player (id, email, email_key, created_at) values (${id}, ${email}, ${emailKey}, now())`
  return { id, email, emailKey }
})

interface StoredCode {
  readonly id: string
  readonly tries: number
  readonly issued: number
  readonly isOpen: boolean
}

/** What is stored of an address's code. */
export const storedCode = Effect.fnUntraced(function* (email: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<StoredCode>`
    select id, tries, issued, code is not null as is_open from player_code where email_key = ${keyOf(email)}`
  return row
})

/** The mails to an address. */
export const mailsTo = Effect.fnUntraced(function* (email: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{
    id: string
    key: string
    recipient: string
    subject: string
    bodyText: string
    link: Uint8Array
  }>`
    select id, key, recipient, subject, body_text, link from mail where email_key = ${keyOf(email)} order by id`
})

/** Asks for a code, and waits until it was issued. */
export const ask = Effect.fnUntraced(function* (email: string, language: "en" | "ru" = "en") {
  const before = yield* storedCode(email)
  yield* (yield* PlayerCodes).ask(email, language)
  const issued = yield* until(
    "the code is issued",
    Effect.map(storedCode(email), (code) => (code === undefined || code.id === before?.id ? undefined : code))
  )
  return issued.id
})

/** The code that was mailed to an address last. */
export const mailedCode = Effect.fnUntraced(function* (email: string) {
  // The time may stand still, so ids do not tell which came last.
  const key = `player-code ${(yield* storedCode(email))?.id}`
  const mail = (yield* mailsTo(email)).find((one) => one.key === key)
  assert.isDefined(mail, `no mail to ${email}`)
  const opened = yield* (yield* Secrets).open(linkContext(mail.id), mail.link)
  return Buffer.from(opened).toString()
})

/** Asks for a code, and reads the mail. */
export const code = Effect.fnUntraced(function* (email: string) {
  yield* ask(email)
  return yield* mailedCode(email)
})

/** A code that is not this one. */
export const otherThan = (right: string, by = 1) => String((Number(right) + by) % 1_000_000).padStart(6, "0")

/** `token`, or why there is none. */
export const swapped = (email: string, typed: string) =>
  Effect.match(
    Effect.flatMap(PlayerCodes, (codes) => codes.swap(email, typed)),
    { onFailure: ({ _tag }) => _tag as string, onSuccess: () => "token" }
  )

/** The player whom a token speaks for. */
export const speaksFor = (token: string) =>
  Effect.map(
    Effect.flatMap(Holders, (holders) => holders.recognise(token)),
    (holder) => holder?.playerId
  )
