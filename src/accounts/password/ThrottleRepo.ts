import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { hasRows, row, rows } from "../../platform/postgres/Rows.ts"

const asFailures = rows(Schema.Struct({ failures: Schema.Int }))
const asWait = row(Schema.Struct({ seconds: Schema.Int }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /**
   * Counts a try as failed before it is looked at, so that of many at once no more get through than of many in a row. After five
   * the next must wait for 1, 2, 4 … 512 and then 900 seconds; after 100 (NIST SP 800-63B-4, 3.2.2) until the row is deleted. False:
   * the try must wait. The exponent is bounded, because an interval overflows.
   */
  const count = (key: Uint8Array) =>
    sql`
      insert into sign_in_throttle as t (key, failures, blocked_until, last_failed_at)
      values (${key}, 1, now(), now())
      on conflict (key) do update set
        failures = case when t.last_failed_at < now() - interval '30 days' then 1 else t.failures + 1 end,
        last_failed_at = now(),
        blocked_until = case
          when t.failures < 4 or t.last_failed_at < now() - interval '30 days' then now()
          when t.failures >= 99 then 'infinity'
          else now() + least(interval '15 minutes', interval '1 second' * power(2, least(t.failures, 20) - 4))
        end
      where t.blocked_until <= now() or t.last_failed_at < now() - interval '30 days'
      returning failures`.pipe(asFailures("ThrottleRepo.count"), hasRows)

  /** Undoes `count`: the key was open before it. */
  const giveBack = (key: Uint8Array) =>
    sql`update sign_in_throttle set failures = failures - 1, blocked_until = now() where key = ${key} and failures > 0`.pipe(
      Effect.asVoid
    )

  /** Whole seconds until the next try, at least 1. What never ends by itself ends with its row. */
  const wait = (key: Uint8Array) =>
    sql`
      select coalesce((
        select greatest(1, ceil(extract(epoch from least(blocked_until, last_failed_at + interval '30 days') - now())))
        from sign_in_throttle where key = ${key}
      ), 1)::int as seconds`.pipe(
      asWait("ThrottleRepo.wait"),
      Effect.map(({ seconds }) => seconds)
    )

  const remove = (keys: ReadonlyArray<Uint8Array>) =>
    sql`delete from sign_in_throttle where ${sql.in("key", keys)}`.pipe(Effect.asVoid)

  return { count, giveBack, wait, remove }
})
