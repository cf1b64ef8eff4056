import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import { query } from "../../support/service/Stored.ts"
import * as Browser from "../factor/Browser.ts"
import { clientId, clientSecret, type Peer } from "./Peer.ts"

/** Fields of a connection besides those that say which provider it is. */
export type Connection = Record<string, unknown>

/** A service with connections to a provider, which knows where to send browsers back to. */
export const start = Effect.fnUntraced(function* (
  peer: Peer,
  connections: Record<string, Connection>,
  env: Record<string, string> = {}
) {
  const settings = Object.fromEntries(
    Object.entries(connections).map(([name, fields]) => [
      name,
      { issuer: peer.issuer, clientId, secret: { env: "PROVIDER_SECRET" }, ...fields }
    ])
  )
  const running = yield* Browser.start({
    SSO_CONNECTIONS: JSON.stringify(settings),
    PROVIDER_SECRET: clientSecret,
    ...env
  })
  const uris = Object.keys(connections).map((name) => `${running.base}/api/v1/sso/${name}/callback`)
  peer.register(...uris, ...uris.map((uri) => uri.replace("127.0.0.1", "localhost")))
  return running
})

type Answer = Effect.Success<ReturnType<Browser.Browser["send"]>>

/** Begins in this browser. Returns where it is sent. */
export const begin = (
  by: Browser.Browser,
  connection: string,
  body: Record<string, unknown> = { purpose: "sign-in" }
) =>
  Effect.map(by.send("POST", `/sso/${connection}`, body), (answer) => {
    assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
    return String(answer.body["location"])
  })

/** The browser comes back to this address. */
export const arrive = (by: Browser.Browser, back: URL): Effect.Effect<Answer> =>
  // A navigation from another site: no page of the service has sent it.
  by.send("GET", `${back.pathname.replace("/api/v1", "")}${back.search}`, undefined, { "sec-fetch-site": "cross-site" })

/** Where an answer sends the browser: the page, and what it is told. */
export const sentTo = ({ headers, status }: Answer): string => {
  const url = new URL(String(headers["location"]))
  const problem = url.searchParams.get("problem")
  return `${status} ${url.pathname}${problem === null ? "" : ` ${problem}`}`
}

/** All of it: begins, signs in at the provider as this person, and comes back. */
export const signIn = Effect.fnUntraced(function* (
  by: Browser.Browser,
  peer: Peer,
  connection: string,
  sub: string,
  body?: Record<string, unknown>
) {
  const back = yield* peer.signIn(yield* begin(by, connection, body), sub)
  return sentTo(yield* arrive(by, back))
})

export const isSignedIn = (by: Browser.Browser) =>
  Effect.map(by.send("GET", "/session"), ({ status }) => status === 200)

export const attemptOf = (by: Browser.Browser): string => by.jar.get(cookieNames.attempt) ?? ""

/** Adds a person's account with this address. Returns its id. */
export const account = (
  running: Browser.Running,
  email: string,
  { isDisabled = false, isProven = true }: { readonly isDisabled?: boolean; readonly isProven?: boolean } = {}
) =>
  Effect.gen(function* () {
    const person = yield* Browser.signedIn(running)
    yield* query(
      running.url,
      (sql) => sql`
        update account set email = ${email}, email_key = ${email},
          email_verified_at = case when ${isProven} then now() end, disabled_at = case when ${isDisabled} then now() end
        where id = ${person.accountId}`
    )
    return person
  })

/** The identities that are stored. */
export const identities = (running: Browser.Running) =>
  query(
    running.url,
    (sql) => sql<{ readonly accountId: string; readonly subject: string }>`
      select account_id as "accountId", subject from account_identity order by id`
  )
