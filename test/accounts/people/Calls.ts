import { assert } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import type { SqlClient } from "effect/sql"
import type { Credential } from "../../support/service/Credentials.ts"
import * as Service from "../../support/service/Service.ts"
import { query } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

type With = Pick<Credential, "headers"> | undefined

/** A client of one replica, which calls on somebody's behalf: undefined calls without a credential. */
export const caller = (client: Service.Client, base: string) => {
  const call = (
    method: string,
    by: With,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {}
  ) => Effect.promise(() => client.send(base, method, `/api/v1${path}`, body, { ...by?.headers, ...headers }))
  return {
    call,
    get: (by: With, path: string) => call("GET", by, path),
    post: (by: With, path: string, body?: unknown) => call("POST", by, path, body),
    patch: (by: With, path: string, body: unknown, headers?: Record<string, string>) =>
      call("PATCH", by, path, body, headers),
    remove: (by: With, path: string, headers?: Record<string, string>) => call("DELETE", by, path, undefined, headers)
  }
}

/** The service on a new database. `run` does something to the database directly. */
export const served = Effect.fnUntraced(function* (env: Record<string, string> = {}) {
  const url: Redacted.Redacted<string> = yield* TestDatabase.makeUrl
  const client = yield* Service.client()
  const service = yield* Service.start(url, { RATE_LIMIT_SIGN_IN: "off", ...env })
  return {
    url,
    client,
    service,
    ...caller(client, service.base),
    run: <A, E>(work: Effect.Effect<A, E, SqlClient.SqlClient>) => query(url, () => work)
  }
})

export const problemOf = ({ body, status }: Service.Answer) => [status, String(body["type"]).replace("/problems/", "")]

/** Asserts that the answer is this problem. */
export const refused = (answer: Service.Answer, status: number, problem: string, why?: string) =>
  assert.deepStrictEqual(problemOf(answer), [status, problem], why ?? JSON.stringify(answer.body))

/** Asserts the status, and gives the body. */
export const took = (answer: Service.Answer, status: number, why?: string) => {
  assert.strictEqual(answer.status, status, why ?? JSON.stringify(answer.body))
  return answer.body
}

export const itemsOf = (body: Service.Answer["body"]) => body["items"] as ReadonlyArray<Record<string, unknown>>
