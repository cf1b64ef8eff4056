import { Clock, Context, DateTime, Effect, Layer, Option } from "effect"
import type { Slug } from "../games/Game.ts"
import type { GameNotFound } from "../games/GameErrors.ts"
import { Games } from "../games/Games.ts"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { nilUuid } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { type Calendar, calendarOf, dayIn, type Period, periodsOf, type Unit } from "./Calendar.ts"
import * as Counts from "./Counts.ts"
import * as DistinctRepo from "./DistinctRepo.ts"
import { quarterAt, quarterFrom, quartersInDay, quartersInHour } from "./Quarter.ts"
import * as RefusalsRepo from "./RefusalsRepo.ts"
import {
  type GameTotals,
  isDate,
  type PlaysStatistics,
  type RecentPlays,
  type RefusalsStatistics,
  type VerdictTimes
} from "./Statistic.ts"
import { mostPeriods, RangeNotAllowed } from "./StatisticsErrors.ts"
import * as StatisticsRepo from "./StatisticsRepo.ts"
import { addUp, contactsOf, momentOf, momentsOf, playersOf, playsOf, reasonsOf, sumOf, totalsOf } from "./Sums.ts"

/** Which game (left out: all), and which time: dates or moments as text. */
export interface RangeQuery {
  readonly game?: Slug
  readonly from?: string
  readonly to?: string
  readonly zone?: string
}

export interface ByQuery extends RangeQuery {
  readonly by?: Unit
}

type RangeError = GameNotFound | RangeNotAllowed | DatabaseUnavailable

/** What has been played. Reads the sums and the differences in one snapshot, so that a play counts as soon as it is recorded. */
export class Statistics extends Context.Service<
  Statistics,
  {
    readonly plays: (query: ByQuery) => Effect.Effect<PlaysStatistics, RangeError>
    /** The totals of a game. */
    readonly game: (game: Slug) => Effect.Effect<GameTotals, GameNotFound | DatabaseUnavailable>
    /** The totals of all games together. */
    readonly total: Effect.Effect<GameTotals, DatabaseUnavailable>
    /** Games with their totals, by slug. */
    readonly games: (query: Paging.PageQuery<Slug>) => Effect.Effect<Paging.Page<GameTotals, Slug>, DatabaseUnavailable>
    /** Plays of these games: of all time, and of the last days in their own zones. Those that there are not are left out. */
    readonly recent: (games: ReadonlyArray<Slug>) => Effect.Effect<RecentPlays, DatabaseUnavailable>
    readonly verdictTimes: (query: RangeQuery) => Effect.Effect<VerdictTimes, RangeError>
    readonly refusals: (query: ByQuery) => Effect.Effect<RefusalsStatistics, RangeError>
  }
>()("fairground/statistics/Statistics") {
  static readonly layer = Layer.effect(
    Statistics,
    Effect.gen(function* () {
      const games = yield* Games
      const repo = yield* StatisticsRepo.make
      const refusalsRepo = yield* RefusalsRepo.make
      const distinct = yield* DistinctRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      /** The game that was asked for, by its id, and the time zone. */
      const subjectOf = Effect.fnUntraced(function* ({ game: slug, zone }: RangeQuery) {
        if (slug === undefined) return { gameId: nilUuid, game: null, timeZone: zone ?? "UTC" }
        const game = yield* games.find(slug)
        return { gameId: game.id, game: game.slug, timeZone: zone ?? game.timeZone }
      })

      const periodsIn = Effect.fnUntraced(function* (query: ByQuery, calendar: Calendar, timeZone: string) {
        const unit = query.by ?? "day"
        const now = yield* Clock.currentTimeMillis
        const end = query.to === undefined ? quarterAt(now) + 1 : yield* quarterIn(query.to, timeZone, quarterFrom)
        const from =
          query.from === undefined
            ? calendar.periodOf(unit, end - 1).first - usual[unit]
            : yield* quarterIn(query.from, timeZone, quarterAt)
        if (from >= end) return yield* new RangeNotAllowed({ detail: "`from` is not before `to`." })
        const periods = periodsOf(calendar, unit, from, end, mostPeriods)
        return (
          periods ??
          (yield* new RangeNotAllowed({
            detail: `More than ${mostPeriods} ${unit}s lie between \`from\` and \`to\`.`
          }))
        )
      })

      /** Whether all plays of these quarters are counted. Asked before the counts: what is made meanwhile is told as missing. */
      const isComplete = (period?: Period) =>
        Effect.map(retry(repo.state), (state) => {
          if (state === undefined) return false
          if (state.checkedUntil >= state.completeFrom) return true
          return period !== undefined && (period.end <= state.checkedUntil || period.first >= state.completeFrom)
        })

      const plays = Effect.fn("Statistics.plays")(function* (query: ByQuery) {
        const { game, gameId, timeZone } = yield* subjectOf(query)
        const unit = query.by ?? "day"
        const calendar = calendarOf(timeZone)
        const periods = yield* periodsIn(query, calendar, timeZone)
        const whole = wholeOf(periods)
        const complete = yield* isComplete(whole)
        const found = Map.groupBy(yield* retry(repo.inPeriods(gameId, unit, periods)), ({ period }) => period)
        const sums = periods.map((period, at) => sumOf(unit, timeZone, period, found.get(at + 1) ?? []))
        const open = sums.filter(({ different }) => different === undefined).map(({ period }) => period)
        const counted = new Map(
          open.length === 0 ? [] : (yield* retry(distinct.find(gameId, open))).map((count) => [count.first, count])
        )
        const outdated = sums.filter(
          ({ different, period, plays }) => different === undefined && counted.get(period.first)?.plays !== plays
        )
        const now = new Date(yield* Clock.currentTimeMillis)
        const total = addUp(sums)
        yield* retry(
          distinct.want(
            outdated.map(({ period }) => ({ gameId, ...period })),
            now
          )
        )
        return {
          game,
          timeZone,
          by: unit,
          ...momentsOf(whole),
          isComplete: complete,
          total: { ...playsOf(total), contacts: contactsOf(total) },
          periods: sums.map((sum) => ({
            name: calendar.nameOf(unit, sum.period),
            ...momentsOf(sum.period),
            ...playsOf(sum),
            ...playersOf(sum, counted.get(sum.period.first)),
            contacts: contactsOf(sum)
          }))
        }
      })

      const totalsFor = Effect.fnUntraced(function* (game: Slug | null, gameId: string) {
        const complete = yield* isComplete()
        const [total] = yield* retry(repo.totals([gameId]))
        return totalsOf(game, total, complete)
      })

      const game = Effect.fn("Statistics.game")(function* (slug: Slug) {
        return yield* totalsFor(slug, (yield* games.find(slug)).id)
      })
      const total = Effect.withSpan(totalsFor(null, nilUuid), "Statistics.total")

      const list = Effect.fn("Statistics.games")(function* (query: Paging.PageQuery<Slug>) {
        const limit = query.limit ?? Paging.defaultLimit
        const complete = yield* isComplete()
        const found = yield* retry(repo.games(query.after ?? null, limit + 1))
        const page = Paging.page(found, limit, ({ slug }) => slug)
        const counted = new Map(
          (yield* retry(repo.totals(page.items.map(({ id }) => id)))).map((total) => [total.gameId, total])
        )
        return { ...page, items: page.items.map(({ id, slug }) => totalsOf(slug, counted.get(id), complete)) }
      })

      const recent = Effect.fn("Statistics.recent")(function* (slugs: ReadonlyArray<Slug>) {
        const now = quarterAt(yield* Clock.currentTimeMillis)
        const found = (yield* retry(repo.gamesOf(slugs))).map((game) => {
          const calendar = calendarOf(game.timeZone)
          const from = calendar.periodOf("day", now).first - recentBefore
          return { ...game, calendar, days: periodsOf(calendar, "day", from, now + 1, mostPeriods) ?? [] }
        })
        const ids = found.map(({ id }) => id)
        const asked = found.flatMap(({ days, id }) => days.map((day, place) => ({ gameId: id, place, ...day })))
        const totals = new Map((yield* retry(repo.totals(ids))).map(({ gameId, plays }) => [gameId, plays]))
        const counted = new Map(
          (yield* retry(repo.playsIn(asked))).map(({ gameId, place, plays }) => [`${gameId} ${place}`, plays])
        )
        return {
          items: found.map(({ calendar, days, id, slug, timeZone }) => ({
            game: slug,
            timeZone,
            plays: totals.get(id) ?? 0,
            days: days.map((day, place) => ({
              name: calendar.nameOf("day", day),
              plays: counted.get(`${id} ${place}`) ?? 0
            }))
          }))
        }
      })

      const verdictTimes = Effect.fn("Statistics.verdictTimes")(function* (query: RangeQuery) {
        const { game, gameId, timeZone } = yield* subjectOf(query)
        const period = yield* rangeOf(query, timeZone)
        const complete = yield* isComplete(period)
        const { contacts, waits } = yield* retry(repo.waitsIn(gameId, period))
        return {
          game,
          from: query.from === undefined || period === undefined ? null : momentOf(period.first),
          to: query.to === undefined || period === undefined ? null : momentOf(period.end),
          asked: contacts,
          settled: waits.reduce((sum, count) => sum + count, 0),
          times: Counts.waits.map(([, seconds], at) => ({
            upToSeconds: Number.isFinite(seconds) ? seconds : null,
            contacts: waits[at] ?? 0
          })),
          isComplete: complete
        }
      })

      const refusals = Effect.fn("Statistics.refusals")(function* (query: ByQuery) {
        const { game, gameId, timeZone } = yield* subjectOf(query)
        const unit = query.by ?? "day"
        const calendar = calendarOf(timeZone)
        const periods = yield* periodsIn(query, calendar, timeZone)
        const whole = wholeOf(periods)
        const found = yield* retry(
          refusalsRepo.find(
            gameId,
            periods.map(({ first }) => first),
            whole.end
          )
        )
        const inPeriod = Map.groupBy(found, ({ period }) => period)
        return {
          game,
          timeZone,
          by: unit,
          ...momentsOf(whole),
          ...reasonsOf(found),
          periods: periods.map((period, at) => ({
            name: calendar.nameOf(unit, period),
            ...momentsOf(period),
            ...reasonsOf(inPeriod.get(at + 1) ?? [])
          }))
        }
      })

      return Statistics.of({ plays, game, total, games: list, recent, verdictTimes, refusals })
    })
  )
}

/** How far back a time goes that has no `from`: to the middle of the 24th hour, the 30th day or the 12th week. */
const usual: Record<Unit, number> = {
  hour: 23 * quartersInHour,
  day: 29 * quartersInDay - quartersInDay / 2,
  week: 11 * 7 * quartersInDay - quartersInDay / 2
}

/** How far before today the last 14 days begin: in the middle of the first, because clocks change. */
const recentBefore = 13 * quartersInDay - quartersInDay / 2

/** The quarter of a date or a moment. A moment within a quarter is rounded. */
const quarterIn = (text: string, timeZone: string, round: (millis: number) => number) => {
  if (isDate(text)) return Effect.succeed(calendarOf(timeZone).startOfDay(dayIn(text)))
  return Option.match(Moment.parseIn(text, timeZone), {
    // The first and the last year end hours sooner in some zones.
    onNone: () => Effect.fail(new RangeNotAllowed({ detail: `There is no ${text} in ${timeZone}.` })),
    onSome: (moment) => Effect.succeed(round(DateTime.toEpochMillis(moment)))
  })
}

/** The quarters from `from` to `to`; undefined: all. */
const rangeOf = Effect.fnUntraced(function* ({ from, to }: RangeQuery, timeZone: string) {
  if (from === undefined && to === undefined) return undefined
  const first = from === undefined ? least : yield* quarterIn(from, timeZone, quarterAt)
  const end = to === undefined ? greatest : yield* quarterIn(to, timeZone, quarterFrom)
  return first < end ? { first, end } : yield* new RangeNotAllowed({ detail: "`from` is not before `to`." })
})

/** Bounds of all quarters: 32-bit integers, and whole hours. */
const [least, greatest] = [-(2 ** 31), 2 ** 31 - quartersInHour]

const wholeOf = (periods: ReadonlyArray<Period>): Period => ({
  first: periods[0]?.first ?? 0,
  end: periods.at(-1)?.end ?? 0
})
