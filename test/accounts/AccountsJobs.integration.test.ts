import { assert, layer } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as ExpiredRepo from "../../src/accounts/ExpiredRepo.ts"
import { untilNone } from "../../src/platform/Periodic.ts"
import { accountFor } from "../support/service/Credentials.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

layer(TestDatabase.layer, { excludeTestServices: true })("What has expired", (it) => {
  it.effect("is deleted in pieces, and what has not stays", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const id = yield* accountFor("editor")
      // 2,500 of each that are over, and 10 that are not.
      const at = sql.literal("now() + case when n <= 2500 then -interval '1 second' else interval '1 hour' end")
      const series = sql.literal("generate_series(1, 2510) n")
      yield* sql`
        insert into account_session (id, account_id, token_hash, methods, authenticated_at, last_seen_at, expires_at)
        select gen_random_uuid(), ${id}, sha256(n::text::bytea), '{password}', now(),
          case when n > 2505 then now() - interval '2 hours' else now() end, ${at} from ${series}`
      yield* sql`
        insert into sign_in_step (token_hash, account_id, methods, purpose, attempts_left, expires_at)
        select sha256(n::text::bytea), ${id}, '{password}', 'sign-in', 5, ${at} from ${series}`
      yield* sql`
        insert into browser_attempt (binding_hash, purpose, secret, expires_at)
        select sha256(n::text::bytea), 'passkey-sign-in', '\\x00', ${at} from ${series}`
      yield* sql`
        insert into account_token (token_hash, purpose, created_at, expires_at)
        select sha256(n::text::bytea), 'setup', now(), ${at} from ${series}`
      yield* sql`
        insert into account_device (token_hash, account_id, last_used_at, expires_at)
        select sha256(n::text::bytea), ${id}, now(), ${at} from ${series}`
      yield* sql`
        insert into sign_in_throttle (key, failures, blocked_until, last_failed_at)
        select sha256(n::text::bytea), 1, now(),
          now() - case when n <= 2500 then interval '30 days 1 second' else interval '29 days' end from ${series}`
      const repo = yield* ExpiredRepo.make
      const idle = Duration.hours(1)
      const first = yield* Effect.all([repo.sessions(idle), repo.steps, repo.throttles])
      assert.deepStrictEqual(first, [1000, 1000, 1000], "a piece is bounded")
      // Two replicas do it at once.
      yield* Effect.forEach(
        [repo.sessions(idle), repo.steps, repo.attempts, repo.tokens, repo.devices, repo.throttles].flatMap((piece) => [
          piece,
          piece
        ]),
        untilNone,
        { concurrency: "unbounded" }
      )
      const count = (table: string) =>
        Effect.map(sql<{ count: number }>`select count(*)::int as count from ${sql(table)}`, ([row]) => row?.count)
      const tables = [
        "account_session",
        "sign_in_step",
        "browser_attempt",
        "account_token",
        "account_device",
        "sign_in_throttle"
      ]
      // Five of the sessions were idle.
      assert.deepStrictEqual(yield* Effect.forEach(tables, count), [5, 10, 10, 10, 10, 10])
    })
  )
})
