import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Exit, Fiber } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { BackgroundSql } from "../../src/platform/postgres/Sql.ts"
import * as PlaysRepo from "../../src/plays/PlaysRepo.ts"
import type { Batch } from "../../src/plays/Submission.ts"
import { type Change, submission } from "../support/service/PlayTables.ts"
import { addGame, layer as recording } from "../support/service/Recording.ts"
import { until } from "../support/service/Service.ts"

const lease = new Date(60_000)

layer(recording(), { excludeTestServices: true })("PlaysRepo", (it) => {
  const setup = Effect.gen(function* () {
    const repo = yield* PlaysRepo.make
    const slug = yield* addGame()
    return {
      ...repo,
      slug,
      play: (email: string, change: Change = {}) => submission(email, { slug, ...change }),
      /** The outcome of each play, and which play it is if it was recorded. */
      record: (batch: Batch) =>
        Effect.map(repo.record(batch, lease, false), (judged) =>
          batch.map((play) => {
            const row = judged.get(play)!
            return { outcome: row.outcome, ...(row.outcome === "recorded" ? row.play : undefined) }
          })
        )
    }
  })

  /** In a transaction: does what `first` says, lets a batch of plays come as far as it gets, and does what `then` says. */
  const meanwhile = Effect.fnUntraced(function* <A>(
    record: Effect.Effect<ReadonlyArray<A>, SqlError.SqlError>,
    first: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError.SqlError>,
    then: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError.SqlError> = () => Effect.void
  ) {
    const other = yield* BackgroundSql
    const writing = yield* other.withTransaction(
      Effect.gen(function* () {
        yield* first(other)
        const fiber = yield* Effect.forkChild(Effect.exit(record), { startImmediately: true })
        yield* until(
          "the plays wait",
          Effect.map(
            other`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            (rows) => (rows.length > 0 ? true : undefined)
          )
        )
        yield* then(other)
        return fiber
      })
    )
    const exit = yield* Fiber.join(writing)
    assert.isTrue(Exit.isSuccess(exit), String(exit))
    return Exit.isSuccess(exit) ? exit.value : []
  })

  it.effect(
    "of one batch the first play of a new player says how it is spelled, and brings its contact into being",
    () =>
      Effect.gen(function* () {
        const { play, record } = yield* setup
        const sql = yield* SqlClient.SqlClient
        const spellings = ["First@shop.example", "FIRST@shop.example", "first@shop.example"]
        const batch = spellings.map((email, index) => play(email, { playedAt: DateTime.makeUnsafe(1_000 + index) }))
        assert.deepStrictEqual(
          (yield* record(batch)).map(({ isNewContact }) => isNewContact),
          [true, false, false]
        )
        assert.deepStrictEqual(
          yield* sql`
          select email, play_id, attempts, due_at, contact.created_at from player join contact on player_id = player.id
          where email_key = 'first@shop.example'`,
          [
            {
              email: "First@shop.example",
              playId: batch[0]!.id,
              attempts: 1,
              // The process that recorded the play calls the ESP. No other process does before its lease is over.
              dueAt: lease,
              createdAt: new Date(1_000)
            }
          ]
        )
      })
  )

  it.effect("of one batch, plays of a player on both sides of midnight are of two days: the later ones wait", () =>
    Effect.gen(function* () {
      const { play, record } = yield* setup
      const slug = yield* addGame({ limit: { plays: 1, period: "day", windowSeconds: null } })
      const moments = ["2026-11-20T23:59:59.998Z", "2026-11-20T23:59:59.999Z", "2026-11-21T00:00:00.000Z"]
      const batch = moments.map((at) => play("midnight@shop.example", { slug, playedAt: DateTime.makeUnsafe(at) }))
      assert.deepStrictEqual(
        (yield* record(batch)).map(({ outcome }) => outcome),
        ["recorded", "limit-reached", "wait"]
      )
      assert.deepStrictEqual(
        (yield* record(batch.slice(2))).map(({ number, outcome }) => [outcome, number]),
        [["recorded", 2]]
      )
    })
  )

  it.effect("an entry keeps when it was first and last played, also when an earlier play comes in later", () =>
    Effect.gen(function* () {
      const { play, record } = yield* setup
      const sql = yield* SqlClient.SqlClient
      const at = (...seconds: ReadonlyArray<number>) =>
        record(seconds.map((second) => play("times@shop.example", { playedAt: DateTime.makeUnsafe(second * 1000) })))
      yield* at(5, 7)
      yield* at(6)
      assert.deepStrictEqual(
        yield* sql`
          select entry.created_at, updated_at from entry join player on player.id = player_id
          where email_key = 'times@shop.example'`,
        [{ createdAt: new Date(5_000), updatedAt: new Date(7_000) }]
      )
    })
  )

  it.effect("a contact that another writer adds at the same time stays that one's", () =>
    Effect.gen(function* () {
      const { play, record } = yield* setup
      const sql = yield* SqlClient.SqlClient
      yield* record([play("shared@shop.example")])
      yield* sql`delete from contact`
      const judged = yield* meanwhile(
        record([play("shared@shop.example")]),
        (other) => other`
          insert into contact (player_id, esp, play_id, verdict, attempts, created_at, updated_at)
          select id, 'sandbox', id, 'unknown', 1, now(), now() from player where email_key = 'shared@shop.example'`
      )
      assert.deepStrictEqual(
        judged.map(({ isNewContact, number, outcome }) => [outcome, number, isNewContact]),
        [["recorded", 2, false]]
      )
    })
  )

  it.effect("writers that need the same entries wait for each other: they are taken in the order of their keys", () =>
    Effect.gen(function* () {
      const { play, record } = yield* setup
      const sql = yield* SqlClient.SqlClient
      yield* record([play("one@shop.example"), play("two@shop.example")])
      const players = yield* sql<{ id: string; emailKey: string }>`
        select id, email_key from player where email_key in ('one@shop.example', 'two@shop.example') order by id`
      const lock = (index: number) => (other: SqlClient.SqlClient) =>
        other`select from entry where player_id = ${players[index]!.id} for update`
      const judged = yield* meanwhile(
        record(players.toReversed().map(({ emailKey }) => play(emailKey))),
        lock(0),
        lock(1)
      )
      assert.deepStrictEqual(
        judged.map(({ number }) => number),
        [2, 2]
      )
    })
  )

  it.effect("and so are the same keys", () =>
    Effect.gen(function* () {
      const { play, record } = yield* setup
      const take = (key: string) => (other: SqlClient.SqlClient) =>
        other`
        insert into idempotency_key (game_id, key, request_hash, play_id, player_id, created_at)
        select id, ${key}, '', gen_random_uuid(), gen_random_uuid(), now() from game`
      const judged = yield* meanwhile(
        record([play("ann@shop.example", { key: "b" }), play("bob@shop.example", { key: "a" })]),
        take("a"),
        (other) => Effect.andThen(take("b")(other), other`delete from idempotency_key`)
      )
      assert.deepStrictEqual(
        judged.map(({ outcome }) => outcome),
        ["recorded", "recorded"]
      )
    })
  )

  it.effect("a play is its contact's to call about until somebody else has tried, or there is a verdict", () =>
    Effect.gen(function* () {
      const { find, play, record } = yield* setup
      const sql = yield* SqlClient.SqlClient
      const batch = [play("mine@shop.example"), play("mine@shop.example")]
      const ids = batch.map(({ id }) => id)
      yield* record(batch)
      const callers = Effect.map(find(ids), (plays) =>
        plays.flatMap(({ id, isNewContact }) => (isNewContact ? [id] : []))
      )
      assert.deepStrictEqual(yield* callers, [ids[0]])
      yield* sql`update contact set attempts = 2 where play_id = ${ids[0]!}`
      assert.deepStrictEqual(yield* callers, [])
      yield* sql`
        update contact set attempts = 1, verdict = 'created', settled_at = now(), due_at = null
        where play_id = ${ids[0]!}`
      assert.deepStrictEqual(yield* callers, [])
    })
  )

  it.effect("a player whom another session adds meanwhile stays as that one spelled it", () =>
    Effect.gen(function* () {
      const { play, record } = yield* setup
      const sql = yield* SqlClient.SqlClient
      const [judged] = yield* meanwhile(
        record([play("MEANWHILE@shop.example")]),
        (other) => other`
          insert into player (id, email_key, email, created_at)
          values (gen_random_uuid(), 'meanwhile@shop.example', 'Meanwhile@shop.example', now())`
      )
      assert.deepStrictEqual(yield* sql`select id, email from player where email_key = 'meanwhile@shop.example'`, [
        { id: judged?.playerId, email: "Meanwhile@shop.example" }
      ])
    })
  )

  it.effect("the probe leaves nothing behind, and fails with each of the tables that plays need", () =>
    Effect.gen(function* () {
      const { probe } = yield* setup
      const sql = yield* SqlClient.SqlClient
      const tables = ["game", "player", "entry", "play", "idempotency_key", "contact"]
      const counts = Effect.forEach(tables, (table) => sql`select count(*)::int from ${sql(table)}`)
      const before = yield* counts
      yield* probe
      assert.deepStrictEqual(yield* counts, before)
      for (const table of tables) {
        yield* sql`alter table ${sql(table)} rename to elsewhere`
        const exit = yield* Effect.exit(probe)
        yield* sql`alter table elsewhere rename to ${sql(table)}`
        assert.isTrue(Exit.isFailure(exit), table)
      }
      yield* probe
    })
  )

  it.effect("forgets the keys of one game, and not the younger ones of another that are spelled alike", () =>
    Effect.gen(function* () {
      const { forgetKeys, play, record } = yield* setup
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from idempotency_key`
      const slug = yield* addGame()
      yield* record([
        play("keys@shop.example", { key: "same" }),
        play("keys@shop.example", { key: "same", slug, playedAt: DateTime.makeUnsafe(3_000) })
      ])
      assert.strictEqual(yield* forgetKeys(new Date(2_000), 10), 1)
      assert.deepStrictEqual(yield* sql`select slug, key from idempotency_key join game on game.id = game_id`, [
        { slug, key: "same" }
      ])
    })
  )

  it.effect("forgets so many keys at a time, and waits for nobody who is forgetting others", () =>
    Effect.gen(function* () {
      const { forgetKeys, play, record } = yield* setup
      const other = yield* BackgroundSql
      const sql = yield* SqlClient.SqlClient
      yield* sql`delete from idempotency_key`
      yield* record(["a", "b", "c", "d"].map((key) => play("keys@shop.example", { key })))
      const later = new Date(2_000)
      assert.strictEqual(yield* forgetKeys(later, 1), 1)
      const forgotten = yield* other.withTransaction(
        Effect.andThen(other`select from idempotency_key limit 1 for update`, forgetKeys(later, 10))
      )
      assert.strictEqual(forgotten, 2)
      assert.strictEqual(yield* forgetKeys(later, 10), 1)
    })
  )
})
