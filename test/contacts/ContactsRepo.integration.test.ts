import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import * as ContactsRepo from "../../src/contacts/ContactsRepo.ts"
import * as Sql from "../../src/platform/postgres/Sql.ts"
import { layerWith } from "../support/Settings.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const decodeRead = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ read: Schema.Int })]))

const ending = (playerId: string): ContactsRepo.Ending => ({
  playerId,
  esp: "sandbox",
  at: new Date(),
  verdict: "created",
  mailability: null,
  reason: null,
  dueAt: null,
  mayHaveActed: false,
  attempts: 1,
  hasCalled: true
})

describe("ContactsRepo", () => {
  it.live("verdicts that were first stored among few contacts read only their own among many", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const queue = yield* Sql.BackgroundSql
      const repo = yield* ContactsRepo.make
      const read = queue`
        select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as read
        from pg_stat_xact_user_tables where relname = 'contact'`.pipe(
        Effect.flatMap(decodeRead),
        Effect.map(([row]) => row.read)
      )
      yield* sql`vacuum (analyze) contact`
      yield* Effect.gen(function* () {
        yield* repo.end([ending(randomUUID())])
        const rows = yield* queue<{ playerId: string }>`
          insert into contact (player_id, esp, play_id, verdict, attempts, created_at, updated_at)
          select gen_random_uuid(), 'sandbox', gen_random_uuid(), 'unknown', 1, now(), now() from generate_series(1, 5000)
          returning player_id`
        const before = yield* read
        const verdicts = yield* repo.end(rows.slice(0, 10).map(({ playerId }) => ending(playerId)))
        assert.deepStrictEqual([...new Set(verdicts)], ["created"])
        const count = (yield* read) - before
        assert.isTrue(count >= 10 && count < 100, `${count} rows were read`)
      }).pipe(queue.withTransaction)
    }).pipe(
      Effect.provide(
        Layer.unwrap(
          Effect.map(TestDatabase.makeUrl, (url) =>
            Layer.provide(Sql.layer, layerWith({ DATABASE_URL: Redacted.value(url) }))
          )
        )
      )
    )
  )
})
