import { Clock, Context, DateTime, Effect, Layer } from "effect"
import type { GameNotFound } from "../games/GameErrors.ts"
import { Games } from "../games/Games.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { nilUuid } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { calendarOf, type Period } from "./Calendar.ts"
import * as DistinctRepo from "./DistinctRepo.ts"
import { Notes } from "./Notes.ts"
import { quarterAt } from "./Quarter.ts"
import type { Overview } from "./Statistic.ts"
import { type ByQuery, Statistics } from "./Statistics.ts"
import type { RangeNotAllowed } from "./StatisticsErrors.ts"
import * as StatisticsRepo from "./StatisticsRepo.ts"
import { addUp, contactsOf, momentsOf, newShareOf, playsOf, waitWithin } from "./Sums.ts"

/** The most games and notes that an overview names. */
const mostGames = 10
const mostNotes = 100

/** All that a screen shows of a time, in one answer. */
export class Overviews extends Context.Service<
  Overviews,
  {
    readonly of: (query: ByQuery) => Effect.Effect<Overview, GameNotFound | RangeNotAllowed | DatabaseUnavailable>
  }
>()("fairground/statistics/Overviews") {
  static readonly layer = Layer.effect(
    Overviews,
    Effect.gen(function* () {
      const statistics = yield* Statistics
      const games = yield* Games
      const notes = yield* Notes
      const repo = yield* StatisticsRepo.make
      const distinct = yield* DistinctRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      /** The different players of a time, as they were last counted; asks for a new count if there have been plays since. */
      const playersOf = Effect.fnUntraced(function* (gameId: string, period: Period, plays: number) {
        const [counted] = yield* retry(distinct.find(gameId, [period]))
        if (counted === undefined || counted.plays !== plays) {
          yield* retry(distinct.want([{ gameId, ...period }], new Date(yield* Clock.currentTimeMillis)))
        }
        if (counted === undefined) return plays === 0 ? { players: 0, playersAsOf: null } : unknown
        const isExact = counted.plays === plays
        return { players: counted.players, playersAsOf: isExact ? null : DateTime.fromDateUnsafe(counted.countedAt) }
      })

      const sumOf = Effect.fnUntraced(function* (query: ByQuery, gameId: string, period: Period, hasPlayers: boolean) {
        const sum = addUp(yield* retry(repo.inPeriods(gameId, query.by ?? "day", [period])))
        const { waits } = yield* retry(repo.waitsIn(gameId, period))
        return {
          ...playsOf(sum),
          newShare: newShareOf(sum),
          ...(hasPlayers ? yield* playersOf(gameId, period, sum.plays) : unknown),
          contacts: contactsOf(sum),
          verdictSeconds: { p50: waitWithin(waits, 0.5), p95: waitWithin(waits, 0.95) }
        }
      })

      return Overviews.of({
        of: Effect.fn("Overviews.of")(function* (query) {
          const plays = yield* statistics.plays(query)
          const gameId = query.game === undefined ? nilUuid : (yield* games.find(query.game)).id
          const calendar = calendarOf(plays.timeZone)
          const period = {
            first: quarterAt(DateTime.toEpochMillis(plays.from)),
            end: quarterAt(DateTime.toEpochMillis(plays.to))
          }
          let before = period.first
          for (const _ of plays.periods) before = calendar.periodOf(plays.by, before - 1).first
          const now = quarterAt(yield* Clock.currentTimeMillis) + 1
          const isOver = now >= period.end
          // Of a time that is not over, only as much of the one before.
          const elapsed = Math.max(1, now - period.first)
          const earlier = { first: before, end: isOver ? period.first : Math.min(period.first, before + elapsed) }
          const [total, sumBefore, played, noted] = yield* Effect.all(
            [
              sumOf(query, gameId, period, true),
              sumOf(query, gameId, earlier, isOver),
              query.game === undefined ? retry(repo.mostPlayed(period, mostGames)) : Effect.succeed([]),
              notes.list({
                from: plays.from,
                to: plays.to,
                limit: mostNotes,
                ...(query.game === undefined ? {} : { game: query.game })
              })
            ],
            { concurrency: 2 }
          )
          return {
            game: plays.game,
            timeZone: plays.timeZone,
            by: plays.by,
            from: plays.from,
            to: plays.to,
            isComplete: plays.isComplete,
            total,
            before: { ...momentsOf(earlier), ...sumBefore },
            periods: plays.periods,
            games: played.map(({ slug, title, ...sum }) => ({
              game: slug,
              title,
              ...playsOf(sum),
              contacts: contactsOf(sum)
            })),
            notes: noted.items
          }
        })
      })
    })
  )
}

const unknown = { players: null, playersAsOf: null }
