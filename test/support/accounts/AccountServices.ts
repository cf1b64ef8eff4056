import { assert } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import type { AccountId } from "../../../src/accounts/Account.ts"
import * as AccountsLayer from "../../../src/accounts/AccountsLayer.ts"
import * as PasswordHash from "../../../src/accounts/password/PasswordHash.ts"
import { Permissions } from "../../../src/accounts/Permissions.ts"
import { Screen } from "../../../src/accounts/Screen.ts"
import { type Browser, type Entered, noBrowser } from "../../../src/accounts/session/Entry.ts"
import { Audit } from "../../../src/audit/Audit.ts"
import { Mail } from "../../../src/mail/Mail.ts"
import { modules } from "../../../src/Modules.ts"
import type { Role } from "../../../src/platform/contract/Access.ts"
import { RateLimits } from "../../../src/platform/edge/RateLimits.ts"
import { Secrets } from "../../../src/platform/Secrets.ts"
import { settingsOf } from "../AllSettings.ts"
import { accountFor } from "../service/Credentials.ts"
import * as TestDatabase from "../TestDatabase.ts"

/** What was shown to whoever sits before the machine, the newest last. */
export const shown: Array<string> = []

/** The newest link that was shown of those whose line holds this text, and its token. */
export const shownLink = (text = "") => {
  const link = /https?:\S+$/.exec(shown.findLast((line) => line.includes(text)) ?? "")?.[0] ?? ""
  return { link, token: Redacted.make(link.slice(link.lastIndexOf("/") + 1)) }
}

/** The services of one process on the database of the context. */
export const replica = (env: Record<string, string> = {}) =>
  Layer.fresh(
    AccountsLayer.services.pipe(
      Layer.provideMerge(Mail.layer),
      Layer.provideMerge(Audit.layer),
      Layer.provideMerge(RateLimits.layerMemory),
      Layer.provideMerge(Secrets.layerOf([new Uint8Array(32).fill(7)])),
      Layer.provideMerge(
        Layer.succeed(
          Permissions,
          modules.flatMap(({ permissions }) => permissions)
        )
      ),
      Layer.provideMerge(Layer.succeed(Screen, (line: string) => Effect.sync(() => void shown.push(line)))),
      Layer.provideMerge(settingsOf({ PUBLIC_URL: "https://games.brand.example/app/", ...env }))
    )
  )

/** One process with a database of its own. */
export const layer = (env: Record<string, string> = {}) => replica(env).pipe(Layer.provideMerge(TestDatabase.layer))

export const password = "a cow jumped over the moon"
export const typed = (text = password) => Redacted.make(text)

/** Hashes once: tests make many accounts with the same password. */
const hash = Effect.runSync(Effect.cached(PasswordHash.make(password)))

/** A person who signs in with `password`. */
export const person = Effect.fnUntraced(function* (role: Role = "editor") {
  const sql = yield* SqlClient.SqlClient
  const id = (yield* accountFor(role)) as AccountId
  const email = `${role}-${id}@staff.example`
  yield* sql`insert into account_password (account_id, hash, changed_at) values (${id}, ${yield* hash}, now())`
  return { id, email }
})

/** The person has an authenticator app. What its secret is does not matter here. */
export const addTotp = Effect.fnUntraced(function* (id: AccountId) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    insert into account_totp (account_id, secret, confirmed_at, last_step, created_at)
    values (${id}, '\\x00', now(), 0, now())`
})

/** A session of the person, as `Entry` makes it. Fails where a second factor is owed. */
export const asSession = (entered: Entered) => {
  if (entered._tag !== "Session") return assert.fail("a second factor is owed")
  return {
    person: { accountId: entered.accountId, sessionId: entered.id },
    token: entered.token,
    browser: { ...noBrowser, session: entered.token, device: entered.device } satisfies Browser
  }
}

/** Whoever waits for the next try now waits for ten minutes longer: a test is slower than the first waits on a busy machine. */
export const longerWaits = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) =>
    sql`update sign_in_throttle set blocked_until = blocked_until + interval '10 minutes' where failures between 5 and 90`
)

/** The newest entries of the audit log, as `action outcome`. */
export const audited = Effect.fnUntraced(function* (limit: number) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ deed: string }>`
    select action || ' ' || outcome as deed from audit_entry order by id desc limit ${limit}`
  return rows.map(({ deed }) => deed)
})
