import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Logger, type Redacted, type Scope } from "effect"
import type { SqlError } from "effect/sql"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { Plays } from "../../src/plays/Plays.ts"
import { held } from "../support/service/Held.ts"
import * as Service from "../support/service/Service.ts"
import { addGame as addGameTo, query } from "../support/service/Stored.ts"
import { addGame, record, replica, wordOf } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

type Database = Redacted.Redacted<string>

interface Fault {
  readonly what: string
  readonly cause: string
  readonly sqlState: string
  /** Starts the trouble; gives the effect that ends it. */
  readonly begin: (
    url: Database
  ) => Effect.Effect<Effect.Effect<unknown, SqlError.SqlError>, SqlError.SqlError, Scope.Scope>
}

const endWriters = (url: Database) =>
  query(
    url,
    (sql) => sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'fairground-writer'`
  )

const setReadOnly = (url: Database, value: "on" | "off") =>
  query(url, (sql) =>
    Effect.flatMap(sql<{ name: string }>`select current_database() as name`, ([row]) =>
      // The session that ends the trouble is itself read-only.
      sql`set transaction read write`.pipe(
        Effect.andThen(sql`alter database ${sql(row!.name)} set default_transaction_read_only = ${sql.literal(value)}`),
        sql.withTransaction
      )
    )
  )

const lockedTable: Fault = {
  what: "a table that is locked",
  cause: "locked",
  sqlState: "55P03",
  begin: (url) =>
    Effect.map(
      held(url, (sql) => sql`lock table play in access exclusive mode`),
      ({ release }) => release
    )
}

const faults: ReadonlyArray<Fault> = [
  {
    what: "a database that is read-only",
    cause: "read-only",
    sqlState: "25006",
    begin: (url) =>
      // The writer's next session stays read-only for as long as it lives.
      Effect.as(Effect.andThen(setReadOnly(url, "on"), endWriters(url)), setReadOnly(url, "off"))
  },
  {
    what: "a full disk",
    cause: "disk-full",
    sqlState: "53100",
    begin: (url) =>
      query(url, (sql) =>
        Effect.andThen(
          sql`
            create or replace function full_disk() returns trigger language plpgsql as $$
            begin
              raise exception using errcode = '53100', message = 'could not extend file: No space left on device';
            end $$`,
          sql`create trigger full_disk before insert on play for each row execute function full_disk()`
        )
      ).pipe(Effect.as(query(url, (sql) => sql`drop trigger full_disk on play`)))
  },
  lockedTable
]

/** The real time, with jumps. */
const jumping = Effect.map(Clock.Clock, (real) => {
  let ahead = 0
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => real.currentTimeMillisUnsafe() + ahead,
    currentTimeMillis: Effect.sync(() => real.currentTimeMillisUnsafe() + ahead),
    currentTimeNanosUnsafe: () => real.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n,
    currentTimeNanos: Effect.sync(() => real.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n),
    monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n,
    monotonicTimeNanos: Effect.sync(() => real.monotonicTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n),
    sleep: (duration) => real.sleep(duration)
  }
  return {
    clock,
    jump: (by: number) => {
      ahead += by
    }
  }
})

for (const { begin, cause, sqlState, what } of faults) {
  it.live(`${what}: the log says so, plays are failing, and no more when it is over, with plays or without`, () =>
    Effect.gen(function* () {
      const { clock, jump } = yield* jumping
      const lines: Array<Record<string, unknown>> = []
      const logger = Logger.make(({ message }) => {
        if (!Array.isArray(message)) return
        const [text, more] = message as ReadonlyArray<unknown>
        if (String(text).startsWith("Plays could not")) lines.push(more as Record<string, unknown>)
      })
      const url = yield* TestDatabase.makeUrl
      const env = { DATABASE_DEADLINE: "2 seconds", ESP_DEADLINE: "1 millis" }
      const context = yield* Layer.build(
        replica(url, env).pipe(Layer.provide(Layer.succeed(Clock.Clock, clock)), Layer.provide(Logger.layer([logger])))
      )
      yield* Effect.gen(function* () {
        const plays = yield* Plays
        const slug = yield* addGame()
        let player = 0
        const play = Effect.suspend(() => wordOf(record(slug, `player${player++}@shop.example`)))
        const comesThrough = play.pipe(Effect.repeat({ until: (word) => word === 1, times: 20 }))
        const becomes = (value: boolean) =>
          Service.until(
            `failing: ${value}`,
            Effect.map(plays.isFailing, (is) => {
              // The probe's result is cached for a second.
              jump(1000)
              return is === value ? true : undefined
            })
          )
        assert.strictEqual(yield* comesThrough, 1)

        for (const withPlays of [true, false]) {
          const end = yield* begin(url)
          const failed = yield* play.pipe(Effect.repeat({ until: (word) => word !== 1, times: 50 }))
          assert.strictEqual(failed, "DatabaseUnavailable")
          assert.deepInclude(lines.at(-1), { cause, sqlState })
          jump(6_000)
          yield* becomes(true)
          yield* end
          if (withPlays) {
            assert.strictEqual(yield* comesThrough, 1)
            assert.isFalse(yield* plays.isFailing, "a play has got through")
          } else {
            jump(6_000)
            yield* becomes(false)
            assert.strictEqual(yield* comesThrough, 1)
          }
        }
        const text = JSON.stringify(lines)
        assert.notInclude(text, "shop.example")
      }).pipe(Effect.provide(context), Effect.provideService(Clock.Clock, clock))
    }).pipe(Effect.provide(EspMemory.layer))
  )
}

it.live("one player's entry is locked, and nobody else plays: plays do not fail, for as long as it lasts", () =>
  Effect.gen(function* () {
    const { clock, jump } = yield* jumping
    const url = yield* TestDatabase.makeUrl
    const env = { DATABASE_DEADLINE: "1 hour", ESP_DEADLINE: "1 millis" }
    const context = yield* Layer.build(replica(url, env).pipe(Layer.provide(Layer.succeed(Clock.Clock, clock))))
    yield* Effect.gen(function* () {
      const plays = yield* Plays
      const slug = yield* addGame()
      assert.strictEqual(yield* wordOf(record(slug, "nora@shop.example")), 1)
      const { release } = yield* held(url, (sql) => sql`select 1 from entry for update`)
      const waiting = yield* Effect.forkChild(wordOf(record(slug, "nora@shop.example")), { startImmediately: true })
      for (let round = 0; round < 3; round++) {
        jump(6_000)
        // Once it has met the lock again.
        yield* Service.until(
          "not failing",
          Effect.map(plays.isFailing, (is) => (is ? undefined : true))
        )
      }
      assert.isUndefined(waiting.pollUnsafe())
      yield* release
      assert.strictEqual(yield* Fiber.join(waiting), 2)
    }).pipe(Effect.provide(context), Effect.provideService(Clock.Clock, clock))
  }).pipe(Effect.provide(EspMemory.layer))
)

it.live(
  "a locked table: /health/ready is 503 with the check that failed, /metrics has the cause, and both recover",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const client = yield* Service.client()
      yield* addGameTo(url, "wheel")
      const service = yield* Service.start(url, { DATABASE_DEADLINE: "1 second", ESP_DEADLINE: "1 millis" })
      const ready = Effect.promise(() => client.get(service.base, "/health/ready"))
      const play = Effect.promise(() => client.play(service.base, "wheel", { email: "nora@shop.example" }))
      assert.deepInclude((yield* ready).body["checks"], { plays: "ok", queue: "ok" })

      const end = yield* lockedTable.begin(url)
      const refused = yield* Service.until(
        "not ready",
        Effect.gen(function* () {
          yield* play
          const answer = yield* ready
          return answer.status === 503 ? answer.body : undefined
        })
      )
      assert.deepStrictEqual(refused["checks"], { database: "ok", migrations: "ok", queue: "ok", plays: "failed" })
      const { body } = yield* Effect.promise(() => client.get(service.base, "/metrics"))
      assert.match(String(body["text"]), /fairground_plays_failed_total\{cause="locked"\} [1-9]/)
      const said = service
        .log()
        .split("\n")
        .filter((line) => line.includes("Plays could not be recorded"))
      assert.isNotEmpty(said)
      assert.include(said[0], "55P03")
      assert.notInclude(said.join(), "nora")

      yield* end
      yield* Service.until(
        "ready",
        Effect.map(ready, ({ status }) => (status === 200 ? true : undefined))
      )
      assert.strictEqual((yield* play).status, 201)
    })
)
