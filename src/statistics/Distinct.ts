import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { nilUuid } from "../platform/Ids.ts"
import { inOrder, retryTransient } from "../platform/postgres/Transient.ts"
import * as DistinctRepo from "./DistinctRepo.ts"

/** Plays that one statement looks at for its part of the players, so that a month of plays fits into the memory of a session. */
const playsPerPart = 1_000_000

/** Counts different players from the plays, where no sum tells them. */
export class Distinct extends Context.Service<
  Distinct,
  {
    /** Makes the counts of one time that are wanted. False: none is, or another process counts. */
    readonly countNext: Effect.Effect<boolean, DatabaseUnavailable>
  }
>()("fairground/statistics/Distinct") {
  static readonly layer = Layer.effect(
    Distinct,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* DistinctRepo.make

      const countNext = Effect.gen(function* () {
        // Asked each second: without a transaction, as long as there is nothing to do.
        if (!(yield* repo.isWanted)) return false
        return yield* count
      }).pipe(retryTransient("15 minutes"), Effect.withSpan("Distinct.countNext"))

      const count = Effect.gen(function* () {
        if (!(yield* repo.tryLock)) return false
        const next = yield* repo.next
        if (next === undefined) return false
        const begun = yield* Clock.currentTimeMillis
        const games = next.games
        // Read before the first part: a play that comes meanwhile makes the count out of date, never wrong without a sign of it.
        const plays = yield* repo.playsOf(next, [...new Set([...games, nilUuid])])
        const parts = 2 ** Math.ceil(Math.log2(Math.max(1, (plays.get(nilUuid) ?? 0) / playsPerPart)))
        const players = new Map<string, number>()
        for (let part = 0; part < parts; part++) {
          for (const found of yield* repo.count(next, games, part, parts)) {
            players.set(found.gameId, (players.get(found.gameId) ?? 0) + found.players)
          }
        }
        yield* repo.store(
          next,
          games.map((gameId) => ({ gameId, players: players.get(gameId) ?? 0, plays: plays.get(gameId) ?? 0 })),
          new Date(begun),
          (yield* Clock.currentTimeMillis) - begun
        )
        return true
      }).pipe(sql.withTransaction, inOrder)

      return Distinct.of({ countNext })
    })
  )
}
