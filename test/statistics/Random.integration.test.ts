import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Layer, Random, Ref, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { EspRejected, EspUnavailable } from "../../src/esp/EspClient.ts"
import type { Slug } from "../../src/games/Game.ts"
import type { NewGame } from "../../src/games/Games.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { monotonicMillis } from "../../src/platform/Monotonic.ts"
import { PlayId } from "../../src/plays/Play.ts"
import { PlayWriter } from "../../src/plays/PlayWriter.ts"
import { Folding } from "../../src/statistics/Folding.ts"
import { Mending } from "../../src/statistics/Mending.ts"
import { Statistics } from "../../src/statistics/Statistics.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { submission } from "../support/service/PlayTables.ts"
import { addGame, numbersOf, replica, Time } from "../support/service/Recording.ts"
import { settleDue } from "../support/service/SettleDue.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { assertAsByHand, assertTotals, countAll, counting, foldAll, mendAll } from "./Counting.ts"

const games: ReadonlyArray<Partial<NewGame>> = [
  { timeZone: "Europe/Prague" },
  { timeZone: "Australia/Lord_Howe", limit: { plays: 2, period: "day", windowSeconds: null } },
  { timeZone: "Asia/Kathmandu", limit: { plays: 3, period: "window", windowSeconds: 7200 } }
]

const minute = 60_000

/** The clocks of Prague go back in the middle of it. */
const begin = "2026-10-23T20:00:00Z"
const end = "2026-11-25T00:00:00Z"

/** A random step of the ESP's: a verdict, or none for now. */
const behaviours = Effect.gen(function* () {
  const esp = yield* EspMemory
  yield* esp.otherwise((register) =>
    Effect.gen(function* () {
      const dice = yield* Random.nextIntBetween(0, 10)
      if (dice < 2) return yield* new EspRejected({ reason: "suppressed" })
      if (dice < 5) return yield* EspUnavailable.notReached("refused")
      return yield* register
    })
  )
})

/** The time of plays. The clock of the processes stands at the end of it all: pools of connections do not bear jumps. */
const makeTimeline = () => {
  let now = Date.parse(begin)
  return {
    adjust: (by: number) => {
      now += by
    },
    now: () => now
  }
}

/** Plays of random players at random games, several at once, over some days. */
const playAtRandom = Effect.fnUntraced(function* (
  slugs: ReadonlyArray<Slug>,
  batches: number,
  timeline: ReturnType<typeof makeTimeline>
) {
  const writer = yield* PlayWriter
  for (let batch = 0; batch < batches; batch++) {
    timeline.adjust((yield* Random.nextIntBetween(0, 150)) * minute)
    yield* Effect.forEach(
      Array.from({ length: yield* Random.nextIntBetween(1, 40) }),
      Effect.fnUntraced(function* () {
        const player = yield* Random.nextIntBetween(0, 60)
        const slug = slugs[yield* Random.nextIntBetween(0, slugs.length - 1)]!
        if ((yield* Random.next) < 0.1) timeline.adjust(yield* Random.nextIntBetween(0, 20 * minute))
        // Two replicas do not record plays in the order of their times.
        const at = timeline.now() - (yield* Random.nextIntBetween(0, 5000))
        const exit = yield* Effect.exit(
          writer.submit(
            submission(`player${player}@shop.example`, {
              slug,
              id: PlayId.make(uuidV7At(at)),
              playedAt: DateTime.makeUnsafe(at),
              since: yield* monotonicMillis
            })
          )
        )
        if (Exit.isFailure(exit)) assert.include(String(exit.cause), "PlayLimitReached")
      }),
      { concurrency: "unbounded" }
    )
  }
})

/** Ends all sessions of the main pools: those that add up, mend and read. */
const killSessions = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'fairground'`
)

const from = "2026-10-20"

const assertAll = Effect.fnUntraced(function* (slugs: ReadonlyArray<Slug>, players: "known" | "as known") {
  for (const by of ["hour", "day", "week"] as const) {
    for (const game of slugs) yield* assertAsByHand({ game, by, from }, players)
    yield* assertAsByHand({ by, from, zone: "America/New_York" }, players)
  }
  for (const game of slugs) yield* assertTotals(game)
  yield* assertTotals()
})

const quick = { ESP_SETTLE_PAUSE: "1 minute", DATABASE_DEADLINE: "30 seconds" }

/** The sums of hours are those of their quarters. */
const assertHours = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const names = "plays, players, contacts, existed, created, rejected, took_1s, took_longer"
  const each = (text: (name: string) => string) => sql.literal(names.split(", ").map(text).join(", "))
  const hours = yield* sql`
    select * from (
      select game_id, hour, ${each((name) => `sum(${name}) as ${name}`)}
      from (
        select game_id, quarter >> 2 as hour, ${sql.literal(names)} from statistics_quarter
        union all select game_id, hour, ${each((name) => `-${name}`)} from statistics_hour
      ) both_sides
      group by game_id, hour
    ) difference
    where ${sql.literal(
      names
        .split(", ")
        .map((name) => `${name} <> 0`)
        .join(" or ")
    )}`
  assert.deepStrictEqual(hours, [])
})

it.live(
  "what two replicas record at random is counted exactly, in every zone and unit, while it is added up and settled",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const time = yield* Time
      time.set(end)
      const timeline = makeTimeline()
      const [one, two] = [yield* Layer.build(counting(url, quick)), yield* Layer.build(counting(url, quick))]
      yield* behaviours
      const slugs = yield* Effect.provide(
        Effect.forEach(games, (game) => addGame(game)),
        one
      )
      const background = <R>(work: Effect.Effect<unknown, unknown, R>) =>
        Effect.repeat(Effect.ignoreCause(work), Schedule.spaced("3 millis"))
      yield* Effect.raceFirst(
        Effect.all(
          [
            playAtRandom(slugs, 60, timeline).pipe(Effect.provide(one)),
            playAtRandom(slugs, 60, timeline).pipe(Effect.provide(two))
          ],
          {
            concurrency: 2
          }
        ),
        Effect.all(
          [one, two].flatMap((process) => [
            background(Effect.flatMap(Folding, ({ fold }) => fold)).pipe(Effect.provide(process)),
            background(settleDue(8)).pipe(Effect.provide(process)),
            background(
              Effect.andThen(
                Effect.flatMap(Mending, ({ begin }) => begin),
                mendAll
              )
            ).pipe(Effect.provide(process))
          ]),
          { concurrency: "unbounded", discard: true }
        )
      )
      yield* Effect.gen(function* () {
        assert.isTrue((yield* numbersOf).every(({ isWhole }) => isWhole))
        yield* mendAll
        yield* assertAll(slugs, "as known")
        yield* foldAll
        yield* assertAll(slugs, "as known")
        // The contacts that still wait get their verdicts: at the hour of their plays.
        time.adjust("3 hours")
        yield* Effect.repeat(settleDue(50), { while: (count) => count > 0 })
        yield* assertAll(slugs, "as known")
        yield* countAll
        yield* assertAll(slugs, "known")
        const sql = yield* SqlClient.SqlClient
        // The sums tell the players of almost all plays at once. A play of before midnight that the other replica recorded after one of
        // the same player of after midnight is left to the count.
        const [timed] = yield* sql<{ plays: number; timedPlays: number }>`
          select sum(plays)::int as plays, sum(timed_plays)::int as timed_plays
          from statistics_quarter where time_zone is not null`
        assert.isAbove(timed!.plays, 500)
        assert.isAbove(timed!.timedPlays, 0.9 * timed!.plays)
      }).pipe(Effect.provide(one))
    }).pipe(Effect.provide([EspMemory.layer, Time.layer])),
  120_000
)

it.live(
  "plays from before the module was on are found and counted, while others are recorded, by whichever replica",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const time = yield* Time
      time.set(end)
      const timeline = makeTimeline()
      yield* behaviours
      const slugs = yield* Effect.gen(function* () {
        const slugs = yield* Effect.forEach(games, (game) => addGame(game))
        yield* playAtRandom(slugs, 30, timeline)
        yield* settleDue(500)
        return slugs
      }).pipe(Effect.provide(replica(url, quick)))
      const [one, two] = [yield* Layer.build(counting(url, quick)), yield* Layer.build(counting(url, quick))]
      yield* Effect.gen(function* () {
        const mending = yield* Mending
        const statistics = yield* Statistics
        assert.deepInclude(yield* statistics.total, { isComplete: false, plays: 0 })
        yield* mending.begin
        assert.deepInclude(yield* statistics.total, { isComplete: false, plays: 0 })
        yield* Effect.all(
          [one, two].flatMap((process) => [
            playAtRandom(slugs, 20, timeline).pipe(Effect.provide(process)),
            Effect.forEach(Array.from({ length: 20 }), () => Effect.andThen(mendAll, foldAll)).pipe(
              Effect.provide(process)
            )
          ]),
          { concurrency: "unbounded" }
        )
        yield* mendAll
        assert.isTrue((yield* statistics.total).isComplete)
        yield* assertAll(slugs, "as known")
        yield* countAll
        yield* assertAll(slugs, "known")
      }).pipe(Effect.provide(one))
    }).pipe(Effect.provide([EspMemory.layer, Time.layer])),
  120_000
)

it.live(
  "statistics that are wrong in every way are made again from the plays, while plays are recorded, verdicts come and differences are added up",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const time = yield* Time
      time.set(end)
      const timeline = makeTimeline()
      yield* behaviours
      const [one, two] = [yield* Layer.build(counting(url, quick)), yield* Layer.build(counting(url, quick))]
      yield* Effect.gen(function* () {
        const mending = yield* Mending
        const sql = yield* SqlClient.SqlClient
        const slugs = yield* Effect.forEach(games, (game) => addGame(game))
        yield* playAtRandom(slugs, 40, timeline)
        yield* foldAll
        yield* mending.begin
        yield* mendAll
        yield* sql`delete from statistics_quarter where random() < 0.3`
        yield* sql`update statistics_quarter set plays = plays + 7, players = 0, rejected = 99, took_1s = -1 where random() < 0.3`
        yield* sql`update statistics_quarter set quarter = quarter - 500000 where random() < 0.1`
        yield* sql`delete from statistics_hour where random() < 0.3`
        yield* sql`update statistics_hour set plays = plays + 5, took_1s = took_1s + 1 where random() < 0.3`
        yield* sql`insert into statistics_difference (game_id, quarter, plays, numbers) select id, 1980000, 3, '{2,3}' from game`
        yield* sql`delete from statistics_total where random() < 0.5`
        yield* sql`update statistics_total set plays = plays * 2`
        time.adjust("1 hour")
        const isOver = yield* Ref.make(false)
        yield* mending.restart(0)
        yield* Effect.all(
          [
            ...[one, two].map((process) =>
              Effect.andThen(playAtRandom(slugs, 25, timeline), settleDue(100)).pipe(Effect.provide(process))
            ),
            Effect.repeat(Effect.ignoreCause(foldAll), { until: () => Ref.get(isOver) }),
            // Sessions are killed in the middle of a statement or before the answer to their commit.
            killSessions.pipe(
              Effect.andThen(Effect.sleep("100 millis")),
              Effect.repeat({ times: 12 }),
              Effect.provide(TestDatabase.clientLayer(url))
            ),
            // A process that is killed has done a piece or not.
            Effect.gen(function* () {
              for (let count = 0; count < 60; count++) yield* Effect.timeoutOption(mending.step, `${count % 7} millis`)
              yield* mendAll.pipe(
                Effect.repeat({ until: () => Effect.map(mending.progress, (left) => left === undefined) })
              )
              yield* mending.totals
              yield* Ref.set(isOver, true)
            })
          ],
          { concurrency: "unbounded" }
        )
        yield* assertAll(slugs, "as known")
        yield* countAll
        yield* assertAll(slugs, "known")
        yield* assertHours
        // Made again without need, they stay as they are.
        const before = yield* sql`select * from statistics_quarter order by game_id, quarter`
        yield* mending.restart(0)
        yield* mendAll
        yield* mending.totals
        assert.deepStrictEqual(yield* sql`select * from statistics_quarter order by game_id, quarter`, before)
      }).pipe(Effect.provide(one))
    }).pipe(Effect.provide([EspMemory.layer, Time.layer])),
  120_000
)
