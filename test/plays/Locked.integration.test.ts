import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { EspMemory } from "../support/esp/EspMemory.ts"
import type { Slug } from "../../src/games/Game.ts"
import * as PlaysRepo from "../../src/plays/PlaysRepo.ts"
import { held } from "../support/service/Held.ts"
import { submission } from "../support/service/PlayTables.ts"
import { addGame, numbersOf, record, replica, Time, wordOf } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

type Hold = (slug: Slug) => (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError.SqlError>

/** Statements that another session runs in a transaction that it leaves open. */
const holds: ReadonlyArray<readonly [what: string, hold: Hold]> = [
  ["the entry, locked", () => (sql) => sql`select 1 from entry for update`],
  ["the entry, changed", () => (sql) => sql`update entry set plays = plays`],
  [
    "the entry and the player, locked",
    () => (sql) => sql`select 1 from entry join player on player.id = player_id for update`
  ],
  [
    "the player, being added",
    () => (sql) =>
      sql`
      insert into player (id, email_key, email, created_at)
      values (gen_random_uuid(), 'new@shop.example', 'new@shop.example', now())`
  ],
  [
    "the key, being added",
    (slug) => (sql) =>
      sql`
      insert into idempotency_key (game_id, key, request_hash, play_id, player_id, created_at)
      select id, 'key', '', gen_random_uuid(), gen_random_uuid(), now() from game where slug = ${slug}`
  ],
  [
    "the contact, being added",
    () => (sql) =>
      sql`
      insert into contact (player_id, esp, play_id, verdict, attempts, created_at, updated_at)
      select id, 'other', id, 'unknown', 0, now(), now() from player where email_key = 'known@shop.example'`
  ]
]

/** Locks that plays do not need. */
const harmless: ReadonlyArray<readonly [what: string, hold: Hold]> = [
  ["the game", (slug) => (sql) => sql`select 1 from game where slug = ${slug} for update`],
  ["the player", () => (sql) => sql`select 1 from player for update`],
  ["the contact", () => (sql) => sql`select 1 from contact for update`],
  ["the key", () => (sql) => sql`select 1 from idempotency_key for update`]
]

const setup = Effect.fnUntraced(function* (env: Record<string, string>) {
  const url = yield* TestDatabase.makeUrl
  const context = yield* Layer.build(replica(url, { ESP_DEADLINE: "1 millis", ...env }))
  return { url, context }
})

const others = (slug: Slug, round: number, count = 40) =>
  Effect.all(
    Array.from({ length: count }, (_, index) => wordOf(record(slug, `other${round}-${index}@shop.example`))),
    { concurrency: "unbounded" }
  )

const ones = (count = 40) => Array.from({ length: count }, () => 1)

for (const [what, hold] of holds) {
  it.live(`${what}: only its player waits, and plays once it is released`, () =>
    Effect.gen(function* () {
      const { context, url } = yield* setup({ DATABASE_DEADLINE: "60 seconds" })
      yield* Effect.gen(function* () {
        const slug = yield* addGame()
        yield* record(slug, "known@shop.example", {}, "earlier")
        // The game gets another ESP connection, so that the player has no contact there yet.
        const moved = what.startsWith("the contact") ? yield* addGame({ esp: "other" }) : slug
        const { release } = yield* held(url, hold(slug))
        const play = what.startsWith("the player")
          ? record(moved, "new@shop.example")
          : record(moved, "known@shop.example", {}, "key")
        const locked = yield* Effect.forkChild(wordOf(play), { startImmediately: true })
        assert.deepStrictEqual(yield* others(slug, 0), ones())
        const behind = yield* Effect.forkChild(wordOf(play), { startImmediately: true })
        assert.deepStrictEqual(yield* others(slug, 1), ones())
        assert.isUndefined(locked.pollUnsafe())
        assert.isUndefined(behind.pollUnsafe())
        yield* release
        const words = [yield* Fiber.join(locked), yield* Fiber.join(behind)]
        const first = what.startsWith("the entry") || what.startsWith("the key") ? 2 : 1
        // With the same key they are one play.
        assert.deepStrictEqual(words, what.startsWith("the player") ? [1, 2] : [first, first])
        assert.isTrue((yield* numbersOf).every(({ isWhole }) => isWhole))
      }).pipe(Effect.provide(context))
    }).pipe(Effect.provide(EspMemory.layer))
  )
}

/** What another session may do to some players' entries, and whether those players' plays have to wait for it. */
const grips: ReadonlyArray<readonly [hold: Hold, waits: boolean]> = [
  [() => (sql) => sql`select 1 from entry where plays = 2 for update`, true],
  [() => (sql) => sql`select 1 from entry where plays = 2 for share`, true],
  [() => (sql) => sql`update entry set plays = plays where plays = 2`, true],
  [() => (sql) => sql`delete from entry where plays = 2`, true],
  [() => (sql) => sql`select 1 from entry where plays = 2 for key share`, false]
]

it.live("of many, those whose entries another session holds are seen at once", () =>
  Effect.gen(function* () {
    const { context, url } = yield* setup({ DATABASE_DEADLINE: "60 seconds" })
    yield* Effect.gen(function* () {
      const slug = yield* addGame()
      const emails = Array.from({ length: 20 }, (_, index) => `player${index}@shop.example`)
      // Twice: who has the even places; never: the last four.
      for (const [index, email] of emails.slice(0, 16).entries()) {
        yield* record(slug, email)
        if (index % 2 === 0) yield* record(slug, email)
      }
      const repo = yield* PlaysRepo.make
      const batch = [...emails, emails[1]!].map((email) => submission(email, { slug }))
      const unlocked = Effect.map(repo.unlocked(batch), (plays) =>
        batch.flatMap((play, index) => (plays.has(play) ? [index + 1] : []))
      )
      const all = batch.map((_, index) => index + 1)
      assert.deepStrictEqual(yield* unlocked, all)
      for (const [hold, waits] of grips) {
        const { release } = yield* held(url, hold(slug))
        const free = all.filter((place) => !waits || place % 2 === 0 || place > 16)
        assert.deepStrictEqual(yield* unlocked, free)
        yield* release
      }
    }).pipe(Effect.provide(context))
  }).pipe(Effect.provide(EspMemory.layer))
)

it.live("a lock that plays do not need keeps nobody waiting", () =>
  Effect.gen(function* () {
    const { context, url } = yield* setup({ DATABASE_DEADLINE: "60 seconds" })
    yield* Effect.gen(function* () {
      const slug = yield* addGame()
      yield* record(slug, "known@shop.example", {}, "key")
      for (const [index, [, hold]] of harmless.entries()) {
        const { release } = yield* held(url, hold(slug))
        assert.strictEqual(yield* wordOf(record(slug, "known@shop.example")), index + 2)
        assert.strictEqual(yield* wordOf(record(slug, "known@shop.example", {}, "key")), 1)
        yield* release
      }
    }).pipe(Effect.provide(context))
  }).pipe(Effect.provide(EspMemory.layer))
)

it.live("a lock for longer than the deadline: DatabaseUnavailable for its players, and nobody else", () =>
  Effect.gen(function* () {
    const { context, url } = yield* setup({ DATABASE_DEADLINE: "1 second" })
    yield* Effect.gen(function* () {
      const slug = yield* addGame()
      const holders = Array.from({ length: 5 }, (_, index) => `holder${index}@shop.example`)
      // The deadline is short, and the machine may stand still.
      yield* Effect.forEach(holders, (email) =>
        wordOf(record(slug, email)).pipe(Effect.repeat({ until: (word) => typeof word === "number" }))
      )
      const { release } = yield* held(url, (sql) => sql`select 1 from entry for update`)
      const locked = yield* Effect.forkChild(
        Effect.all(
          [...holders, ...holders].map((email) => wordOf(record(slug, email))),
          { concurrency: "unbounded" }
        ),
        { startImmediately: true }
      )
      let round = 0
      yield* others(slug, round++, 10).pipe(
        Effect.repeat({ until: (words) => words.every((word) => word === 1), times: 20 })
      )
      assert.deepStrictEqual([...new Set(yield* Fiber.join(locked))], ["DatabaseUnavailable"])
      yield* release
      const again = yield* wordOf(record(slug, holders[0]!)).pipe(
        Effect.repeat({ until: (word) => typeof word === "number", times: 20 })
      )
      assert.isAtLeast(Number(again), 2)
    }).pipe(Effect.provide(context))
  }).pipe(Effect.provide(EspMemory.layer))
)

it.live("a time that jumps changes nothing about how long a play may wait", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    for (const [deadline, jump, outcome] of [
      ["2 seconds", -3_600_000, "DatabaseUnavailable"],
      ["60 seconds", 3_600_000, 2]
    ] as const) {
      const env = { DATABASE_DEADLINE: deadline, ESP_DEADLINE: "1 millis" }
      const context = yield* Layer.build(replica(url, env).pipe(Layer.provideMerge(Time.layer)))
      yield* Effect.gen(function* () {
        const slug = yield* addGame()
        // The deadline is short, and the machine may stand still.
        yield* wordOf(record(slug, "nora@shop.example")).pipe(Effect.repeat({ until: (word) => word === 1 }))
        const { release } = yield* held(url, (sql) => sql`select 1 from entry for update`)
        const play = yield* Effect.forkChild(wordOf(record(slug, "nora@shop.example")), { startImmediately: true })
        const time = yield* Time
        time.adjust(jump)
        // A play after it: once this one is recorded, the first has met the lock.
        yield* wordOf(record(slug, "other@shop.example")).pipe(Effect.repeat({ until: (word) => word === 1 }))
        if (outcome !== 2) assert.strictEqual(yield* Fiber.join(play), outcome)
        yield* release
        assert.strictEqual(yield* Fiber.join(play), outcome)
      }).pipe(Effect.provide(context))
    }
  }).pipe(Effect.provide(EspMemory.layer))
)
