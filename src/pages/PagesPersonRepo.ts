import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { rows } from "../platform/postgres/Rows.ts"

const Stored = Schema.Struct({
  playId: Schema.String,
  game: Schema.String,
  segment: Schema.String,
  title: Schema.String,
  isWin: Schema.Boolean
})
export type StoredPrize = typeof Stored.Type

const asPrizes = rows(Stored)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** What the next `limit` plays of a player after this one have drawn, in the order of the plays. */
  const prizes = (playerId: string, after: string, limit: number) =>
    sql`
      select play_prize.play_id, game.slug as game, play_prize.segment, play_prize.title, play_prize.is_win
      from play_prize join game on game.id = play_prize.game_id
      where play_prize.player_id = ${playerId} and play_prize.play_id > ${after}
      order by play_prize.play_id
      limit ${limit}`.pipe(asPrizes("PagesPersonRepo.prizes"))

  return { prizes }
})
