import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, Fiber, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import * as GameEdits from "../../src/games/GameEdits.ts"
import * as GameRemoval from "../../src/games/GameRemoval.ts"
import { Games } from "../../src/games/Games.ts"
import * as GamesRepo from "../../src/games/GamesRepo.ts"
import type { Slug } from "../../src/games/Game.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { Settings } from "../../src/platform/settings/Settings.ts"
import * as PlayPart from "../../src/plays/PlayPart.ts"
import * as PlayStatement from "../../src/plays/PlayStatement.ts"
import { submissionOf } from "../../src/plays/Submission.ts"
import { addMany } from "../support/service/ManyContacts.ts"
import { addGame, layer as recording, record, wordOf } from "../support/service/Recording.ts"

const stateOf = (slug: Slug) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* sql<{ plays: number; isArchived: boolean | null }>`
      select game.archived_at is not null as is_archived,
        (select count(*)::int from play where game_id = game.id) as plays
      from game where slug = ${slug}`
    return row === undefined ? "gone" : `${row.isArchived === true ? "archived" : "kept"} with ${row.plays}`
  })

const actionsOf = (slug: Slug) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const told = yield* sql<{ action: string; reason: string | null }>`
      select action, details ->> 'reason' as reason from audit_entry where details ->> 'slug' = ${slug} order by id`
    return told.map(({ action, reason }) => (reason === null ? action : `${action}: ${reason}`))
  })

/** Plays whose game does not exist. */
const orphans = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`
    select play.id from play left join game on game.id = play.game_id where game.id is null
    union all select entry.player_id from entry left join game on game.id = entry.game_id where game.id is null`
)

const statement = PlayStatement.make(PlayPart.compose([], PlayStatement.own))

/** The statement that records a play, in the transaction around it; gives what it says of the play. */
const recorded = (slug: Slug, email: string, at?: DateTime.Utc) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const made = yield* submissionOf({ slug, play: { email }, key: undefined })
    const play = at === undefined ? made : { ...made, playedAt: at }
    const [row] = yield* sql.unsafe<{ outcome: string }>(statement.text, statement.parametersOf([play], new Date()))
    return row?.outcome
  })

/** On a connection of its own, like another replica. */
const elsewhere = <A, E>(use: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.flatMap(Settings, ({ databaseUrl }) =>
    Effect.provide(use, PgClient.layer({ url: Redacted.make(databaseUrl ?? ""), maxConnections: 1 }))
  )

/** A transaction elsewhere, which goes on until it is told how to end. */
const transaction = Effect.fnUntraced(function* <A, E>(work: Effect.Effect<A, E, SqlClient.SqlClient>) {
  const [done, end] = [yield* Deferred.make<A>(), yield* Deferred.make<"commit" | "rollback">()]
  const fiber = yield* Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql.withTransaction(
      Effect.gen(function* () {
        yield* Deferred.succeed(done, yield* Effect.orDie(work))
        if ((yield* Deferred.await(end)) === "rollback") return yield* Effect.fail("rolled back" as const)
      })
    )
  ).pipe(Effect.ignore, elsewhere, Effect.forkScoped)
  return {
    done: Deferred.await(done),
    end: (how: "commit" | "rollback") => Effect.andThen(Deferred.succeed(end, how), Fiber.join(fiber))
  }
})

/** `Games.remove`, with a signal once it waits for those who write plays; `steps` bounds the search. */
const removal = Effect.fnUntraced(function* (steps?: number) {
  const repo = yield* GamesRepo.make
  const audit = yield* Effect.provide(Audit, Audit.layer)
  const deadline = Duration.seconds(20)
  const waits = yield* Deferred.make<void>()
  let looked = 0
  const watched = {
    ...repo,
    areWriting: (writers: ReadonlyArray<string>) =>
      Effect.tap(repo.areWriting(writers), () =>
        ++looked === 3 ? Effect.asVoid(Deferred.succeed(waits, undefined)) : Effect.void
      )
  }
  const edit = GameEdits.make(repo, audit, deadline)
  return { remove: GameRemoval.make(watched, edit, audit, deadline, steps), waits: Deferred.await(waits) }
})

layer(recording(), { excludeTestServices: true })("Deleting a game", (it) => {
  it.effect("that nobody has played: it is gone, and its slug is free", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const slug = yield* addGame({ title: "Never played" })
      // Plays of other games are no plays of this one.
      yield* record(yield* addGame(), "other@shop.example")
      assert.isUndefined(yield* games.remove(slug, 1))
      assert.strictEqual(yield* stateOf(slug), "gone")
      assert.deepStrictEqual(yield* actionsOf(slug), [
        "game.create",
        "game.archive: it is to be deleted",
        "game.delete"
      ])
      assert.strictEqual((yield* Effect.flip(games.remove(slug, null)))._tag, "GameNotFound")
      assert.strictEqual(yield* wordOf(record(slug, "late@shop.example")), "GameNotFound")
      const { find } = games
      const again = yield* games.duplicate(yield* addGame(), { slug })
      assert.deepStrictEqual(yield* find(slug), again)
    })
  )

  it.effect("that was played archives it: it takes no plays and no changes, and its plays stay", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const opensAt = DateTime.makeUnsafe("2026-01-01T00:00:00Z")
      for (const key of [undefined, "with a key"]) {
        const slug = yield* addGame({ opensAt })
        yield* record(slug, "played@shop.example", {}, key)
        const archived = yield* games.remove(slug, 1)
        assert.deepInclude(archived, { version: 2, opensAt })
        assert.deepStrictEqual(archived?.closesAt, archived?.archivedAt)
        assert.strictEqual(archived?.stateAt(yield* DateTime.now), "archived")
        assert.strictEqual(yield* wordOf(record(slug, "late@shop.example")), "GameNotOpen")
        assert.strictEqual(yield* stateOf(slug), "archived with 1")
        const tags = yield* Effect.forEach(
          [
            games.change(slug, { title: "x" }, null),
            games.change(slug, {}, null),
            games.open(slug, null),
            games.close(slug),
            games.move(slug, { esp: "sandbox", espList: null, espTags: [] })
          ],
          (edit) => Effect.map(Effect.flip(edit), ({ _tag }) => _tag)
        )
        assert.deepStrictEqual(new Set(tags), new Set(["GameArchived"]))
        // Again: it stays as it is, and so does its version, which a client may not know yet.
        assert.deepStrictEqual(yield* games.remove(slug, null), archived)
        assert.deepStrictEqual(yield* games.find(slug), archived)
        assert.deepStrictEqual(yield* actionsOf(slug), ["game.create", "game.archive: it has plays"])
        const copy = yield* games.duplicate(slug, { slug: `${slug}-copy` as Slug })
        assert.deepInclude(copy, { archivedAt: null, version: 1 })
      }
    })
  )

  it.effect("of another version is refused, and nothing is done", () =>
    Effect.gen(function* () {
      const games = yield* Games
      for (const plays of [0, 1]) {
        const slug = yield* addGame()
        if (plays === 1) yield* record(slug, "version@shop.example")
        assert.strictEqual((yield* Effect.flip(games.remove(slug, 2)))._tag, "ChangedMeanwhile")
        assert.strictEqual(yield* stateOf(slug), `kept with ${plays}`)
        assert.deepStrictEqual(yield* actionsOf(slug), ["game.create"])
      }
    })
  )

  it.effect("by several at once deletes it once", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const slug = yield* addGame()
      const all = yield* Effect.all(
        Array.from({ length: 8 }, () => Effect.exit(games.remove(slug, null))),
        { concurrency: "unbounded" }
      )
      assert.isAbove(all.filter(({ _tag }) => _tag === "Success").length, 0)
      for (const exit of all) if (exit._tag === "Success") assert.isUndefined(exit.value)
      assert.strictEqual(yield* stateOf(slug), "gone")
      assert.lengthOf(
        (yield* actionsOf(slug)).filter((action) => action === "game.delete"),
        1
      )
    })
  )

  it.effect("looks through all plays since the game was added, and archives it where that takes too long", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [old, young] = [yield* addGame(), yield* addGame()]
      const other = yield* addGame()
      const at = new Date()
      yield* sql`update game set created_at = created_at - interval '2 days' where slug = ${old}`
      // Three steps of plays, the last of which is not full.
      yield* addMany({ slug: other, count: 4500, plays: 10, prefix: "walk", at })
      const bounded = yield* removal(2)
      const given = yield* bounded.remove(old, null)
      assert.deepStrictEqual([given?.version, yield* stateOf(old)], [2, "archived with 0"])
      assert.deepStrictEqual(yield* actionsOf(old), ["game.create", "game.archive: it may have plays"])
      // Three steps come to the end; and two to before the game, where all of its plays would be by far newer.
      assert.isUndefined(yield* (yield* removal(3)).remove(young, null))
      assert.isUndefined(yield* (yield* removal()).remove(old, null))
      const future = yield* addGame()
      yield* sql`update game set created_at = created_at + interval '2 days' where slug = ${future}`
      assert.isUndefined(yield* (yield* removal(2)).remove(future, null))
      assert.strictEqual(yield* stateOf(other), "kept with 45000")
      // The play is found behind all others, and one from long before the game too.
      for (const playedAt of [Date.now() + 60_000, Date.now() - 60_000, Date.parse("2001-01-01")]) {
        const slug = yield* addGame()
        yield* sql`
          insert into play (id, player_id, game_id, number, esp, played_at)
          select ${uuidV7At(playedAt)}, ${uuidV7At(playedAt)}, id, 1, 'sandbox', ${new Date(playedAt)}
          from game where slug = ${slug}`
        yield* (yield* Games).remove(slug, null)
        assert.strictEqual(yield* stateOf(slug), "archived with 1")
      }
    })
  )
})

layer(recording(), { excludeTestServices: true })("Deleting a game while a play is being recorded", (it) => {
  for (const end of ["commit", "rollback"] as const) {
    it.effect(`waits for the play, and after its ${end} does what is right`, () =>
      Effect.gen(function* () {
        const opensAt = DateTime.makeUnsafe("2026-01-01T00:00:00Z")
        const closesAt = DateTime.makeUnsafe("2999-01-01T00:00:00Z")
        const slug = yield* addGame({ opensAt, closesAt })
        const writer = yield* transaction(recorded(slug, "writing@shop.example"))
        assert.strictEqual(yield* writer.done, "recorded")
        const { remove, waits } = yield* removal()
        const removing = yield* Effect.forkChild(remove(slug, 1))
        yield* waits
        // Meanwhile no play is recorded, not even one that was sent before; and other games do not wait.
        assert.strictEqual(yield* wordOf(record(slug, "late@shop.example")), "GameNotOpen")
        const before = DateTime.subtract(yield* DateTime.now, { minutes: 10 })
        assert.strictEqual(yield* elsewhere(recorded(slug, "early@shop.example", before)), "not-open")
        assert.strictEqual(yield* wordOf(record(yield* addGame(), "late@shop.example")), 1)

        yield* writer.end(end)
        const given = yield* Fiber.join(removing)
        if (end === "rollback") {
          assert.isUndefined(given)
          assert.strictEqual(yield* stateOf(slug), "gone")
        } else {
          assert.deepStrictEqual([given?.opensAt, given?.closesAt], [opensAt, given?.archivedAt])
          assert.strictEqual(yield* stateOf(slug), "archived with 1")
          assert.deepStrictEqual(yield* actionsOf(slug), [
            "game.create",
            "game.archive: it is to be deleted",
            "game.archive: it has plays"
          ])
        }
        assert.deepStrictEqual(yield* orphans, [])
      })
    )
  }

  it.effect("sees a play whose statement has begun before, and is held up by a lock", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const slug = yield* addGame()
      const email = "held@shop.example"
      yield* record(yield* addGame(), email)
      yield* record(slug, "first@shop.example")
      yield* sql`delete from play where game_id = (select id from game where slug = ${slug})`
      // The entry's row is locked: the statement below has read the open game, and waits.
      const holder = yield* transaction(
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql`select 1 from entry for update`)
      )
      yield* holder.done
      const writer = yield* transaction(recorded(slug, "first@shop.example"))
      const { remove, waits } = yield* removal()
      const waiting = sql`select 1 from pg_locks where not granted`
      yield* Effect.repeat(waiting, { until: (rows) => rows.length > 0 })
      const removing = yield* Effect.forkChild(remove(slug, null))
      yield* waits
      yield* holder.end("rollback")
      assert.strictEqual(yield* writer.done, "recorded")
      yield* writer.end("commit")
      assert.deepInclude(yield* Fiber.join(removing), { slug })
      assert.strictEqual(yield* stateOf(slug), "archived with 1")
      assert.deepStrictEqual(yield* orphans, [])
    })
  )

  it.effect("goes on where a process died after the game was sealed", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const games = yield* Games
      const slug = yield* addGame()
      yield* sql`
        update game set archived_at = now(), closes_at = created_at - interval '1 day', version = 2 where slug = ${slug}`
      assert.strictEqual(yield* wordOf(record(slug, "sealed@shop.example")), "GameNotOpen")
      assert.isUndefined(yield* games.remove(slug, 2))
      assert.strictEqual(yield* stateOf(slug), "gone")
    })
  )

  it.effect("leaves no play without a game, and loses none, while many play", () =>
    Effect.gen(function* () {
      const games = yield* Games
      const tried = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, index) => index),
        Effect.fnUntraced(function* (index) {
          const slug = yield* addGame()
          const play = (number: number) => wordOf(record(slug, `p${number}-${index}@shop.example`))
          const removing = Effect.exit(games.remove(slug, null))
          // The removal comes among the plays: before them, in between, or behind them.
          const plays = [0, 1, 2].map(play)
          const [exit, ...words] = yield* Effect.all(
            [
              removing,
              ...plays.slice(0, index % 4),
              ...plays.slice(index % 4).map((one) => Effect.andThen(Effect.yieldNow, one))
            ] as const,
            { concurrency: "unbounded" }
          )
          return { slug, exit, recorded: words.filter((word) => word === 1).length }
        }),
        { concurrency: 8 }
      )
      assert.deepStrictEqual(yield* orphans, [])
      for (const { exit, recorded, slug } of tried) {
        assert.strictEqual(exit._tag, "Success")
        const state = yield* stateOf(slug)
        assert.strictEqual(state, recorded === 0 && state === "gone" ? "gone" : `archived with ${recorded}`)
      }
    })
  )
})
