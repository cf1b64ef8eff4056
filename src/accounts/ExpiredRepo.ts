import { Duration, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { rows } from "../platform/postgres/Rows.ts"

const asRemoved = rows(Schema.Struct({ removed: Schema.Boolean }))

/** A large statement would hold its locks and its snapshot for long. */
const most = 1000

/** Each deletes a piece of what has expired, and returns how much it was; 0: nothing is left. */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const count = Effect.map((removed: ReadonlyArray<unknown>) => removed.length)

  // Rows that somebody else is deleting are skipped: replicas do not wait for each other.
  const expired = (table: string, key: string) =>
    sql`
      delete from ${sql(table)} where ${sql(key)} in (
        select ${sql(key)} from ${sql(table)} where expires_at <= now() order by expires_at limit ${most}
        for update skip locked
      )
      returning true as removed`.pipe(asRemoved(`ExpiredRepo.${table}`), count)

  /** The idle ones end before their time. */
  const sessions = (idle: Duration.Duration) =>
    sql`
      delete from account_session where id in (
        select id from account_session
        where expires_at <= now() or last_seen_at <= now() - ${`${Duration.toMillis(idle)} milliseconds`}::interval
        limit ${most}
        for update skip locked
      )
      returning true as removed`.pipe(asRemoved("ExpiredRepo.sessions"), count)

  const throttles = sql`
    delete from sign_in_throttle where key in (
      select key from sign_in_throttle where last_failed_at < now() - interval '30 days'
      order by last_failed_at limit ${most}
      for update skip locked
    )
    returning true as removed`.pipe(asRemoved("ExpiredRepo.throttles"), count)

  return {
    sessions,
    steps: expired("sign_in_step", "token_hash"),
    attempts: expired("browser_attempt", "binding_hash"),
    tokens: expired("account_token", "token_hash"),
    devices: expired("account_device", "token_hash"),
    throttles
  }
})
