import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { rows } from "../platform/postgres/Rows.ts"
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

const asEntries = rows(Entry)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const find = (game: Slug, email: EmailKey) =>
    sql`
      select game.slug as game, player.email, entry.plays, entry.period_plays, entry.period_ends_at, game.limit_plays,
        game.limit_period, game.limit_window_seconds, entry.created_at, entry.updated_at
      from player
      join game on game.slug = ${game}
      join entry on entry.player_id = player.id and entry.game_id = game.id
      where player.email_key = ${email}`.pipe(
      asEntries("EntriesRepo.find"),
      Effect.map(([entry]) => entry)
    )

  /** Ends the current period: the next play begins a new one. */
  const endPeriod = (game: Slug, email: EmailKey) =>
    sql`
      update entry set period_plays = 0, period_ends_at = null
      from player, game
      where player.email_key = ${email} and game.slug = ${game} and entry.player_id = player.id and entry.game_id = game.id`.pipe(
      Effect.asVoid,
      Effect.withSpan("EntriesRepo.endPeriod")
    )

  return { find, endPeriod }
})
