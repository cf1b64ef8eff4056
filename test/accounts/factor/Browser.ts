import { Effect, type Redacted } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import type { Method } from "../../../src/accounts/Account.ts"
import { codeOf, stepAt } from "../../../src/accounts/factor/TotpCode.ts"
import { hashOf, makeToken } from "../../../src/accounts/Tokens.ts"
import type { Role } from "../../../src/platform/contract/Access.ts"
import { makePage } from "../../support/accounts/Page.ts"
import { sessionFor } from "../../support/service/Credentials.ts"
import * as Service from "../../support/service/Service.ts"
import { query } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

type Url = Redacted.Redacted<string>

export const secretsKey = Buffer.alloc(32, 7).toString("base64")

/** A service with a database of its own, without limits on signing in, and a client for it. */
export const start = Effect.fnUntraced(function* (
  env: Record<string, string> = {},
  script?: ReadonlyArray<string>,
  known?: Url
) {
  const url = known ?? (yield* TestDatabase.makeUrl)
  const settings = { SECRETS_KEY: secretsKey, RATE_LIMIT_SIGN_IN: "off", ...env }
  const service = yield* script === undefined ? Service.start(url, settings) : Service.start(url, settings, script)
  const client = yield* Service.client()
  return { ...service, url, client, origin: service.base.replace("127.0.0.1", "localhost") }
})
export type Running = Effect.Success<ReturnType<typeof start>>

/** A browser that keeps its cookies and sends requests as a page of the service does. */
export const browser = (running: Running, cookies: Record<string, string> = {}) => {
  const page = makePage(running.client, cookies)
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    page.send(running.base, method, `/api/v1${path}`, body, {
      "sec-fetch-site": "same-origin",
      origin: running.origin,
      ...headers
    })
  return { jar: page.jar, send }
}
export type Browser = ReturnType<typeof browser>

/** A browser in which somebody with a new account of this role is signed in, by these methods. */
export const signedIn = Effect.fnUntraced(function* (
  running: Running,
  role: Role = "editor",
  methods: ReadonlyArray<Method> = ["password"]
) {
  const { accountId, id, token } = yield* query(running.url, () => sessionFor(role, methods))
  return { ...browser(running, { [cookieNames.session]: token }), accountId, sessionId: id }
})
export type SignedIn = Effect.Success<ReturnType<typeof signedIn>>

/** Another browser in which the same person is signed in. */
export const alsoSignedIn = Effect.fnUntraced(function* (
  running: Running,
  accountId: string,
  methods: ReadonlyArray<Method> = ["password"]
) {
  const other = yield* signedIn(running, "editor", methods)
  yield* query(
    running.url,
    (sql) => sql`update account_session set account_id = ${accountId} where id = ${other.sessionId}`
  )
  return { ...other, accountId }
})

/** A browser in which the first factor was proven, and the second is owed. */
export const halfSignedIn = Effect.fnUntraced(function* (
  running: Running,
  accountId: string,
  purpose: "sign-in" | "confirmation" = "sign-in",
  sessionId: string | null = null
) {
  const token = makeToken("step")
  yield* query(
    running.url,
    (sql) => sql`
      insert into sign_in_step (token_hash, account_id, methods, purpose, session_id, attempts_left, expires_at)
      values (${hashOf(token)}, ${accountId}, array['password'], ${purpose}, ${sessionId}, 5, now() + interval '5 minutes')`
  )
  return { ...browser(running, { [cookieNames.step]: token }), token }
})

/** The code that an authenticator app shows now, or some steps of 30 seconds from now. */
export const codeNow = (secret: string, steps = 0): string => codeOf(fromBase32(secret), stepAt(Date.now()) + steps)

/** The code that the account used last. */
export const lastCode = (running: Running, accountId: string, secret: string) =>
  Effect.map(
    query(
      running.url,
      (sql) => sql<{ readonly step: number }>`
        select last_step::int as step from account_totp where account_id = ${accountId}`
    ),
    ([row]) => codeOf(fromBase32(secret), row?.step ?? 0)
  )

/** A code that is wrong for a while. */
export const wrongCode = (secret: string): string => {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeNow(secret, steps))
  return ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !near.includes(code)) ?? ""
}

const fromBase32 = (text: string): Buffer => {
  const bits = Array.from(text)
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("")
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
}

/** Sets up an authenticator app. Returns its secret. */
export const enrolTotp = Effect.fnUntraced(function* (person: Browser) {
  const begun = yield* person.send("POST", "/account/totp")
  const secret = String(begun.body["secret"])
  const confirmed = yield* person.send("POST", "/account/totp/confirmation", {
    enrolment: begun.body["enrolment"],
    code: codeNow(secret)
  })
  if (confirmed.status !== 204) throw new Error(JSON.stringify([begun.body, confirmed.body]))
  return secret
})

/** As if no code had been used: a test cannot wait for the next. */
export const forgetCodes = (running: Running, accountId: string) =>
  query(running.url, (sql) => sql`update account_totp set last_step = 0 where account_id = ${accountId}`)

export const problem = ({ body, status }: Service.Answer) => [status, String(body["type"]).replace("/problems/", "")]

/** What the audit log has of an account, oldest first. */
export const deedsOf = (running: Running, accountId: string) =>
  Effect.map(
    query(
      running.url,
      (sql) => sql<{ readonly action: string; readonly outcome: string }>`
        select action, outcome from audit_entry where account_id = ${accountId} or target_id = ${accountId} order by id`
    ),
    (rows) => rows.map(({ action, outcome }) => (outcome === "done" ? action : `${action} refused`))
  )

/** The subjects of the mails about an account, oldest first. */
export const mailsOf = (running: Running, accountId: string) =>
  Effect.map(
    query(
      running.url,
      (sql) => sql<{ readonly subject: string }>`select subject from mail where about_id = ${accountId} order by id`
    ),
    (rows) => rows.map(({ subject }) => subject)
  )

/** Everything in the database, as text. */
export const dumpOf = (running: Running) =>
  query(
    running.url,
    Effect.fnUntraced(function* (sql) {
      const tables = yield* sql<{ readonly name: string }>`
        select relname as name from pg_catalog.pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`
      const parts = yield* Effect.forEach(
        tables,
        ({ name }) => sql<{ readonly row: string }>`select t::text as row from ${sql(name)} as t`
      )
      return parts.flatMap((rows) => rows.map(({ row }) => row)).join("\n")
    })
  )
