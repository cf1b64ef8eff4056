import { Clock, Context, Duration, Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { ContactsSettings } from "../contacts/ContactsSettings.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { nilUuid } from "../platform/Ids.ts"
import { inOrder, retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { calendarOf, type Period } from "./Calendar.ts"
import * as DistinctRepo from "./DistinctRepo.ts"
import * as MendingRepo from "./MendingRepo.ts"
import { quarterAt, quarterFrom, quartersInDay } from "./Quarter.ts"

/** Plays that one statement compares, unless a single quarter has more: some hundred milliseconds of work. */
const playsPerStatement = 20_000

/** Quarters that one statement compares at most. */
const mostQuarters = 28 * quartersInDay

/** How long after its end a quarter is compared with its plays. The last of them may still be on their way to the database. */
const settled = 120_000

/** If no process with the module was seen for so long, plays and verdicts may have come that nobody counted. */
const unseen = 30_000

/** A statement may read the plays of a busy quarter. */
const deadline = "15 minutes"

/** What one step did. `busy`: another process is at it. */
export type Step = "mended" | "compared" | "busy" | "idle"

/** How far the plays have been compared: quarters, as in `statistics_state`. */
export interface Progress {
  readonly first: number
  readonly checkedUntil: number
  readonly completeFrom: number
}

/**
 * Keeps the statistics equal to the plays. What was recorded while the module was off, or by a replica without it, is in no difference:
 * it is found by comparison and added.
 */
export class Mending extends Context.Service<
  Mending,
  {
    /**
     * To be called when a process starts: if none was seen before it, or none for a while, the quarters that may lack something are
     * made again. Those of verdicts go back by ESP_SETTLE_FOR.
     */
    readonly begin: Effect.Effect<void, DatabaseUnavailable>
    /** Says that a process with the module runs. To be called every few seconds. */
    readonly see: Effect.Effect<void, DatabaseUnavailable>
    /** Makes the next piece of the quarters that may lack something, or else compares the quarters that are over. */
    readonly step: Effect.Effect<Step, DatabaseUnavailable>
    /**
     * Has everything from this moment on (milliseconds since 1970) made again, by `step` of whatever process. `told` is done in the same
     * transaction.
     */
    readonly restart: (
      from: number,
      told?: Effect.Effect<void, SqlError.SqlError>
    ) => Effect.Effect<void, DatabaseUnavailable>
    /** Undefined: there is nothing left to make. */
    readonly progress: Effect.Effect<Progress | undefined, DatabaseUnavailable>
    /** Makes the sums of hours and over all time those of the quarters, game by game. */
    readonly totals: Effect.Effect<void, DatabaseUnavailable>
  }
>()("fairground/statistics/Mending") {
  static readonly layer = Layer.effect(
    Mending,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* MendingRepo.make
      const distinct = yield* DistinctRepo.make
      const { databaseDeadline } = yield* Settings
      const { espSettleFor } = yield* ContactsSettings
      const retry = retryTransient(databaseDeadline)
      const retryLong = retryTransient(deadline)
      const settling = quarterFrom(Duration.toMillis(espSettleFor))

      /** A transaction in which no other process adds to the sums, and the time; undefined: another one does. */
      const alone = <A, E, R>(work: (now: number) => Effect.Effect<A, E, R>) =>
        Effect.gen(function* () {
          if (!(yield* repo.tryLock)) return undefined
          return yield* work(yield* Clock.currentTimeMillis)
        }).pipe(sql.withTransaction, inOrder)

      /** The same, once the others are done. */
      const eventually = <A, E, R>(work: (now: number) => Effect.Effect<A, E, R>) =>
        alone(work).pipe(
          Effect.tap((done) => (done === undefined ? Effect.sleep("50 millis") : Effect.void)),
          Effect.repeat({ while: (done) => done === undefined }),
          Effect.flatMap((done) => (done === undefined ? Effect.never : Effect.succeed(done)))
        )

      const begin = eventually(
        Effect.fnUntraced(function* (now) {
          const state = yield* repo.state
          const completeFrom = quarterAt(now) + 1
          const seenAt = new Date(now)
          if (state === undefined) yield* repo.store({ checkedUntil: 0, completeFrom, seenAt })
          else if (state.seenAt.getTime() < now - unseen) {
            const since = quarterAt(state.seenAt.getTime()) - settling
            yield* repo.store({ checkedUntil: Math.min(state.checkedUntil, since), completeFrom, seenAt })
          }
          return true
        })
      ).pipe(retryLong, Effect.asVoid, Effect.withSpan("Mending.begin"))

      const restart = (from: number, told: Effect.Effect<void, SqlError.SqlError> = Effect.void) =>
        eventually(
          Effect.fnUntraced(function* (now) {
            const state = yield* repo.state
            yield* repo.store({
              checkedUntil: Math.min(quarterAt(from), state?.checkedUntil ?? 0),
              completeFrom: quarterAt(now) + 1,
              seenAt: state?.seenAt ?? new Date(now)
            })
            yield* told
            return true
          })
        ).pipe(retryLong, Effect.asVoid, Effect.withSpan("Mending.restart"))

      /** Puts the counts of these quarters right. Players of days and weeks are then to be counted, because no sum tells them. */
      const mend = Effect.fnUntraced(function* (range: Period, now: number) {
        const changed = yield* repo.mend(range)
        const wanted = changed.flatMap(({ gameId, quarter, timeZone }) =>
          (["day", "week"] as const).map((unit) => ({ gameId, ...calendarOf(timeZone).periodOf(unit, quarter) }))
        )
        yield* distinct.want(wanted, new Date(now))
      })

      const mendNext = Effect.fnUntraced(function* (state: MendingRepo.State, now: number) {
        const { completeFrom } = state
        const first = yield* repo.next(Math.max(0, state.checkedUntil))
        if (first === undefined || first >= completeFrom) {
          yield* repo.store({ ...state, checkedUntil: completeFrom })
          return "mended" as const
        }
        const dense = yield* repo.quarterAfter(first, playsPerStatement)
        const end = Math.max(first + 1, Math.min(dense ?? completeFrom, first + mostQuarters, completeFrom))
        yield* mend({ first, end }, now)
        yield* repo.store({ ...state, checkedUntil: end })
        return "mended" as const
      })

      const compareNext = Effect.fnUntraced(function* (state: MendingRepo.State, now: number) {
        const first = state.checkedUntil
        const end = Math.min(quarterAt(now - settled), first + 4)
        const isEqual = yield* repo.isEqual({ first, end })
        if (!isEqual) {
          yield* Effect.logWarning("Statistics lacked plays, or had too many: does each replica have the module on?", {
            from: new Date(first * 900_000).toISOString(),
            to: new Date(end * 900_000).toISOString()
          })
          yield* mend({ first, end }, now)
        }
        yield* repo.store({ ...state, checkedUntil: end, completeFrom: Math.max(state.completeFrom, end) })
        return isEqual ? ("compared" as const) : ("mended" as const)
      })

      const isIdle = (state: MendingRepo.State | undefined, now: number) =>
        state === undefined ||
        (state.checkedUntil >= state.completeFrom && state.checkedUntil >= quarterAt(now - settled))

      const step = Effect.gen(function* (): Effect.fn.Return<Step | undefined, SqlError.SqlError> {
        // Asked each second: without a transaction, as long as there is nothing to do.
        if (isIdle(yield* repo.state, yield* Clock.currentTimeMillis)) return "idle"
        return yield* alone(
          Effect.fnUntraced(function* (now) {
            const state = yield* repo.state
            if (state === undefined || isIdle(state, now)) return "idle" as const
            return yield* state.checkedUntil < state.completeFrom ? mendNext(state, now) : compareNext(state, now)
          })
        )
      }).pipe(
        retryLong,
        Effect.map((done): Step => done ?? "busy"),
        Effect.withSpan("Mending.step")
      )

      const progress = Effect.gen(function* () {
        const state = yield* repo.state
        if (state === undefined || state.checkedUntil >= state.completeFrom) return undefined
        const first = (yield* repo.next(0)) ?? state.completeFrom
        return { first, checkedUntil: Math.max(first, state.checkedUntil), completeFrom: state.completeFrom }
      }).pipe(retry)

      const totals = Effect.gen(function* () {
        const one = (gameId: string) =>
          retryLong(eventually(() => Effect.as(Effect.andThen(repo.hours(gameId), repo.total(gameId)), true)))
        yield* one(nilUuid)
        for (let after: string | undefined = nilUuid; after !== undefined;) {
          const games: ReadonlyArray<string> = yield* retry(repo.gamesAfter(after, 100))
          for (const game of games) yield* one(game)
          after = games.at(-1)
        }
      }).pipe(Effect.withSpan("Mending.totals"))

      return Mending.of({
        begin,
        see: Effect.flatMap(Clock.currentTimeMillis, (now) => retry(repo.see(new Date(now)))),
        step,
        restart,
        progress,
        totals
      })
    })
  )
}
