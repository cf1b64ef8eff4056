import { assert } from "@effect/vitest"
import { DateTime, Effect, Layer, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../src/audit/Audit.ts"
import { Backlog } from "../../src/contacts/Backlog.ts"
import { ContactParts } from "../../src/contacts/ContactPart.ts"
import type { Slug } from "../../src/games/Game.ts"
import { PlayParts } from "../../src/plays/PlayPart.ts"
import type { Unit } from "../../src/statistics/Calendar.ts"
import { Distinct } from "../../src/statistics/Distinct.ts"
import { Folding } from "../../src/statistics/Folding.ts"
import { Mending } from "../../src/statistics/Mending.ts"
import { Notes } from "../../src/statistics/Notes.ts"
import { Overviews } from "../../src/statistics/Overviews.ts"
import { Refusals } from "../../src/statistics/Refusals.ts"
import { Statistics, type ByQuery } from "../../src/statistics/Statistics.ts"
import { contactPart } from "../../src/statistics/StatisticsContactPart.ts"
import { part } from "../../src/statistics/StatisticsPart.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { replica, Time } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** The parts of a process with the module on. */
export const parts = Layer.merge(Layer.succeed(PlayParts, [part]), Layer.succeed(ContactParts, [contactPart]))

const services = Overviews.layer.pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      Backlog.layer,
      Statistics.layer,
      Folding.layer,
      Mending.layer,
      Distinct.layer,
      Refusals.layer,
      Notes.layer
    )
  ),
  Layer.provide(Audit.layer)
)

/** One process of the service with the module on, without HTTP and background work. */
export const counting = (url: Redacted.Redacted<string>, env: Record<string, string> = {}) =>
  services.pipe(Layer.provideMerge(replica(url, env)), Layer.provide(parts), Layer.fresh)

/** Such a process with a database and an in-memory ESP of its own, at a time that the test sets. */
export const layer = (env: Record<string, string> = {}) =>
  Layer.unwrap(Effect.map(TestDatabase.makeUrl, (url) => counting(url, env))).pipe(
    Layer.provideMerge(EspMemory.layer),
    Layer.provideMerge(Time.layer)
  )

/** Adds up all differences. */
export const foldAll = Effect.flatMap(Folding, ({ fold }) => Effect.repeat(fold, { while: ({ folded }) => folded > 0 }))

/** Makes what may be missing, and compares what is over. */
export const mendAll = Effect.flatMap(Mending, ({ step }) =>
  Effect.repeat(step, { while: (done) => done === "mended" || done === "compared" })
)

/** Counts the different players that are wanted. */
export const countAll = Effect.flatMap(Distinct, ({ countNext }) => Effect.repeat(countNext, { while: (more) => more }))

interface Row {
  readonly slug: string
  readonly playerId: string
  readonly number: number
  readonly playedAt: Date
  readonly verdicts: ReadonlyArray<string>
}

const stored = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Row>`
    select game.slug, play.player_id, play.number, play.played_at,
      array(select verdict from contact where contact.play_id = play.id and contact.player_id = play.player_id) as verdicts
    from play join game on game.id = play.game_id`
})

const isoWeek = (date: string) => {
  const thursday = new Date(`${date}T00:00:00Z`)
  thursday.setUTCDate(thursday.getUTCDate() + 3 - ((thursday.getUTCDay() + 6) % 7))
  const week = Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7)
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`
}

/** The name of the hour, day or week of a moment, by the clocks of a zone. */
const nameByHand = (timeZone: string, unit: Unit) => {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "longOffset"
  })
  return (at: Date) => {
    const of = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const date = `${of["year"]}-${of["month"]}-${of["day"]}`
    const offset = of["timeZoneName"] === "GMT" ? "+00:00" : of["timeZoneName"]!.replace("GMT", "")
    return unit === "hour" ? `${date}T${of["hour"]}:00${offset}` : unit === "day" ? date : isoWeek(date)
  }
}

const sumsByHand = (rows: ReadonlyArray<Row>) => {
  const verdicts = rows.flatMap((row) => row.verdicts)
  const count = (verdict: string) => verdicts.filter((one) => one === verdict).length
  const newPlayers = rows.filter(({ number }) => number === 1).length
  return {
    plays: rows.length,
    newPlayers,
    returningPlays: rows.length - newPlayers,
    contacts: {
      asked: verdicts.length,
      existed: count("existed"),
      created: count("created"),
      rejected: count("rejected"),
      unknown: count("unknown")
    }
  }
}

/** Compares what the service says with what a person counts in the tables. Players only where the answer knows them. */
export const assertAsByHand = Effect.fnUntraced(function* (
  query: ByQuery & { readonly by: Unit },
  players: "known" | "as known" = "known"
) {
  const statistics = yield* Statistics
  const answer = yield* statistics.plays(query)
  const nameOf = nameByHand(answer.timeZone, query.by)
  const [from, to] = [DateTime.toEpochMillis(answer.from), DateTime.toEpochMillis(answer.to)]
  const all = (yield* stored).filter(
    ({ playedAt, slug }) =>
      (query.game === undefined || slug === query.game) && playedAt.getTime() >= from && playedAt.getTime() < to
  )
  const expected = Map.groupBy(all, ({ playedAt }) => nameOf(playedAt))
  const what = JSON.stringify(query)
  assert.includeMembers(
    answer.periods.map(({ name }) => name),
    [...expected.keys()],
    what
  )
  for (const { from: _from, name, players: found, playersAsOf, playsPerPlayer, to: _to, ...sums } of answer.periods) {
    const rows = expected.get(name) ?? []
    assert.deepStrictEqual({ name, ...sums }, { name, ...sumsByHand(rows) }, what)
    if (players === "as known" && (found === null || playersAsOf !== null)) continue
    const different = new Set(rows.map(({ playerId }) => playerId)).size
    assert.deepStrictEqual({ name, players: found, playersAsOf }, { name, players: different, playersAsOf: null }, what)
    assert.strictEqual(playsPerPlayer, different === 0 ? null : Math.round((rows.length / different) * 100) / 100)
  }
  assert.deepStrictEqual(answer.total, sumsByHand(all), what)
  return answer
})

/** Compares the totals of a game, or of all, with the tables. */
export const assertTotals = Effect.fnUntraced(function* (game?: Slug) {
  const statistics = yield* Statistics
  const answer = yield* game === undefined ? statistics.total : statistics.game(game)
  const rows = (yield* stored).filter(({ slug }) => game === undefined || slug === game)
  const { contacts, newPlayers, plays, returningPlays } = sumsByHand(rows)
  assert.deepStrictEqual(answer, {
    game: game ?? null,
    plays,
    players: newPlayers,
    returningPlays,
    playsPerPlayer: newPlayers === 0 ? null : Math.round((plays / newPlayers) * 100) / 100,
    reached: [1, 2, 3, 5, 10, 20, 50, 100].map((plays) => ({
      plays,
      players: rows.filter(({ number }) => number === plays).length
    })),
    contacts,
    isComplete: answer.isComplete
  })
  return answer
})
