import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { inOrder, retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { calendarOf } from "./Calendar.ts"
import * as FoldingRepo from "./FoldingRepo.ts"

/** Differences that one statement adds up: some ten milliseconds of work. */
const differencesPerStatement = 2000

/** Adds differences up. */
export class Folding extends Context.Service<
  Folding,
  {
    /**
     * Adds up a bounded number of differences. Returns how many it has added up (0: there were none, or another process is adding up),
     * and how many there were.
     */
    readonly fold: Effect.Effect<{ readonly folded: number; readonly waiting: number }, DatabaseUnavailable>
  }
>()("fairground/statistics/Folding") {
  static readonly layer = Layer.effect(
    Folding,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* FoldingRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const fold = Effect.gen(function* () {
        const waiting = yield* repo.waiting
        if (waiting.length === 0) return { folded: 0, waiting: 0 }
        const timed = waiting.map(({ gameId, quarter, timeZone }): FoldingRepo.Timed => {
          const zone = timeZone ?? "UTC"
          const calendar = calendarOf(zone)
          const hour = calendar.periodOf("hour", quarter)
          return {
            gameId,
            quarter,
            timeZone: zone,
            hourFirst: hour.first,
            hourEnd: hour.end,
            dayFirst: calendar.periodOf("day", quarter).first,
            weekFirst: calendar.periodOf("week", quarter).first
          }
        })
        const folded = yield* Effect.flatMap(repo.tryLock, (isMine) =>
          isMine ? repo.fold(timed, differencesPerStatement) : Effect.succeed(0)
        ).pipe(sql.withTransaction, inOrder)
        return { folded, waiting: waiting.reduce((sum, { differences }) => sum + differences, 0) }
      }).pipe(retry, Effect.withSpan("Folding.fold"))

      return Folding.of({ fold })
    })
  )
}
