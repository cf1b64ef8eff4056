import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, rows } from "../platform/postgres/Rows.ts"
import { LimitPeriod, Slug } from "../games/Game.ts"
import type { EmailKey } from "../players/Email.ts"

/** The current state of a player in a game. */
export const Entry = Schema.Struct({
  game: Slug,
  email: Schema.String,
  plays: Schema.Int,
  /** Plays in the limit's current period. */
  periodPlays: Schema.Int,
  /** When the current period ends; null: there is no period, or none has begun. */
  periodEndsAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  limitPlays: Schema.NullOr(Schema.Int),
  limitPeriod: Schema.NullOr(LimitPeriod),
  limitWindowSeconds: Schema.NullOr(Schema.Int),
  createdAt: Schema.DateTimeUtcFromDate,
  updatedAt: Schema.DateTimeUtcFromDate
})
export type Entry = typeof Entry.Type

/** Whose entry it is. */
export type Who = { readonly email: EmailKey } | { readonly playerId: string }

const asEntries = rows(Entry)
const asEnded = rows(Schema.Struct({ playerId: Schema.String }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const isOf = (who: Who) => ("email" in who ? sql`player.email_key = ${who.email}` : sql`player.id = ${who.playerId}`)

  const find = (game: Slug, who: Who) =>
    sql`
      select game.slug as game, player.email, entry.plays, entry.period_plays, entry.period_ends_at, game.limit_plays,
        game.limit_period, game.limit_window_seconds, entry.created_at, entry.updated_at
      from player
      join game on game.slug = ${game}
      join entry on entry.player_id = player.id and entry.game_id = game.id
      where ${isOf(who)}`.pipe(asEntries("EntriesRepo.find"), firstRow)

  /** Ends the current period: the next play begins a new one. Gives the player's id; undefined: there is no such entry. */
  const endPeriod = (game: Slug, who: Who) =>
    sql`
      update entry set period_plays = 0, period_ends_at = null
      from player, game
      where ${isOf(who)} and game.slug = ${game} and entry.player_id = player.id and entry.game_id = game.id
      returning entry.player_id`.pipe(
      asEnded("EntriesRepo.endPeriod"),
      Effect.map(([ended]) => ended?.playerId)
    )

  return { find, endPeriod }
})
